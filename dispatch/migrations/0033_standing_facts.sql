-- Standing facts of places: what must be known of an address before anyone goes there. What they say lies sealed.

CREATE TABLE standing_fact (
    id uuid PRIMARY KEY,
    version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('proposed', 'stands', 'declined', 'withdrawn')),
    kind text NOT NULL CHECK (kind IN ('dog', 'violence', 'weapon', 'hazmat', 'contaminated', 'structure', 'vulnerable',
        'key_holder', 'access', 'rendezvous', 'school', 'hydrant', 'other')),
    severity text NOT NULL CHECK (severity IN ('warns', 'informs')),
    personal boolean NOT NULL,
    room_id uuid NOT NULL REFERENCES room,
    area jsonb NOT NULL,
    address text,
    text_id uuid NOT NULL,                              -- sealed like the two below, under a key of the fact's own
    why_id uuid NOT NULL,
    doubt_id uuid,
    valid_from timestamptz NOT NULL,
    until timestamptz,
    review_at timestamptz,
    source text,
    ref text,
    by text NOT NULL,
    decided_by text,
    times jsonb NOT NULL,
    CHECK (until IS NULL OR until > valid_from),
    CHECK (NOT personal OR (until IS NOT NULL AND review_at IS NOT NULL)),
    CHECK ((source IS NULL) = (ref IS NULL)),
    CHECK ((state IN ('declined', 'withdrawn')) = times ? 'ended')
);
CREATE INDEX standing_fact_of_room ON standing_fact (room_id, id);
-- Each entry of a list is there once; what is looked at again is found by its time.
CREATE UNIQUE INDEX standing_fact_of_list ON standing_fact (source, ref) WHERE state = 'stands';
CREATE INDEX standing_fact_due ON standing_fact (review_at) WHERE state = 'stands';
CREATE INDEX standing_fact_asked ON standing_fact (id) WHERE state = 'proposed' OR (state = 'stands' AND doubt_id IS NOT NULL);

DO $$
DECLARE
    standing text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'journal'::regclass AND conname = 'journal_noun_check');
BEGIN
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(standing, 'ARRAY[', 'ARRAY[''standing_fact''::text, ');
END $$;

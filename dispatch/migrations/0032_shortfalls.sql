-- Shortfalls of free units: a room has fewer than its duty level wants. At most one stands a room, so that nobody tells it twice.

CREATE TABLE shortfall (
    id uuid PRIMARY KEY,
    room_id uuid NOT NULL REFERENCES room,
    state text NOT NULL CHECK (state IN ('stands', 'over')),
    level text NOT NULL,
    on_duty integer NOT NULL,
    free integer NOT NULL,
    wanted integer NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    cause text CHECK (cause IN ('recovered', 'not_asked')),
    version integer NOT NULL,
    CHECK ((state = 'over') = (ended_at IS NOT NULL AND cause IS NOT NULL))
);
CREATE UNIQUE INDEX one_shortfall_a_room ON shortfall (room_id) WHERE state = 'stands';
CREATE INDEX shortfall_of_room ON shortfall (room_id, id);

DO $$
DECLARE
    standing text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'journal'::regclass AND conname = 'journal_noun_check');
BEGIN
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(standing, 'ARRAY[', 'ARRAY[''shortfall''::text, ');
END $$;

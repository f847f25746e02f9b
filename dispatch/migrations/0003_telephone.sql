-- Telephone calls in full, ring-backs of alarms, and the registry of nuisance numbers.

ALTER TABLE call
    ADD COLUMN nth integer NOT NULL DEFAULT 1,           -- switchboards begin their counting anew
    ADD COLUMN room_id uuid NOT NULL REFERENCES room,
    ADD COLUMN stamps jsonb NOT NULL DEFAULT '{}',       -- field -> [at, rank] of the telling its value is from
    ADD COLUMN flags text[] NOT NULL DEFAULT '{}',
    ADD COLUMN exercise boolean NOT NULL DEFAULT false,
    ADD COLUMN opened_at timestamptz NOT NULL,
    ADD COLUMN alarm_id uuid,                            -- the first alarm that was made of it
    ADD COLUMN ring_backs jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN redialled_by uuid;                        -- the later call in which the same caller was spoken with
ALTER TABLE call DROP CONSTRAINT call_acd_reference_key, ADD UNIQUE (acd, reference, nth);
CREATE INDEX call_reference ON call (reference);
CREATE INDEX call_opened ON call (opened_at);
CREATE INDEX call_person ON call (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX call_alarm ON call (alarm_id) WHERE alarm_id IS NOT NULL;
CREATE INDEX call_open_room ON call (room_id) WHERE state NOT IN ('released', 'abandoned')
    OR (state = 'abandoned' AND alarm_id IS NULL AND redialled_by IS NULL);

ALTER TABLE alarm ADD COLUMN ring_backs jsonb NOT NULL DEFAULT '[]';
CREATE INDEX alarm_call ON alarm (call_id) WHERE call_id IS NOT NULL;

CREATE TABLE nuisance_number (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL,              -- the sealed row that holds the number
    standing boolean NOT NULL DEFAULT true,
    version integer NOT NULL,
    by text NOT NULL,
    recorded_at timestamptz NOT NULL
);

-- The journal learns another noun; what it knows by then stays known.
DO $$
DECLARE
    known text := (SELECT substring(pg_get_constraintdef(oid) FROM 'ARRAY\[(.*)\]') FROM pg_constraint
                   WHERE conrelid = 'journal'::regclass AND conname = 'journal_noun_check');
BEGIN
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE format('ALTER TABLE journal ADD CONSTRAINT journal_noun_check CHECK (noun IN (%s, ''nuisance_number''))', known);
END $$;

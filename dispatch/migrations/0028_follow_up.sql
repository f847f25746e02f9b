-- Feedback forms by type, what was answered by them, and how often a caller could not be reached.

CREATE TABLE form_set (
    version integer PRIMARY KEY,
    body jsonb NOT NULL,
    recorded_at timestamptz NOT NULL
);

ALTER TABLE feedback
    ADD COLUMN form_code text,                  -- null: told without a form, by radio or on paper
    ADD COLUMN form_version integer,
    ADD COLUMN answers jsonb,                   -- what says nothing of a person
    ADD COLUMN texts_id uuid,                   -- the rest, sealed
    ADD COLUMN complete boolean,                -- null: older than forms by type
    ADD CONSTRAINT feedback_form_check CHECK ((form_code IS NULL) = (form_version IS NULL));

-- Attempts to call somebody back who was not reached, since somebody was last asked.
ALTER TABLE alarm ADD COLUMN unreached jsonb NOT NULL DEFAULT '[]';

DO $$
DECLARE
    standing text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'journal'::regclass AND conname = 'journal_noun_check');
BEGIN
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check ' || replace(standing, 'ARRAY[', 'ARRAY[''form_set''::text, ');
END $$;

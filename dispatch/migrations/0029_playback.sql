-- Playback: each look at tracks is a fact of its own, and a unit's orders of a day are found by the unit.

CREATE INDEX assignment_unit ON assignment (unit_id, id) WHERE unit_id IS NOT NULL;

DO $$
DECLARE
    standing text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'journal'::regclass AND conname = 'journal_noun_check');
BEGIN
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check ' || replace(standing, 'ARRAY[', 'ARRAY[''track_look''::text, ');
END $$;

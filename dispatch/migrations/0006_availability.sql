-- Availability of units: why and how long they are away, when their shift ends, where they must stand, who may order
-- them meanwhile, and what an order gave way to.

ALTER TABLE unit
    ADD COLUMN duty_cause text CHECK (duty_cause IN
        ('vehicle', 'equipment', 'refuelling', 'crew', 'paperwork', 'training', 'court', 'other')),
    ADD COLUMN shift_ends_at timestamptz,
    ADD COLUMN lent_to uuid REFERENCES room,
    ADD COLUMN lent_until timestamptz,
    ADD CONSTRAINT unit_lent_for_a_time CHECK ((lent_to IS NULL) = (lent_until IS NULL));
CREATE INDEX unit_lent ON unit (lent_to) WHERE lent_to IS NOT NULL;

ALTER TABLE assignment
    ADD COLUMN preempted_for uuid REFERENCES incident;  -- the more urgent incident its unit was taken for
CREATE INDEX assignment_kept ON assignment (unit_id) WHERE state = 'stacked';

CREATE TABLE fixed_position (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    lon double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
    lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    address text,
    turns jsonb NOT NULL DEFAULT '[]',    -- unit, days of the week, start and end on the city's clock
    version integer NOT NULL DEFAULT 1
);

-- Nouns are added to those that stand, whatever an earlier file made of them.
DO $$
DECLARE
    standing text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'journal'::regclass AND conname = 'journal_noun_check');
BEGIN
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(standing, 'ARRAY[', 'ARRAY[''fixed_position''::text, ');
END $$;

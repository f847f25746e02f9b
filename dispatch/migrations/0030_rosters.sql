-- Rosters: who should be on duty when, with what and where; what a unit carries since it logged on; when beats should be walked.

CREATE TABLE roster_shift (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL REFERENCES unit,
    room_id uuid NOT NULL REFERENCES room,
    state text NOT NULL CHECK (state IN ('planned', 'attended', 'ended', 'missed', 'withdrawn')),
    begins_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    crew text[] NOT NULL,
    vehicle text,
    equipment text[] NOT NULL,
    beat text,
    patrol text CHECK (patrol IN ('car', 'motorcycle', 'foot', 'boat', 'drone', 'video', 'other')),
    attended_at timestamptz,
    over_at timestamptz,
    version integer NOT NULL,
    CHECK (ends_at > begins_at),
    CHECK (state NOT IN ('attended', 'ended') OR attended_at IS NOT NULL),
    CHECK ((state IN ('ended', 'missed', 'withdrawn')) = (over_at IS NOT NULL))
);
CREATE UNIQUE INDEX one_shift_a_beginning ON roster_shift (unit_id, begins_at) WHERE state <> 'withdrawn';
CREATE UNIQUE INDEX one_attended_shift_a_unit ON roster_shift (unit_id) WHERE state = 'attended';
CREATE INDEX roster_ahead ON roster_shift (unit_id, begins_at) WHERE state = 'planned';
CREATE INDEX roster_of_room ON roster_shift (room_id, begins_at);

ALTER TABLE unit
    ADD COLUMN vehicle text,
    ADD COLUMN equipment text[] NOT NULL DEFAULT '{}',
    ADD COLUMN beat text,
    ADD COLUMN patrol text CHECK (patrol IN ('car', 'motorcycle', 'foot', 'boat', 'drone', 'video', 'other')),
    ADD COLUMN shift_id uuid REFERENCES roster_shift;

CREATE TABLE beat_schedule (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    kinds text[] NOT NULL,
    hours jsonb NOT NULL,                   -- days of the week, start and end on the city's clock, how many units
    version integer NOT NULL
);

CREATE INDEX unit_message_incident ON unit_message (incident_id) WHERE incident_id IS NOT NULL;

DO $$
DECLARE
    standing text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'journal'::regclass AND conname = 'journal_noun_check');
BEGIN
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(standing, 'ARRAY[', 'ARRAY[''roster_shift''::text, ''beat_schedule''::text, ');
END $$;

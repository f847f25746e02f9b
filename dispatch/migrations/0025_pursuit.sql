-- Which room has duty may be disputed 管辖争议, and an incident may move: where it was seen, point by point.

DO $$
DECLARE nouns text; whys text;
BEGIN
    SELECT pg_get_constraintdef(oid) INTO STRICT nouns FROM pg_constraint WHERE conname = 'journal_noun_check';
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(nouns, ']', ', ''dispute''::text, ''sighting''::text]');
    SELECT pg_get_constraintdef(oid) INTO STRICT whys FROM pg_constraint WHERE conname = 'audience_why_check';
    ALTER TABLE audience DROP CONSTRAINT audience_why_check;
    EXECUTE 'ALTER TABLE audience ADD CONSTRAINT audience_why_check '
        || replace(whys, ']', ', ''disputed''::text, ''entered''::text]');
END $$;

CREATE TABLE dispute (
    id uuid PRIMARY KEY,
    version integer NOT NULL,
    incident_id uuid NOT NULL REFERENCES incident,
    state text NOT NULL CHECK (state IN ('raised', 'decided', 'conceded', 'withdrawn')),
    by_room_id uuid NOT NULL REFERENCES room,
    other_room_id uuid NOT NULL REFERENCES room,
    judge_room_id uuid NOT NULL REFERENCES room,
    raised_by text NOT NULL,
    statements jsonb NOT NULL,                  -- of which room, by whom, when, and where the words lie sealed
    owner_room_id uuid REFERENCES room,         -- who has duty by how it ended; null: it stands, or nothing was changed
    ended_by text,
    narrative_id uuid,                          -- the reason of the decision
    ground jsonb,                               -- place and type it was decided on
    times jsonb NOT NULL,
    CHECK (by_room_id <> other_room_id AND judge_room_id NOT IN (by_room_id, other_room_id)),
    CHECK ((state = 'raised') = (ended_by IS NULL)),
    CHECK ((state IN ('decided', 'conceded')) = (owner_room_id IS NOT NULL))
);
CREATE INDEX dispute_incident ON dispute (incident_id);
CREATE UNIQUE INDEX one_dispute_an_incident ON dispute (incident_id) WHERE state = 'raised';

-- Where a moving incident was seen, as claimed; rows are only added. NULL keeps older writers of incidents working.
CREATE TABLE sighting (
    id uuid PRIMARY KEY,
    version integer NOT NULL,
    incident_id uuid NOT NULL REFERENCES incident,
    at bigint NOT NULL,                         -- ms since 1970, UTC
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    heading double precision CHECK (heading >= 0 AND heading < 360),
    speed double precision CHECK (speed >= 0),
    source text NOT NULL CHECK (source IN ('call', 'seat', 'unit', 'radio', 'camera', 'agency')),
    by text NOT NULL,
    unit_id uuid,
    narrative_id uuid,
    flags text[] NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX sighting_incident ON sighting (incident_id, at);
ALTER TABLE incident ADD COLUMN pursuit jsonb;

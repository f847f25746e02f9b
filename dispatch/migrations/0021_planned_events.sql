-- Planned events 安保任务: approved operations with an area, times and units at posts; rooms that see incidents inside one.

DO $$
DECLARE nouns text;
DECLARE whys text;
BEGIN
    SELECT pg_get_constraintdef(oid) INTO STRICT nouns FROM pg_constraint WHERE conname = 'journal_noun_check';
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check ' || replace(nouns, ']', ', ''event''::text]');
    SELECT pg_get_constraintdef(oid) INTO STRICT whys FROM pg_constraint WHERE conname = 'audience_why_check';
    ALTER TABLE audience DROP CONSTRAINT audience_why_check;
    EXECUTE 'ALTER TABLE audience ADD CONSTRAINT audience_why_check ' || replace(whys, ']', ', ''event''::text]');
END $$;

CREATE TABLE planned_event (
    id uuid PRIMARY KEY,
    version integer NOT NULL,
    state text NOT NULL CHECK (state IN (
        'draft', 'submitted', 'returned', 'approved', 'running', 'ended', 'summed_up', 'cancelled')),
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN (
        'sport', 'performance', 'assembly', 'festival', 'exhibition', 'examination', 'escort', 'other')),
    exercise boolean NOT NULL,
    room_id uuid NOT NULL REFERENCES room,
    command_room_id uuid NOT NULL REFERENCES room,
    command_seat text,
    area jsonb NOT NULL,                        -- GeoJSON, WGS-84: polygons or a route
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    phases jsonb NOT NULL,
    crowd integer CHECK (crowd >= 0),
    talk_group text,
    note_id uuid,                               -- duty level note, sealed
    contact_id uuid,                            -- priority contact, sealed
    summary_id uuid,
    drafted_by text NOT NULL,
    submitted_by text,
    approved_by text,
    posts jsonb NOT NULL,                       -- one unit at one point for one time; their tasks lie sealed
    inside jsonb NOT NULL,                      -- incidents noticed inside the area while it ran
    logged integer NOT NULL CHECK (logged >= 0),
    times jsonb NOT NULL,
    CHECK (approved_by IS NULL OR approved_by <> submitted_by)
);
CREATE INDEX planned_event_room ON planned_event (room_id, id);
CREATE INDEX planned_event_open ON planned_event (state) WHERE state NOT IN ('summed_up', 'cancelled');
CREATE INDEX planned_event_posts ON planned_event USING gin (posts jsonb_path_ops);

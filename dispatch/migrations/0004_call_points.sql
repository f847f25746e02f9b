-- Call points: who answers a press, how a press rings and is answered, whether the device is well; surges; updates to
-- terminals that wait for their turn.

ALTER TABLE call_point
    ADD COLUMN answering_room_id uuid REFERENCES room,  -- whose talk link rings first; null: the room that owns its place
    ADD COLUMN camera_links jsonb NOT NULL DEFAULT '{}',-- name of a camera -> address in the agency's own viewer
    ADD COLUMN silent_after_s integer CHECK (silent_after_s > 0),  -- null: as the rule says
    ADD COLUMN drill_incident_id uuid,                  -- the same as incident_id and pressed_at, in exercises
    ADD COLUMN drill_pressed_at timestamptz;

-- Folded from its facts; a row only once a device was heard.
CREATE TABLE call_point_health (
    id uuid PRIMARY KEY REFERENCES call_point,
    state text NOT NULL CHECK (state IN ('ok', 'low_battery', 'fault', 'silent')),
    battery integer CHECK (battery BETWEEN 0 AND 100),  -- per cent, at the change
    fault text,
    since timestamptz NOT NULL,
    version integer NOT NULL
);
CREATE INDEX call_point_not_well ON call_point_health (state) WHERE state <> 'ok';

-- Upserted in batches, newest wins; no facts.
CREATE TABLE call_point_seen (
    id uuid PRIMARY KEY REFERENCES call_point,
    at bigint NOT NULL,                   -- ms, by the device's clock
    received_at bigint NOT NULL,          -- ms, ours
    battery integer,
    fault text
);

ALTER TABLE incident
    ADD COLUMN press jsonb,               -- how often its call point was pressed, where it rings, who answered
    ADD COLUMN surge jsonb;               -- when its last alarms came, and since when they are a surge

-- Messages that may be joined into one: sent no sooner than this.
ALTER TABLE radio_message ADD COLUMN due_at timestamptz;
CREATE INDEX radio_paced ON radio_message (handle, assignment_id, due_at) WHERE due_at IS NOT NULL;

-- Words are added to those that stand, whatever another file makes of them.
DO $$
DECLARE
    nouns text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'journal'::regclass AND conname = 'journal_noun_check');
    whys text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'audience'::regclass AND conname = 'audience_why_check');
BEGIN
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(nouns, 'ARRAY[', 'ARRAY[''call_point_health''::text, ');
    ALTER TABLE audience DROP CONSTRAINT audience_why_check;
    EXECUTE 'ALTER TABLE audience ADD CONSTRAINT audience_why_check '
        || replace(whys, 'ARRAY[', 'ARRAY[''surge''::text, ');
END $$;

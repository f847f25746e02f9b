-- Broadcasts: what is said to many at once, whom it was sent to, who has read it, and digests by which marks are found.

CREATE TABLE broadcast (
    id uuid PRIMARY KEY,
    version integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('call', 'lookout')),
    urgent boolean NOT NULL,
    number text NOT NULL,
    revision integer NOT NULL,
    state text NOT NULL CHECK (state IN ('proposed', 'active', 'expired', 'cancelled', 'superseded', 'declined')),
    room_id uuid NOT NULL REFERENCES room,
    scope_room_id uuid NOT NULL REFERENCES room,
    by text NOT NULL,
    ended_by text,
    incident_id uuid REFERENCES incident,
    narrative_id uuid NOT NULL,                         -- sealed like the four below, under a key of the broadcast's own
    advice_id uuid,
    marks_id uuid,
    line_id uuid,
    outcome_id uuid,
    audience jsonb NOT NULL,
    exercise boolean NOT NULL,
    expires_at timestamptz NOT NULL,
    replaces uuid REFERENCES broadcast,
    replaced_by uuid REFERENCES broadcast DEFERRABLE INITIALLY DEFERRED,
    recipients integer NOT NULL,
    spottings jsonb NOT NULL,
    times jsonb NOT NULL,
    UNIQUE (number, revision),
    CHECK ((state IN ('proposed', 'active')) = NOT times ? 'ended'),
    CHECK ((state = 'superseded') = (replaced_by IS NOT NULL))
);
CREATE INDEX broadcast_standing ON broadcast (id) WHERE state IN ('proposed', 'active');

CREATE TABLE broadcast_recipient (
    broadcast_id uuid NOT NULL REFERENCES broadcast,
    party_id uuid NOT NULL,                             -- a unit or a room
    party text NOT NULL CHECK (party IN ('unit', 'room')),
    sent_at timestamptz NOT NULL,
    PRIMARY KEY (broadcast_id, party_id)
);
CREATE INDEX broadcast_recipient_party ON broadcast_recipient (party_id);

CREATE TABLE broadcast_lamp (
    id uuid PRIMARY KEY,
    broadcast_id uuid NOT NULL REFERENCES broadcast,
    party_id uuid NOT NULL,
    party text NOT NULL CHECK (party IN ('unit', 'room')),
    added_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    read_by text,
    version integer NOT NULL,
    UNIQUE (broadcast_id, party_id),
    FOREIGN KEY (broadcast_id, party_id) REFERENCES broadcast_recipient,
    CHECK ((read_at IS NULL) = (read_by IS NULL)),
    CHECK (read_at IS NULL OR delivered_at IS NOT NULL)
);

-- Only while the broadcast holds.
CREATE TABLE broadcast_mark (
    digest bytea NOT NULL,
    broadcast_id uuid NOT NULL REFERENCES broadcast,
    kind text NOT NULL CHECK (kind IN ('plate', 'name')),
    length integer NOT NULL,
    PRIMARY KEY (digest, broadcast_id)
);
CREATE INDEX broadcast_mark_broadcast ON broadcast_mark (broadcast_id);
CREATE INDEX radio_message_about ON radio_message (about) WHERE about IS NOT NULL;

ALTER TABLE radio_message DROP CONSTRAINT radio_message_prompt_check;
ALTER TABLE radio_message ADD CONSTRAINT radio_message_prompt_check CHECK (prompt IN (
    'note', 'message', 'status_check', 'roll_call', 'emergency_heard', 'clear_air', 'air_free', 'broadcast'));

-- Nouns are added to those that stand, whatever another file makes of them.
DO $$
DECLARE
    standing text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'journal'::regclass AND conname = 'journal_noun_check');
BEGIN
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(standing, 'ARRAY[', 'ARRAY[''broadcast''::text, ''broadcast_lamp''::text, ');
END $$;

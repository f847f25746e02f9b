-- Words between seats and units: urgent notes read on terminals, messages, status checks, roll-calls; backup asked for, and
-- officers in danger.

DO $$
DECLARE nouns text;
BEGIN
    SELECT pg_get_constraintdef(oid) INTO STRICT nouns FROM pg_constraint WHERE conname = 'journal_noun_check';
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(nouns, ']', ', ''note_read''::text, ''message''::text, ''emergency''::text, ''backup''::text, ''roll_call''::text, ''roll_answer''::text]');
END $$;

-- Nobody has written it so far: each lamp becomes a row with facts of its own.
ALTER TABLE note_read ADD COLUMN id uuid NOT NULL UNIQUE, ADD COLUMN version integer NOT NULL;
CREATE INDEX note_unread ON note_read (unit_id) WHERE read_at IS NULL;

CREATE TABLE emergency (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL REFERENCES unit,
    incident_id uuid REFERENCES incident,  -- the job it was on, if any
    assignment_id uuid,
    raised_at timestamptz NOT NULL,
    pressed_at timestamptz NOT NULL,
    presses integer NOT NULL,
    by text NOT NULL,
    lon double precision,
    lat double precision,
    fix_at timestamptz,
    crew text[] NOT NULL,
    talk_group text,
    narrative_id uuid,
    rooms uuid[] NOT NULL,                -- where it sounds
    nearest jsonb NOT NULL,
    reset_at timestamptz,
    reset_by text,
    version integer NOT NULL
);
CREATE UNIQUE INDEX one_emergency_a_unit ON emergency (unit_id) WHERE reset_at IS NULL;
CREATE INDEX emergency_incident ON emergency (incident_id) WHERE incident_id IS NOT NULL;

CREATE TABLE backup (
    id uuid PRIMARY KEY,
    incident_id uuid NOT NULL REFERENCES incident,
    assignment_id uuid NOT NULL REFERENCES assignment,
    unit_id uuid NOT NULL REFERENCES unit,
    wanted integer NOT NULL CHECK (wanted > 0),
    skills text[] NOT NULL,
    sent integer NOT NULL,                -- units ordered since, with those skills
    recommendation_id uuid,
    narrative_id uuid,
    asked_at timestamptz NOT NULL,
    answered_at timestamptz,
    answered_by text,
    version integer NOT NULL
);
CREATE INDEX backup_standing ON backup (incident_id) WHERE answered_at IS NULL;

-- What a reply to a message means: `read` of a note is another act than `read` of a status check.
ALTER TABLE radio_message ADD COLUMN prompt text CHECK (prompt IN (
    'note', 'message', 'status_check', 'roll_call', 'emergency_heard', 'clear_air', 'air_free'));
ALTER TABLE radio_message ADD COLUMN about uuid;      -- the note, message, assignment, roll-call or emergency

CREATE TABLE unit_message (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL REFERENCES unit,
    direction text NOT NULL CHECK (direction IN ('from_unit', 'to_unit')),
    incident_id uuid REFERENCES incident,
    narrative_id uuid NOT NULL,
    by text NOT NULL,
    sent_at timestamptz NOT NULL,
    read_at timestamptz,
    read_by text,
    version integer NOT NULL
);
CREATE INDEX unit_message_unit ON unit_message (unit_id, id);
CREATE INDEX unit_message_unread ON unit_message (unit_id, direction) WHERE read_at IS NULL;

CREATE TABLE roll_call (
    id uuid PRIMARY KEY,
    room_id uuid NOT NULL REFERENCES room,
    by text NOT NULL,
    asked integer NOT NULL,
    called_at timestamptz NOT NULL,
    version integer NOT NULL
);
CREATE TABLE roll_call_ask (
    roll_call_id uuid NOT NULL REFERENCES roll_call,
    unit_id uuid NOT NULL REFERENCES unit,
    answered boolean NOT NULL DEFAULT false,
    PRIMARY KEY (roll_call_id, unit_id)
);
CREATE INDEX roll_call_unanswered ON roll_call_ask (unit_id) WHERE NOT answered;
CREATE TABLE roll_answer (
    id uuid PRIMARY KEY,
    roll_call_id uuid NOT NULL REFERENCES roll_call,
    unit_id uuid NOT NULL REFERENCES unit,
    via text NOT NULL,
    answered_at timestamptz NOT NULL,
    version integer NOT NULL,
    UNIQUE (roll_call_id, unit_id)
);

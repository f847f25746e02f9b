-- The closed loop: supervision orders between rooms, requests to other agencies, what is told to those agencies and to callers.

DO $$
DECLARE nouns text;
BEGIN
    SELECT pg_get_constraintdef(oid) INTO STRICT nouns FROM pg_constraint WHERE conname = 'journal_noun_check';
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(nouns, ']', ', ''supervision''::text, ''agency_request''::text]');
END $$;

CREATE TABLE supervision (
    id uuid PRIMARY KEY,
    version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('given', 'answered', 'returned', 'signed_off', 'withdrawn')),
    cause text NOT NULL CHECK (cause IN ('leader', 'call_back')),
    incident_id uuid REFERENCES incident,       -- what it is about, if about one
    alarm_id uuid REFERENCES alarm,             -- whose caller was not satisfied
    from_room_id uuid NOT NULL REFERENCES room,
    to_room_id uuid NOT NULL REFERENCES room,
    given_by text NOT NULL,
    narrative_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    times jsonb NOT NULL,
    turns jsonb NOT NULL                        -- answers, returns, sign-off: by whom, when, and where the text lies sealed
);
CREATE INDEX supervision_incident ON supervision (incident_id)
    WHERE incident_id IS NOT NULL AND state IN ('given', 'answered', 'returned');
CREATE INDEX supervision_to ON supervision (to_room_id, id);
CREATE INDEX supervision_from ON supervision (from_room_id, id);

CREATE TABLE agency_request (
    id uuid PRIMARY KEY,
    version integer NOT NULL,
    incident_id uuid NOT NULL REFERENCES incident,
    agency text NOT NULL CHECK (agency IN (
        '119', '120', '122', '12345', 'power', 'water', 'gas', 'telecom', 'transport', 'other')),
    name text,
    state text NOT NULL CHECK (state IN ('sent', 'taken', 'arrived', 'result', 'declined', 'withdrawn')),
    room_id uuid NOT NULL REFERENCES room,
    by text NOT NULL,
    narrative_id uuid,
    outcome_id uuid,
    reference text,
    chased integer NOT NULL CHECK (chased >= 0),
    times jsonb NOT NULL
);
CREATE INDEX agency_request_incident ON agency_request (incident_id);
CREATE UNIQUE INDEX one_open_request_an_agency ON agency_request (incident_id, agency)
    WHERE state IN ('sent', 'taken', 'arrived') AND agency <> 'other';

-- What goes to agencies and callers goes the way of SMS and telephone: written with the act, tried again with growing pauses.
ALTER TABLE outward_message
    ALTER COLUMN assignment_id DROP NOT NULL,
    ALTER COLUMN unit_id DROP NOT NULL,
    ADD COLUMN request_id uuid,
    ADD COLUMN alarm_id uuid,                   -- whose caller is told how it goes
    ADD COLUMN person_id uuid,                  -- the caller, whose number is opened when it is handed over
    ADD COLUMN kind text NOT NULL DEFAULT 'order'
        CHECK (kind IN ('order', 'request', 'chase', 'withdraw', 'taken', 'on_the_way', 'closed')),
    ADD COLUMN narrative_id uuid,               -- what is asked, sealed; opened when it is handed over
    DROP CONSTRAINT outward_message_bearer_check,
    ADD CONSTRAINT outward_message_bearer_check CHECK (bearer IN ('sms', 'phone', 'agency', 'citizen')),
    ADD CONSTRAINT outward_message_about_check CHECK (
        CASE bearer WHEN 'agency' THEN request_id IS NOT NULL
            WHEN 'citizen' THEN alarm_id IS NOT NULL AND person_id IS NOT NULL
            ELSE assignment_id IS NOT NULL AND unit_id IS NOT NULL END);
CREATE UNIQUE INDEX outward_citizen ON outward_message (alarm_id, kind) WHERE alarm_id IS NOT NULL;
CREATE INDEX outward_request ON outward_message (request_id) WHERE request_id IS NOT NULL;

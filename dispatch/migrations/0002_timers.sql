-- Timers live exactly as long as what they watch: an unfired one is waited for, a fired one is an alert. Rules are data.
-- A unit may be reached by more than one bearer.

DROP INDEX timer_due;
ALTER TABLE timer
    ADD COLUMN incident_id uuid,                        -- the incident whose row shows it; null: none
    ADD COLUMN rule text NOT NULL,
    ADD COLUMN armed_at timestamptz NOT NULL,           -- what its time is counted from, by our clock
    ADD COLUMN fired_at timestamptz;                    -- null: still to come
CREATE INDEX timer_due ON timer (due_at) WHERE fired_at IS NULL;
CREATE INDEX timer_entity ON timer (noun, entity_id);
CREATE INDEX timer_incident ON timer (incident_id) WHERE incident_id IS NOT NULL;

CREATE TABLE rule_set (
    version integer PRIMARY KEY,
    body jsonb NOT NULL,
    recorded_at timestamptz NOT NULL
);

ALTER TABLE unit
    ADD COLUMN second_gateway text,
    ADD COLUMN duty_phone text;                         -- the unit's own handset, nobody's private number

-- What goes out beside the radio; a provider is plugged in behind it.
CREATE TABLE outward_message (
    id uuid PRIMARY KEY,
    position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    bearer text NOT NULL CHECK (bearer IN ('sms', 'phone')),
    address text NOT NULL,
    incident_id uuid NOT NULL,
    assignment_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    exercise boolean NOT NULL,                          -- never reaches a real provider
    body jsonb NOT NULL,                                -- language -> number, kind, place; never a person's words
    recorded_at timestamptz NOT NULL,
    sent_at timestamptz,
    provider text,
    reference text,                                     -- by which the provider knows it
    attempts integer NOT NULL DEFAULT 0,
    failure text
);
CREATE INDEX outward_assignment ON outward_message (assignment_id);
CREATE INDEX outward_unsent ON outward_message (position) WHERE sent_at IS NULL AND failure IS NULL;

-- A noun is added to those that stand, whatever another file makes of them.
DO $$
DECLARE
    standing text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'journal'::regclass AND conname = 'journal_noun_check');
BEGIN
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(standing, 'ARRAY[', 'ARRAY[''rule_set''::text, ');
END $$;

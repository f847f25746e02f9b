-- Paper forms keyed in after an outage. Each carries a preprinted number of its own series, which is taken once for ever,
-- whatever number the incident is given; what stood on it is kept as a digest, so that sending it again is harmless.
CREATE TABLE paper_form (
    number text PRIMARY KEY,
    incident_id uuid NOT NULL REFERENCES incident,
    content bytea NOT NULL,               -- SHA-256 of the form as it was read
    entered_by text NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX paper_form_incident ON paper_form (incident_id);

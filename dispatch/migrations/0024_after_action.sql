-- After-action reviews 复盘 with what was found and what is done about it; and since when a room sees an incident.

DO $$
DECLARE nouns text;
BEGIN
    SELECT pg_get_constraintdef(oid) INTO STRICT nouns FROM pg_constraint WHERE conname = 'journal_noun_check';
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(nouns, ']', ', ''after_action_review''::text, ''review_action''::text]');
END $$;

CREATE TABLE after_action_review (
    id uuid PRIMARY KEY,
    version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'open', 'closed', 'withdrawn')),
    incident_id uuid NOT NULL REFERENCES incident,
    room_id uuid NOT NULL REFERENCES room,
    causes jsonb NOT NULL,                      -- sensitive, major, sample, person
    opened_by text NOT NULL,
    participants jsonb NOT NULL,
    findings jsonb NOT NULL,                    -- of which kind, by whom, about which fact, and where the text lies sealed
    conclusion_id uuid,
    signed_by text,
    times jsonb NOT NULL,
    CHECK ((state = 'closed') = (signed_by IS NOT NULL))
);
CREATE UNIQUE INDEX one_review_at_a_time ON after_action_review (incident_id) WHERE state IN ('waiting', 'open');
CREATE INDEX after_action_review_incident ON after_action_review (incident_id);
CREATE INDEX after_action_review_room ON after_action_review (room_id, id);

CREATE TABLE review_action (
    id uuid PRIMARY KEY,
    version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'done', 'returned', 'verified', 'dropped')),
    review_id uuid NOT NULL REFERENCES after_action_review,
    incident_id uuid NOT NULL REFERENCES incident,
    finding_id uuid,
    from_room_id uuid NOT NULL REFERENCES room, -- whose review it is
    room_id uuid NOT NULL REFERENCES room,      -- who is to do it
    role text,
    by text NOT NULL,
    narrative_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    times jsonb NOT NULL,
    turns jsonb NOT NULL                        -- done, returned, verified, dropped: by whom, when, and where the text lies sealed
);
CREATE INDEX review_action_review ON review_action (review_id);
CREATE INDEX review_action_room ON review_action (room_id, id);
CREATE INDEX review_action_from ON review_action (from_room_id, id);

-- A review with an action that stands cannot be closed, whatever a program thinks.
CREATE FUNCTION no_action_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM review_action a WHERE a.review_id = NEW.id AND a.state IN ('open', 'done', 'returned')) THEN
        RAISE EXCEPTION 'actions of review % have not ended', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'no_action_left', TABLE = 'review_action';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER no_action_left AFTER UPDATE ON after_action_review
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state IN ('closed', 'withdrawn')) EXECUTE FUNCTION no_action_left();

-- Who could know what when: null where a room saw an incident before this was kept.
ALTER TABLE audience ADD COLUMN since timestamptz;
ALTER TABLE audience ALTER COLUMN since SET DEFAULT cad_now();

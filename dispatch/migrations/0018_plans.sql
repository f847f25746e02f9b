-- Plans: versions of all templates, what was pushed to and activated on incidents, their tasks, and cordons as they were shown.

CREATE TABLE plan_set (
    version integer PRIMARY KEY,
    body jsonb NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE incident_plan (
    id uuid PRIMARY KEY,
    incident_id uuid NOT NULL REFERENCES incident,
    code text NOT NULL,
    set_version integer NOT NULL,
    name jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('proposed', 'active', 'dismissed', 'withdrawn', 'ended')),
    automatic boolean NOT NULL,
    round integer NOT NULL,
    contacts jsonb NOT NULL,
    resources jsonb NOT NULL,
    proposed_at timestamptz NOT NULL,
    activated_at timestamptz,
    activated_by text,
    ended_at timestamptz,
    ended_by text,
    version integer NOT NULL,
    CHECK (state NOT IN ('active', 'ended') OR (activated_at IS NOT NULL AND activated_by IS NOT NULL)),
    CHECK ((state IN ('dismissed', 'withdrawn', 'ended')) = (ended_at IS NOT NULL))
);
CREATE INDEX incident_plan_incident ON incident_plan (incident_id);
CREATE UNIQUE INDEX one_standing_plan_an_incident ON incident_plan (incident_id, code) WHERE state IN ('proposed', 'active');

CREATE TABLE task (
    id uuid PRIMARY KEY,
    incident_id uuid NOT NULL REFERENCES incident,
    plan_id uuid REFERENCES incident_plan,              -- null: of no plan
    parent_id uuid REFERENCES task,
    step jsonb NOT NULL,                                -- as its plan said it when it was activated
    after uuid[] NOT NULL,
    room_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'open', 'done', 'not_applicable')),
    owner text,
    place jsonb,
    unit_id uuid,                                       -- proposed for a checkpoint
    added_at timestamptz NOT NULL,
    opened_at timestamptz,
    due_at timestamptz,
    done_at timestamptz,
    done_by text,
    cause text CHECK (cause IN ('said', 'superseded', 'plan_ended', 'incident_ended')),
    by_itself boolean NOT NULL,
    reopened integer NOT NULL,
    narrative_id uuid,
    form_id uuid,
    version integer NOT NULL,
    CHECK ((state IN ('done', 'not_applicable')) = (done_at IS NOT NULL AND done_by IS NOT NULL)),
    CHECK ((state = 'not_applicable') = (cause IS NOT NULL)),
    CHECK (state <> 'open' OR opened_at IS NOT NULL)
);
CREATE INDEX task_incident ON task (incident_id);

-- The second fence: whoever ends an incident, by whatever program, leaves none of its tasks to be done.
CREATE FUNCTION no_task_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM task t JOIN incident i ON i.id = t.incident_id
               WHERE (i.id = NEW.id OR i.merged_into = NEW.id) AND t.state IN ('pending', 'open'))
        AND EXISTS (SELECT FROM incident i WHERE i.id = NEW.id AND i.state = NEW.state) THEN
        RAISE EXCEPTION 'tasks of incident % are still to be done', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'no_task_left', TABLE = 'task';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER no_task_left AFTER UPDATE OF state ON incident DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.state IN ('closed', 'void', 'advised', 'transferred')) EXECUTE FUNCTION no_task_left();

CREATE TABLE cordon (
    id uuid PRIMARY KEY,
    incident_id uuid NOT NULL REFERENCES incident,
    computed_at timestamptz NOT NULL,
    by text NOT NULL,
    shown jsonb NOT NULL
);
CREATE INDEX cordon_computed ON cordon (computed_at);

-- Nouns are added to those that stand, whatever another file makes of them.
DO $$
DECLARE
    standing text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'journal'::regclass AND conname = 'journal_noun_check');
BEGIN
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(standing, 'ARRAY[', 'ARRAY[''plan''::text, ''task''::text, ''plan_set''::text, ');
END $$;

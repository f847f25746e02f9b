-- Cameras that video patrols watch: a name, a place, a link into the agency's own viewer, and who looked when. No picture is kept.

CREATE TABLE camera (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    address text,
    link text,
    priority smallint NOT NULL CHECK (priority BETWEEN 1 AND 3),
    look_every_min integer CHECK (look_every_min > 0),
    beat text,
    version integer NOT NULL
);

CREATE TABLE camera_watch (
    id uuid PRIMARY KEY REFERENCES camera,
    watchers jsonb NOT NULL,                -- of each patrol: unit_id, since, how
    unwatched_since timestamptz,
    looked_at timestamptz,
    looked_by uuid REFERENCES unit,
    fault text CHECK (fault IN ('no_picture', 'blurred', 'turned', 'blocked', 'dark', 'other')),
    fault_since timestamptz,
    fault_by uuid REFERENCES unit,
    version integer NOT NULL,
    CHECK ((fault IS NULL) = (fault_since IS NULL))
);

DO $$
DECLARE
    standing text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'journal'::regclass AND conname = 'journal_noun_check');
BEGIN
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(standing, 'ARRAY[', 'ARRAY[''camera''::text, ''camera_watch''::text, ');
END $$;

-- Jurisdictions in numbered sets, each whole, never changed, in force from a moment on: what is put in today for Monday takes
-- over on Monday by itself. Of one moment the higher number holds.
CREATE TABLE jurisdiction_set (
    number integer PRIMARY KEY CHECK (number > 0),
    valid_from timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    put_by text NOT NULL,
    areas jsonb NOT NULL CHECK (jsonb_typeof(areas) = 'array')
);
CREATE INDEX jurisdiction_set_valid_from ON jurisdiction_set (valid_from, number);

-- What stands has always been in force. The table `jurisdiction` is kept in step for replicas of the version before, which
-- read it; the next version drops it.
INSERT INTO jurisdiction_set (number, valid_from, recorded_at, put_by, areas)
SELECT 1, to_timestamp(0), cad_now(), 'system:migration', jsonb_agg(to_jsonb(j) ORDER BY j.layer, j.name, j.id)
FROM jurisdiction j HAVING count(*) > 0;

-- The set that an incident was opened in; null where it had no place, or was opened before there were sets.
ALTER TABLE incident ADD COLUMN areas_number integer;

-- Roads that are closed or slow for a time, drawn on the map. A row stays for ever; which ones are in force follows from its times.
CREATE TABLE closure (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('closed', 'slowed')),
    factor double precision NOT NULL,     -- of the speed
    geometry jsonb NOT NULL,              -- GeoJSON: an area, lines or points on roads
    profiles text[] NOT NULL,             -- whom it holds; empty: everybody
    valid_from timestamptz NOT NULL,
    until timestamptz,                    -- null: until somebody ends it
    ended_at timestamptz,
    by text NOT NULL,
    room_id uuid NOT NULL REFERENCES room,
    segments integer,                     -- pieces of road it covered when it was put in; null where no roads were known
    streets text[] NOT NULL,
    recorded_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT closure_factor CHECK (CASE kind WHEN 'closed' THEN factor = 0 ELSE factor > 0 AND factor < 1 END),
    CONSTRAINT closure_ends_after_it_begins CHECK (until > valid_from)
);
CREATE INDEX closure_standing ON closure (until) WHERE ended_at IS NULL;

-- The journal learns another noun; what it knows by then stays known.
DO $$
DECLARE
    standing text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'journal'::regclass AND conname = 'journal_noun_check');
BEGIN
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(standing, 'ARRAY[', 'ARRAY[''closure''::text, ');
END $$;

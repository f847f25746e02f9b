-- Tracks of units on duty: their fixes packed by unit and minute (units/tracks/packing.py), in partitions of a UTC day.

CREATE TABLE track (
    handle bigint NOT NULL,
    minute integer NOT NULL,              -- since 1970, UTC
    fixes integer NOT NULL CHECK (fixes > 0),
    data bytea NOT NULL,
    PRIMARY KEY (handle, minute)
) PARTITION BY RANGE (minute);

CREATE TABLE track_written (              -- what the replicas that do not write may forget
    through integer PRIMARY KEY,          -- every minute that was closed up to this one stands in track
    written_at timestamptz NOT NULL
);

CREATE FUNCTION track_make_room(day integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text := format('track_%s', day);
BEGIN
    IF to_regclass(name) IS NULL THEN
        PERFORM pg_advisory_xact_lock(110, day);
        EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF track FOR VALUES FROM (%s) TO (%s)',
            name, day * 1440, (day + 1) * 1440);
    END IF;
END
$$;

CREATE FUNCTION track_forget(before_day integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    old text;
    dropped integer := 0;
BEGIN
    FOR old IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'track'::regclass AND substr(c.relname, 7)::integer < before_day
    LOOP
        EXECUTE format('DROP TABLE %I', old);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;

-- The gazetteer 地名: what has a name, a code or a number, and where it is. Trigrams of Chinese characters depend on the
-- server's locale, so names are looked up as they are typed, in pinyin and plain Latin letters (pg_trgm is trusted: the
-- owner of the database may create it).
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- What a list of places came from: the city's map, or an agency's registry by its name. Replaced whole.
CREATE TABLE place_source (
    source text PRIMARY KEY CHECK (source <> ''),
    id uuid NOT NULL UNIQUE,
    version integer NOT NULL CHECK (version > 0),
    entries integer NOT NULL CHECK (entries >= 0),
    put_at timestamptz NOT NULL,
    put_by text NOT NULL
);

-- keys: every spelling between bars, |chegongmiao|chegongmiao station|; empty for what is found by its parts alone. spot: in
-- degrees of Mercator's projection, where the nearest on paper is the nearest on the ground.
CREATE TABLE place (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    alt text[] NOT NULL,
    code text,
    street text,
    number text,
    direction text,
    lon double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
    lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    keys text NOT NULL,
    initials text NOT NULL,
    spot point NOT NULL GENERATED ALWAYS AS (
        point(lon, degrees(ln(tan(radians(45 + least(greatest(lat, -89), 89) / 2)))))
    ) STORED
);
CREATE INDEX place_source_of ON place (source);
CREATE INDEX place_name ON place (name text_pattern_ops);
CREATE INDEX place_keys ON place USING gin (keys gin_trgm_ops) WITH (gin_pending_list_limit = 65536) WHERE keys <> '';
CREATE INDEX place_initials ON place (initials text_pattern_ops) WHERE initials <> '';
CREATE INDEX place_code ON place (upper(replace(code, ' ', '')) text_pattern_ops) WHERE code IS NOT NULL;
CREATE INDEX place_house ON place (street, number) WHERE number IS NOT NULL;
CREATE INDEX place_spot ON place USING gist (spot);

-- `place` may be told in the journal; whatever may be told already stays so.
DO $$
DECLARE
    standing text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'journal'::regclass AND conname = 'journal_noun_check');
BEGIN
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(standing, 'ARRAY[', 'ARRAY[''place''::text, ');
END $$;

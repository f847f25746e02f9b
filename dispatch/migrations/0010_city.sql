-- Which city's bundle is served: the newest row. Replicas answer from the bundle of this checksum and from no other.
CREATE TABLE city_bundle (
    version integer PRIMARY KEY CHECK (version > 0),
    checksum text NOT NULL,
    manifest jsonb NOT NULL,
    activated_at timestamptz NOT NULL,
    activated_by text NOT NULL
);

DO $$
DECLARE nouns text;
BEGIN
    SELECT pg_get_constraintdef(oid) INTO STRICT nouns FROM pg_constraint
        WHERE conrelid = 'journal'::regclass AND conname = 'journal_noun_check';
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(nouns, 'ARRAY[', 'ARRAY[''city''::text, ');
END $$;

-- Run cards and duty levels: versions of both, which level was ordered for which room, and by how much a timer was shortened.

CREATE TABLE card_set (
    version integer PRIMARY KEY,
    body jsonb NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE level_set (
    version integer PRIMARY KEY,
    body jsonb NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE duty_level (
    id uuid PRIMARY KEY,
    room_id uuid NOT NULL REFERENCES room,
    level text NOT NULL,
    before text,
    state text NOT NULL CHECK (state IN ('holds', 'ended')),
    ordered_at timestamptz NOT NULL,
    ordered_by text NOT NULL,
    until timestamptz,
    returns boolean NOT NULL,
    narrative_id uuid,
    ended_at timestamptz,
    cause text CHECK (cause IN ('replaced', 'expired')),
    noticed jsonb NOT NULL,
    version integer NOT NULL,
    CHECK ((state = 'ended') = (ended_at IS NOT NULL AND cause IS NOT NULL)),
    CHECK (NOT returns OR until IS NOT NULL)
);
CREATE UNIQUE INDEX one_level_a_room ON duty_level (room_id) WHERE state = 'holds';

-- Rises with every change of what holds: whoever arms timers proves by it that he knows the level.
CREATE TABLE duty_turn (
    number integer PRIMARY KEY,
    recorded_at timestamptz NOT NULL
);

ALTER TABLE timer ADD COLUMN factor double precision NOT NULL DEFAULT 1 CHECK (factor > 0 AND factor <= 1);

DO $$
DECLARE
    standing text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'journal'::regclass AND conname = 'journal_noun_check');
BEGIN
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(standing, 'ARRAY[', 'ARRAY[''card_set''::text, ''level_set''::text, ''duty_level''::text, ');
END $$;

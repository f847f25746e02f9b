-- Shifts: hand-overs between who leaves and who arrives, and what a room writes into its log.

CREATE TABLE handover (
    id uuid PRIMARY KEY,
    version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('drafted', 'offered', 'signed', 'refused', 'cancelled', 'abandoned')),
    room_id uuid NOT NULL REFERENCES room,
    seat_id uuid REFERENCES seat,               -- null: who leaves sits at none
    leaver text NOT NULL,
    arriver text,
    picture jsonb NOT NULL,                     -- what must be read, by key, as it stood when it was last signed
    counts jsonb NOT NULL,
    notes jsonb NOT NULL,
    reads jsonb NOT NULL,                       -- by reader: what they ticked
    opened_at timestamptz NOT NULL,
    offered_at timestamptz,
    touched_at timestamptz NOT NULL,
    ended_at timestamptz,
    seen_by text,
    CHECK ((state IN ('drafted', 'offered')) = (ended_at IS NULL)),
    CHECK (state <> 'signed' OR (arriver IS NOT NULL AND arriver <> leaver AND offered_at IS NOT NULL))
);
CREATE INDEX handover_room ON handover (room_id, id);
CREATE UNIQUE INDEX one_open_handover_a_seat ON handover (seat_id) WHERE seat_id IS NOT NULL AND state IN ('drafted', 'offered');

CREATE TABLE log_entry (
    id uuid PRIMARY KEY,
    version integer NOT NULL,
    room_id uuid NOT NULL REFERENCES room,
    seat_id uuid REFERENCES seat,
    by text NOT NULL,
    at timestamptz NOT NULL,
    narrative_id uuid NOT NULL,
    incident_id uuid REFERENCES incident,       -- what it is about, if about one
    corrects uuid REFERENCES log_entry          -- nothing is ever overwritten
);
CREATE INDEX log_entry_room ON log_entry (room_id, at);

-- What happened since somebody looked away is asked by time.
CREATE INDEX journal_recorded ON journal USING brin (recorded_at) WITH (pages_per_range = 32, autosummarize = on);

-- Nouns are added to those that stand, whatever another file makes of them.
DO $$
DECLARE
    standing text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'journal'::regclass AND conname = 'journal_noun_check');
BEGIN
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(standing, 'ARRAY[', 'ARRAY[''handover''::text, ''log_entry''::text, ');
END $$;

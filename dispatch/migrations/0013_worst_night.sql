-- Outward messages are tried again with patience and a bound; numbers of messages to a unit outside any job rise for good;
-- standing emergencies are found without reading those that ended.

-- Each attempt is counted and the next one fixed before it begins, so that whatever becomes of it, and of whoever made it,
-- neither loses nor doubles a message.
ALTER TABLE outward_message
    ADD COLUMN next_at timestamptz,                     -- not before; null: at once
    ADD COLUMN trouble text;                            -- what came of the last attempt that failed

-- The last number said to a unit outside any job: messages are forgotten after a while, their count never.
CREATE TABLE radio_count (
    handle bigint PRIMARY KEY,
    n integer NOT NULL CHECK (n > 0)
);
INSERT INTO radio_count (handle, n)
SELECT handle, max(n) FROM radio_message WHERE assignment_id IS NULL GROUP BY handle;

ALTER TABLE assignment ADD COLUMN proposal_id uuid;      -- others that were proposed when its unit could not go

CREATE INDEX emergency_standing ON emergency (id) WHERE reset_at IS NULL;

-- Columns that 0002, 0003 and 0005 added without a default, for writers that do not know them. Each default is the one value
-- such a row can have; every program of today names them all.
CREATE FUNCTION root_room() RETURNS uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT id FROM room WHERE parent_id IS NULL ORDER BY id LIMIT 1);
END
$$;
ALTER TABLE timer
    ALTER COLUMN rule SET DEFAULT 'rules',
    ALTER COLUMN armed_at SET DEFAULT cad_now();
ALTER TABLE call
    ALTER COLUMN room_id SET DEFAULT root_room(),
    ALTER COLUMN opened_at SET DEFAULT cad_now();
ALTER TABLE note_read
    ALTER COLUMN id SET DEFAULT gen_random_uuid(),
    ALTER COLUMN version SET DEFAULT 1;

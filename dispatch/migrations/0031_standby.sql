-- Where a unit without a job was asked to stand by 移位待命: sent, accepted, there, over; kept until the next.
ALTER TABLE unit ADD COLUMN standby jsonb;
ALTER TABLE unit ADD CONSTRAINT unit_standby_check CHECK (standby->>'state' IN ('sent', 'accepted', 'there', 'over'));

-- A move that a room did not want is not proposed to it again until then.
CREATE TABLE move_declined (
    room_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (room_id, unit_id)
);

ALTER TABLE radio_message DROP CONSTRAINT radio_message_prompt_check;
ALTER TABLE radio_message ADD CONSTRAINT radio_message_prompt_check CHECK (prompt IN (
    'note', 'message', 'status_check', 'roll_call', 'emergency_heard', 'clear_air', 'air_free', 'broadcast', 'standby'
));

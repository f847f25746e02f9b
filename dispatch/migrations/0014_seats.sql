-- People who sign in, the seats they take, the forms they have begun; who covers for whom; who has what open.

CREATE TABLE account (
    id uuid PRIMARY KEY,
    login text NOT NULL UNIQUE,           -- lower case
    name text NOT NULL,
    roles text[] NOT NULL,
    room_id uuid NOT NULL REFERENCES room,
    unit_id uuid REFERENCES unit,
    disabled boolean NOT NULL,
    version integer NOT NULL
);
-- Apart, so that nobody who reads accounts reads this.
CREATE TABLE account_secret (
    account_id uuid PRIMARY KEY REFERENCES account,
    hash text NOT NULL,                   -- argon2id
    changed_at timestamptz NOT NULL
);
-- Digests of what was typed as a name: people also type passwords there.
CREATE TABLE login_attempt (
    login bytea NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX login_attempt_login ON login_attempt (login, at);
CREATE INDEX login_attempt_at ON login_attempt (at);

CREATE TABLE seat (
    id uuid PRIMARY KEY,
    code text NOT NULL,
    room_id uuid NOT NULL REFERENCES room,
    kind text NOT NULL CHECK (kind IN ('call_taker', 'dispatcher', 'leader', 'combined', 'supervisor', 'reviewer')),
    state text NOT NULL CHECK (state IN ('empty', 'ready', 'on_call', 'wrap_up', 'break', 'away')),
    holder text,
    roles text[] NOT NULL,                -- exercised by whoever sits there
    since timestamptz,
    state_since timestamptz NOT NULL,
    answering_since timestamptz,          -- from when its link is watched
    cover jsonb,                          -- the seat or room named to cover for it
    covered_by jsonb,                     -- who does just now, since when, why
    version integer NOT NULL,
    CONSTRAINT seat_code UNIQUE (room_id, code),
    CONSTRAINT seat_holder CHECK ((state = 'empty') = (holder IS NULL)),
    CONSTRAINT seat_answering CHECK ((state IN ('ready', 'on_call', 'wrap_up')) = (answering_since IS NOT NULL))
);
CREATE INDEX seat_covered ON seat (room_id) WHERE covered_by IS NOT NULL;
CREATE TABLE seat_link (
    seat_id uuid PRIMARY KEY REFERENCES seat,
    heard_at timestamptz NOT NULL
);

-- Replicas that hear seats: whoever could not hear judges nobody silent.
CREATE TABLE seat_ear (
    replica text PRIMARY KEY,
    since timestamptz NOT NULL,
    at timestamptz NOT NULL
);

ALTER TABLE session
    ADD COLUMN account_id uuid REFERENCES account,
    ADD COLUMN unit_id uuid REFERENCES unit,
    ADD COLUMN seat_id uuid REFERENCES seat;
-- Two people never sit at one seat: the lock of the act comes first, this is the fence behind it.
CREATE UNIQUE INDEX one_session_a_seat ON session (seat_id) WHERE seat_id IS NOT NULL;
CREATE INDEX session_account ON session (account_id) WHERE account_id IS NOT NULL AND revoked_at IS NULL;

CREATE TABLE draft (
    id uuid PRIMARY KEY,
    room_id uuid NOT NULL REFERENCES room,
    seat_id uuid REFERENCES seat,         -- null: of whoever takes calls in its room
    home_seat_id uuid REFERENCES seat,    -- where it was begun, and goes back to
    by text NOT NULL,
    opened_at timestamptz NOT NULL,
    ended text CHECK (ended IN ('sent', 'discarded')),
    ended_at timestamptz,
    alarm_id uuid,
    version integer NOT NULL
);
CREATE INDEX draft_open ON draft (room_id) WHERE ended IS NULL;
CREATE INDEX draft_of_seat ON draft (seat_id) WHERE ended IS NULL;
-- What stands in it, sealed; gone with its end. Every save is one here and none in the journal.
CREATE TABLE draft_text (
    draft_id uuid PRIMARY KEY REFERENCES draft,
    call_id uuid,
    answering_room_id uuid NOT NULL,      -- by its place
    rooms uuid[] NOT NULL,                -- who sees it
    salt bytea NOT NULL,
    sealed bytea NOT NULL,
    saves integer NOT NULL,
    saved_at timestamptz NOT NULL
);
CREATE INDEX draft_text_saved ON draft_text (saved_at);

-- Who has an incident open just now; worth nothing after a crash.
CREATE UNLOGGED TABLE presence (
    line text PRIMARY KEY,                -- a socket, or who asked by HTTP
    incident_id uuid NOT NULL,
    principal text NOT NULL,
    seat_id uuid,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL
);

-- The journal learns two nouns; what it knows by then stays known.
DO $$
DECLARE
    standing text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'journal'::regclass AND conname = 'journal_noun_check');
BEGIN
    ALTER TABLE journal DROP CONSTRAINT journal_noun_check;
    EXECUTE 'ALTER TABLE journal ADD CONSTRAINT journal_noun_check '
        || replace(standing, 'ARRAY[', 'ARRAY[''seat''::text, ''draft''::text, ');
END $$;

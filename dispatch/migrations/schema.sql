-- The schema as all migrations leave it, for reading. Written by `make schema`; a test compares it with the migrations.

COMMENT ON SCHEMA public IS 'standard public schema';

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';

CREATE FUNCTION cad_now() RETURNS timestamp with time zone
    LANGUAGE sql
    AS $$ SELECT date_trunc('milliseconds', clock_timestamp()) $$;

CREATE FUNCTION no_action_left() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM review_action a WHERE a.review_id = NEW.id AND a.state IN ('open', 'done', 'returned')) THEN
        RAISE EXCEPTION 'actions of review % have not ended', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'no_action_left', TABLE = 'review_action';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION no_task_left() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM task t JOIN incident i ON i.id = t.incident_id
               WHERE (i.id = NEW.id OR i.merged_into = NEW.id) AND t.state IN ('pending', 'open'))
        AND EXISTS (SELECT FROM incident i WHERE i.id = NEW.id AND i.state = NEW.state) THEN
        RAISE EXCEPTION 'tasks of incident % are still to be done', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'no_task_left', TABLE = 'task';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION root_room() RETURNS uuid
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN (SELECT id FROM room WHERE parent_id IS NULL ORDER BY id LIMIT 1);
END
$$;

CREATE FUNCTION track_forget(before_day integer) RETURNS integer
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION track_make_room(day integer) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

CREATE TABLE account (
    id uuid NOT NULL,
    login text NOT NULL,
    name text NOT NULL,
    roles text[] NOT NULL,
    room_id uuid NOT NULL,
    unit_id uuid,
    disabled boolean NOT NULL,
    version integer NOT NULL
);

CREATE TABLE account_secret (
    account_id uuid NOT NULL,
    hash text NOT NULL,
    changed_at timestamp with time zone NOT NULL
);

CREATE TABLE after_action_review (
    id uuid NOT NULL,
    version integer NOT NULL,
    state text NOT NULL,
    incident_id uuid NOT NULL,
    room_id uuid NOT NULL,
    causes jsonb NOT NULL,
    opened_by text NOT NULL,
    participants jsonb NOT NULL,
    findings jsonb NOT NULL,
    conclusion_id uuid,
    signed_by text,
    times jsonb NOT NULL,
    CONSTRAINT after_action_review_check CHECK (((state = 'closed'::text) = (signed_by IS NOT NULL))),
    CONSTRAINT after_action_review_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'open'::text, 'closed'::text, 'withdrawn'::text])))
);

CREATE TABLE agency_request (
    id uuid NOT NULL,
    version integer NOT NULL,
    incident_id uuid NOT NULL,
    agency text NOT NULL,
    name text,
    state text NOT NULL,
    room_id uuid NOT NULL,
    by text NOT NULL,
    narrative_id uuid,
    outcome_id uuid,
    reference text,
    chased integer NOT NULL,
    times jsonb NOT NULL,
    CONSTRAINT agency_request_agency_check CHECK ((agency = ANY (ARRAY['119'::text, '120'::text, '122'::text, '12345'::text, 'power'::text, 'water'::text, 'gas'::text, 'telecom'::text, 'transport'::text, 'other'::text]))),
    CONSTRAINT agency_request_chased_check CHECK ((chased >= 0)),
    CONSTRAINT agency_request_state_check CHECK ((state = ANY (ARRAY['sent'::text, 'taken'::text, 'arrived'::text, 'result'::text, 'declined'::text, 'withdrawn'::text])))
);

CREATE TABLE alarm (
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    source text NOT NULL,
    version integer NOT NULL,
    call_id text,
    call_point_id uuid,
    person_id uuid,
    narrative_id uuid,
    type text,
    place jsonb,
    language text,
    confidential boolean DEFAULT false NOT NULL,
    do_not_contact boolean DEFAULT false NOT NULL,
    exercise boolean DEFAULT false NOT NULL,
    scheduled_for timestamp with time zone,
    taken_by text NOT NULL,
    claimed_at timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    flags text[] DEFAULT '{}'::text[] NOT NULL,
    called_back jsonb,
    ring_backs jsonb DEFAULT '[]'::jsonb NOT NULL,
    unreached jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT alarm_source_check CHECK ((source = ANY (ARRAY['call'::text, 'call_point'::text, 'panel'::text, 'sms'::text, 'app'::text, 'self_service'::text, 'officer'::text, 'agency'::text, 'paper'::text])))
);

CREATE TABLE api_key (
    id uuid NOT NULL,
    label text NOT NULL,
    hash bytea NOT NULL,
    roles text[] NOT NULL,
    room_id uuid,
    unit_id uuid,
    gateway text,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT api_key_check CHECK ((num_nonnulls(room_id, unit_id, gateway) = 1))
);

CREATE TABLE assignment (
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    parent_id uuid,
    unit_id uuid,
    room_id uuid,
    role text NOT NULL,
    state text NOT NULL,
    version integer NOT NULL,
    round integer NOT NULL,
    recommendation_id uuid,
    ordered_by uuid NOT NULL,
    crew text[] DEFAULT '{}'::text[] NOT NULL,
    promised_at timestamp with time zone,
    times jsonb DEFAULT '{}'::jsonb NOT NULL,
    result text,
    flags text[] DEFAULT '{}'::text[] NOT NULL,
    preempted_for uuid,
    proposal_id uuid,
    CONSTRAINT assignment_check CHECK ((num_nonnulls(unit_id, room_id) = 1)),
    CONSTRAINT assignment_role_check CHECK ((role = ANY (ARRAY['primary'::text, 'reinforcement'::text]))),
    CONSTRAINT assignment_state_check CHECK ((state = ANY (ARRAY['stacked'::text, 'ordered'::text, 'delivered'::text, 'accepted'::text, 'en_route'::text, 'on_scene'::text, 'cleared'::text, 'unable'::text, 'expired'::text, 'recalled'::text, 'released'::text, 'preempted'::text])))
);

CREATE TABLE audience (
    incident_id uuid NOT NULL,
    room_id uuid NOT NULL,
    why text NOT NULL,
    since timestamp with time zone DEFAULT cad_now(),
    CONSTRAINT audience_why_check CHECK ((why = ANY (ARRAY['surge'::text, 'owner'::text, 'ancestor'::text, 'adjoining'::text, 'lent'::text, 'raised'::text, 'ordered'::text, 'event'::text, 'disputed'::text, 'entered'::text])))
);

CREATE TABLE backup (
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    assignment_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    wanted integer NOT NULL,
    skills text[] NOT NULL,
    sent integer NOT NULL,
    recommendation_id uuid,
    narrative_id uuid,
    asked_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    answered_by text,
    version integer NOT NULL,
    CONSTRAINT backup_wanted_check CHECK ((wanted > 0))
);

CREATE TABLE beat_schedule (
    id uuid NOT NULL,
    code text NOT NULL,
    kinds text[] NOT NULL,
    hours jsonb NOT NULL,
    version integer NOT NULL
);

CREATE TABLE broadcast (
    id uuid NOT NULL,
    version integer NOT NULL,
    kind text NOT NULL,
    urgent boolean NOT NULL,
    number text NOT NULL,
    revision integer NOT NULL,
    state text NOT NULL,
    room_id uuid NOT NULL,
    scope_room_id uuid NOT NULL,
    by text NOT NULL,
    ended_by text,
    incident_id uuid,
    narrative_id uuid NOT NULL,
    advice_id uuid,
    marks_id uuid,
    line_id uuid,
    outcome_id uuid,
    audience jsonb NOT NULL,
    exercise boolean NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    replaces uuid,
    replaced_by uuid,
    recipients integer NOT NULL,
    spottings jsonb NOT NULL,
    times jsonb NOT NULL,
    CONSTRAINT broadcast_check CHECK (((state = ANY (ARRAY['proposed'::text, 'active'::text])) = (NOT (times ? 'ended'::text)))),
    CONSTRAINT broadcast_check1 CHECK (((state = 'superseded'::text) = (replaced_by IS NOT NULL))),
    CONSTRAINT broadcast_kind_check CHECK ((kind = ANY (ARRAY['call'::text, 'lookout'::text]))),
    CONSTRAINT broadcast_state_check CHECK ((state = ANY (ARRAY['proposed'::text, 'active'::text, 'expired'::text, 'cancelled'::text, 'superseded'::text, 'declined'::text])))
);

CREATE TABLE broadcast_lamp (
    id uuid NOT NULL,
    broadcast_id uuid NOT NULL,
    party_id uuid NOT NULL,
    party text NOT NULL,
    added_at timestamp with time zone,
    delivered_at timestamp with time zone,
    read_at timestamp with time zone,
    read_by text,
    version integer NOT NULL,
    CONSTRAINT broadcast_lamp_check CHECK (((read_at IS NULL) = (read_by IS NULL))),
    CONSTRAINT broadcast_lamp_check1 CHECK (((read_at IS NULL) OR (delivered_at IS NOT NULL))),
    CONSTRAINT broadcast_lamp_party_check CHECK ((party = ANY (ARRAY['unit'::text, 'room'::text])))
);

CREATE TABLE broadcast_mark (
    digest bytea NOT NULL,
    broadcast_id uuid NOT NULL,
    kind text NOT NULL,
    length integer NOT NULL,
    CONSTRAINT broadcast_mark_kind_check CHECK ((kind = ANY (ARRAY['plate'::text, 'name'::text])))
);

CREATE TABLE broadcast_recipient (
    broadcast_id uuid NOT NULL,
    party_id uuid NOT NULL,
    party text NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    CONSTRAINT broadcast_recipient_party_check CHECK ((party = ANY (ARRAY['unit'::text, 'room'::text])))
);

CREATE TABLE call (
    id uuid NOT NULL,
    acd text NOT NULL,
    line text NOT NULL,
    reference text NOT NULL,
    state text NOT NULL,
    seat text,
    recording_ref text,
    person_id uuid,
    place jsonb,
    times jsonb DEFAULT '{}'::jsonb NOT NULL,
    version integer NOT NULL,
    nth integer DEFAULT 1 NOT NULL,
    room_id uuid DEFAULT root_room() NOT NULL,
    stamps jsonb DEFAULT '{}'::jsonb NOT NULL,
    flags text[] DEFAULT '{}'::text[] NOT NULL,
    exercise boolean DEFAULT false NOT NULL,
    opened_at timestamp with time zone DEFAULT cad_now() NOT NULL,
    alarm_id uuid,
    ring_backs jsonb DEFAULT '[]'::jsonb NOT NULL,
    redialled_by uuid,
    CONSTRAINT call_state_check CHECK ((state = ANY (ARRAY['ringing'::text, 'answered'::text, 'held'::text, 'conferenced'::text, 'transferred'::text, 'released'::text, 'abandoned'::text])))
);

CREATE TABLE call_point (
    id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    address text,
    cameras jsonb DEFAULT '[]'::jsonb NOT NULL,
    talk_link text,
    incident_id uuid,
    pressed_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    answering_room_id uuid,
    camera_links jsonb DEFAULT '{}'::jsonb NOT NULL,
    silent_after_s integer,
    drill_incident_id uuid,
    drill_pressed_at timestamp with time zone,
    CONSTRAINT call_point_silent_after_s_check CHECK ((silent_after_s > 0))
);

CREATE TABLE call_point_health (
    id uuid NOT NULL,
    state text NOT NULL,
    battery integer,
    fault text,
    since timestamp with time zone NOT NULL,
    version integer NOT NULL,
    CONSTRAINT call_point_health_battery_check CHECK (((battery >= 0) AND (battery <= 100))),
    CONSTRAINT call_point_health_state_check CHECK ((state = ANY (ARRAY['ok'::text, 'low_battery'::text, 'fault'::text, 'silent'::text])))
);

CREATE TABLE call_point_seen (
    id uuid NOT NULL,
    at bigint NOT NULL,
    received_at bigint NOT NULL,
    battery integer,
    fault text
);

CREATE TABLE camera (
    id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    address text,
    link text,
    priority smallint NOT NULL,
    look_every_min integer,
    beat text,
    version integer NOT NULL,
    CONSTRAINT camera_look_every_min_check CHECK ((look_every_min > 0)),
    CONSTRAINT camera_priority_check CHECK (((priority >= 1) AND (priority <= 3)))
);

CREATE TABLE camera_watch (
    id uuid NOT NULL,
    watchers jsonb NOT NULL,
    unwatched_since timestamp with time zone,
    looked_at timestamp with time zone,
    looked_by uuid,
    fault text,
    fault_since timestamp with time zone,
    fault_by uuid,
    version integer NOT NULL,
    CONSTRAINT camera_watch_check CHECK (((fault IS NULL) = (fault_since IS NULL))),
    CONSTRAINT camera_watch_fault_check CHECK ((fault = ANY (ARRAY['no_picture'::text, 'blurred'::text, 'turned'::text, 'blocked'::text, 'dark'::text, 'other'::text])))
);

CREATE TABLE card_set (
    version integer NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE city_bundle (
    version integer NOT NULL,
    checksum text NOT NULL,
    manifest jsonb NOT NULL,
    activated_at timestamp with time zone NOT NULL,
    activated_by text NOT NULL,
    CONSTRAINT city_bundle_version_check CHECK ((version > 0))
);

CREATE TABLE closure (
    id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    factor double precision NOT NULL,
    geometry jsonb NOT NULL,
    profiles text[] NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    until timestamp with time zone,
    ended_at timestamp with time zone,
    by text NOT NULL,
    room_id uuid NOT NULL,
    segments integer,
    streets text[] NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    version integer NOT NULL,
    CONSTRAINT closure_ends_after_it_begins CHECK ((until > valid_from)),
    CONSTRAINT closure_factor CHECK (
CASE kind
    WHEN 'closed'::text THEN (factor = (0)::double precision)
    ELSE ((factor > (0)::double precision) AND (factor < (1)::double precision))
END),
    CONSTRAINT closure_kind_check CHECK ((kind = ANY (ARRAY['closed'::text, 'slowed'::text])))
);

CREATE TABLE cordon (
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    computed_at timestamp with time zone NOT NULL,
    by text NOT NULL,
    shown jsonb NOT NULL
);

CREATE TABLE dispute (
    id uuid NOT NULL,
    version integer NOT NULL,
    incident_id uuid NOT NULL,
    state text NOT NULL,
    by_room_id uuid NOT NULL,
    other_room_id uuid NOT NULL,
    judge_room_id uuid NOT NULL,
    raised_by text NOT NULL,
    statements jsonb NOT NULL,
    owner_room_id uuid,
    ended_by text,
    narrative_id uuid,
    ground jsonb,
    times jsonb NOT NULL,
    CONSTRAINT dispute_check CHECK (((by_room_id <> other_room_id) AND ((judge_room_id <> by_room_id) AND (judge_room_id <> other_room_id)))),
    CONSTRAINT dispute_check1 CHECK (((state = 'raised'::text) = (ended_by IS NULL))),
    CONSTRAINT dispute_check2 CHECK (((state = ANY (ARRAY['decided'::text, 'conceded'::text])) = (owner_room_id IS NOT NULL))),
    CONSTRAINT dispute_state_check CHECK ((state = ANY (ARRAY['raised'::text, 'decided'::text, 'conceded'::text, 'withdrawn'::text])))
);

CREATE TABLE draft (
    id uuid NOT NULL,
    room_id uuid NOT NULL,
    seat_id uuid,
    home_seat_id uuid,
    by text NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    ended text,
    ended_at timestamp with time zone,
    alarm_id uuid,
    version integer NOT NULL,
    CONSTRAINT draft_ended_check CHECK ((ended = ANY (ARRAY['sent'::text, 'discarded'::text])))
);

CREATE TABLE draft_text (
    draft_id uuid NOT NULL,
    call_id uuid,
    answering_room_id uuid NOT NULL,
    rooms uuid[] NOT NULL,
    salt bytea NOT NULL,
    sealed bytea NOT NULL,
    saves integer NOT NULL,
    saved_at timestamp with time zone NOT NULL
);

CREATE TABLE duty_level (
    id uuid NOT NULL,
    room_id uuid NOT NULL,
    level text NOT NULL,
    before text,
    state text NOT NULL,
    ordered_at timestamp with time zone NOT NULL,
    ordered_by text NOT NULL,
    until timestamp with time zone,
    returns boolean NOT NULL,
    narrative_id uuid,
    ended_at timestamp with time zone,
    cause text,
    noticed jsonb NOT NULL,
    version integer NOT NULL,
    CONSTRAINT duty_level_cause_check CHECK ((cause = ANY (ARRAY['replaced'::text, 'expired'::text]))),
    CONSTRAINT duty_level_check CHECK (((state = 'ended'::text) = ((ended_at IS NOT NULL) AND (cause IS NOT NULL)))),
    CONSTRAINT duty_level_check1 CHECK (((NOT returns) OR (until IS NOT NULL))),
    CONSTRAINT duty_level_state_check CHECK ((state = ANY (ARRAY['holds'::text, 'ended'::text])))
);

CREATE TABLE duty_turn (
    number integer NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE emergency (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    incident_id uuid,
    assignment_id uuid,
    raised_at timestamp with time zone NOT NULL,
    pressed_at timestamp with time zone NOT NULL,
    presses integer NOT NULL,
    by text NOT NULL,
    lon double precision,
    lat double precision,
    fix_at timestamp with time zone,
    crew text[] NOT NULL,
    talk_group text,
    narrative_id uuid,
    rooms uuid[] NOT NULL,
    nearest jsonb NOT NULL,
    reset_at timestamp with time zone,
    reset_by text,
    version integer NOT NULL
);

CREATE TABLE feedback (
    id uuid NOT NULL,
    assignment_id uuid NOT NULL,
    incident_id uuid NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    version integer NOT NULL,
    result text,
    type_verified text,
    people_count integer,
    narrative_id uuid,
    person_ids uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    photos jsonb DEFAULT '[]'::jsonb NOT NULL,
    by text NOT NULL,
    claimed_at timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    form_code text,
    form_version integer,
    answers jsonb,
    texts_id uuid,
    complete boolean,
    CONSTRAINT feedback_form_check CHECK (((form_code IS NULL) = (form_version IS NULL))),
    CONSTRAINT feedback_kind_check CHECK ((kind = ANY (ARRAY['interim'::text, 'final'::text]))),
    CONSTRAINT feedback_state_check CHECK ((state = ANY (ARRAY['submitted'::text, 'accepted'::text, 'returned'::text, 'replaced'::text])))
);

CREATE TABLE fixed_position (
    id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    address text,
    turns jsonb DEFAULT '[]'::jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT fixed_position_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT fixed_position_lon_check CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision)))
);

CREATE TABLE form_set (
    version integer NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE gateway (
    name text NOT NULL,
    nkey text NOT NULL,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE handover (
    id uuid NOT NULL,
    version integer NOT NULL,
    state text NOT NULL,
    room_id uuid NOT NULL,
    seat_id uuid,
    leaver text NOT NULL,
    arriver text,
    picture jsonb NOT NULL,
    counts jsonb NOT NULL,
    notes jsonb NOT NULL,
    reads jsonb NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    offered_at timestamp with time zone,
    touched_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    seen_by text,
    CONSTRAINT handover_check CHECK (((state = ANY (ARRAY['drafted'::text, 'offered'::text])) = (ended_at IS NULL))),
    CONSTRAINT handover_check1 CHECK (((state <> 'signed'::text) OR ((arriver IS NOT NULL) AND (arriver <> leaver) AND (offered_at IS NOT NULL)))),
    CONSTRAINT handover_state_check CHECK ((state = ANY (ARRAY['drafted'::text, 'offered'::text, 'signed'::text, 'refused'::text, 'cancelled'::text, 'abandoned'::text])))
);

CREATE TABLE idempotency (
    principal text NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    body_hash bytea NOT NULL,
    ids jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE incident (
    id uuid NOT NULL,
    number text NOT NULL,
    state text NOT NULL,
    version integer NOT NULL,
    round integer DEFAULT 1 NOT NULL,
    base_state text DEFAULT 'received'::text NOT NULL,
    base_primary_id uuid,
    type_reported text,
    type_verified text,
    type_frozen boolean DEFAULT false NOT NULL,
    disposition text,
    priority smallint NOT NULL,
    lon double precision,
    lat double precision,
    place jsonb,
    cell15 bigint,
    room_id uuid NOT NULL,
    proposed_room_id uuid,
    command_room_id uuid NOT NULL,
    command_seat text,
    labels text[] DEFAULT '{}'::text[] NOT NULL,
    exercise boolean DEFAULT false NOT NULL,
    merged_into uuid,
    absorbed jsonb DEFAULT '[]'::jsonb NOT NULL,
    primary_id uuid,
    call_point_id uuid,
    follows uuid,
    times jsonb DEFAULT '{}'::jsonb NOT NULL,
    external_refs jsonb DEFAULT '[]'::jsonb NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    press jsonb,
    surge jsonb,
    areas_number integer,
    raised jsonb DEFAULT '[]'::jsonb NOT NULL,
    scene jsonb,
    source text,
    pursuit jsonb,
    CONSTRAINT incident_base_state_check CHECK ((base_state = ANY (ARRAY['received'::text, 'handled'::text]))),
    CONSTRAINT incident_check CHECK (((lon IS NULL) = (lat IS NULL))),
    CONSTRAINT incident_check1 CHECK (((lon IS NULL) = (cell15 IS NULL))),
    CONSTRAINT incident_check2 CHECK (((state = 'merged'::text) = (merged_into IS NOT NULL))),
    CONSTRAINT incident_check3 CHECK ((merged_into IS DISTINCT FROM id)),
    CONSTRAINT incident_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT incident_lon_check CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision))),
    CONSTRAINT incident_priority_check CHECK (((priority >= 1) AND (priority <= 4))),
    CONSTRAINT incident_source_check CHECK ((source = ANY (ARRAY['call'::text, 'call_point'::text, 'panel'::text, 'sms'::text, 'app'::text, 'self_service'::text, 'officer'::text, 'agency'::text, 'paper'::text]))),
    CONSTRAINT incident_state_check CHECK ((state = ANY (ARRAY['received'::text, 'dispatched'::text, 'accepted'::text, 'en_route'::text, 'on_scene'::text, 'handled'::text, 'fed_back'::text, 'reviewed'::text, 'closed'::text, 'merged'::text, 'void'::text, 'advised'::text, 'transferred'::text])))
);

CREATE SEQUENCE incident_number
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE incident_plan (
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    code text NOT NULL,
    set_version integer NOT NULL,
    name jsonb NOT NULL,
    state text NOT NULL,
    automatic boolean NOT NULL,
    round integer NOT NULL,
    contacts jsonb NOT NULL,
    resources jsonb NOT NULL,
    proposed_at timestamp with time zone NOT NULL,
    activated_at timestamp with time zone,
    activated_by text,
    ended_at timestamp with time zone,
    ended_by text,
    version integer NOT NULL,
    CONSTRAINT incident_plan_check CHECK (((state <> ALL (ARRAY['active'::text, 'ended'::text])) OR ((activated_at IS NOT NULL) AND (activated_by IS NOT NULL)))),
    CONSTRAINT incident_plan_check1 CHECK (((state = ANY (ARRAY['dismissed'::text, 'withdrawn'::text, 'ended'::text])) = (ended_at IS NOT NULL))),
    CONSTRAINT incident_plan_state_check CHECK ((state = ANY (ARRAY['proposed'::text, 'active'::text, 'dismissed'::text, 'withdrawn'::text, 'ended'::text])))
);

CREATE TABLE journal (
    "position" bigint NOT NULL,
    noun text NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    incident_id uuid,
    fact text NOT NULL,
    who text NOT NULL,
    via text NOT NULL,
    why text,
    claimed_at timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    body jsonb NOT NULL,
    CONSTRAINT journal_noun_check CHECK ((noun = ANY (ARRAY['camera'::text, 'camera_watch'::text, 'standing_fact'::text, 'shortfall'::text, 'roster_shift'::text, 'beat_schedule'::text, 'track_look'::text, 'form_set'::text, 'card_set'::text, 'level_set'::text, 'duty_level'::text, 'broadcast'::text, 'broadcast_lamp'::text, 'handover'::text, 'log_entry'::text, 'plan'::text, 'task'::text, 'plan_set'::text, 'seat'::text, 'draft'::text, 'place'::text, 'closure'::text, 'city'::text, 'fixed_position'::text, 'call_point_health'::text, 'rule_set'::text, 'call'::text, 'alarm'::text, 'incident'::text, 'assignment'::text, 'feedback'::text, 'unit'::text, 'room'::text, 'jurisdiction'::text, 'call_point'::text, 'type_tree'::text, 'account'::text, 'nuisance_number'::text, 'note_read'::text, 'message'::text, 'emergency'::text, 'backup'::text, 'roll_call'::text, 'roll_answer'::text, 'supervision'::text, 'agency_request'::text, 'event'::text, 'after_action_review'::text, 'review_action'::text, 'dispute'::text, 'sighting'::text]))),
    CONSTRAINT journal_via_check CHECK ((via = ANY (ARRAY['console'::text, 'voice'::text, 'phone'::text, 'radio'::text, 'vehicle'::text, 'gateway'::text, 'replay'::text, 'system'::text])))
);

ALTER TABLE journal ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME journal_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE jurisdiction (
    id uuid NOT NULL,
    layer text NOT NULL,
    room_id uuid NOT NULL,
    name text NOT NULL,
    geometry jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL
);

CREATE TABLE jurisdiction_set (
    number integer NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    put_by text NOT NULL,
    areas jsonb NOT NULL,
    CONSTRAINT jurisdiction_set_areas_check CHECK ((jsonb_typeof(areas) = 'array'::text)),
    CONSTRAINT jurisdiction_set_number_check CHECK ((number > 0))
);

CREATE TABLE lease (
    name text NOT NULL,
    holder text NOT NULL,
    term bigint NOT NULL,
    until timestamp with time zone NOT NULL
);

CREATE TABLE ledger (
    seq bigint NOT NULL,
    "position" bigint NOT NULL,
    hash bytea NOT NULL
);

CREATE TABLE level_set (
    version integer NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE log_entry (
    id uuid NOT NULL,
    version integer NOT NULL,
    room_id uuid NOT NULL,
    seat_id uuid,
    by text NOT NULL,
    at timestamp with time zone NOT NULL,
    narrative_id uuid NOT NULL,
    incident_id uuid,
    corrects uuid
);

CREATE TABLE login_attempt (
    login bytea NOT NULL,
    at timestamp with time zone NOT NULL
);

CREATE TABLE move_declined (
    room_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    until timestamp with time zone NOT NULL
);

CREATE TABLE narrative (
    id uuid NOT NULL,
    key_id uuid NOT NULL,
    body bytea NOT NULL
);

CREATE TABLE note (
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    kind text NOT NULL,
    urgent boolean DEFAULT false NOT NULL,
    narrative_id uuid NOT NULL,
    by text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT note_kind_check CHECK ((kind = ANY (ARRAY['caller'::text, 'scene'::text, 'hazard'::text, 'intelligence'::text])))
);

CREATE TABLE note_read (
    note_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    version integer DEFAULT 1 NOT NULL
);

CREATE TABLE nuisance_number (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    standing boolean DEFAULT true NOT NULL,
    version integer NOT NULL,
    by text NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE number_day (
    day date NOT NULL,
    base bigint NOT NULL
);

CREATE TABLE outbox (
    "position" bigint NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='5000');

CREATE TABLE outward_message (
    id uuid NOT NULL,
    "position" bigint NOT NULL,
    bearer text NOT NULL,
    address text NOT NULL,
    incident_id uuid NOT NULL,
    assignment_id uuid,
    unit_id uuid,
    exercise boolean NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    provider text,
    reference text,
    attempts integer DEFAULT 0 NOT NULL,
    failure text,
    next_at timestamp with time zone,
    trouble text,
    request_id uuid,
    alarm_id uuid,
    person_id uuid,
    kind text DEFAULT 'order'::text NOT NULL,
    narrative_id uuid,
    CONSTRAINT outward_message_about_check CHECK (
CASE bearer
    WHEN 'agency'::text THEN (request_id IS NOT NULL)
    WHEN 'citizen'::text THEN ((alarm_id IS NOT NULL) AND (person_id IS NOT NULL))
    ELSE ((assignment_id IS NOT NULL) AND (unit_id IS NOT NULL))
END),
    CONSTRAINT outward_message_bearer_check CHECK ((bearer = ANY (ARRAY['sms'::text, 'phone'::text, 'agency'::text, 'citizen'::text]))),
    CONSTRAINT outward_message_kind_check CHECK ((kind = ANY (ARRAY['order'::text, 'request'::text, 'chase'::text, 'withdraw'::text, 'taken'::text, 'on_the_way'::text, 'closed'::text])))
);

ALTER TABLE outward_message ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME outward_message_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE paper_form (
    number text NOT NULL,
    incident_id uuid NOT NULL,
    content bytea NOT NULL,
    entered_by text NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE person (
    id uuid NOT NULL,
    key_id uuid NOT NULL,
    number_hmac bytea,
    body bytea NOT NULL
);

CREATE TABLE place (
    id bigint NOT NULL,
    source text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    alt text[] NOT NULL,
    code text,
    street text,
    number text,
    direction text,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    keys text NOT NULL,
    initials text NOT NULL,
    spot point GENERATED ALWAYS AS (point(lon, degrees(ln(tan(radians(((45)::double precision + (LEAST(GREATEST(lat, ('-89'::integer)::double precision), (89)::double precision) / (2)::double precision)))))))) STORED NOT NULL,
    CONSTRAINT place_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT place_lon_check CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision)))
);

ALTER TABLE place ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME place_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE place_source (
    source text NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    entries integer NOT NULL,
    put_at timestamp with time zone NOT NULL,
    put_by text NOT NULL,
    CONSTRAINT place_source_entries_check CHECK ((entries >= 0)),
    CONSTRAINT place_source_source_check CHECK ((source <> ''::text)),
    CONSTRAINT place_source_version_check CHECK ((version > 0))
);

CREATE TABLE plan_set (
    version integer NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE planned_event (
    id uuid NOT NULL,
    version integer NOT NULL,
    state text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    exercise boolean NOT NULL,
    room_id uuid NOT NULL,
    command_room_id uuid NOT NULL,
    command_seat text,
    area jsonb NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    phases jsonb NOT NULL,
    crowd integer,
    talk_group text,
    note_id uuid,
    contact_id uuid,
    summary_id uuid,
    drafted_by text NOT NULL,
    submitted_by text,
    approved_by text,
    posts jsonb NOT NULL,
    inside jsonb NOT NULL,
    logged integer NOT NULL,
    times jsonb NOT NULL,
    CONSTRAINT planned_event_check CHECK ((ends_at > starts_at)),
    CONSTRAINT planned_event_check1 CHECK (((approved_by IS NULL) OR (approved_by <> submitted_by))),
    CONSTRAINT planned_event_crowd_check CHECK ((crowd >= 0)),
    CONSTRAINT planned_event_kind_check CHECK ((kind = ANY (ARRAY['sport'::text, 'performance'::text, 'assembly'::text, 'festival'::text, 'exhibition'::text, 'examination'::text, 'escort'::text, 'other'::text]))),
    CONSTRAINT planned_event_logged_check CHECK ((logged >= 0)),
    CONSTRAINT planned_event_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'submitted'::text, 'returned'::text, 'approved'::text, 'running'::text, 'ended'::text, 'summed_up'::text, 'cancelled'::text])))
);

CREATE UNLOGGED TABLE presence (
    line text NOT NULL,
    incident_id uuid NOT NULL,
    principal text NOT NULL,
    seat_id uuid,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL
);

CREATE TABLE radio_count (
    handle bigint NOT NULL,
    n integer NOT NULL,
    CONSTRAINT radio_count_n_check CHECK ((n > 0))
);

CREATE TABLE radio_message (
    order_id uuid NOT NULL,
    "position" bigint NOT NULL,
    gateway text NOT NULL,
    handle bigint NOT NULL,
    assignment_id uuid,
    n integer NOT NULL,
    kind text NOT NULL,
    body jsonb NOT NULL,
    narrative_id uuid,
    expires_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    due_at timestamp with time zone,
    prompt text,
    about uuid,
    CONSTRAINT radio_message_kind_check CHECK ((kind = ANY (ARRAY['order'::text, 'update'::text, 'recall'::text, 'refused'::text, 'message'::text, 'broadcast'::text]))),
    CONSTRAINT radio_message_prompt_check CHECK ((prompt = ANY (ARRAY['note'::text, 'message'::text, 'status_check'::text, 'roll_call'::text, 'emergency_heard'::text, 'clear_air'::text, 'air_free'::text, 'broadcast'::text, 'standby'::text])))
);

ALTER TABLE radio_message ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME radio_message_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE recommendation (
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    computed_at timestamp with time zone NOT NULL,
    by text NOT NULL,
    shown jsonb NOT NULL
);

CREATE TABLE review_action (
    id uuid NOT NULL,
    version integer NOT NULL,
    state text NOT NULL,
    review_id uuid NOT NULL,
    incident_id uuid NOT NULL,
    finding_id uuid,
    from_room_id uuid NOT NULL,
    room_id uuid NOT NULL,
    role text,
    by text NOT NULL,
    narrative_id uuid NOT NULL,
    due_at timestamp with time zone NOT NULL,
    times jsonb NOT NULL,
    turns jsonb NOT NULL,
    CONSTRAINT review_action_state_check CHECK ((state = ANY (ARRAY['open'::text, 'done'::text, 'returned'::text, 'verified'::text, 'dropped'::text])))
);

CREATE TABLE roll_answer (
    id uuid NOT NULL,
    roll_call_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    via text NOT NULL,
    answered_at timestamp with time zone NOT NULL,
    version integer NOT NULL
);

CREATE TABLE roll_call (
    id uuid NOT NULL,
    room_id uuid NOT NULL,
    by text NOT NULL,
    asked integer NOT NULL,
    called_at timestamp with time zone NOT NULL,
    version integer NOT NULL
);

CREATE TABLE roll_call_ask (
    roll_call_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    answered boolean DEFAULT false NOT NULL
);

CREATE TABLE room (
    id uuid NOT NULL,
    code text NOT NULL,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    tier text NOT NULL,
    parent_id uuid,
    lineage uuid[] NOT NULL,
    neighbours uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    lon double precision,
    lat double precision,
    version integer DEFAULT 1 NOT NULL
);

CREATE TABLE roster_shift (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    room_id uuid NOT NULL,
    state text NOT NULL,
    begins_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    crew text[] NOT NULL,
    vehicle text,
    equipment text[] NOT NULL,
    beat text,
    patrol text,
    attended_at timestamp with time zone,
    over_at timestamp with time zone,
    version integer NOT NULL,
    CONSTRAINT roster_shift_check CHECK ((ends_at > begins_at)),
    CONSTRAINT roster_shift_check1 CHECK (((state <> ALL (ARRAY['attended'::text, 'ended'::text])) OR (attended_at IS NOT NULL))),
    CONSTRAINT roster_shift_check2 CHECK (((state = ANY (ARRAY['ended'::text, 'missed'::text, 'withdrawn'::text])) = (over_at IS NOT NULL))),
    CONSTRAINT roster_shift_patrol_check CHECK ((patrol = ANY (ARRAY['car'::text, 'motorcycle'::text, 'foot'::text, 'boat'::text, 'drone'::text, 'video'::text, 'other'::text]))),
    CONSTRAINT roster_shift_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'attended'::text, 'ended'::text, 'missed'::text, 'withdrawn'::text])))
);

CREATE TABLE rule_set (
    version integer NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE rule_shipped (
    id text NOT NULL,
    met_at timestamp with time zone NOT NULL
);

CREATE TABLE sealed_key (
    id uuid NOT NULL,
    salt bytea NOT NULL
);

CREATE TABLE seat (
    id uuid NOT NULL,
    code text NOT NULL,
    room_id uuid NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    holder text,
    roles text[] NOT NULL,
    since timestamp with time zone,
    state_since timestamp with time zone NOT NULL,
    answering_since timestamp with time zone,
    cover jsonb,
    covered_by jsonb,
    version integer NOT NULL,
    CONSTRAINT seat_answering CHECK (((state = ANY (ARRAY['ready'::text, 'on_call'::text, 'wrap_up'::text])) = (answering_since IS NOT NULL))),
    CONSTRAINT seat_holder CHECK (((state = 'empty'::text) = (holder IS NULL))),
    CONSTRAINT seat_kind_check CHECK ((kind = ANY (ARRAY['call_taker'::text, 'dispatcher'::text, 'leader'::text, 'combined'::text, 'supervisor'::text, 'reviewer'::text]))),
    CONSTRAINT seat_state_check CHECK ((state = ANY (ARRAY['empty'::text, 'ready'::text, 'on_call'::text, 'wrap_up'::text, 'break'::text, 'away'::text])))
);

CREATE TABLE seat_ear (
    replica text NOT NULL,
    since timestamp with time zone NOT NULL,
    at timestamp with time zone NOT NULL
);

CREATE TABLE seat_link (
    seat_id uuid NOT NULL,
    heard_at timestamp with time zone NOT NULL
);

CREATE TABLE session (
    hash bytea NOT NULL,
    id uuid NOT NULL,
    principal text NOT NULL,
    roles text[] NOT NULL,
    room_id uuid NOT NULL,
    csrf_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    account_id uuid,
    unit_id uuid,
    seat_id uuid
);

CREATE TABLE shortfall (
    id uuid NOT NULL,
    room_id uuid NOT NULL,
    state text NOT NULL,
    level text NOT NULL,
    on_duty integer NOT NULL,
    free integer NOT NULL,
    wanted integer NOT NULL,
    began_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    cause text,
    version integer NOT NULL,
    CONSTRAINT shortfall_cause_check CHECK ((cause = ANY (ARRAY['recovered'::text, 'not_asked'::text]))),
    CONSTRAINT shortfall_check CHECK (((state = 'over'::text) = ((ended_at IS NOT NULL) AND (cause IS NOT NULL)))),
    CONSTRAINT shortfall_state_check CHECK ((state = ANY (ARRAY['stands'::text, 'over'::text])))
);

CREATE TABLE sighting (
    id uuid NOT NULL,
    version integer NOT NULL,
    incident_id uuid NOT NULL,
    at bigint NOT NULL,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    heading double precision,
    speed double precision,
    source text NOT NULL,
    by text NOT NULL,
    unit_id uuid,
    narrative_id uuid,
    flags text[] NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT sighting_heading_check CHECK (((heading >= (0)::double precision) AND (heading < (360)::double precision))),
    CONSTRAINT sighting_source_check CHECK ((source = ANY (ARRAY['call'::text, 'seat'::text, 'unit'::text, 'radio'::text, 'camera'::text, 'agency'::text]))),
    CONSTRAINT sighting_speed_check CHECK ((speed >= (0)::double precision))
);

CREATE TABLE sign_in_link (
    hash bytea NOT NULL,
    roles text[] NOT NULL,
    room_id uuid NOT NULL,
    principal text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);

CREATE TABLE standing_fact (
    id uuid NOT NULL,
    version integer NOT NULL,
    state text NOT NULL,
    kind text NOT NULL,
    severity text NOT NULL,
    personal boolean NOT NULL,
    room_id uuid NOT NULL,
    area jsonb NOT NULL,
    address text,
    text_id uuid NOT NULL,
    why_id uuid NOT NULL,
    doubt_id uuid,
    valid_from timestamp with time zone NOT NULL,
    until timestamp with time zone,
    review_at timestamp with time zone,
    source text,
    ref text,
    by text NOT NULL,
    decided_by text,
    times jsonb NOT NULL,
    CONSTRAINT standing_fact_check CHECK (((until IS NULL) OR (until > valid_from))),
    CONSTRAINT standing_fact_check1 CHECK (((NOT personal) OR ((until IS NOT NULL) AND (review_at IS NOT NULL)))),
    CONSTRAINT standing_fact_check2 CHECK (((source IS NULL) = (ref IS NULL))),
    CONSTRAINT standing_fact_check3 CHECK (((state = ANY (ARRAY['declined'::text, 'withdrawn'::text])) = (times ? 'ended'::text))),
    CONSTRAINT standing_fact_kind_check CHECK ((kind = ANY (ARRAY['dog'::text, 'violence'::text, 'weapon'::text, 'hazmat'::text, 'contaminated'::text, 'structure'::text, 'vulnerable'::text, 'key_holder'::text, 'access'::text, 'rendezvous'::text, 'school'::text, 'hydrant'::text, 'other'::text]))),
    CONSTRAINT standing_fact_severity_check CHECK ((severity = ANY (ARRAY['warns'::text, 'informs'::text]))),
    CONSTRAINT standing_fact_state_check CHECK ((state = ANY (ARRAY['proposed'::text, 'stands'::text, 'declined'::text, 'withdrawn'::text])))
);

CREATE TABLE supervision (
    id uuid NOT NULL,
    version integer NOT NULL,
    state text NOT NULL,
    cause text NOT NULL,
    incident_id uuid,
    alarm_id uuid,
    from_room_id uuid NOT NULL,
    to_room_id uuid NOT NULL,
    given_by text NOT NULL,
    narrative_id uuid NOT NULL,
    due_at timestamp with time zone NOT NULL,
    times jsonb NOT NULL,
    turns jsonb NOT NULL,
    CONSTRAINT supervision_cause_check CHECK ((cause = ANY (ARRAY['leader'::text, 'call_back'::text, 'rule'::text]))),
    CONSTRAINT supervision_state_check CHECK ((state = ANY (ARRAY['given'::text, 'answered'::text, 'returned'::text, 'signed_off'::text, 'withdrawn'::text])))
);

CREATE TABLE task (
    id uuid NOT NULL,
    incident_id uuid NOT NULL,
    plan_id uuid,
    parent_id uuid,
    step jsonb NOT NULL,
    after uuid[] NOT NULL,
    room_id uuid NOT NULL,
    state text NOT NULL,
    owner text,
    place jsonb,
    unit_id uuid,
    added_at timestamp with time zone NOT NULL,
    opened_at timestamp with time zone,
    due_at timestamp with time zone,
    done_at timestamp with time zone,
    done_by text,
    cause text,
    by_itself boolean NOT NULL,
    reopened integer NOT NULL,
    narrative_id uuid,
    form_id uuid,
    version integer NOT NULL,
    CONSTRAINT task_cause_check CHECK ((cause = ANY (ARRAY['said'::text, 'superseded'::text, 'plan_ended'::text, 'incident_ended'::text]))),
    CONSTRAINT task_check CHECK (((state = ANY (ARRAY['done'::text, 'not_applicable'::text])) = ((done_at IS NOT NULL) AND (done_by IS NOT NULL)))),
    CONSTRAINT task_check1 CHECK (((state = 'not_applicable'::text) = (cause IS NOT NULL))),
    CONSTRAINT task_check2 CHECK (((state <> 'open'::text) OR (opened_at IS NOT NULL))),
    CONSTRAINT task_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'open'::text, 'done'::text, 'not_applicable'::text])))
);

CREATE TABLE timer (
    id bigint NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    noun text NOT NULL,
    entity_id uuid NOT NULL,
    generation integer DEFAULT 1 NOT NULL,
    due_at timestamp with time zone NOT NULL,
    args jsonb DEFAULT '{}'::jsonb NOT NULL,
    rule_version integer DEFAULT 1 NOT NULL,
    incident_id uuid,
    rule text DEFAULT 'rules'::text NOT NULL,
    armed_at timestamp with time zone DEFAULT cad_now() NOT NULL,
    fired_at timestamp with time zone,
    noticed jsonb DEFAULT '{}'::jsonb NOT NULL,
    factor double precision DEFAULT 1 NOT NULL,
    CONSTRAINT timer_factor_check CHECK (((factor > (0)::double precision) AND (factor <= (1)::double precision)))
);

ALTER TABLE timer ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME timer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE track (
    handle bigint NOT NULL,
    minute integer NOT NULL,
    fixes integer NOT NULL,
    data bytea NOT NULL,
    CONSTRAINT track_fixes_check CHECK ((fixes > 0))
)
PARTITION BY RANGE (minute);

CREATE TABLE track_written (
    through integer NOT NULL,
    written_at timestamp with time zone NOT NULL
);

CREATE TABLE type_tree (
    version integer NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE unit (
    id uuid NOT NULL,
    handle bigint NOT NULL,
    call_sign text NOT NULL,
    kind text NOT NULL,
    class text NOT NULL,
    room_id uuid NOT NULL,
    duty text NOT NULL,
    duty_until timestamp with time zone,
    skills text[] DEFAULT '{}'::text[] NOT NULL,
    crew text[] DEFAULT '{}'::text[] NOT NULL,
    talk_group text,
    gateway text,
    version integer NOT NULL,
    second_gateway text,
    duty_phone text,
    duty_cause text,
    shift_ends_at timestamp with time zone,
    lent_to uuid,
    lent_until timestamp with time zone,
    vehicle text,
    equipment text[] DEFAULT '{}'::text[] NOT NULL,
    beat text,
    patrol text,
    shift_id uuid,
    standby jsonb,
    CONSTRAINT unit_class_check CHECK ((class = ANY (ARRAY['regular'::text, 'auxiliary'::text]))),
    CONSTRAINT unit_duty_cause_check CHECK ((duty_cause = ANY (ARRAY['vehicle'::text, 'equipment'::text, 'refuelling'::text, 'crew'::text, 'paperwork'::text, 'training'::text, 'court'::text, 'other'::text]))),
    CONSTRAINT unit_duty_check CHECK ((duty = ANY (ARRAY['available'::text, 'busy'::text, 'break'::text, 'out_of_service'::text, 'off_duty'::text]))),
    CONSTRAINT unit_handle_check CHECK (((handle >= 1) AND (handle <= '4294967295'::bigint))),
    CONSTRAINT unit_kind_check CHECK ((kind = ANY (ARRAY['car'::text, 'motorcycle'::text, 'foot'::text, 'boat'::text, 'drone'::text, 'video'::text, 'other'::text]))),
    CONSTRAINT unit_lent_for_a_time CHECK (((lent_to IS NULL) = (lent_until IS NULL))),
    CONSTRAINT unit_patrol_check CHECK ((patrol = ANY (ARRAY['car'::text, 'motorcycle'::text, 'foot'::text, 'boat'::text, 'drone'::text, 'video'::text, 'other'::text]))),
    CONSTRAINT unit_standby_check CHECK (((standby ->> 'state'::text) = ANY (ARRAY['sent'::text, 'accepted'::text, 'there'::text, 'over'::text])))
);

ALTER TABLE unit ALTER COLUMN handle ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME unit_handle_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE unit_last_fix (
    handle bigint NOT NULL,
    t bigint NOT NULL,
    received_at bigint NOT NULL,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    speed real,
    heading real,
    accuracy real
);

CREATE TABLE unit_message (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    direction text NOT NULL,
    incident_id uuid,
    narrative_id uuid NOT NULL,
    by text NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    read_by text,
    version integer NOT NULL,
    CONSTRAINT unit_message_direction_check CHECK ((direction = ANY (ARRAY['from_unit'::text, 'to_unit'::text])))
);

ALTER TABLE ONLY account
    ADD CONSTRAINT account_login_key UNIQUE (login);

ALTER TABLE ONLY account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY account_secret
    ADD CONSTRAINT account_secret_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY after_action_review
    ADD CONSTRAINT after_action_review_pkey PRIMARY KEY (id);

ALTER TABLE ONLY agency_request
    ADD CONSTRAINT agency_request_pkey PRIMARY KEY (id);

ALTER TABLE ONLY alarm
    ADD CONSTRAINT alarm_pkey PRIMARY KEY (id);

ALTER TABLE ONLY api_key
    ADD CONSTRAINT api_key_hash_key UNIQUE (hash);

ALTER TABLE ONLY api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (id);

ALTER TABLE ONLY assignment
    ADD CONSTRAINT assignment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY audience
    ADD CONSTRAINT audience_pkey PRIMARY KEY (incident_id, room_id, why);

ALTER TABLE ONLY backup
    ADD CONSTRAINT backup_pkey PRIMARY KEY (id);

ALTER TABLE ONLY beat_schedule
    ADD CONSTRAINT beat_schedule_code_key UNIQUE (code);

ALTER TABLE ONLY beat_schedule
    ADD CONSTRAINT beat_schedule_pkey PRIMARY KEY (id);

ALTER TABLE ONLY broadcast_lamp
    ADD CONSTRAINT broadcast_lamp_broadcast_id_party_id_key UNIQUE (broadcast_id, party_id);

ALTER TABLE ONLY broadcast_lamp
    ADD CONSTRAINT broadcast_lamp_pkey PRIMARY KEY (id);

ALTER TABLE ONLY broadcast_mark
    ADD CONSTRAINT broadcast_mark_pkey PRIMARY KEY (digest, broadcast_id);

ALTER TABLE ONLY broadcast
    ADD CONSTRAINT broadcast_number_revision_key UNIQUE (number, revision);

ALTER TABLE ONLY broadcast
    ADD CONSTRAINT broadcast_pkey PRIMARY KEY (id);

ALTER TABLE ONLY broadcast_recipient
    ADD CONSTRAINT broadcast_recipient_pkey PRIMARY KEY (broadcast_id, party_id);

ALTER TABLE ONLY call
    ADD CONSTRAINT call_acd_reference_nth_key UNIQUE (acd, reference, nth);

ALTER TABLE ONLY call
    ADD CONSTRAINT call_pkey PRIMARY KEY (id);

ALTER TABLE ONLY call_point
    ADD CONSTRAINT call_point_code_key UNIQUE (code);

ALTER TABLE ONLY call_point_health
    ADD CONSTRAINT call_point_health_pkey PRIMARY KEY (id);

ALTER TABLE ONLY call_point
    ADD CONSTRAINT call_point_pkey PRIMARY KEY (id);

ALTER TABLE ONLY call_point_seen
    ADD CONSTRAINT call_point_seen_pkey PRIMARY KEY (id);

ALTER TABLE ONLY camera
    ADD CONSTRAINT camera_code_key UNIQUE (code);

ALTER TABLE ONLY camera
    ADD CONSTRAINT camera_pkey PRIMARY KEY (id);

ALTER TABLE ONLY camera_watch
    ADD CONSTRAINT camera_watch_pkey PRIMARY KEY (id);

ALTER TABLE ONLY card_set
    ADD CONSTRAINT card_set_pkey PRIMARY KEY (version);

ALTER TABLE ONLY city_bundle
    ADD CONSTRAINT city_bundle_pkey PRIMARY KEY (version);

ALTER TABLE ONLY closure
    ADD CONSTRAINT closure_pkey PRIMARY KEY (id);

ALTER TABLE ONLY cordon
    ADD CONSTRAINT cordon_pkey PRIMARY KEY (id);

ALTER TABLE ONLY dispute
    ADD CONSTRAINT dispute_pkey PRIMARY KEY (id);

ALTER TABLE ONLY draft
    ADD CONSTRAINT draft_pkey PRIMARY KEY (id);

ALTER TABLE ONLY draft_text
    ADD CONSTRAINT draft_text_pkey PRIMARY KEY (draft_id);

ALTER TABLE ONLY duty_level
    ADD CONSTRAINT duty_level_pkey PRIMARY KEY (id);

ALTER TABLE ONLY duty_turn
    ADD CONSTRAINT duty_turn_pkey PRIMARY KEY (number);

ALTER TABLE ONLY emergency
    ADD CONSTRAINT emergency_pkey PRIMARY KEY (id);

ALTER TABLE ONLY feedback
    ADD CONSTRAINT feedback_pkey PRIMARY KEY (id);

ALTER TABLE ONLY fixed_position
    ADD CONSTRAINT fixed_position_code_key UNIQUE (code);

ALTER TABLE ONLY fixed_position
    ADD CONSTRAINT fixed_position_pkey PRIMARY KEY (id);

ALTER TABLE ONLY form_set
    ADD CONSTRAINT form_set_pkey PRIMARY KEY (version);

ALTER TABLE ONLY gateway
    ADD CONSTRAINT gateway_pkey PRIMARY KEY (name);

ALTER TABLE ONLY handover
    ADD CONSTRAINT handover_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idempotency
    ADD CONSTRAINT idempotency_pkey PRIMARY KEY (principal, route, key);

ALTER TABLE ONLY incident
    ADD CONSTRAINT incident_number_key UNIQUE (number);

ALTER TABLE ONLY incident
    ADD CONSTRAINT incident_pkey PRIMARY KEY (id);

ALTER TABLE ONLY incident_plan
    ADD CONSTRAINT incident_plan_pkey PRIMARY KEY (id);

ALTER TABLE ONLY journal
    ADD CONSTRAINT journal_noun_id_version_key UNIQUE (noun, id, version);

ALTER TABLE ONLY journal
    ADD CONSTRAINT journal_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY jurisdiction
    ADD CONSTRAINT jurisdiction_pkey PRIMARY KEY (id);

ALTER TABLE ONLY jurisdiction_set
    ADD CONSTRAINT jurisdiction_set_pkey PRIMARY KEY (number);

ALTER TABLE ONLY lease
    ADD CONSTRAINT lease_pkey PRIMARY KEY (name);

ALTER TABLE ONLY ledger
    ADD CONSTRAINT ledger_pkey PRIMARY KEY (seq);

ALTER TABLE ONLY ledger
    ADD CONSTRAINT ledger_position_key UNIQUE ("position");

ALTER TABLE ONLY level_set
    ADD CONSTRAINT level_set_pkey PRIMARY KEY (version);

ALTER TABLE ONLY log_entry
    ADD CONSTRAINT log_entry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY move_declined
    ADD CONSTRAINT move_declined_pkey PRIMARY KEY (room_id, unit_id);

ALTER TABLE ONLY narrative
    ADD CONSTRAINT narrative_pkey PRIMARY KEY (id);

ALTER TABLE ONLY note
    ADD CONSTRAINT note_pkey PRIMARY KEY (id);

ALTER TABLE ONLY note_read
    ADD CONSTRAINT note_read_id_key UNIQUE (id);

ALTER TABLE ONLY note_read
    ADD CONSTRAINT note_read_pkey PRIMARY KEY (note_id, unit_id);

ALTER TABLE ONLY nuisance_number
    ADD CONSTRAINT nuisance_number_pkey PRIMARY KEY (id);

ALTER TABLE ONLY number_day
    ADD CONSTRAINT number_day_pkey PRIMARY KEY (day);

ALTER TABLE ONLY outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY outward_message
    ADD CONSTRAINT outward_message_pkey PRIMARY KEY (id);

ALTER TABLE ONLY outward_message
    ADD CONSTRAINT outward_message_position_key UNIQUE ("position");

ALTER TABLE ONLY paper_form
    ADD CONSTRAINT paper_form_pkey PRIMARY KEY (number);

ALTER TABLE ONLY person
    ADD CONSTRAINT person_pkey PRIMARY KEY (id);

ALTER TABLE ONLY place
    ADD CONSTRAINT place_pkey PRIMARY KEY (id);

ALTER TABLE ONLY place_source
    ADD CONSTRAINT place_source_id_key UNIQUE (id);

ALTER TABLE ONLY place_source
    ADD CONSTRAINT place_source_pkey PRIMARY KEY (source);

ALTER TABLE ONLY plan_set
    ADD CONSTRAINT plan_set_pkey PRIMARY KEY (version);

ALTER TABLE ONLY planned_event
    ADD CONSTRAINT planned_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY presence
    ADD CONSTRAINT presence_pkey PRIMARY KEY (line);

ALTER TABLE ONLY radio_count
    ADD CONSTRAINT radio_count_pkey PRIMARY KEY (handle);

ALTER TABLE ONLY radio_message
    ADD CONSTRAINT radio_message_pkey PRIMARY KEY (order_id);

ALTER TABLE ONLY radio_message
    ADD CONSTRAINT radio_message_position_key UNIQUE ("position");

ALTER TABLE ONLY recommendation
    ADD CONSTRAINT recommendation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY review_action
    ADD CONSTRAINT review_action_pkey PRIMARY KEY (id);

ALTER TABLE ONLY roll_answer
    ADD CONSTRAINT roll_answer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY roll_answer
    ADD CONSTRAINT roll_answer_roll_call_id_unit_id_key UNIQUE (roll_call_id, unit_id);

ALTER TABLE ONLY roll_call_ask
    ADD CONSTRAINT roll_call_ask_pkey PRIMARY KEY (roll_call_id, unit_id);

ALTER TABLE ONLY roll_call
    ADD CONSTRAINT roll_call_pkey PRIMARY KEY (id);

ALTER TABLE ONLY room
    ADD CONSTRAINT room_code_key UNIQUE (code);

ALTER TABLE ONLY room
    ADD CONSTRAINT room_pkey PRIMARY KEY (id);

ALTER TABLE ONLY roster_shift
    ADD CONSTRAINT roster_shift_pkey PRIMARY KEY (id);

ALTER TABLE ONLY rule_set
    ADD CONSTRAINT rule_set_pkey PRIMARY KEY (version);

ALTER TABLE ONLY rule_shipped
    ADD CONSTRAINT rule_shipped_pkey PRIMARY KEY (id);

ALTER TABLE ONLY sealed_key
    ADD CONSTRAINT sealed_key_pkey PRIMARY KEY (id);

ALTER TABLE ONLY seat
    ADD CONSTRAINT seat_code UNIQUE (room_id, code);

ALTER TABLE ONLY seat_ear
    ADD CONSTRAINT seat_ear_pkey PRIMARY KEY (replica);

ALTER TABLE ONLY seat_link
    ADD CONSTRAINT seat_link_pkey PRIMARY KEY (seat_id);

ALTER TABLE ONLY seat
    ADD CONSTRAINT seat_pkey PRIMARY KEY (id);

ALTER TABLE ONLY session
    ADD CONSTRAINT session_id_key UNIQUE (id);

ALTER TABLE ONLY session
    ADD CONSTRAINT session_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY shortfall
    ADD CONSTRAINT shortfall_pkey PRIMARY KEY (id);

ALTER TABLE ONLY sighting
    ADD CONSTRAINT sighting_pkey PRIMARY KEY (id);

ALTER TABLE ONLY sign_in_link
    ADD CONSTRAINT sign_in_link_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY standing_fact
    ADD CONSTRAINT standing_fact_pkey PRIMARY KEY (id);

ALTER TABLE ONLY supervision
    ADD CONSTRAINT supervision_pkey PRIMARY KEY (id);

ALTER TABLE ONLY task
    ADD CONSTRAINT task_pkey PRIMARY KEY (id);

ALTER TABLE ONLY timer
    ADD CONSTRAINT timer_key_key UNIQUE (key);

ALTER TABLE ONLY timer
    ADD CONSTRAINT timer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY track
    ADD CONSTRAINT track_pkey PRIMARY KEY (handle, minute);

ALTER TABLE ONLY track_written
    ADD CONSTRAINT track_written_pkey PRIMARY KEY (through);

ALTER TABLE ONLY type_tree
    ADD CONSTRAINT type_tree_pkey PRIMARY KEY (version);

ALTER TABLE ONLY unit
    ADD CONSTRAINT unit_call_sign_key UNIQUE (call_sign);

ALTER TABLE ONLY unit
    ADD CONSTRAINT unit_handle_key UNIQUE (handle);

ALTER TABLE ONLY unit_last_fix
    ADD CONSTRAINT unit_last_fix_pkey PRIMARY KEY (handle);

ALTER TABLE ONLY unit_message
    ADD CONSTRAINT unit_message_pkey PRIMARY KEY (id);

ALTER TABLE ONLY unit
    ADD CONSTRAINT unit_pkey PRIMARY KEY (id);

CREATE INDEX after_action_review_incident ON after_action_review USING btree (incident_id);

CREATE INDEX after_action_review_room ON after_action_review USING btree (room_id, id);

CREATE INDEX agency_request_incident ON agency_request USING btree (incident_id);

CREATE INDEX alarm_call ON alarm USING btree (call_id) WHERE (call_id IS NOT NULL);

CREATE INDEX alarm_incident ON alarm USING btree (incident_id, recorded_at);

CREATE INDEX assignment_incident ON assignment USING btree (incident_id);

CREATE INDEX assignment_kept ON assignment USING btree (unit_id) WHERE (state = 'stacked'::text);

CREATE INDEX assignment_open_room ON assignment USING btree (room_id) WHERE ((room_id IS NOT NULL) AND (state = ANY (ARRAY['ordered'::text, 'delivered'::text, 'accepted'::text, 'en_route'::text, 'on_scene'::text, 'unable'::text, 'expired'::text])));

CREATE INDEX assignment_recommendation ON assignment USING btree (recommendation_id) WHERE (recommendation_id IS NOT NULL);

CREATE INDEX assignment_unit ON assignment USING btree (unit_id, id) WHERE (unit_id IS NOT NULL);

CREATE INDEX audience_room ON audience USING btree (room_id, incident_id);

CREATE INDEX backup_standing ON backup USING btree (incident_id) WHERE (answered_at IS NULL);

CREATE INDEX broadcast_mark_broadcast ON broadcast_mark USING btree (broadcast_id);

CREATE INDEX broadcast_recipient_party ON broadcast_recipient USING btree (party_id);

CREATE INDEX broadcast_standing ON broadcast USING btree (id) WHERE (state = ANY (ARRAY['proposed'::text, 'active'::text]));

CREATE INDEX call_alarm ON call USING btree (alarm_id) WHERE (alarm_id IS NOT NULL);

CREATE INDEX call_open_room ON call USING btree (room_id) WHERE ((state <> ALL (ARRAY['released'::text, 'abandoned'::text])) OR ((state = 'abandoned'::text) AND (alarm_id IS NULL) AND (redialled_by IS NULL)));

CREATE INDEX call_opened ON call USING btree (opened_at);

CREATE INDEX call_person ON call USING btree (person_id) WHERE (person_id IS NOT NULL);

CREATE INDEX call_point_not_well ON call_point_health USING btree (state) WHERE (state <> 'ok'::text);

CREATE INDEX call_reference ON call USING btree (reference);

CREATE INDEX closure_standing ON closure USING btree (until) WHERE (ended_at IS NULL);

CREATE INDEX cordon_computed ON cordon USING btree (computed_at);

CREATE INDEX dispute_incident ON dispute USING btree (incident_id);

CREATE INDEX draft_of_seat ON draft USING btree (seat_id) WHERE (ended IS NULL);

CREATE INDEX draft_open ON draft USING btree (room_id) WHERE (ended IS NULL);

CREATE INDEX draft_text_saved ON draft_text USING btree (saved_at);

CREATE INDEX emergency_incident ON emergency USING btree (incident_id) WHERE (incident_id IS NOT NULL);

CREATE INDEX emergency_standing ON emergency USING btree (id) WHERE (reset_at IS NULL);

CREATE INDEX feedback_assignment ON feedback USING btree (assignment_id);

CREATE INDEX feedback_incident ON feedback USING btree (incident_id);

CREATE INDEX handover_room ON handover USING btree (room_id, id);

CREATE INDEX idempotency_age ON idempotency USING btree (created_at);

CREATE INDEX incident_cell ON incident USING btree (cell15);

CREATE INDEX incident_merged ON incident USING btree (merged_into) WHERE (merged_into IS NOT NULL);

CREATE INDEX incident_open_room ON incident USING btree (room_id) WHERE (state <> ALL (ARRAY['closed'::text, 'merged'::text, 'void'::text, 'advised'::text, 'transferred'::text]));

CREATE INDEX incident_opened ON incident USING btree (opened_at);

CREATE INDEX incident_plan_incident ON incident_plan USING btree (incident_id);

CREATE INDEX journal_incident ON journal USING btree (incident_id, "position") WHERE (incident_id IS NOT NULL);

CREATE INDEX journal_recorded ON journal USING brin (recorded_at) WITH (pages_per_range='32', autosummarize='on');

CREATE INDEX journal_rule_fired ON journal USING btree (recorded_at) WHERE (fact = 'rule_fired'::text);

CREATE INDEX jurisdiction_set_valid_from ON jurisdiction_set USING btree (valid_from, number);

CREATE INDEX log_entry_room ON log_entry USING btree (room_id, at);

CREATE INDEX login_attempt_at ON login_attempt USING btree (at);

CREATE INDEX login_attempt_login ON login_attempt USING btree (login, at);

CREATE INDEX note_incident ON note USING btree (incident_id);

CREATE INDEX note_unread ON note_read USING btree (unit_id) WHERE (read_at IS NULL);

CREATE UNIQUE INDEX one_attended_shift_a_unit ON roster_shift USING btree (unit_id) WHERE (state = 'attended'::text);

CREATE UNIQUE INDEX one_dispute_an_incident ON dispute USING btree (incident_id) WHERE (state = 'raised'::text);

CREATE UNIQUE INDEX one_emergency_a_unit ON emergency USING btree (unit_id) WHERE (reset_at IS NULL);

CREATE UNIQUE INDEX one_level_a_room ON duty_level USING btree (room_id) WHERE (state = 'holds'::text);

CREATE UNIQUE INDEX one_open_assignment_a_unit ON assignment USING btree (unit_id) WHERE ((unit_id IS NOT NULL) AND (state = ANY (ARRAY['ordered'::text, 'delivered'::text, 'accepted'::text, 'en_route'::text, 'on_scene'::text, 'unable'::text, 'expired'::text])));

CREATE UNIQUE INDEX one_open_handover_a_seat ON handover USING btree (seat_id) WHERE ((seat_id IS NOT NULL) AND (state = ANY (ARRAY['drafted'::text, 'offered'::text])));

CREATE UNIQUE INDEX one_open_request_an_agency ON agency_request USING btree (incident_id, agency) WHERE ((state = ANY (ARRAY['sent'::text, 'taken'::text, 'arrived'::text])) AND (agency <> 'other'::text));

CREATE UNIQUE INDEX one_review_at_a_time ON after_action_review USING btree (incident_id) WHERE (state = ANY (ARRAY['waiting'::text, 'open'::text]));

CREATE UNIQUE INDEX one_session_a_seat ON session USING btree (seat_id) WHERE (seat_id IS NOT NULL);

CREATE UNIQUE INDEX one_shift_a_beginning ON roster_shift USING btree (unit_id, begins_at) WHERE (state <> 'withdrawn'::text);

CREATE UNIQUE INDEX one_shortfall_a_room ON shortfall USING btree (room_id) WHERE (state = 'stands'::text);

CREATE UNIQUE INDEX one_standing_plan_an_incident ON incident_plan USING btree (incident_id, code) WHERE (state = ANY (ARRAY['proposed'::text, 'active'::text]));

CREATE INDEX outward_assignment ON outward_message USING btree (assignment_id);

CREATE UNIQUE INDEX outward_citizen ON outward_message USING btree (alarm_id, kind) WHERE (alarm_id IS NOT NULL);

CREATE INDEX outward_request ON outward_message USING btree (request_id) WHERE (request_id IS NOT NULL);

CREATE INDEX outward_unsent ON outward_message USING btree ("position") WHERE ((sent_at IS NULL) AND (failure IS NULL));

CREATE INDEX paper_form_incident ON paper_form USING btree (incident_id);

CREATE INDEX person_number ON person USING btree (number_hmac) WHERE (number_hmac IS NOT NULL);

CREATE INDEX place_code ON place USING btree (upper(replace(code, ' '::text, ''::text)) text_pattern_ops) WHERE (code IS NOT NULL);

CREATE INDEX place_house ON place USING btree (street, number) WHERE (number IS NOT NULL);

CREATE INDEX place_initials ON place USING btree (initials text_pattern_ops) WHERE (initials <> ''::text);

CREATE INDEX place_keys ON place USING gin (keys gin_trgm_ops) WITH (gin_pending_list_limit='65536') WHERE (keys <> ''::text);

CREATE INDEX place_name ON place USING btree (name text_pattern_ops);

CREATE INDEX place_source_of ON place USING btree (source);

CREATE INDEX place_spot ON place USING gist (spot);

CREATE INDEX planned_event_open ON planned_event USING btree (state) WHERE (state <> ALL (ARRAY['summed_up'::text, 'cancelled'::text]));

CREATE INDEX planned_event_posts ON planned_event USING gin (posts jsonb_path_ops);

CREATE INDEX planned_event_room ON planned_event USING btree (room_id, id);

CREATE INDEX radio_assignment ON radio_message USING btree (handle, assignment_id);

CREATE INDEX radio_message_about ON radio_message USING btree (about) WHERE (about IS NOT NULL);

CREATE INDEX radio_paced ON radio_message USING btree (handle, assignment_id, due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX radio_unpublished ON radio_message USING btree ("position") WHERE (published_at IS NULL);

CREATE INDEX recommendation_age ON recommendation USING btree (computed_at);

CREATE INDEX review_action_from ON review_action USING btree (from_room_id, id);

CREATE INDEX review_action_review ON review_action USING btree (review_id);

CREATE INDEX review_action_room ON review_action USING btree (room_id, id);

CREATE INDEX roll_call_unanswered ON roll_call_ask USING btree (unit_id) WHERE (NOT answered);

CREATE INDEX roster_ahead ON roster_shift USING btree (unit_id, begins_at) WHERE (state = 'planned'::text);

CREATE INDEX roster_of_room ON roster_shift USING btree (room_id, begins_at);

CREATE INDEX seat_covered ON seat USING btree (room_id) WHERE (covered_by IS NOT NULL);

CREATE INDEX session_account ON session USING btree (account_id) WHERE ((account_id IS NOT NULL) AND (revoked_at IS NULL));

CREATE INDEX shortfall_of_room ON shortfall USING btree (room_id, id);

CREATE INDEX sighting_incident ON sighting USING btree (incident_id, at);

CREATE INDEX standing_fact_asked ON standing_fact USING btree (id) WHERE ((state = 'proposed'::text) OR ((state = 'stands'::text) AND (doubt_id IS NOT NULL)));

CREATE INDEX standing_fact_due ON standing_fact USING btree (review_at) WHERE (state = 'stands'::text);

CREATE UNIQUE INDEX standing_fact_of_list ON standing_fact USING btree (source, ref) WHERE (state = 'stands'::text);

CREATE INDEX standing_fact_of_room ON standing_fact USING btree (room_id, id);

CREATE INDEX supervision_from ON supervision USING btree (from_room_id, id);

CREATE INDEX supervision_incident ON supervision USING btree (incident_id) WHERE ((incident_id IS NOT NULL) AND (state = ANY (ARRAY['given'::text, 'answered'::text, 'returned'::text])));

CREATE INDEX supervision_to ON supervision USING btree (to_room_id, id);

CREATE INDEX task_incident ON task USING btree (incident_id);

CREATE INDEX timer_due ON timer USING btree (due_at) WHERE (fired_at IS NULL);

CREATE INDEX timer_entity ON timer USING btree (noun, entity_id);

CREATE INDEX timer_incident ON timer USING btree (incident_id) WHERE (incident_id IS NOT NULL);

CREATE INDEX unit_lent ON unit USING btree (lent_to) WHERE (lent_to IS NOT NULL);

CREATE INDEX unit_message_incident ON unit_message USING btree (incident_id) WHERE (incident_id IS NOT NULL);

CREATE INDEX unit_message_unit ON unit_message USING btree (unit_id, id);

CREATE INDEX unit_message_unread ON unit_message USING btree (unit_id, direction) WHERE (read_at IS NULL);

CREATE INDEX unit_room ON unit USING btree (room_id);

CREATE CONSTRAINT TRIGGER no_action_left AFTER UPDATE ON after_action_review DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.state = ANY (ARRAY['closed'::text, 'withdrawn'::text]))) EXECUTE FUNCTION no_action_left();

CREATE CONSTRAINT TRIGGER no_task_left AFTER UPDATE OF state ON incident DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.state = ANY (ARRAY['closed'::text, 'void'::text, 'advised'::text, 'transferred'::text]))) EXECUTE FUNCTION no_task_left();

ALTER TABLE ONLY account
    ADD CONSTRAINT account_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY account_secret
    ADD CONSTRAINT account_secret_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id);

ALTER TABLE ONLY account
    ADD CONSTRAINT account_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id);

ALTER TABLE ONLY after_action_review
    ADD CONSTRAINT after_action_review_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY after_action_review
    ADD CONSTRAINT after_action_review_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY agency_request
    ADD CONSTRAINT agency_request_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY agency_request
    ADD CONSTRAINT agency_request_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY alarm
    ADD CONSTRAINT alarm_call_point_id_fkey FOREIGN KEY (call_point_id) REFERENCES call_point(id);

ALTER TABLE ONLY alarm
    ADD CONSTRAINT alarm_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY api_key
    ADD CONSTRAINT api_key_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY api_key
    ADD CONSTRAINT api_key_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id);

ALTER TABLE ONLY assignment
    ADD CONSTRAINT assignment_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY assignment
    ADD CONSTRAINT assignment_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES assignment(id);

ALTER TABLE ONLY assignment
    ADD CONSTRAINT assignment_preempted_for_fkey FOREIGN KEY (preempted_for) REFERENCES incident(id);

ALTER TABLE ONLY assignment
    ADD CONSTRAINT assignment_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY assignment
    ADD CONSTRAINT assignment_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id);

ALTER TABLE ONLY audience
    ADD CONSTRAINT audience_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY audience
    ADD CONSTRAINT audience_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY backup
    ADD CONSTRAINT backup_assignment_id_fkey FOREIGN KEY (assignment_id) REFERENCES assignment(id);

ALTER TABLE ONLY backup
    ADD CONSTRAINT backup_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY backup
    ADD CONSTRAINT backup_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id);

ALTER TABLE ONLY broadcast
    ADD CONSTRAINT broadcast_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY broadcast_lamp
    ADD CONSTRAINT broadcast_lamp_broadcast_id_fkey FOREIGN KEY (broadcast_id) REFERENCES broadcast(id);

ALTER TABLE ONLY broadcast_lamp
    ADD CONSTRAINT broadcast_lamp_broadcast_id_party_id_fkey FOREIGN KEY (broadcast_id, party_id) REFERENCES broadcast_recipient(broadcast_id, party_id);

ALTER TABLE ONLY broadcast_mark
    ADD CONSTRAINT broadcast_mark_broadcast_id_fkey FOREIGN KEY (broadcast_id) REFERENCES broadcast(id);

ALTER TABLE ONLY broadcast_recipient
    ADD CONSTRAINT broadcast_recipient_broadcast_id_fkey FOREIGN KEY (broadcast_id) REFERENCES broadcast(id);

ALTER TABLE ONLY broadcast
    ADD CONSTRAINT broadcast_replaced_by_fkey FOREIGN KEY (replaced_by) REFERENCES broadcast(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY broadcast
    ADD CONSTRAINT broadcast_replaces_fkey FOREIGN KEY (replaces) REFERENCES broadcast(id);

ALTER TABLE ONLY broadcast
    ADD CONSTRAINT broadcast_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY broadcast
    ADD CONSTRAINT broadcast_scope_room_id_fkey FOREIGN KEY (scope_room_id) REFERENCES room(id);

ALTER TABLE ONLY call_point
    ADD CONSTRAINT call_point_answering_room_id_fkey FOREIGN KEY (answering_room_id) REFERENCES room(id);

ALTER TABLE ONLY call_point_health
    ADD CONSTRAINT call_point_health_id_fkey FOREIGN KEY (id) REFERENCES call_point(id);

ALTER TABLE ONLY call_point_seen
    ADD CONSTRAINT call_point_seen_id_fkey FOREIGN KEY (id) REFERENCES call_point(id);

ALTER TABLE ONLY call
    ADD CONSTRAINT call_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY camera_watch
    ADD CONSTRAINT camera_watch_fault_by_fkey FOREIGN KEY (fault_by) REFERENCES unit(id);

ALTER TABLE ONLY camera_watch
    ADD CONSTRAINT camera_watch_id_fkey FOREIGN KEY (id) REFERENCES camera(id);

ALTER TABLE ONLY camera_watch
    ADD CONSTRAINT camera_watch_looked_by_fkey FOREIGN KEY (looked_by) REFERENCES unit(id);

ALTER TABLE ONLY closure
    ADD CONSTRAINT closure_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY cordon
    ADD CONSTRAINT cordon_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY dispute
    ADD CONSTRAINT dispute_by_room_id_fkey FOREIGN KEY (by_room_id) REFERENCES room(id);

ALTER TABLE ONLY dispute
    ADD CONSTRAINT dispute_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY dispute
    ADD CONSTRAINT dispute_judge_room_id_fkey FOREIGN KEY (judge_room_id) REFERENCES room(id);

ALTER TABLE ONLY dispute
    ADD CONSTRAINT dispute_other_room_id_fkey FOREIGN KEY (other_room_id) REFERENCES room(id);

ALTER TABLE ONLY dispute
    ADD CONSTRAINT dispute_owner_room_id_fkey FOREIGN KEY (owner_room_id) REFERENCES room(id);

ALTER TABLE ONLY draft
    ADD CONSTRAINT draft_home_seat_id_fkey FOREIGN KEY (home_seat_id) REFERENCES seat(id);

ALTER TABLE ONLY draft
    ADD CONSTRAINT draft_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY draft
    ADD CONSTRAINT draft_seat_id_fkey FOREIGN KEY (seat_id) REFERENCES seat(id);

ALTER TABLE ONLY draft_text
    ADD CONSTRAINT draft_text_draft_id_fkey FOREIGN KEY (draft_id) REFERENCES draft(id);

ALTER TABLE ONLY duty_level
    ADD CONSTRAINT duty_level_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY emergency
    ADD CONSTRAINT emergency_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY emergency
    ADD CONSTRAINT emergency_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id);

ALTER TABLE ONLY feedback
    ADD CONSTRAINT feedback_assignment_id_fkey FOREIGN KEY (assignment_id) REFERENCES assignment(id);

ALTER TABLE ONLY feedback
    ADD CONSTRAINT feedback_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY handover
    ADD CONSTRAINT handover_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY handover
    ADD CONSTRAINT handover_seat_id_fkey FOREIGN KEY (seat_id) REFERENCES seat(id);

ALTER TABLE ONLY incident
    ADD CONSTRAINT incident_command_room_id_fkey FOREIGN KEY (command_room_id) REFERENCES room(id);

ALTER TABLE ONLY incident
    ADD CONSTRAINT incident_follows_fkey FOREIGN KEY (follows) REFERENCES incident(id);

ALTER TABLE ONLY incident
    ADD CONSTRAINT incident_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES incident(id);

ALTER TABLE ONLY incident_plan
    ADD CONSTRAINT incident_plan_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY incident
    ADD CONSTRAINT incident_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY jurisdiction
    ADD CONSTRAINT jurisdiction_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY log_entry
    ADD CONSTRAINT log_entry_corrects_fkey FOREIGN KEY (corrects) REFERENCES log_entry(id);

ALTER TABLE ONLY log_entry
    ADD CONSTRAINT log_entry_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY log_entry
    ADD CONSTRAINT log_entry_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY log_entry
    ADD CONSTRAINT log_entry_seat_id_fkey FOREIGN KEY (seat_id) REFERENCES seat(id);

ALTER TABLE ONLY note
    ADD CONSTRAINT note_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY note_read
    ADD CONSTRAINT note_read_note_id_fkey FOREIGN KEY (note_id) REFERENCES note(id);

ALTER TABLE ONLY note_read
    ADD CONSTRAINT note_read_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id);

ALTER TABLE ONLY paper_form
    ADD CONSTRAINT paper_form_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY planned_event
    ADD CONSTRAINT planned_event_command_room_id_fkey FOREIGN KEY (command_room_id) REFERENCES room(id);

ALTER TABLE ONLY planned_event
    ADD CONSTRAINT planned_event_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY recommendation
    ADD CONSTRAINT recommendation_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY review_action
    ADD CONSTRAINT review_action_from_room_id_fkey FOREIGN KEY (from_room_id) REFERENCES room(id);

ALTER TABLE ONLY review_action
    ADD CONSTRAINT review_action_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY review_action
    ADD CONSTRAINT review_action_review_id_fkey FOREIGN KEY (review_id) REFERENCES after_action_review(id);

ALTER TABLE ONLY review_action
    ADD CONSTRAINT review_action_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY roll_answer
    ADD CONSTRAINT roll_answer_roll_call_id_fkey FOREIGN KEY (roll_call_id) REFERENCES roll_call(id);

ALTER TABLE ONLY roll_answer
    ADD CONSTRAINT roll_answer_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id);

ALTER TABLE ONLY roll_call_ask
    ADD CONSTRAINT roll_call_ask_roll_call_id_fkey FOREIGN KEY (roll_call_id) REFERENCES roll_call(id);

ALTER TABLE ONLY roll_call_ask
    ADD CONSTRAINT roll_call_ask_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id);

ALTER TABLE ONLY roll_call
    ADD CONSTRAINT roll_call_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY room
    ADD CONSTRAINT room_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES room(id);

ALTER TABLE ONLY roster_shift
    ADD CONSTRAINT roster_shift_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY roster_shift
    ADD CONSTRAINT roster_shift_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id);

ALTER TABLE ONLY seat_link
    ADD CONSTRAINT seat_link_seat_id_fkey FOREIGN KEY (seat_id) REFERENCES seat(id);

ALTER TABLE ONLY seat
    ADD CONSTRAINT seat_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY session
    ADD CONSTRAINT session_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id);

ALTER TABLE ONLY session
    ADD CONSTRAINT session_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY session
    ADD CONSTRAINT session_seat_id_fkey FOREIGN KEY (seat_id) REFERENCES seat(id);

ALTER TABLE ONLY session
    ADD CONSTRAINT session_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id);

ALTER TABLE ONLY shortfall
    ADD CONSTRAINT shortfall_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY sighting
    ADD CONSTRAINT sighting_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY sign_in_link
    ADD CONSTRAINT sign_in_link_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY standing_fact
    ADD CONSTRAINT standing_fact_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY supervision
    ADD CONSTRAINT supervision_alarm_id_fkey FOREIGN KEY (alarm_id) REFERENCES alarm(id);

ALTER TABLE ONLY supervision
    ADD CONSTRAINT supervision_from_room_id_fkey FOREIGN KEY (from_room_id) REFERENCES room(id);

ALTER TABLE ONLY supervision
    ADD CONSTRAINT supervision_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY supervision
    ADD CONSTRAINT supervision_to_room_id_fkey FOREIGN KEY (to_room_id) REFERENCES room(id);

ALTER TABLE ONLY task
    ADD CONSTRAINT task_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY task
    ADD CONSTRAINT task_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES task(id);

ALTER TABLE ONLY task
    ADD CONSTRAINT task_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES incident_plan(id);

ALTER TABLE ONLY unit
    ADD CONSTRAINT unit_lent_to_fkey FOREIGN KEY (lent_to) REFERENCES room(id);

ALTER TABLE ONLY unit_message
    ADD CONSTRAINT unit_message_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id);

ALTER TABLE ONLY unit_message
    ADD CONSTRAINT unit_message_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id);

ALTER TABLE ONLY unit
    ADD CONSTRAINT unit_room_id_fkey FOREIGN KEY (room_id) REFERENCES room(id);

ALTER TABLE ONLY unit
    ADD CONSTRAINT unit_shift_id_fkey FOREIGN KEY (shift_id) REFERENCES roster_shift(id);

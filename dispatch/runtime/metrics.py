"""What the edge counts, for `/metrics`: ledger, lease, feed, radio, bus.

One place, so that no name is given twice; the registry is the client library's default one.
"""

from prometheus_client import Counter, Gauge, Histogram

RELAYED_FACTS = Counter(
    "cad_relay_facts_total", "Facts passed from the outbox to the ledger by this replica."
)
RELAY_BATCHES = Counter("cad_relay_batches_total", "Batches of the relay that moved at least one fact.")
LEASE_HELD = Gauge("cad_lease_held", "1 while this replica holds the lease.", ["name"])
LEASE_TERM = Gauge("cad_lease_term", "The last term this replica held the lease in.", ["name"])

FEED_SEQ = Gauge("cad_feed_seq", "The ledger's seq up to which this replica has applied facts.")
FEED_FILLED = Counter("cad_feed_filled_total", "Facts the feed had to read from PostgreSQL.")
FEED_DROPPED = Counter("cad_feed_dropped_total", "Frames the feed dropped.", ["why"])

RADIO_PUBLISHED = Counter("cad_radio_published_total", "Radio messages published.", ["kind"])
RADIO_EXPIRED = Counter(
    "cad_radio_expired_total", "Radio messages that expired before they could be sent.", ["kind"]
)
OUTWARD = Counter(
    "cad_outward_total", "Attempts at SMS and telephone, by what came of them.", ["bearer", "outcome"]
)
EVENTS_PUBLISHED = Counter("cad_events_published_total", "Copies of facts published for integrators.")

NATS_CONNECTED = Gauge("cad_nats_connected", "1 while NATS is reachable and its streams are ready.")
MESSAGES = Counter(
    "cad_messages_total", "Messages taken from a stream, by what became of them.", ["durable", "outcome"]
)
QUARANTINED = Counter("cad_quarantined_total", "Frames that could not be used.", ["subject"])
TASK_ERRORS = Counter("cad_task_errors_total", "Errors a task loop survived.", ["task"])

ALARMS = Counter("cad_alarms_total", "Alarms accepted.", ["source"])
INTAKE_BATCH = Histogram(
    "cad_intake_batch_rows",
    "Alarms written with one transaction.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
)
HEARTBEATS = Counter(
    "cad_heartbeats_total", "Heartbeats of call points, by what became of them.", ["outcome"]
)
FIXES = Counter("cad_fixes_total", "Fixes taken in, by what was judged of them.", ["verdict"])
TRACK_FIXES = Counter("cad_track_fixes_total", "Fixes written into tracks by this replica.")
TRACK_ROWS_DROPPED = Counter(
    "cad_track_rows_dropped_total", "Minutes of units that no database took in time."
)
REPLIES = Counter("cad_radio_replies_total", "Replies of terminals.", ["act", "outcome"])
REFUSALS = Counter("cad_http_refusals_total", "Requests that were refused.", ["status", "code"])
TIMERS_FIRED = Counter("cad_timers_fired_total", "Timers this replica has fired.", ["rule"])
TIMERS_LATE = Histogram(
    "cad_timers_late_seconds",
    "How long after its time a timer fired.",
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 30, 300),
)

CITY_SERVED = Gauge("cad_city_served", "1 while the active city's bundle is served, 0 without one.")
ROAD_SEARCHES = Counter(
    "cad_road_searches_total", "Searches along the roads, by what became of them.", ["what", "outcome"]
)
ROAD_SECONDS = Histogram(
    "cad_road_search_seconds",
    "How long a search along the roads took, waiting for a thread included.",
    ["what"],
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
)
COVER_BROKEN = Counter(
    "cad_cover_looks_broken_total", "Looks at how the free units stand that broke; ranking goes on without."
)

CALL_TOLD = Counter("cad_calls_told_total", "What was told of telephone calls.", ["act"])
CALL_ANSWER = Histogram(
    "cad_call_answer_seconds",
    "From the first ring to the first answer, as soon as both are known.",
    buckets=(2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 300),
)


def count_call(act: str, answered_in_ms: int | None) -> None:
    """Count what was told of a call, and its answer interval where this telling made it known."""
    CALL_TOLD.labels(act).inc()
    if answered_in_ms is not None:
        CALL_ANSWER.observe(answered_in_ms / 1000)

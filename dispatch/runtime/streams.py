"""The JetStream streams of the centre, and the rule by which a message's id is accepted.

They carry copies and inputs, never the only copy of an accepted thing: a stream that is gone is made again and filled
from PostgreSQL. ALARMS and RADIO lie on file (the server syncs them always), the rest in memory.
"""

import re
from collections.abc import Sequence

from nats.js.api import StorageType, StreamConfig

DAY_S = 86_400.0
DUPLICATE_WINDOW_S = 1.0
"""Short on purpose: PostgreSQL removes duplicates, and a long window lets foreign ids swallow each other's alarms."""


def subject_with(prefix: str, subject: str) -> str:
    """`cad.…` as this deployment says it: behind its prefix, which is empty or ends in a dot."""
    return prefix + subject


def durable_name(prefix: str, name: str) -> str:
    """A durable consumer's name: each prefix has its own, the streams are one for all prefixes of an account."""
    return prefix.replace(".", "_") + name


def streams(prefix: str) -> list[StreamConfig]:
    """Every stream, as it should be. Ages are seconds, sizes bytes."""

    def stream(name: str, *subjects: str) -> StreamConfig:
        return StreamConfig(
            name=name,
            subjects=[subject_with(prefix, s) for s in subjects],
            duplicate_window=DUPLICATE_WINDOW_S,
        )

    file, memory = StorageType.FILE, StorageType.MEMORY
    return [
        # 7 days is the life of an idempotency key: what is older could not be told from a new alarm any more.
        stream("ALARMS", "cad.alarm.>", "cad.call.>").evolve(storage=file, max_age=7 * DAY_S),
        stream("RADIO", "cad.radio.>").evolve(storage=file, max_age=DAY_S),
        stream("EVENTS", "cad.event.>").evolve(storage=memory, max_age=DAY_S, max_bytes=256 * 2**20),
        stream("UNITS", "cad.unit.*.state").evolve(storage=memory, max_msgs_per_subject=1),
        stream("LIVE", "cad.live.snapshot.*").evolve(storage=memory, max_msgs_per_subject=1),
    ]


_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_COUNTED = re.compile(r"(?P<device>[^\s:]{1,64}):(?P<boot>[^\s:]{1,64}):(?P<counter>[0-9]{1,20})")


def _sender_place(tokens: Sequence[str]) -> int:
    """Where a subject names its sender: `cad.alarm.<source>.<device>`, `cad.radio.reply.<gateway>`, `cad.fix.<gateway>`."""
    return 3 if tokens[1:2] in (["alarm"], ["radio"]) else 2


def senders(subject: str) -> Sequence[str]:
    """The devices for which a message on this subject (without prefix) may count its ids."""
    tokens = subject.split(".")
    return tokens[3:4] if tokens[1:2] == ["alarm"] else tokens[_sender_place(tokens) :]


def msg_id_problem(msg_id: str | None, devices: Sequence[str]) -> str | None:
    """What is wrong with a `Nats-Msg-Id`, as one sentence, or None.

    JetStream removes duplicates over the whole stream: two devices that both count 1, 2, 3 would lose each other's
    alarms. So an id is a UUID or `<device>:<boot>:<counter>` with the device of its own subject.
    """
    if not msg_id:
        return "The message has no Nats-Msg-Id; send a UUID or <device>:<boot>:<counter>."
    if _UUID.fullmatch(msg_id):
        return None
    counted = _COUNTED.fullmatch(msg_id)
    if counted is None:
        return f"The Nats-Msg-Id {msg_id[:100]!r} is neither a UUID nor <device>:<boot>:<counter>."
    if counted["device"] not in devices:
        return f"The Nats-Msg-Id {msg_id[:100]!r} counts for another device than its subject."
    return None


def gateway_of(subject: str) -> str:
    """The token of a subject (without prefix) that says who sent it: where its quarantined frames go."""
    tokens = subject.split(".")
    place = _sender_place(tokens)
    return tokens[place] if len(tokens) > place else "unknown"

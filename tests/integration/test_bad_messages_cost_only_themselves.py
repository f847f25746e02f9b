"""Promise: whatever comes in over NATS, its sender is told in one sentence, it is counted, and the next one is served."""

import asyncio
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from prometheus_client import REGISTRY

from dispatch.runtime.embedded import Embedded
from tests.harness import town
from tests.harness.doors import Doors
from tests.harness.reporters import nats_client
from tests.harness.waiting import sent

GUARD_S = 60.0
PANEL = "cad.alarm.panel.p7"
NOW = "2026-05-01T08:00:00Z"


class Ears:
    """What the centre says on NATS, by subject."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.messages: list[Msg] = []
        self._heard = asyncio.Event()

    async def listen(self) -> None:
        for subject in ("cad.ack.>", "cad.quarantine.>", "cad.radio.order.>"):
            await self.client.subscribe(subject, cb=self._hear)
        await sent(self.client)

    async def _hear(self, msg: Msg) -> None:
        self.messages.append(msg)
        self._heard.set()

    async def first(self, subject: str, fits: Callable[[Msg], bool] = lambda _: True) -> Msg:
        """The first message there that fits, waited for."""
        async with asyncio.timeout(GUARD_S):
            while True:
                for msg in self.messages:
                    if msg.subject == subject and fits(msg):
                        return msg
                self._heard.clear()
                await self._heard.wait()

    async def send(self, subject: str, data: bytes | dict[str, Any], msg_id: str | None = None) -> str:
        """Into the stream; the Nats-Msg-Id."""
        msg_id = str(uuid4()) if msg_id is None else msg_id
        headers = {"Nats-Msg-Id": msg_id} if msg_id else None
        body = data if isinstance(data, bytes) else msgspec.json.encode(data)
        await self.client.jetstream(timeout=GUARD_S).publish(subject, body, headers=headers)
        return msg_id

    async def alarm(self, subject: str, data: bytes | dict[str, Any], msg_id: str | None = None) -> Any:
        """Send an alarm; what its device is told."""
        msg_id = await self.send(subject, data, msg_id)
        msg = await self.first(
            f"cad.ack.{subject.split('.', 3)[-1]}",
            lambda msg: msgspec.json.decode(msg.data)["msg_id"] == msg_id,
        )
        return msgspec.json.decode(msg.data)

    async def reply(self, unit: int, said: dict[str, Any], reply_id: str | None = None) -> str:
        """Send a terminal's reply through its gateway; its id."""
        reply_id = reply_id or str(uuid4())
        body = {"reply_id": reply_id, "at": NOW} | said
        return await self.send(f"cad.radio.reply.sim.{unit}", body, reply_id)

    async def refusal(self, unit: int, reply_id: str) -> dict[str, Any]:
        """The message that answers a refused reply."""
        msg = await self.first(
            f"cad.radio.order.sim.{unit}",
            lambda msg: msgspec.json.decode(msg.data).get("answers") == reply_id,
        )
        told: dict[str, Any] = msgspec.json.decode(msg.data)
        assert told["kind"] == "refused"
        return told


@pytest.fixture
async def ears(doors: Doors, servers: Embedded) -> AsyncIterator[Ears]:
    async with nats_client(servers.nats_url) as client:
        heard = Ears(client)
        async with asyncio.timeout(GUARD_S):
            await doors.runtime.bus.wait_ready()
        await heard.listen()
        yield heard


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def until(holds: Callable[[], bool | Awaitable[bool]]) -> None:
    async with asyncio.timeout(GUARD_S):
        while True:
            answer = holds()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b"\xff\xfe\x00", "malformed"),
        (b"[" * 60_000, "object"),
        (b"null", "object"),
        (b'{"colour": "red"}', "colour"),
        (b'{"text": 7}', "text"),
        (b'{"place": {"lon": NaN, "lat": 1}}', "malformed"),
        (b'{"place": {"lon": 1e999, "lat": 1}}', "out of range"),
        (b'{"place": {"lon": 181, "lat": 1}}', "181"),
        (b'{"place": {"lon": 114}}', "both"),
        (b'{"place": {"lon": 114, "lat": 22, "datum": "MARS"}}', "MARS"),
        (b'{"at": "2026-05-01T08:00:00"}', "zone"),
        (b'{"scheduled_for": "2026-05-01T08:00:00"}', "zone"),
        (b'{"times": {"answered": "2026-05-01T08:00:00"}}', "zone"),
        (b'{"at": "0001-01-01T00:00:00Z"}', "year"),
        (b'{"scheduled_for": "9999-12-31T23:59:59-12:00"}', "9999"),
        (b'{"text": "nul \\u0000 inside"}', "NUL"),
        (b'{"text": "half \\ud800 a character"}', ""),
        (b'{"text": "' + b"x" * 10_001 + b'"}', "10000"),
        (b'{"place": {"address": "' + b"x" * 500_000 + b'"}}', "address"),
        (b'{"call_id": "' + b"x" * 500_000 + b'"}', "call_id"),
        (b'{"source": "call"}', "panel"),
        (b'{"type": "999999"}', "999999"),
        (b'{"attach_to": "00000000-0000-0000-0000-0000000000ff"}', "incident"),
        (b'{"call_point_id": "CP-NOWHERE"}', "CP-NOWHERE"),
    ],
)
async def test_a_bad_alarm_is_told_why_and_counted(doors: Doors, ears: Ears, data: bytes, says: str) -> None:
    before = counted("cad_quarantined_total", subject="cad.alarm")
    told = await ears.alarm(PANEL, data)
    assert says in told["error"]
    assert told.get("alarm_id") is None
    aside = await ears.first("cad.quarantine.p7", lambda msg: msg.data == data[:4096])
    assert (aside.headers or {})["Dispatch-Subject"] == PANEL
    assert counted("cad_quarantined_total", subject="cad.alarm") == before + 1
    assert (await ears.alarm(PANEL, {"text": "next"}))["alarm_id"]


@pytest.mark.parametrize(
    "text", ["عاجل \u202e تقلب \u202c", "zero\u200bwidth", "𠮷野家前𡈽", "'; DROP TABLE alarm; --"]
)
async def test_strange_but_readable_text_is_kept_as_typed(doors: Doors, ears: Ears, text: str) -> None:
    told = await ears.alarm(PANEL, {"text": text, "place": {"address": text}})
    seat = await doors.seat("dispatcher")
    read = (await seat.get(f"/incidents/{told['incident_id']}")).json()
    assert read["number"] == told["number"]
    assert [alarm["text"] for alarm in read["alarms"]] == [text]
    assert read["place"]["address"] == text


async def test_a_time_ahead_is_kept_flagged_and_replaced(doors: Doors, ears: Ears) -> None:
    told = await ears.alarm(PANEL, {"at": "2150-01-01T00:00:00Z"})
    seat = await doors.seat("dispatcher")
    (alarm,) = (await seat.get(f"/incidents/{told['incident_id']}")).json()["alarms"]
    assert alarm["flags"] == ["claim_replaced"]
    assert alarm["claimed_at"] == "2150-01-01T00:00:00.000Z"


@pytest.mark.parametrize("msg_id", ["", "17", "p8:boot:1", "p7:boot:x"])
async def test_a_foreign_message_id_is_refused(doors: Doors, ears: Ears, msg_id: str) -> None:
    told = await ears.alarm(PANEL, {"text": f"id {msg_id}"}, msg_id)
    assert "Nats-Msg-Id" in told["error"]


@pytest.mark.parametrize("subject", ["cad.alarm.panel", "cad.alarm.pigeon.p7", "cad.alarm.panel.p7.more"])
async def test_an_alarm_on_a_subject_that_is_none_is_put_aside_at_once(
    doors: Doors, ears: Ears, subject: str
) -> None:
    before = counted("cad_messages_total", durable="alarms", outcome="retried")
    body = {"text": f"on {subject}"}
    await ears.send(subject, body)
    aside = await ears.first(
        f"cad.quarantine.{'unknown' if subject.count('.') == 2 else 'p7'}",
        lambda msg: msg.data == msgspec.json.encode(body),
    )
    assert (aside.headers or {})["Dispatch-Subject"] == subject
    assert counted("cad_messages_total", durable="alarms", outcome="retried") == before


async def test_the_same_message_again_is_the_same_alarm_and_another_under_its_id_is_refused(
    doors: Doors, ears: Ears
) -> None:
    first = await ears.alarm(PANEL, {"text": "once"}, "p7:boot:77")
    ears.messages.clear()
    await asyncio.sleep(1.1)  # the stream itself forgets an id after a second
    assert await ears.alarm(PANEL, {"text": "once"}, "p7:boot:77") == first
    ears.messages.clear()
    await asyncio.sleep(1.1)
    assert "Idempotency-Key" in (await ears.alarm(PANEL, {"text": "other"}, "p7:boot:77"))["error"]


# ---- replies of terminals


async def ordered(doors: Doors, unit: Any = town.N1) -> dict[str, Any]:
    """The unit's fresh order; whatever it had before is recalled."""
    seat = await doors.seat("dispatcher")
    held = (await seat.get(f"/units/{unit}")).json()["assignment_id"]
    if held:
        await seat.made(f"/assignments/{held}/recall", {"reason": "another"})
    incident = await doors.incident()
    orders = {"orders": [{"unit_id": str(unit)}]}
    told = await seat.made(f"/incidents/{incident['id']}/assignments", orders, 201)
    assignment: dict[str, Any] = told["items"][0]
    return assignment | {"number": incident["number"]}


async def state_of(doors: Doors, assignment: dict[str, Any]) -> str:
    seat = await doors.seat("dispatcher")
    incident = (await seat.get(f"/incidents/{assignment['incident_id']}")).json()
    return str(next(a["state"] for a in incident["assignments"] if a["id"] == assignment["id"]))


@pytest.mark.parametrize(
    ("unit", "data", "says"),
    [
        ("11", b"{", "truncated"),
        ("11", b'{"reply_id": "REPLY", "act": "fly", "at": "2026-05-01T08:00:00Z"}', "fly"),
        ("11", b'{"reply_id": "REPLY", "act": "accept"}', "at"),
        ("11", b'{"reply_id": "REPLY", "act": "accept", "at": "2026-05-01T08:00:00"}', "zone"),
        ("11", b'{"reply_id": "REPLY", "act": "accept", "at": "2026-05-01T08:00:00Z", "x": 1}', "x"),
        (
            "11",
            b'{"reply_id": "REPLY", "act": "message", "at": "2026-05-01T08:00:00Z", "text": "'
            + b"x" * 10_001
            + b'"}',
            "10000",
        ),
        ("11", b'{"reply_id": "REPLY", "act": "accept", "at": "0001-01-01T00:00:00Z"}', "year"),
        ("11", b'{"reply_id": "other", "act": "accept", "at": "2026-05-01T08:00:00Z"}', "Nats-Msg-Id"),
        ("one", b'{"reply_id": "REPLY", "act": "accept", "at": "2026-05-01T08:00:00Z"}', "handle"),
        ("99", b'{"reply_id": "REPLY", "act": "accept", "at": "2026-05-01T08:00:00Z"}', "no unit 99"),
        ("9" * 30, b'{"reply_id": "REPLY", "act": "accept", "at": "2026-05-01T08:00:00Z"}', "handle"),
        ("１１", b'{"reply_id": "REPLY", "act": "accept", "at": "2026-05-01T08:00:00Z"}', "handle"),
    ],
)
async def test_a_reply_that_is_none_is_put_aside_at_once(
    doors: Doors, ears: Ears, unit: str, data: bytes, says: str
) -> None:
    before = counted("cad_messages_total", durable="replies", outcome="retried")
    reply_id = str(uuid4())
    sent = data.replace(b"REPLY", reply_id.encode())
    await ears.send(f"cad.radio.reply.sim.{unit}", sent, reply_id)
    aside = await ears.first(
        "cad.quarantine.sim",
        lambda msg: msg.data == sent[:4096] and says in (msg.headers or {})["Dispatch-Reason"],
    )
    assert aside.headers
    assert counted("cad_messages_total", durable="replies", outcome="retried") == before


async def test_another_gateway_speaks_for_none_of_our_units(doors: Doors, ears: Ears) -> None:
    assignment = await ordered(doors)
    reply_id = str(uuid4())
    body = {"reply_id": reply_id, "act": "accept", "at": NOW}
    await ears.send("cad.radio.reply.other.11", body, reply_id)
    aside = await ears.first("cad.quarantine.other")
    assert "other has no unit 11" in (aside.headers or {})["Dispatch-Reason"]
    assert await state_of(doors, assignment) == "ordered"


async def test_the_wrong_unit_is_refused_with_its_own_job(doors: Doors, ears: Ears) -> None:
    mine, other = await ordered(doors, town.N1), await ordered(doors, town.N2)
    before = counted("cad_radio_replies_total", act="accept", outcome="refused")
    reply_id = await ears.reply(town.N1.int, {"act": "accept", "assignment_id": other["id"]})
    told = await ears.refusal(town.N1.int, reply_id)
    assert other["id"] in told["text"]
    assert (told["assignment_id"], told["number"]) == (mine["id"], mine["number"])
    assert counted("cad_radio_replies_total", act="accept", outcome="refused") == before + 1
    assert [await state_of(doors, a) for a in (mine, other)] == ["ordered", "ordered"]


async def test_a_reply_to_an_order_that_is_over_is_refused_with_the_present_job(
    doors: Doors, ears: Ears
) -> None:
    over = await ordered(doors)
    present = await ordered(doors)
    reply_id = await ears.reply(town.N1.int, {"act": "on_scene", "assignment_id": over["id"]})
    told = await ears.refusal(town.N1.int, reply_id)
    assert (told["assignment_id"], told["number"]) == (present["id"], present["number"])
    assert (await state_of(doors, over), await state_of(doors, present)) == ("recalled", "ordered")


@pytest.mark.parametrize(
    "said",
    [
        {"act": "on_view", "lon": 500.0, "lat": 1.0},
        {"act": "on_view", "lon": 114.0},
        {"act": "message", "text": "nul \x00 inside"},
        {"act": "clear", "result": "flown"},
        {"act": "accept", "order_id": "00000000-0000-0000-0000-0000000000ff"},
    ],
)
async def test_a_reply_that_cannot_be_done_is_refused_in_a_sentence(
    doors: Doors, ears: Ears, said: dict[str, Any]
) -> None:
    present = await ordered(doors)
    told = await ears.refusal(town.N1.int, await ears.reply(town.N1.int, said))
    assert told["text"]
    assert told["assignment_id"] == present["id"]
    await ears.reply(town.N1.int, {"act": "accept"})
    await until(lambda: _is(doors, present, "accepted"))


async def _is(doors: Doors, assignment: dict[str, Any], state: str) -> bool:
    return await state_of(doors, assignment) == state


async def test_a_replayed_reply_changes_nothing_and_another_under_its_id_is_put_aside(
    doors: Doors, ears: Ears
) -> None:
    assignment = await ordered(doors)
    reply_id = await ears.reply(town.N1.int, {"act": "accept"})
    await until(lambda: _is(doors, assignment, "accepted"))
    facts = await facts_about(doors, assignment)
    await asyncio.sleep(1.1)  # the stream itself forgets an id after a second
    before = counted("cad_radio_replies_total", act="accept", outcome="accepted")
    await ears.reply(town.N1.int, {"act": "accept"}, reply_id)
    await until(lambda: counted("cad_radio_replies_total", act="accept", outcome="accepted") == before + 1)
    assert await facts_about(doors, assignment) == facts
    await asyncio.sleep(1.1)
    await ears.reply(town.N1.int, {"act": "on_scene"}, reply_id)
    await ears.first("cad.quarantine.sim", lambda msg: reply_id.encode() in msg.data)
    told = await ears.refusal(town.N1.int, reply_id)
    assert (told["assignment_id"], "used before" in told["text"]) == (assignment["id"], True)
    assert await state_of(doors, assignment) == "accepted"


@pytest.mark.parametrize(
    "broken",
    [
        {"at": "1969-01-01T00:00:00Z"},
        {"at": "yesterday"},
        {"text": "nul \x00 inside", "lon": "there", "colour": "red"},
        {"order_id": "00000000-0000-0000-0000-0000000000ff", "reply_id": "another", "lon": 500.0, "lat": 1.0},
    ],
)
async def test_an_emergency_is_heard_whatever_else_is_wrong_with_it(
    doors: Doors, ears: Ears, broken: dict[str, Any]
) -> None:
    dispatcher = await doors.seat("dispatcher")
    reply_id = str(uuid4())
    said = {"reply_id": reply_id, "act": "emergency", "at": NOW} | broken
    await ears.send(f"cad.radio.reply.sim.{town.S2.int}", said, reply_id)
    heard = await ears.first(f"cad.radio.order.sim.{town.S2.int}", lambda msg: b"emergency_heard" in msg.data)
    emergency_id = msgspec.json.decode(heard.data)["about"]
    assert [e["id"] for e in (await dispatcher.get("/emergencies")).json()["items"]] == [emergency_id]
    assert (await dispatcher.get(f"/units/{town.S2}")).json()["emergency_id"] == emergency_id
    over = await dispatcher.made(f"/units/{town.S2}/reset-emergency", {"voice_contact": True})
    assert over["presses"] == 1
    ears.messages.clear()


async def facts_about(doors: Doors, assignment: dict[str, Any]) -> int:
    async with doors.runtime.pool.acquire() as conn:
        return int(await conn.fetchval("SELECT count(*) FROM journal WHERE id::text = $1", assignment["id"]))


# ---- fixes


def columns(rows: int = 1, **changed: Any) -> bytes:
    now_ms = round(time.time() * 1000)
    frame = {
        "v": 1, "units": [town.N1.int] * rows, "t": [now_ms] * rows, "lon": [114.01] * rows, "lat": [22.53] * rows,
    }  # fmt: skip
    return msgspec.msgpack.encode(frame | changed)


@pytest.mark.parametrize(
    ("subject", "data"),
    [
        ("cad.fix.sim", b""),
        ("cad.fix.sim", b"\xc1\xff"),
        ("cad.fix.sim", columns()[:-3]),
        ("cad.fix.sim", columns(lat=[])),
        ("cad.fix.sim", columns(lon=[114.01, 114.02])),
        ("cad.fix.sim", columns(v=2)),
        ("cad.fix.sim", columns(height=[1])),
        ("cad.fix.sim", columns(datum="MARS")),
        ("cad.fix.sim", columns(rows=0)),
        ("cad.fix.sim", columns(rows=1_001)),
        ("cad.fixb.sim", b"x" * 33),
        ("cad.fixb.sim", b"\0" * 32 * 1_001),
        ("cad.fixb.sim", b""),
    ],
    ids=lambda given: "frame" if isinstance(given, bytes) else None,  # its times differ with every run
)
async def test_a_frame_that_cannot_be_read_is_put_aside_and_the_next_is_taken(
    doors: Doors, ears: Ears, subject: str, data: bytes
) -> None:
    kind = subject.rpartition(".")[0]
    before, taken = (
        counted("cad_quarantined_total", subject=kind),
        counted("cad_fixes_total", verdict="newest"),
    )
    await ears.client.publish(subject, data)
    await ears.first("cad.quarantine.sim", lambda msg: msg.data == data[:4096])
    assert counted("cad_quarantined_total", subject=kind) == before + 1
    await ears.client.publish("cad.fix.sim", columns())
    await until(lambda: counted("cad_fixes_total", verdict="newest") > taken)


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        (columns(units=[99]), "unknown_unit"),
        (columns(lon=[float("nan")]), "rejected_row"),
        (columns(lat=[91.0]), "rejected_row"),
        (columns(t=[4_000_000_000_000]), "future"),
        (columns(t=[0]), "rejected_row"),
        (columns(units=[-1]), "rejected_row"),
        (columns(units=[2**63]), "rejected_row"),
    ],
    ids=lambda given: "frame" if isinstance(given, bytes) else None,
)
async def test_a_row_that_is_no_fix_costs_only_itself(
    doors: Doors, ears: Ears, data: bytes, verdict: str
) -> None:
    before = counted("cad_fixes_total", verdict=verdict)
    await ears.client.publish("cad.fix.sim", data)
    await until(lambda: counted("cad_fixes_total", verdict=verdict) == before + 1)


async def test_another_gateways_fix_moves_none_of_our_units(doors: Doors, ears: Ears) -> None:
    before = counted("cad_fixes_total", verdict="foreign")
    packed = struct.pack("<IIqiiHHHH", 11, 0, round(time.time() * 1000), 10**9, 10**8, 0, 0, 0, 0)
    await ears.client.publish("cad.fixb.other", packed)
    await until(lambda: counted("cad_fixes_total", verdict="foreign") == before + 1)

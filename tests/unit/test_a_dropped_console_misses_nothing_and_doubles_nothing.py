"""A console's picture is its snapshot plus what it was told, whatever the moment it came, dropped or came back."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.acts import Principal
from dispatch.journal import FeedRow
from web.live_follow import RESUME_MAX, Follower, Picture
from web.live_hub import Hub
from web.live_messages import CLOSE_SLOW, Change, Entity, Key
from web.live_seats import Outbox, Seat

CITY, NORTH, SOUTH = (UUID(int=n) for n in (1, 2, 3))
SEES = {CITY: frozenset({CITY, NORTH, SOUTH}), NORTH: frozenset({NORTH}), SOUTH: frozenset({SOUTH})}
START = datetime(2030, 1, 1, tzinfo=UTC)


def a_seat(room: UUID, outbox: Outbox) -> Seat:
    who = Principal(id="x", roles=frozenset({"dispatcher"}), room_id=room, rooms=SEES[room])
    return Seat(room, who, room == CITY, outbox)


class Town:
    """Incidents with an owner, a state and orders to units, and the ledger of what happened to them.

    An order is a fact of the assignment that changes neither the version of the incident nor that of the unit.
    """

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.ledger: list[FeedRow] = []
        self.incidents: dict[UUID, dict[str, Any]] = {}
        self.units: dict[UUID, dict[str, Any]] = {
            UUID(int=100 + n): {
                "id": str(UUID(int=100 + n)),
                "version": 1,
                "state": "available",
                "room": room,
            }
            for n, room in enumerate((NORTH, SOUTH, NORTH))
        }

    def happen(self) -> None:
        """One fact more."""
        acts = (
            [self.open]
            if not self.incidents
            else [self.open, self.change, self.change, self.order, self.hand_over]
        )
        self.chance.choice(acts)()

    def open(self) -> None:
        id_ = UUID(int=1_000 + len(self.incidents))
        owner = self.chance.choice((NORTH, SOUTH))
        self.incidents[id_] = {"id": str(id_), "version": 1, "state": "received", "orders": 0, "owner": owner}
        self.note("incident", id_, id_, 1, "opened")

    def change(self) -> None:
        id_, incident = self.chance.choice(list(self.incidents.items()))
        incident |= {"version": incident["version"] + 1, "state": self.chance.choice(("received", "closed"))}
        self.note("incident", id_, id_, incident["version"], "progressed")

    def hand_over(self) -> None:
        id_, incident = self.chance.choice(list(self.incidents.items()))
        other = {NORTH: SOUTH, SOUTH: NORTH}[incident["owner"]]
        incident |= {"version": incident["version"] + 1, "owner": other}
        self.note("incident", id_, id_, incident["version"], "handed_over")

    def order(self) -> None:
        id_, incident = self.chance.choice(list(self.incidents.items()))
        incident["orders"] += 1
        unit = self.chance.choice(list(self.units.values()))
        unit["state"] = self.chance.choice(("available", "ordered", "on_scene"))
        self.note("assignment", UUID(unit["id"]), id_, incident["orders"], "stepped")

    def note(self, noun: str, id_: UUID, incident_id: UUID, version: int, fact: str) -> None:
        seq = len(self.ledger) + 1
        at = START + timedelta(milliseconds=seq)
        self.ledger.append(
            FeedRow(seq, seq, noun, id_, version, incident_id, fact, "x", "console", None, None, at, "{}")
        )

    def entity(self, key: Key) -> Entity:
        noun, id_ = key
        row = (self.incidents if noun == "incident" else self.units)[id_]
        room = row["owner" if noun == "incident" else "room"]
        return Entity(row["version"], msgspec.json.encode(row), frozenset({room, CITY}))

    def seen_by(self, room: UUID) -> dict[str, dict[str, Any]]:
        """What a fresh look shows."""
        keys: list[Key] = [("incident", id_) for id_, i in self.incidents.items() if i["state"] != "closed"]
        keys += [("unit", id_) for id_ in self.units]
        found = ((key, self.entity(key)) for key in keys)
        return {str(k[1]): msgspec.json.decode(e.json) for k, e in found if e.visible_to(SEES[room])}


class Books:
    """The town as its consoles read it; other things happen between any two questions."""

    def __init__(self, town: Town, meanwhile: Any) -> None:
        self.town = town
        self._meanwhile = meanwhile

    async def head(self) -> int:
        await self._meanwhile()
        return len(self.town.ledger)

    async def rows_after(self, seq: int, limit: int) -> Sequence[FeedRow]:
        await self._meanwhile()
        return self.town.ledger[seq : seq + limit]

    async def changes(self, rows: Sequence[FeedRow]) -> list[Change]:
        await self._meanwhile()
        return [self._change(row) for row in rows]

    def _change(self, row: FeedRow) -> Change:
        assert row.incident_id is not None
        incident: Key = ("incident", row.incident_id)
        if row.noun == "incident":
            return Change(row, self.town.entity(incident))
        unit: Key = ("unit", row.id)
        also = {key: self.town.entity(key) for key in (incident, unit)}
        return Change(row, also[incident], also)

    async def picture(self, principal: Principal) -> Picture:
        await self._meanwhile()
        keys: list[Key] = [
            ("incident", i) for i, row in self.town.incidents.items() if row["state"] != "closed"
        ]
        keys += [("unit", id_) for id_ in self.town.units]
        shown = {key: self.town.entity(key) for key in keys}
        shown = {key: entity for key, entity in shown.items() if entity.visible_to(principal.rooms)}
        later = [key for noun in ("incident", "unit") for key in [k for k in shown if k[0] == noun][1:]]
        for key in later:  # even this little city is told in parts
            del shown[key]
        lists = {
            f"{noun}s": [entity for key, entity in shown.items() if key[0] == noun]
            for noun in ("incident", "unit")
        }
        return Picture(lists, set(shown), [[key] for key in later])

    async def part(self, keys: Sequence[Key]) -> dict[Key, Entity]:
        await self._meanwhile()
        return {key: self.town.entity(key) for key in keys}

    async def in_sight(self, principal: Principal) -> set[Key]:
        picture = await self.picture(principal)
        return picture.seen | {key for part in picture.rest for key in part}


class Console:
    """A client of the contract: it replaces what is as new or newer, and drops what it may no longer see."""

    def __init__(self) -> None:
        self.seq: int | None = None
        self.known: dict[str, dict[str, Any]] = {}
        self.told: list[int] = []
        self.parts = 0

    def hear(self, texts: Sequence[bytes]) -> None:
        for text in texts:
            message = msgspec.json.decode(text)
            if "snapshot" in message:
                told = message["snapshot"]
                self.seq = told["seq"] if told["whole"] else None
                self.known = {entity["id"]: entity for entity in told["incidents"] + told["units"]}
            elif "more" in message:
                self.parts += 1
                self.seq = message["more"]["seq"] if message["more"]["whole"] else None
                told = message["more"].get("incidents", []) + message["more"].get("units", [])
                self.known |= {entity["id"]: entity for entity in told}
            else:
                self._apply(message["event"])

    def _apply(self, event: dict[str, Any]) -> None:
        assert event["prev"] == self.seq
        assert self.seq is not None
        assert event["seq"] > self.seq
        self.seq = event["seq"]
        self.told.append(event["seq"])
        for one in [event, *event.get("also", [])]:
            if one["noun"] == "assignment":
                continue
            if one["now"] is None:
                self.known.pop(one["id"], None)
            elif one["now"]["version"] >= self.known.get(one["id"], {"version": 0})["version"]:
                self.known[one["id"]] = one["now"]

    @property
    def picture(self) -> dict[str, dict[str, Any]]:
        return {id_: entity for id_, entity in self.known.items() if entity["state"] != "closed"}


def drain(outbox: Outbox) -> list[bytes]:
    texts = list(outbox._texts)
    outbox._texts.clear()
    outbox._bytes = 0
    return texts


class Centre:
    """A replica: a hub fed late and in batches, whose consoles come and go."""

    def __init__(self, seed: int) -> None:
        self.town = Town(seed)
        self.chance = random.Random(seed + 1)
        self.hub = Hub()
        self.books = Books(self.town, self.meanwhile)
        self.follower = Follower(self.hub, self.books, lambda: 0)
        self._publishing = False

    async def meanwhile(self) -> None:
        """Between any two questions the town lives on, and sometimes the hub hears of it."""
        for _ in range(self.chance.randrange(3)):
            self.town.happen()
        await asyncio.sleep(0)
        if self.chance.random() < 0.6:
            await self.publish(self.chance.randrange(1, 6))

    async def publish(self, rows: int) -> None:
        if self._publishing:  # the hub's feed is one task: one batch after another
            return
        self._publishing = True
        batch = self.town.ledger[self.hub.head : self.hub.head + rows]
        self.hub.publish(await self.books.changes(batch))
        self._publishing = False

    async def join(self, room: UUID, console: Console) -> Seat:
        seat = a_seat(room, Outbox())
        await self.follower.bring_on(seat, console.seq)
        return seat


@pytest.mark.parametrize("room", [CITY, NORTH])
@given(seed=st.integers(0, 10_000), visits=st.integers(1, 5))
@settings(max_examples=80, deadline=None)
def test_snapshot_and_events_equal_a_fresh_look(room: UUID, seed: int, visits: int) -> None:
    async def story() -> None:
        centre, console = Centre(seed), Console()
        for _ in range(visits):
            seat = await centre.join(room, console)
            for _ in range(centre.chance.randrange(6)):
                await centre.meanwhile()
            told = drain(seat.outbox)
            console.hear(told[: centre.chance.randrange(len(told) + 1)])  # the line breaks anywhere
            centre.hub.detach(seat)
            for _ in range(centre.chance.randrange(12)):
                centre.town.happen()
        seat = await centre.join(room, console)
        while seat.doubt.is_set() or centre.hub.head < len(centre.town.ledger):
            await centre.publish(1_000)
            if seat.doubt.is_set():
                centre.hub.detach(seat)
                await centre.follower.bring_on(seat, None)
        console.hear(drain(seat.outbox))
        assert console.picture == {id_: _json(row) for id_, row in centre.town.seen_by(room).items()}
        assert len(set(console.told)) == len(console.told)

    asyncio.run(story())


async def test_a_line_that_breaks_amid_a_large_picture_begins_it_anew() -> None:
    centre, console = Centre(3), Console()
    centre.town.open()
    first, second, third = drain((await centre.join(CITY, console)).outbox)[:3]
    assert ["snapshot" in msgspec.json.decode(first), "more" in msgspec.json.decode(third)] == [True, True]
    console.hear([first, second])
    assert console.seq is None
    again = drain((await centre.join(CITY, console)).outbox)
    console.hear(again)
    assert "snapshot" in msgspec.json.decode(again[0])
    rest = sum("more" in msgspec.json.decode(text) for text in again)
    assert rest >= 2
    assert (console.parts, console.seq is None) == (1 + rest, False)


def _json(row: dict[str, Any]) -> Any:
    return msgspec.json.decode(msgspec.json.encode(row))


async def test_a_city_seat_that_comes_back_gets_exactly_the_rows_it_missed() -> None:
    centre, console = Centre(7), Console()
    seat = await centre.join(CITY, console)
    console.hear(drain(seat.outbox))
    centre.hub.detach(seat)
    left = console.seq
    assert left is not None
    console.told.clear()
    for _ in range(40):
        centre.town.happen()
    seat = await centre.join(CITY, console)
    while centre.hub.head < len(centre.town.ledger):
        await centre.publish(1_000)
    console.hear(drain(seat.outbox))
    assert console.told == list(range(left + 1, len(centre.town.ledger) + 1))


async def test_one_that_was_away_too_long_gets_a_snapshot() -> None:
    centre, console = Centre(1), Console()
    centre.town.open()
    row = centre.town.ledger[0]
    centre.town.ledger = [msgspec.structs.replace(row, seq=n + 1) for n in range(RESUME_MAX + 2)]
    centre.hub.head = len(centre.town.ledger)
    console.seq = 1
    seat = a_seat(CITY, Outbox())
    await centre.follower.bring_on(seat, 1)
    first = msgspec.json.decode(drain(seat.outbox)[0])
    assert first["snapshot"]["seq"] >= RESUME_MAX


async def test_one_that_claims_a_seq_of_another_ledger_gets_a_snapshot() -> None:
    centre = Centre(2)
    seat = a_seat(CITY, Outbox())
    await centre.follower.bring_on(seat, 99_999)
    assert "snapshot" in msgspec.json.decode(drain(seat.outbox)[0])


def a_change(seq: int, owner: UUID, fact: str = "progressed") -> Change:
    incident = UUID(int=5)
    row = FeedRow(
        seq, seq, "incident", incident, seq, incident, fact, "x", "console", None, None, START, "{}"
    )
    return Change(row, Entity(seq, b'{"version":%d}' % seq, frozenset({owner, CITY})))


def events(seat: Seat) -> list[dict[str, Any]]:
    return [msgspec.json.decode(text)["event"] for text in drain(seat.outbox)]


async def test_two_rooms_see_different_things_and_the_city_both() -> None:
    hub = Hub()
    seats = {room: a_seat(room, Outbox()) for room in (CITY, NORTH, SOUTH)}
    assert all(hub.attach(seat) for seat in seats.values())
    hub.publish([a_change(1, NORTH), a_change(2, NORTH)])
    assert [e["seq"] for e in events(seats[CITY])] == [1, 2]
    assert [e["seq"] for e in events(seats[NORTH])] == [1, 2]
    assert events(seats[SOUTH]) == []


async def test_what_leaves_a_room_is_told_once_as_null_and_never_again() -> None:
    hub, seat = Hub(), a_seat(NORTH, Outbox())
    hub.attach(seat)
    hub.publish([a_change(1, NORTH), a_change(2, SOUTH, "handed_over"), a_change(3, SOUTH)])
    told = events(seat)
    assert [(e["seq"], e["prev"], e["now"]) for e in told] == [(1, 0, {"version": 1}), (2, 1, None)]


async def test_a_reader_that_does_not_read_is_cut_and_holds_nobody_up() -> None:
    hub = Hub()
    stuck = a_seat(CITY, Outbox(pending_max=10))
    lively = a_seat(CITY, Outbox(pending_max=10))
    hub.attach(stuck)
    hub.attach(lively)
    for seq in range(1, 31):
        hub.publish([a_change(seq, NORTH)])
        drain(lively.outbox)
    assert stuck.outbox.close_code == CLOSE_SLOW
    assert len(stuck.outbox) <= 10
    assert lively.outbox.close_code is None


async def test_a_slow_line_gets_the_newest_positions_only() -> None:
    sent: list[tuple[bytes, bool]] = []
    outbox = Outbox()

    async def send(message: bytes, binary: bool) -> None:
        sent.append((message, binary))
        await asyncio.sleep(0)

    for tick in range(5):
        outbox.put_frame(b"%d" % tick)
    outbox.put(b"event")
    writer = asyncio.create_task(outbox.write(send))
    while len(sent) < 2:
        await asyncio.sleep(0)
    writer.cancel()
    assert sent == [(b"event", False), (b"4", True)]

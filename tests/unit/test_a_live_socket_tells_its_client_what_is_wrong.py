"""What a client of the live feed gets: hello first, a picture when it asks, a sentence when it errs, a code at the end."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import pytest

from dispatch.acts import Principal
from dispatch.journal import FeedRow
from dispatch.rooms import Room, Rooms
from geo.cells import cell_at
from units.wire import PositionColumns, Sheet, decode_positions
from web.live_follow import Follower, Picture
from web.live_hub import Hub
from web.live_messages import CLOSE_REVOKED, Change, Entity, Key, read_request, said
from web.live_session import CLOSE_GONE, CLOSE_TRY_AGAIN, Desk, Session

CITY, NORTH, SOUTH = (UUID(int=n) for n in (1, 2, 3))


def tree() -> Rooms:
    return Rooms(
        Room(id=id_, code=code, name_zh=code, name_en=code, tier=tier, lineage=line)
        for id_, code, tier, line in (
            (CITY, "city", "city", (CITY,)),
            (NORTH, "north", "station", (NORTH, CITY)),
            (SOUTH, "south", "station", (SOUTH, CITY)),
        )
    )


class Quiet:
    """A ledger in which nothing happens; `trouble` makes it fail."""

    trouble: Exception | None = None

    async def head(self) -> int:
        if self.trouble:
            raise self.trouble
        return 5

    async def rows_after(self, seq: int, limit: int) -> Sequence[FeedRow]:  # noqa: ARG002 - nothing happens here
        return []

    async def changes(self, rows: Sequence[FeedRow]) -> list[Change]:  # noqa: ARG002 - nothing happens here
        return []

    async def picture(self, principal: Principal) -> Picture:
        rooms = [{"room": str(room)} for room in sorted(principal.rooms)]
        return Picture(
            {"incidents": [Entity(1, msgspec.json.encode(r), None) for r in rooms], "units": []}, set()
        )

    async def part(self, keys: Sequence[Key]) -> dict[Key, Entity]:  # noqa: ARG002 - all are told at once
        return {}

    async def in_sight(self, principal: Principal) -> set[Key]:  # noqa: ARG002 - nothing happens here
        return set()


class Client:
    """The other end of a session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.heard: list[Any] = []
        self._says: asyncio.Queue[str | None] = asyncio.Queue()
        self._news = asyncio.Condition()
        self._run = asyncio.create_task(session.run(self._says.get, self._hear))

    async def _hear(self, message: bytes, binary: bool) -> None:
        async with self._news:
            self.heard.append(message if binary else msgspec.json.decode(message))
            self._news.notify_all()

    async def until(self, count: int) -> list[Any]:
        async with self._news:
            await self._news.wait_for(lambda: len(self.heard) >= count)
        return self.heard

    def say(self, message: Any) -> None:
        self._says.put_nowait(message if isinstance(message, str) else msgspec.json.encode(message).decode())

    async def leave(self) -> int:
        self._says.put_nowait(None)
        return await self._run

    async def end(self) -> int:
        return await self._run


def a_desk(source: Quiet | None = None) -> Desk:
    hub = Hub(5)
    return Desk(hub, Follower(hub, source or Quiet(), lambda: 0), tree, lambda: 0)


def seated(room: UUID = CITY, desk: Desk | None = None) -> Client:
    rooms = tree().subtree(room)
    who = Principal(id="anna", roles=frozenset({"dispatcher"}), room_id=room, rooms=rooms)
    return Client(Session(desk or a_desk(), who))


async def test_hello_comes_first_and_says_who_one_is() -> None:
    client = seated(NORTH)
    hello = (await client.until(1))[0]["hello"]
    assert (hello["principal"], hello["room"], hello["heartbeat_s"]) == ("anna", str(NORTH), 2.0)
    assert await client.leave() == CLOSE_GONE


async def test_a_room_and_those_below_it_are_shown_and_no_others() -> None:
    client = seated(CITY)
    client.say({"subscribe": {"room": str(NORTH)}})
    snapshot = (await client.until(2))[1]["snapshot"]
    assert (snapshot["seq"], snapshot["room"]) == (5, str(NORTH))
    assert snapshot["incidents"] == [{"room": str(NORTH)}]
    await client.leave()


async def test_another_room_can_be_asked_for_at_any_time() -> None:
    client = seated(CITY)
    client.say({"subscribe": {"room": str(NORTH)}})
    await client.until(2)
    client.say({"subscribe": {"room": str(CITY)}})
    assert len((await client.until(3))[2]["snapshot"]["incidents"]) == 3
    await client.leave()


async def test_a_room_above_ones_own_is_not_there() -> None:
    client = seated(NORTH)
    client.say({"subscribe": {"room": str(SOUTH)}})
    error = (await client.until(2))[1]["error"]
    assert error["code"] == "not_found"
    assert str(SOUTH) in error["detail"]
    await client.leave()


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"subscribe":{"room":"x"}}',
        '{"subscribe":{"room":"00000000-0000-0000-0000-000000000001","after":"5"}}',
        '{"subscribe":{"room":"00000000-0000-0000-0000-000000000001","before":5}}',
        '{"view":{"bounds":[[1,2,3]]}}',
        '{"view":{"bounds":[[1,20,3,2]]}}',
        '{"view":{"bounds":[[0,0,1e999,1]]}}',
        '{"view":{"bounds":[' + ",".join(["[0,0,1,1]"] * 17) + "]}}",
        '{"view":{"bounds":[]},"subscribe":{"room":"00000000-0000-0000-0000-000000000001"}}',
        "[" * 100_000,
        '{"view":"' + "x" * 70_000 + '"}',
    ],
)
async def test_nonsense_is_answered_and_the_next_message_is_served(message: str) -> None:
    client = seated()
    client.say(message)
    client.say({"subscribe": {"room": str(CITY)}})
    heard = await client.until(3)
    assert heard[1]["error"]["code"] == "message_invalid"
    assert heard[1]["error"]["detail"].endswith(".")
    assert "snapshot" in heard[2]
    await client.leave()


async def test_idle_lines_beat_and_busy_ones_need_not() -> None:
    desk = a_desk()
    client = seated(desk=desk)
    await client.until(1)
    desk.hub.beat(said("heartbeat", {"seq": 5}))
    assert (await client.until(2))[1] == {"heartbeat": {"seq": 5}}
    await client.leave()
    assert desk.hub.lines == set()


async def test_who_is_revoked_is_cut() -> None:
    client = seated()
    await client.until(1)
    client.session.outbox.close(CLOSE_REVOKED)
    assert await client.end() == CLOSE_REVOKED


async def test_who_may_see_less_than_before_gets_the_picture_anew() -> None:
    client = seated(CITY)
    client.say({"subscribe": {"room": str(CITY)}})
    await client.until(2)
    less = msgspec.structs.replace(client.session.principal, rooms=frozenset({NORTH}))
    await client.session.renew(less)
    assert (await client.until(3))[2]["snapshot"]["incidents"] == [{"room": str(NORTH)}]
    await client.session.renew(less)
    await client.session.renew(msgspec.structs.replace(less, rooms=frozenset()))
    assert (await client.until(4))[3]["error"]["code"] == "not_found"
    await client.leave()


async def test_a_database_that_is_away_asks_the_client_to_come_again() -> None:
    source = Quiet()
    source.trouble = OSError("away")
    client = seated(desk=a_desk(source))
    client.say({"subscribe": {"room": str(CITY)}})
    assert await client.end() == CLOSE_TRY_AGAIN


def a_sheet() -> Sheet:
    """Two units 200 km apart in different rooms, one more beside the first."""
    places = [(104.0, 30.0, 0), (106.0, 30.0, 1), (104.001, 30.0, 1)]
    count = len(places)
    columns = PositionColumns(
        handle=np.arange(1, count + 1, dtype=np.uint32),
        lon=np.array([p[0] for p in places]),
        lat=np.array([p[1] for p in places]),
        heading_deg=np.zeros(count, np.float32),
        age_ms=np.zeros(count, np.int64),
        speed_mps=np.zeros(count, np.float32),
        progress=np.zeros(count, np.uint8),
        quality=np.zeros(count, np.uint8),
        cell=np.array([cell_at(lon, lat, 7) for lon, lat, _ in places], np.uint64),
        room=np.array([p[2] for p in places], np.int32),
    )
    return Sheet(columns, 1_000)


@pytest.mark.parametrize(
    ("room", "view", "seen"),
    [
        (CITY, None, {1, 2, 3}),
        (NORTH, None, {1}),
        (CITY, [[103.9, 29.9, 104.1, 30.1]], {1, 3}),
        (NORTH, [[103.9, 29.9, 104.1, 30.1]], {1}),
        (CITY, [[105.9, 29.9, 106.1, 30.1]], {2}),
        (CITY, [[103.9, 29.9, 104.1, 30.1], [105.9, 29.9, 106.1, 30.1]], {1, 2, 3}),
        (CITY, [[170.0, 29.9, 105.0, 30.1]], {1, 3}),
    ],
)
async def test_positions_are_those_of_ones_rooms_and_view(room: UUID, view: Any, seen: set[int]) -> None:
    desk = a_desk()
    client = seated(room, desk)
    if view is not None:
        client.say({"view": {"bounds": view}})
    client.say({"subscribe": {"room": str(room)}})
    await client.until(2)
    while not len(desk.hub):
        await asyncio.sleep(0)
    codes = {NORTH: 0, SOUTH: 1}
    desk.hub.tick(a_sheet(), lambda rooms: np.array([n in {codes.get(r) for r in rooms} for n in (0, 1, 2)]))
    frame = (await client.until(3))[2]
    assert set(decode_positions(frame)[1]["handle"].tolist()) == seen
    await client.leave()


async def test_an_empty_view_gets_no_positions() -> None:
    desk = a_desk()
    client = seated(CITY, desk)
    client.say({"view": {"bounds": []}})
    client.say({"subscribe": {"room": str(CITY)}})
    await client.until(2)
    while not len(desk.hub):
        await asyncio.sleep(0)
    desk.hub.tick(a_sheet(), lambda _: np.ones(3, np.bool_))
    desk.hub.beat(said("heartbeat", {}))
    assert (await client.until(3))[2] == {"heartbeat": {}}
    await client.leave()


def test_a_view_across_the_date_line_is_a_view() -> None:
    request = read_request('{"view":{"bounds":[[179,-20,-179,-10]]}}')
    assert request.view is not None
    assert request.view.bounds == ((179.0, -20.0, -179.0, -10.0),)

"""Story, by Hypothesis: people sit down, leave, rest and fall silent in any order. No queue has two who answer it, and none has nobody."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.folds import FOLDS
from dispatch.seating import store
from dispatch.seating.model import ANSWERING, Seat
from dispatch.verify import verify
from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.doors import Doors
from tests.harness.manned import Room
from tests.harness.people import Page, seats

pytestmark = pytest.mark.slow

SEATS = {"D-1": (town.CITY, "dispatcher"), "D-2": (town.CITY, "dispatcher"), "N-1": (town.NORTH, "combined")}
PEOPLE = ("wang", "li", "zhao")
ACTS = st.one_of(
    st.tuples(st.just("sit"), st.sampled_from(PEOPLE), st.sampled_from(sorted(SEATS))),
    st.tuples(st.sampled_from(["leave", "break", "ready", "away"]), st.sampled_from(PEOPLE), st.just("")),
    st.tuples(st.just("cover"), st.sampled_from(PEOPLE), st.sampled_from(sorted(SEATS))),
    st.tuples(st.just("silent"), st.sampled_from(PEOPLE), st.just("")),
)


class Floor:
    """Three people and three seats; what each seat is, as the table says."""

    def __init__(self, room: Room, pages: dict[str, Page]) -> None:
        self.room = room
        self.pages = pages
        self.held: set[UUID] = set()

    async def look(self) -> dict[str, Seat]:
        async with self.room.doors.runtime.pool.acquire() as conn:
            by_id = {seat.id: seat for seat in await store.read_all(conn)}
        return {code: by_id[UUID(id_)] for code, id_ in self.room.ids.items()}

    async def mine(self, who: str) -> str | None:
        session = await self.pages[who].session()
        return next((code for code, id_ in self.room.ids.items() if id_ == session["seat_id"]), None)

    async def act(self, act: str, who: str, code: str) -> None:
        """Something people do; what is refused changes nothing."""
        page, own = self.pages[who], await self.mine(who)
        if act == "sit":
            await page.post("/seats", {"seat_id": self.room.ids[code]})
        elif own is None:
            return
        elif act == "leave":
            await page.post(f"/seats/{self.room.ids[own]}/leave")
        elif act == "cover":
            await page.post(f"/seats/{self.room.ids[own]}/cover", {"seat_id": self.room.ids[code]})
        elif act == "silent":
            others = [code for code in self.room.ids if code != own]
            await self.room.forward(15)
            await self.room.hear(*others)
            await self.room.forward(10)
        else:
            await page.post(f"/seats/{self.room.ids[own]}/state", {"state": act})

    async def check(self) -> None:
        """Every seat that was ever held answers, or is covered by one seat that does, or by a room; never both."""
        now = await self.look()
        by_id = {seat.id: seat for seat in now.values()}
        self.held |= {seat.id for seat in now.values() if seat.holder is not None}
        holders = [seat.holder for seat in now.values() if seat.holder]
        assert len(holders) == len(set(holders)), f"somebody sits twice: {holders}"
        for code, seat in now.items():
            covered = seat.covered_by
            if seat.state in ANSWERING:
                assert covered is None, f"{code} answers and is covered: {seat}"
            elif seat.id in self.held:
                assert covered is not None, f"nobody answers for {code}: {seat}"
            if covered is not None:
                assert (covered.seat_id is None) != (covered.room_id is None), seat
                other = by_id.get(covered.seat_id) if covered.seat_id else None
                assert other is None or other.state in ANSWERING, (
                    f"{code} is covered by a seat that is {other}"
                )
                assert covered.seat_id != seat.id, f"{code} covers itself"


@pytest.fixture(scope="module")
async def floor(doors: Doors) -> Floor:
    tag = uuid4().hex[:4]
    ids = await seats(doors, *((f"{code}{tag}", room, kind) for code, (room, kind) in SEATS.items()))
    own = {code.removesuffix(tag): id_ for code, id_ in ids.items() if code.endswith(tag)}
    room = Room(doors, Clock(doors.runtime.settings.database_url), own)
    pages: dict[str, Page] = {}
    for who in PEOPLE:
        pages[who] = await room.person("dispatcher", "leader", "call_taker")
    return Floor(room, pages)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=st.lists(ACTS, min_size=4, max_size=14))
async def test_no_order_of_acts_leaves_a_queue_to_nobody_or_to_two(
    floor: Floor, acts: list[tuple[Any, ...]]
) -> None:
    for who in PEOPLE:
        await floor.act("leave", who, "")
    for act in acts:
        await floor.act(*act)
        await floor.check()


async def test_the_facts_of_all_that_fold_to_the_tables(floor: Floor) -> None:
    async with floor.room.doors.runtime.pool.acquire() as conn:
        found = await verify(conn, FOLDS, ())
    assert found.sound, found.broken

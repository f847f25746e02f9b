"""Promise: whatever is done with seats, breaks, lost links and hand-overs, each seat is answered by one, itself or its cover."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.seating import store
from dispatch.seating.model import Seat, still_covers
from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.doors import Doors
from tests.harness.manned import Room
from tests.harness.people import Page, seats

STEPS = ("sit", "leave", "break", "back", "lose", "draft", "offer", "sign", "cancel", "refuse")
TWICE = "SELECT seat_id FROM session WHERE seat_id IS NOT NULL AND revoked_at IS NULL GROUP BY seat_id HAVING count(*) > 1"
OPEN_TWICE = """
SELECT seat_id FROM handover WHERE state IN ('drafted', 'offered') AND seat_id IS NOT NULL GROUP BY seat_id HAVING count(*) > 1
"""
WALK = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 2), st.integers(0, 1)), min_size=4, max_size=14
)


class Night(Room):
    """Three leaders and two seats for them; who does what comes from outside."""

    people: list[Page]
    seats: tuple[str, str] = ("L-1", "L-2")

    async def do(self, step: str, who: Page, code: str) -> None:
        """One step, which may be refused; never with a fault of ours."""
        path = f"/seats/{self.ids[code]}"
        if step == "lose":
            await self.hear(*(one for one in self.seats if one != code))
            await self.forward(25)
            return
        if step in ("sit", "leave", "break", "back"):
            told = await {
                "sit": lambda: who.post("/seats", {"seat_id": self.ids[code], "take_over": True}),
                "leave": lambda: who.post(f"{path}/leave"),
                "break": lambda: who.post(f"{path}/state", {"state": "break"}),
                "back": lambda: who.post(f"{path}/state", {"state": "ready"}),
            }[step]()
        elif step == "draft":
            told = await who.post("/hand-overs")
        else:
            open_ = (await who.get("/hand-overs", open="1")).json()["items"]
            mine = [one for one in open_ if one["seat_id"] == self.ids[code]]
            if not mine:
                return
            one = f"/hand-overs/{mine[0]['id']}"
            whole = (await who.get(one)).json()
            if step == "sign":
                must = {item["key"]: item["stamp"] for item in whole["items"] if item["must"]}
                if must:
                    await who.post(f"{one}/read", {"read": must})
            body = (
                {"digest": whole["digest"]} if step in ("offer", "sign") else {"reason": "因故 for a reason"}
            )
            told = await who.post(f"{one}/{step}", body)
        assert told.status_code < 500, told.text

    async def check(self, ever: set[UUID]) -> None:
        """Each of our seats that was ever taken answers itself, or somebody named covers for it; never both, never neither."""
        async with self.doors.runtime.pool.acquire() as conn:
            all_: dict[UUID, Seat] = {seat.id: seat for seat in await store.read_all(conn)}
            assert not await conn.fetch(TWICE)
            assert not await conn.fetch(OPEN_TWICE)
        answering = {id_ for id_, seat in all_.items() if seat.answers}
        for code in self.seats:
            seat = all_[UUID(self.ids[code])]
            if seat.holder is not None:
                ever.add(seat.id)
            if seat.id not in ever:
                continue
            assert seat.answers == (seat.covered_by is None), seat
            if seat.covered_by is not None and answering & {UUID(self.ids[one]) for one in self.seats}:
                assert still_covers(seat, all_), (seat, answering)


@pytest.fixture(scope="module")
async def night(doors: Doors) -> AsyncIterator[Night]:
    tag = uuid4().hex[:4]
    ids = await seats(doors, *((f"{code}{tag}", town.CITY, "leader") for code in Night.seats))
    opened = Night(
        doors,
        Clock(doors.runtime.settings.database_url),
        {code.removesuffix(tag): id_ for code, id_ in ids.items() if code.endswith(tag)},
    )
    opened.people = [await opened.person("leader", "dispatcher") for _ in range(3)]
    yield opened
    for page in opened.pages:
        await page.delete("/session")


EVER: set[UUID] = set()


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(walk=WALK)
async def test_no_sequence_of_steps_leaves_a_seat_to_nobody_or_to_two(
    night: Night, walk: list[tuple[str, int, int]]
) -> None:
    for step, who, seat in walk:
        await night.do(step, night.people[who], night.seats[seat])
        await night.check(EVER)

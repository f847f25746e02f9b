"""Promise: one address leads everybody to where they work; a stranger to the door, somebody without a seat to the seats."""

from uuid import UUID, uuid4

import pytest

from dispatch.acts import Principal
from tests.harness import town
from tests.harness.doors import Doors
from tests.harness.video import V1
from units.model import Duty, Unit, UnitKind
from web.auth import Visitor, issue_link
from web.routes.page import own_page


def visitor(*roles: str, account: bool = False, seated: bool = False) -> Visitor:
    principal = Principal(
        id="user:1", roles=frozenset(roles), room_id=town.CITY, seat_id=uuid4() if seated else None
    )
    return Visitor(principal=principal, credential=b"", account_id=uuid4() if account else None)


@pytest.mark.parametrize(
    ("who", "page"),
    [
        (None, "sign_in.html"),
        (visitor("dispatcher"), "desk.html"),
        (visitor("leader", "call_taker"), "desk.html"),
        (visitor("call_taker"), "call.html"),
        (visitor("reviewer"), "follow-up.html"),
        (visitor("admin"), "desk.html"),
        (visitor("unit"), "unit.html"),
        (visitor("dispatcher", account=True), "sign_in.html"),
        (visitor("dispatcher", account=True, seated=True), "desk.html"),
        (visitor("call_taker", account=True, seated=True), "call.html"),
        (visitor("reviewer", account=True), "follow-up.html"),
        (visitor("unit", account=True), "unit.html"),
    ],
)
def test_everybody_has_one_page(who: Visitor | None, page: str) -> None:
    assert own_page(who, {}) == page


def test_a_video_patrol_is_led_to_its_own_page_and_any_other_crew_to_theirs() -> None:
    kinds: dict[UUID, UnitKind] = {town.N1: "car", V1: "video"}
    units = {
        id_: Unit(
            id=id_, handle=1, call_sign="1", kind=kind, unit_class="regular", room_id=town.NORTH,
            duty=Duty.AVAILABLE, version=1,
        )
        for id_, kind in kinds.items()
    }  # fmt: skip

    def page(id_: UUID) -> str:
        principal = Principal(id="user:1", roles=frozenset({"unit"}), unit_id=id_)
        return own_page(Visitor(principal=principal, credential=b"", account_id=None), units)

    assert [page(V1), page(town.N1)] == ["video.html", "unit.html"]


async def test_the_same_address_shows_each_their_own(doors: Doors) -> None:
    told = {}
    for role in ("dispatcher", "call_taker"):
        async with doors.runtime.pool.acquire() as conn:
            path = await issue_link(conn, "seat:1", [role], town.CITY)
        person = await doors.visitor()
        await person.get(path)
        told[role] = (await person.get("/")).text
        assert told[role] == (await person.get({"dispatcher": "/desk", "call_taker": "/call"}[role])).text
    stranger = await doors.visitor()
    told["nobody"] = (await stranger.get("/")).text
    assert told["nobody"] == (await stranger.get("/desk")).text == (await stranger.get("/sign-in")).text
    assert len(set(told.values())) == 3

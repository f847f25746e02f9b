"""Where a card is short, the nearest that could help is named with what keeps it: a post at a running event as well as a job."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from dispatch.planned_events.commitments import Commitments
from dispatch.planned_events.model import PlannedEvent, Post, S
from dispatch.ranking import Question, Ranking, rank
from dispatch.response import Requirement
from incidents.types import Seat, shipped_tree
from tests.harness import patrols as p
from units.live import LiveUnits
from units.model import Duty, Unit
from units.roll import Entry

TREE = shipped_tree()
NOW = datetime.fromtimestamp(p.NOW_MS / 1000, UTC)
HOME = p.ROOMS[0]
PLACE = (114.02, 22.54)
FAR = [[[115.0, 23.0], [115.1, 23.0], [115.1, 23.1], [115.0, 23.0]]]


def at_an_event(n: int, exercise: bool = False) -> Commitments:
    begun, ends = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
    post = Post(
        id=UUID(int=50), unit_id=UUID(int=n), name="3号门", lon=115.0, lat=23.0, starts_at=begun, ends_at=ends
    )
    event = PlannedEvent(
        id=UUID(int=60), version=1, state=S.RUNNING, name="灯会", kind="assembly", exercise=exercise, room_id=HOME,
        command_room_id=HOME, area={"type": "Polygon", "coordinates": FAR}, starts_at=begun, ends_at=ends,
        drafted_by="desk", posts=(post,), times={},
    )  # fmt: skip
    return Commitments([event])


def ranked(cars: dict[int, str], commitments: Commitments, priority: int = 3) -> Ranking:
    """For a card of two cars; cars: what each of them does, at 500 m times its number."""
    live, units = LiveUnits(capacity=4), dict[UUID, Unit]()
    for n, state in cars.items():
        unit = Unit(
            id=UUID(int=n), handle=n, call_sign=str(n), kind="car", unit_class="regular", room_id=HOME,
            duty=Duty.AVAILABLE, version=1,
        )  # fmt: skip
        live.register(Entry(n, unit.id, "car", "regular", HOME, state=state))
        live.apply(p.frame([n], [PLACE[0] + n * 500 / 102_800], [PLACE[1]], p.NOW_MS), p.NOW_MS)
        units[unit.id] = unit
    question = Question(
        lon=PLACE[0], lat=PLACE[1], priority=priority, room_id=HOME, rooms=frozenset({HOME}), card=("卡", "card"),
        needed=Requirement((Seat(2, ("car",)),), auxiliary=False), waves=1, commitments=commitments,
    )  # fmt: skip
    return rank(TREE, live, units.get, question, p.NOW_MS)


def helps(ranking: Ranking) -> list[object]:
    return [one["key"] for one in ranking.shortfalls if str(one["key"]).startswith("help")]


def test_a_free_unit_at_its_post_is_named_with_the_event_it_could_be_freed_from() -> None:
    ranking = ranked({1: "available", 3: "available", 4: "en_route"}, at_an_event(3))
    assert [row.call_sign for row in ranking.waves[0]] == ["1"]
    [told] = [one for one in ranking.shortfalls if one["key"] == "help_event"]
    assert told["zh"] == "可救急：3属安保任务“灯会”，约4分钟可到，可先解除其岗位"
    assert (
        told["en"] == "what would help: 3 belongs to event 灯会 and is 4 min away; it could be freed from it"
    )


def test_a_nearer_unit_with_a_job_is_named_before_it_and_by_its_job() -> None:
    assert helps(ranked({1: "available", 2: "en_route", 3: "available"}, at_an_event(3))) == ["help_busy"]
    assert helps(ranked({1: "available", 3: "en_route"}, at_an_event(3))) == ["help_busy"]


def test_whom_no_event_keeps_fills_the_card() -> None:
    for commitments, priority in ((at_an_event(3, exercise=True), 3), (at_an_event(3), 1)):
        ranking = ranked({1: "available", 3: "available"}, commitments, priority)
        assert ranking.shortfalls == ()
        assert [row.call_sign for row in ranking.waves[0]] == ["1", "3"]

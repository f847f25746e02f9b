"""Promise: a joint offer names only the calls it changes, says what that saves, leaves no call with fewer units, and is the same wherever it is made."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.joint_offers.reckoning import SAME_S, Call, Candidate, reckon
from dispatch.joint_offers.shown import Offer
from incidents.model import Incident, IncidentState
from units.model import Duty, Unit

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
ROOM = UUID(int=1)


def candidate(n: int) -> Candidate:
    unit = Unit(
        id=UUID(int=100 + n), handle=n + 1, call_sign=f"1{n}", kind="car", unit_class="regular", room_id=ROOM,
        duty=Duty.AVAILABLE, version=1,
    )  # fmt: skip
    return Candidate(unit, "available")


def call(n: int, priority: int, seconds: list[float]) -> Call:
    incident = Incident(
        id=UUID(int=n + 1), number=f"J{n}", state=IncidentState.RECEIVED, version=1, priority=priority, lon=114.0, lat=22.5,
        room_id=ROOM, command_room_id=ROOM, opened_at=NOW,
    )  # fmt: skip
    eta_s = np.array(seconds)
    who = np.arange(len(seconds))
    return Call(incident=incident, seats=(None,), who=who, eta_s=eta_s, road_m=np.full(len(seconds), np.nan))


def offered(calls: list[Call], now: datetime = NOW) -> Offer | None:
    count = len(calls[0].who)
    fits = [[np.ones(count, np.bool_)] for _ in calls]
    return reckon(calls, [candidate(n) for n in range(count)], fits, "straight_line", now)


@st.composite
def queues(draw: st.DrawFn) -> list[Call]:
    count = draw(st.integers(1, 5))
    row = st.lists(st.integers(10, 900).map(float), min_size=count, max_size=count)
    priorities = sorted(draw(st.lists(st.integers(1, 4), min_size=2, max_size=4)))
    return [call(n, priority, draw(row)) for n, priority in enumerate(priorities)]


@settings(deadline=None)
@given(calls=queues())
def test_only_what_changes_is_named_and_nobody_gets_fewer(calls: list[Call]) -> None:
    offer = offered(calls)
    if offer is None:
        return
    assert len(offer.calls) >= 2
    sent = [one.unit_id for told in offer.calls for one in told.offered]
    assert len(sent) == len(set(sent))
    for told in offer.calls:
        assert {one.unit_id for one in told.usual} != {one.unit_id for one in told.offered}
        assert len(told.offered) >= len(told.usual)
        if told.priority == 1:
            assert max(one.eta_s for one in told.offered) <= max(one.eta_s for one in told.usual)
    assert offer.more or offer.saved_s > 0
    alike = [told.sooner_s for told in offer.calls if told.sooner_s is not None]
    assert abs(offer.saved_s - sum(alike)) < 0.1 * len(offer.calls)


def test_the_words_say_how_much_sooner_in_all_in_both_languages() -> None:
    offer = offered([call(0, 3, [60.0, 90.0]), call(1, 3, [100.0, 330.0])])
    assert offer is not None
    assert offer.saved_s == 200.0
    assert offer.said["zh"] == "联合派警可合计早到3分20秒"
    assert offer.said["en"] == "Together 3 min 20 s sooner in all"


def test_who_would_be_left_without_anybody_and_is_not_is_said_first() -> None:
    offer = offered([call(0, 3, [60.0, 90.0]), call(1, 3, [100.0, np.inf])])
    assert offer is not None
    assert offer.more == 1
    assert "多派到1起警情" in str(offer.said["zh"])
    assert [told.sooner_s for told in offer.calls] == [-30.0, None]


def test_the_same_is_offered_under_the_same_ids_for_a_while() -> None:
    calls = [call(0, 3, [60.0, 90.0]), call(1, 3, [100.0, 330.0])]
    one, other, later = (offered(calls, NOW + timedelta(seconds=s)) for s in (0, 1, SAME_S))
    assert one is not None
    assert other is not None
    assert later is not None
    ids = [[told.recommendation_id for told in offer.calls] for offer in (one, other, later)]
    assert ids[0] == ids[1]
    assert not set(ids[0]) & set(ids[2]), "and not for so long that what was kept of it has run out"
    assert one.key == later.key, "what was put aside stays so"

"""Promise: the simulated switchboard is one evening per seed; nobody sits on two calls, and every call comes to an end."""

from itertools import pairwise
from random import Random

from incidents.telephone import lifecycle
from incidents.telephone.lifecycle import Hear
from incidents.telephone.model import Call, CallState
from incidents.telephone.simulator import PlayedCall, Position, Switchboard, disturbed
from tests.unit.test_a_call_is_one_call_in_any_order import begun, told, without_version

SEATS = ("J1", "J2", "J3")


def evening(seed: int, calls: int = 300, every_s: float = 25.0) -> list[PlayedCall]:
    chance = Random(seed)
    board = Switchboard(chance, "acd1", SEATS)
    at_s, played = 0.0, []
    for _ in range(calls):
        at_s += chance.expovariate(1 / every_s)
        played.append(board.ring(at_s, "13800138000", Position(114.0, 22.5, 300.0)))
    return played


def as_told(call: PlayedCall, chance: Random | None = None) -> Call:
    tellings = disturbed(call.tellings, chance) if chance else call.tellings
    return told(begun(), *(Hear(act=one.act, at=round(one.at_s * 1000)) for one in tellings))


def test_one_seed_is_one_evening() -> None:
    assert evening(110) == evening(110)
    assert evening(110) != evening(111)


def test_every_call_ends_as_it_was_played_whatever_the_line_does_to_it() -> None:
    for number, call in enumerate(evening(1)):
        clean = as_told(call)
        expected = CallState.ABANDONED if call.answered_s is None else CallState.RELEASED
        assert clean.state is expected
        assert without_version(as_told(call, Random(number))) == without_version(clean)
        if call.answered_s is not None:
            assert clean.answer_ms == round(call.answered_s * 1000) - round(call.rang_s * 1000)


def test_nobody_sits_on_two_calls() -> None:
    by_seat: dict[str, list[PlayedCall]] = {}
    for call in evening(2):
        if call.seat is not None:
            by_seat.setdefault(call.seat, []).append(call)
    assert set(by_seat) == set(SEATS)
    for calls in by_seat.values():
        for first, second in pairwise(sorted(calls, key=lambda one: one.answered_s or 0)):
            assert first.ended_s <= (second.answered_s or 0)


def test_more_callers_than_seats_wait_longer_and_give_up_more() -> None:
    def given_up(every_s: float) -> int:
        return sum(call.answered_s is None for call in evening(3, every_s=every_s))

    assert given_up(5.0) > 3 * given_up(60.0) > 0


def test_everything_that_happens_to_calls_happens_and_is_named_once() -> None:
    calls = evening(4)
    acts = {one.act for call in calls for one in call.tellings}
    assert acts == {"ringing", "answered", "held", "conferenced", "transferred", "released", "abandoned"}
    ids = [one.msg_id for call in calls for one in call.tellings]
    assert len(ids) == len(set(ids))
    assert all(id_.startswith("acd1:") for id_ in ids)
    assert len({call.call_id for call in calls}) == len(calls)


def test_a_bad_line_brings_things_late_and_twice() -> None:
    tellings = [one for call in evening(5) for one in call.tellings]
    arrived = list(disturbed(tellings, Random(5)))
    assert [one.sent_s for one in arrived] == sorted(one.sent_s for one in arrived)
    assert len(arrived) > len(tellings)
    assert any(one.sent_s > one.at_s for one in arrived)
    assert {one.msg_id for one in arrived} == {one.msg_id for one in tellings}


def test_lifecycle_has_no_other_way_to_hear_than_the_acts_played() -> None:
    assert {state.value for state in lifecycle.TRANSITIONS} == set(CallState)

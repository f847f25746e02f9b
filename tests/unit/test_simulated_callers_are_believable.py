"""Simulated callers speak of types that exist, in order of time, at the rate asked for, and the same seed says the same."""

from itertools import islice, pairwise
from random import Random

import pytest

from incidents.simulator import Call, Callers, Press, SimulatedReport, Spot, shipped_scripts
from incidents.types import shipped_tree


def somewhere(rng: Random) -> Spot:
    return Spot(114.0 + rng.random() / 10, 22.5 + rng.random() / 10, f"榕海大道{rng.randrange(1, 99)}号")


def reports(seed: int, count: int, per_hour: float = 60) -> list[SimulatedReport]:
    callers = Callers(Random(seed), somewhere, ["CP1", "CP2"], per_hour)
    return list(islice(callers.reports(), count))


def test_every_script_is_about_a_type_of_the_shipped_tree() -> None:
    tree = shipped_tree()
    assert all(script.type in tree and script.weight > 0 and script.texts for script in shipped_scripts())


def test_reports_come_in_order_of_time() -> None:
    said = reports(1, 500)
    assert all(one.after_s <= other.after_s for one, other in pairwise(said))


def test_the_same_seed_gives_the_same_night() -> None:
    assert reports(5, 100) == reports(5, 100)
    assert reports(5, 100) != reports(6, 100)


def test_the_rate_is_kept() -> None:
    said = reports(3, 3_000, per_hour=120)
    # 7 % presses come 1.75 times and 12 % of the calls have two more witnesses on average: 1.28 reports a happening.
    assert len(said) / (said[-1].after_s / 3600) == pytest.approx(120 * 1.28, rel=0.1)


def test_there_are_presses_witnesses_and_untyped_calls_and_no_placeholder_is_left() -> None:
    said = reports(4, 1_000)
    calls = [one for one in said if isinstance(one, Call)]
    presses = [one for one in said if isinstance(one, Press)]
    assert {one.code for one in presses} == {"CP1", "CP2"}
    assert any(one.type is None for one in calls)
    assert {one.source for one in calls} == {"call", "app", "sms", "self_service"}
    assert not any("{" in one.text for one in calls)
    assert len({one.spot.address for one in calls}) < len(calls)

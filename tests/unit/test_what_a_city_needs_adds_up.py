"""The capacity model promises: its arithmetic is what its page says, more is never less, and no replica is loaded past its mark."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from load_tests.capacity import ASSUMED, CITIES, HELD, City, Costs, Known, known, need, page
from load_tests.page import Machine, Report
from load_tests.rows import Row

COSTS = msgspec.convert(ASSUMED, Costs)
CITY = st.builds(City, st.integers(1, 150_000), st.integers(0, 400_000), st.integers(1, 4_000))


def test_a_city_reckoned_by_hand() -> None:
    costs = Costs(
        fix_us=10, base_mb=200, unit_kb=1, console_core=0.001, console_mb=2, console_kb_s=10, life_core_ms=200, life_kb=50,
        track_bytes=5, nats_us=1,
    )  # fmt: skip
    found = need(City(units=10_000, calls_day=36_000, consoles=1_000), costs)
    # 3 calls a second at worst: 0.3 of a core here and in PostgreSQL; consoles 1 core; fixes 0.1 of each replica.
    assert (found.parts, found.replicas) == (1, math.ceil(1.3 / 0.5) + 1)
    assert found.postgres_cores == pytest.approx(0.3)
    assert found.cores == pytest.approx(4 * 0.1 + 1.3)
    assert found.replica_cores == pytest.approx(found.cores / 4)
    assert found.nats_cores == pytest.approx(0.04)
    assert found.replica_mb == pytest.approx(200 + 10_000 / 1_024 + 250 * 2)
    assert found.disk_gb_day == pytest.approx((10_000 * 86_400 * 0.6 * 5 + 36_000 * 50 * 1_024) / 1e9)
    assert found.replica_mbit_s == pytest.approx(10_000 * 34 * 8 / 1e6)
    assert found.consoles_mbit_s == pytest.approx(80)


@given(CITY, st.sampled_from(("units", "calls_day", "consoles")), st.integers(1, 50_000))
def test_a_larger_city_never_needs_less(city: City, what: str, more: int) -> None:
    small = need(city, COSTS)
    large = need(msgspec.structs.replace(city, **{what: getattr(city, what) + more}), COSTS)
    for name in ("replicas", "postgres_cores", "disk_gb_day", "consoles_mbit_s"):
        assert getattr(large, name) >= getattr(small, name), name


@given(CITY)
def test_one_replica_of_each_part_may_die_and_the_rest_still_hold(city: City) -> None:
    found = need(city, COSTS)
    of_a_part = found.replicas // found.parts
    fixes = city.units * COSTS.fix_us / 1e6 / found.parts
    rest = found.cores - found.replicas * fixes
    assert of_a_part >= 2
    assert fixes + rest / found.parts / (of_a_part - 1) <= HELD + 1e-9


def test_a_city_that_nothing_holds_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="units are more than"):
        need(City(10_000_000, 0, 1), COSTS)


def _report(at: str, **figures: float) -> Report:
    rows = [Row(path="", what=key, figure=value, key=key.replace("_replica_a", "_replica a")) for key, value in figures.items()]  # fmt: skip
    return Report(at, "full", Machine(2, "3.13", "x86_64", 0.1), rows)


def test_the_newest_report_that_holds_a_figure_counts_and_what_none_holds_is_assumed() -> None:
    steady = {
        "steady_units": 20_000,
        "steady_cpu_replica_a": 10.0,
        "steady_cpu_nats": 2.0,
        "unit_memory_kb": 2.0,
    }
    older = _report("older", steady_memory_mb=300.0, **steady, life_ms=90.0)
    newer = _report("newer", life_ms=80.0)
    by = known([newer, older])
    assert by.costs.life_core_ms == 160  # on two cores
    assert by.source["life_core_ms"] == "newer"
    assert by.costs.fix_us == pytest.approx(5.0)
    assert by.costs.nats_us == pytest.approx(0.5)
    assert by.costs.base_mb == pytest.approx(300 - 20_000 * 2 / 1_024)
    assert by.source["fix_us"] == "older"
    assert by.costs.track_bytes == ASSUMED["track_bytes"]
    assert "track_bytes" not in by.source


def test_the_page_names_what_is_assumed_and_asks_no_other_origin() -> None:
    text = page({name: City(*some) for name, some in CITIES.items()}, Known(COSTS, {}))
    assert text.count("assumed: no report holds it") == len(ASSUMED)
    assert "http" not in text
    assert "<script" not in text

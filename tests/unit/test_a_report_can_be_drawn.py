"""A report promises: exponents are those of the figures, and its page holds every row and plot and asks nobody for anything."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from load_tests.page import Machine, Report, page
from load_tests.plots import plots
from load_tests.profiles import Profile, Spot, summed
from load_tests.rows import PERCENTILES, Curve, Row, exponent, grown, spread_of

SIZES = (1_000, 2_000, 4_000, 8_000)


@given(st.floats(-1, 3), st.floats(1e-3, 1e3))
def test_the_exponent_that_was_put_in_comes_out(power: float, factor: float) -> None:
    assert exponent([(size, factor * size**power) for size in SIZES]) == pytest.approx(power, abs=1e-6)


def test_no_exponent_is_made_up() -> None:
    assert math.isnan(exponent([(10, 1.0), (10, 2.0)]))
    assert math.isnan(exponent([(10, 0.0), (20, 2.0)]))
    row = grown("growth", "work", Curve(of="units", unit="ms", points=[(10, 0.0), (20, 2.0)]))
    assert row.figure is None


def _rows() -> list[Row]:
    curve = Curve(of="units", unit="ms", points=[(size, size / 100) for size in SIZES])
    return [
        grown("growth with the units", "a <second's> fixes", curve),
        Row(
            path="alarms in", what="p99", figure=12.0, unit="ms", target="<= 10", met=False,
            spread=spread_of(ours=[1.0, 2.0, 12.0], theirs=[2.0]),
        ),
        Row(path="nearest k", what="p50", figure=1.0, unit="us", peer="Redis", peer_figure=3.0, ratio=3.0, met=True),
        Row(path="", what="skipped: Redis is not installed", figure=None),
    ]  # fmt: skip


def _page(rows: list[Row], profiles: list[Profile]) -> str:
    report = Report("now", "small", Machine(2, "3.13", "x86_64", 0.1), rows, profiles)
    return page(report, plots(rows))


def test_every_row_and_plot_is_on_the_page() -> None:
    rows = _rows()
    text = _page(rows, [Profile("by_road", 10, [Spot("search (dispatch/driving.py)", 0.5, 0.9)]), Profile("alarms_in", skipped="py-spy may not look.")])  # fmt: skip
    assert text.count("<svg") == 3
    assert "a &lt;second&#x27;s&gt; fixes" in text
    assert "skipped: Redis is not installed" in text
    assert "missed" in text
    assert "dispatch/driving.py" in text
    assert "py-spy may not look." in text
    assert "A small run" in text


def test_the_page_loads_nothing_and_its_drawings_do_not_meet() -> None:
    text = _page(_rows(), [])
    assert not re.findall(r'(?:src|href)="(?!#)', text.replace("xlink:", ""))
    assert "url(http" not in text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    named = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', text))
    assert {one or other for one, other in named} <= set(ids)


def test_the_same_rows_give_the_same_drawings() -> None:
    assert plots(_rows()) == plots(_rows())


def test_percentiles_are_those_named() -> None:
    seen = spread_of(ours=list(range(1_001)), nobody=[])
    assert list(seen) == ["ours"]
    assert seen["ours"] == pytest.approx([10 * one for one in PERCENTILES])


def test_stacks_are_summed_by_function() -> None:
    found = summed("x", "main (a.py:1);work (b.py:2) 3\nmain (a.py:9);work (b.py:7) 1\nmain (a.py:1) 12\n")
    assert found.samples == 16
    assert found.spots == [Spot("main (a.py)", 0.75, 1.0), Spot("work (b.py)", 0.25, 0.25)]

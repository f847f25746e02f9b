"""The plan of a replay: acts of a call and of a unit follow each other in file time, and each act has a name for ever."""

from datetime import datetime
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from incidents.types import shipped_tree
from tests.harness.replay_town import row, town_calls
from web.replaying.calls import Call
from web.replaying.plan import ESTIMATED, Act, plan


def acts_of(folder: Path, *rows: str) -> list[Act]:
    return plan(town_calls(folder, *rows), shipped_tree())


def told(acts: list[Act]) -> list[str]:
    return [f"{act.call.id} {act.step}{' ' + act.job.unit if act.job else ''}" for act in acts]


def test_a_call_is_reported_first_and_finished_last(tmp_path: Path) -> None:
    acts = acts_of(
        tmp_path,
        row("7", "V1", "12:00:00 12:01:00 12:01:30 12:02:00 12:05:00 12:30:00"),
        row("7", "V2", "12:00:00 12:03:00 - - - 12:04:00"),
    )
    assert told(acts) == [
        "7 report", "7 order V1", "7 accept V1", "7 en_route V1", "7 order V2", "7 clear V2", "7 on_scene V1",
        "7 clear V1", "7 finish",
    ]  # fmt: skip


def test_only_who_was_on_scene_clears_with_a_result_and_only_one_the_type_knows(tmp_path: Path) -> None:
    acts = acts_of(
        tmp_path,
        row("7", "V1", "12:00:00 12:01:00 - - 12:05:00 12:30:00"),
        row("7", "V2", "12:00:00 12:01:00 - 12:02:00 - 12:30:00"),
        row("8", "V3", "12:00:00 12:01:00 - - 12:05:00 12:30:00", what="fire", end="out"),
        row("9", "V4", "12:00:00 12:01:00 - - 12:05:00 12:30:00", end="out"),
    )
    results = {act.job.unit: act.result for act in acts if act.step == "clear" and act.job}
    assert results == {"V1": "hospital", "V2": None, "V3": "extinguished", "V4": "handled"}


def test_an_estimated_end_says_so_in_the_journal(tmp_path: Path) -> None:
    acts = acts_of(
        tmp_path,
        row("7", "V1", "12:00:00 12:01:00 - 12:02:00 - -"),
        row("8", "V2", "12:00:00 12:01:00 - - - 12:02:00"),
    )
    assert [act.reason for act in acts if act.step == "clear"] == [ESTIMATED, None]


def test_overlapping_jobs_are_ordered_while_the_first_still_runs(tmp_path: Path) -> None:
    acts = acts_of(
        tmp_path,
        row("7", "V1", "12:00:00 12:01:00 - - - 12:30:00"),
        row("8", "V1", "12:10:00 12:11:00 - - - 12:20:00"),
    )
    orders = [told([act])[0] for act in acts if act.step in ("order", "clear")]
    assert orders == ["7 order V1", "8 order V1", "8 clear V1", "7 clear V1"]


def test_a_unit_that_goes_straight_on_is_cleared_before_its_next_order(tmp_path: Path) -> None:
    acts = acts_of(
        tmp_path,
        row("7", "V1", "12:00:00 12:01:00 - - - 12:10:00"),
        row("8", "V1", "12:05:00 12:10:00 - - - 12:20:00"),
    )
    assert told(acts).index("7 clear V1") < told(acts).index("8 order V1")


def test_a_unit_sent_in_anothers_place_in_the_same_second_finds_the_call_open(tmp_path: Path) -> None:
    acts = acts_of(
        tmp_path,
        row("7", "V1", "12:00:00 12:01:00 - - - 12:10:00"),
        row("7", "V2", "12:00:00 12:10:00 - - - 12:20:00"),
    )
    assert told(acts).index("7 order V2") < told(acts).index("7 clear V1")


def test_on_scene_before_en_route_stays_as_the_file_has_it(tmp_path: Path) -> None:
    acts = acts_of(tmp_path, row("7", "V1", "12:00:00 12:01:00 12:05:46 12:05:46 12:05:00 12:30:00"))
    assert [act.step for act in acts] == [
        "report",
        "order",
        "on_scene",
        "accept",
        "en_route",
        "clear",
        "finish",
    ]


SECOND = st.integers(0, 40).map(lambda s: f"12:00:{s:02}" if s < 60 else "-")


@given(
    st.lists(
        st.tuples(
            st.sampled_from("78"), st.sampled_from(["V1", "V2"]), st.lists(SECOND, min_size=6, max_size=6)
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda job: job[:2],
    )
)
def test_whatever_the_times_say_both_orders_are_kept(
    tmp_path_factory: object, jobs: list[tuple[str, str, list[str]]]
) -> None:
    folder = tmp_path_factory.mktemp("town")  # type: ignore[attr-defined]
    first = {id_: times[0] for id_, _, times in reversed(jobs)}
    rows = [row(id_, car, " ".join([first[id_], *times[1:]])) for id_, car, times in jobs]
    acts = acts_of(folder, *rows)
    assert len({act.key for act in acts}) == len(acts)
    for id_ in first:
        steps = [act.step for act in acts if act.call.id == id_]
        assert steps[0] == "report"
        assert steps[-1] == "finish"
    for id_, car, _ in jobs:
        own = [act.step for act in acts if act.job and (act.call.id, act.job.unit) == (id_, car)]
        assert own[0] == "order"
        assert own[-1] == "clear"
    for car in ("V1", "V2"):
        begun = [
            _began(act.call, car) for act in acts if act.step == "order" and act.job and act.job.unit == car
        ]
        assert all(one <= other for one, other in pairwise(begun))


def _began(call: Call, car: str) -> datetime:
    return min(at for job in call.jobs if job.unit == car for at in job.times.values())

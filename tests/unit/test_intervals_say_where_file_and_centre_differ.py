"""The table of a replay: figures from the file beside ours, and every sane interval that does not agree to the second."""

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.harness.replay_town import row, town_calls
from web.replaying.calls import Call
from web.replaying.intervals import Figures, Kept, figures, of_file, table
from web.replaying.report import Outcome, RefusedRow, as_json, text

GOOD = row("7", "V1", "12:00:00 12:01:00 12:01:30 12:02:00 12:05:00 12:30:00")
OTHER = row("7", "V2", "12:00:00 12:02:00 12:02:30 12:03:00 12:04:00 12:40:00")


def kept(call: Call, *units: str, late_s: float = 0) -> Kept:
    jobs = {job.unit: dict(job.times) for job in call.jobs if job.unit in units}
    for times in jobs.values():
        times["on_scene"] += timedelta(seconds=late_s)
    moments: dict[str, datetime] = of_file(call)
    return Kept(moments | {"on_scene": moments["on_scene"] + timedelta(seconds=late_s)}, jobs)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ([], Figures(0, None, None, None)),
        ([5.0], Figures(1, 5.0, 5.0, 5.0)),
        ([float(n) for n in range(101)], Figures(101, 50.0, 90.0, 95.0)),
    ],
)
def test_figures_give_n_and_percentiles(seconds: list[float], said: Figures) -> None:
    assert figures(seconds) == said


def test_a_call_is_measured_to_its_first_order_first_arrival_and_last_end(tmp_path: Path) -> None:
    (call,) = town_calls(tmp_path, GOOD, OTHER)
    lines = table([call], {"7": kept(call, "V1", "V2")})
    assert lines["processing"].file == figures([60.0])
    assert lines["response"].file == figures([240.0])
    assert lines["whole"].file == figures([2400.0])
    assert lines["turnout"].file == figures([60.0, 60.0])
    assert "answer" not in lines
    assert all(line.file == line.ours and line.differ == 0 for line in lines.values())


def test_a_second_too_late_is_counted_and_less_is_not(tmp_path: Path) -> None:
    (call,) = town_calls(tmp_path, GOOD, OTHER)
    late = table([call], {"7": kept(call, "V1", "V2", late_s=1)})
    assert (late["response"].differ, late["travel"].differ, late["turnout"].differ) == (1, 2, 0)
    assert table([call], {"7": kept(call, "V1", "V2", late_s=0.9)})["travel"].differ == 0


def test_a_refused_job_has_no_interval_here_and_excuses_its_call(tmp_path: Path) -> None:
    (call,) = town_calls(tmp_path, GOOD, OTHER)
    lines = table([call], {"7": kept(call, "V1", late_s=7)})
    assert (lines["turnout"].file.n, lines["turnout"].ours.n) == (2, 1)
    assert lines["response"].differ == 0
    assert lines["travel"].differ == 1


def test_the_report_lists_what_was_refused_estimated_and_in_disorder(tmp_path: Path) -> None:
    calls = town_calls(
        tmp_path,
        row("7", "V1", "12:00:00 12:01:00 - 12:02:00 12:05:00 -"),
        row("8", "V1", "12:00:00 12:01:00 - 12:05:46 12:05:00 12:30:00"),
    )
    outcome = Outcome(
        calls=calls,
        closed=1,
        refused=[RefusedRow(3, "8", "V1", "order", "V1 is en_route for incident J1.")],
        unclosed=[("7", "it stands at handled")],
        table=table(calls, {}),
        real_s=86_400.0,
        took_s=60.0,
    )
    said = "\n".join(text(outcome))
    assert "2 calls, 2 unit rows; 1 calls closed, 1 rows refused." in said
    assert "1440 times as fast" in said
    assert "line 3: call 8, unit V1, order: V1 is en_route for incident J1." in said
    assert "(estimated): 1\n  line 2: call 7, unit V1" in said
    assert "on scene is 46 s before en route" in said
    assert "7: it stands at handled" in said
    last = msgspec.json.decode(as_json(outcome))
    assert {name: last[name] for name in ("calls", "closed", "refused")} == {
        "calls": 2,
        "closed": 1,
        "refused": 1,
    }
    assert set(last["intervals"]["travel"]) == {"file", "ours", "differ"}

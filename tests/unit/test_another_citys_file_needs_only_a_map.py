"""A file of calls is read by a column map alone; what is wrong with map or file is said in one sentence."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from incidents.types import shipped_tree
from tests.harness.replay_town import HEADER, MAP, row, town_calls, town_map
from web.replaying.calls import read_calls
from web.replaying.column_map import fitting_map, shipped_maps
from web.replaying.errors import FileRefused, MapRefused


def test_rows_of_one_call_become_one_call_in_utc(tmp_path: Path) -> None:
    (call,) = town_calls(
        tmp_path,
        row("7", "V2", "12:00:00 12:01:30 - - - 12:30:00"),
        row("7", "M1", "12:00:00 12:01:00 12:01:10 12:01:20 12:05:00 12:40:00"),
    )
    assert (call.id, call.type, call.priority, call.result, call.area) == ("7", "500600", 1, "hospital", "A")
    assert (call.lon, call.lat) == (-74.0, 40.7)
    assert call.rang_at == datetime(
        2026, 3, 10, 16, 0, tzinfo=UTC
    )  # daylight saving time began two days before
    assert [job.unit for job in call.jobs] == ["M1", "V2"]
    assert list(call.jobs[0].times) == ["ordered", "accepted", "en_route", "on_scene", "cleared"]
    assert list(call.jobs[1].times) == ["ordered", "cleared"]
    assert all(job.sane for job in call.jobs)


def test_a_row_without_an_end_is_cleared_at_its_last_known_time_and_says_so(tmp_path: Path) -> None:
    (call,) = town_calls(tmp_path, row("7", "V2", "12:00:00 12:01:00 - 12:02:00 12:05:00 - 12:33:00"))
    (job,) = call.jobs
    assert job.estimated
    assert not job.sane
    assert job.times["cleared"] == datetime(2026, 3, 10, 16, 33, tzinfo=UTC)


def test_a_row_out_of_order_is_kept_and_named(tmp_path: Path) -> None:
    (call,) = town_calls(tmp_path, row("7", "V2", "12:00:00 12:01:00 - 12:05:46 12:05:00 12:30:00"))
    assert call.jobs[0].disorder == "on scene is 46 s before en route"
    assert not call.jobs[0].sane


def test_the_hour_that_the_clock_shows_twice_is_read_in_order(tmp_path: Path) -> None:
    # On 1 November 2026 at 02:00 the clocks of New York go back to 01:00.
    night = "2026-11-01T01:50:00 2026-11-01T01:10:00 - - - 2026-11-01T02:20:00"
    (call,) = town_calls(tmp_path, row("7", "V2", night))
    assert call.rang_at == datetime(2026, 11, 1, 5, 50, tzinfo=UTC)
    assert call.jobs[0].ordered_at == datetime(2026, 11, 1, 6, 10, tzinfo=UTC)
    assert call.jobs[0].sane


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            row("7", "V2", "12:00:00 12:61:00 - - - 12:30:00"),
            "line 2, column 'sent': '2026-03-10 12:61:00' is no time",
        ),
        (row("7", "V2", "12:00:00 - - - - 12:30:00"), "line 2, column 'sent': the time is missing"),
        (row("7", "V2", "12:00:00 12:01:00", what="riot"), "'riot' is in no line of [types] of the map town"),
        (row("7", "V2", "12:00:00 12:01:00", place="x,40"), "line 2, column 'x': 'x' is no place"),
        (row("7", "V2", "12:00:00 12:01:00", place="-74,91"), "line 2, column 'x'"),
        (row("7", "V2", "12:00:00 12:01:00", place="nan,40"), "line 2, column 'x'"),
        (row("", "V2", "12:00:00 12:01:00"), "line 2, column 'id': the value is missing"),
        (row("7", "", "12:00:00 12:01:00"), "line 2, column 'car': the value is missing"),
        ("7,V2", "line 2: 2 columns where the header has 16; the file is damaged"),
        ('"7,V2', "is no CSV file in UTF-8"),
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(FileRefused) as refused:
        town_calls(tmp_path, line)
    assert said in str(refused.value)


def test_a_unit_twice_on_a_call_is_refused_by_both_lines(tmp_path: Path) -> None:
    once = row("7", "V2", "12:00:00 12:01:00 - - - 12:30:00")
    with pytest.raises(
        FileRefused, match="line 3, column 'car': this unit is already on this call in line 2"
    ):
        town_calls(tmp_path, once, once)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "does not begin with a line of column names"),
        (b"a,a\n1,2\n", "does not begin with a line of column names"),
        (HEADER.encode() + b"\n", "has a header and no rows"),
        (
            HEADER.replace("sent", "gone").encode() + b"\n",
            "has no column 'sent', which the map town asks for",
        ),
        (HEADER.encode() + b"\n\xff\xfe\n", "is no CSV file in UTF-8"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(content)
    with pytest.raises(FileRefused) as refused:
        read_calls(file, town_map())
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="can't be read: no such file or directory"):
        read_calls(tmp_path / "none.csv", town_map())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('zone = "America/New_York"', 'zone = "Mars/Olympus"'), "'Mars/Olympus' is no IANA time zone"),
        (('ill = "500600"', 'ill = "12"'), "there is no type 12 in the type tree"),
        (("high = 1", "high = 9"), "priority 9 is none"),
        (('lon = "x"', 'location = "x"'), "a place is either one column, location, or two"),
        (('lon = "x"\nlat = "y"', 'location = "x"'), "location.pattern must have the groups"),
        (('"first_aid"', '"flying"'), "there is no skill flying"),
        (('call = "id"', 'call = "id"\ncolour = "c"'), "unknown field `colour`"),
        (('call = "id"', ""), "missing required field `call`"),
        (('"TN-{area}"', '"TN"'), "city.station_code must contain {area}"),
        (('name = "town"', "name = "), "The map town.toml can't be used: Invalid value"),
    ],
)
def test_a_map_that_cannot_be_right_is_refused_in_one_sentence(change: tuple[str, str], said: str) -> None:
    assert change[0] in MAP
    with pytest.raises(MapRefused) as refused:
        town_map(MAP.replace(*change))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_without_a_map_the_shipped_one_that_fits_is_taken() -> None:
    tree = shipped_tree()
    for shipped in shipped_maps(tree):
        assert fitting_map([*shipped.needed, "more"], tree).name == shipped.name
    with pytest.raises(MapRefused, match="fit none of the maps"):
        fitting_map(["a", "b"], tree)

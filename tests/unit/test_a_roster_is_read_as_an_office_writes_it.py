"""A roster is read as an office program writes it, in Chinese or English, and every row that can't be used is said in a sentence."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatch.errors import Invalid
from dispatch.rosters.planning import coded, patrol_of
from dispatch.rosters.rows import read_roster, template

CITY = ZoneInfo("Asia/Shanghai")
SHEET = """警组,警号,车辆,装备,巡段,巡逻方式,上勤时间,下勤时间
城北118,0110 0120,京A0118警,持枪、防暴,北一巡段,车巡,2026-05-01 08:00,20:00
城北119,0130,,,,步,2026/5/1 20:00,次日08:00
城北120,,,,,,2026年5月1日 08:00,25:00
,0140,,,,,2026-05-01 08:00,2026-05-01 09:00
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_whatever_an_office_program_writes_is_read(encoding: str, separator: str) -> None:
    rows, faults = read_roster(SHEET.replace(",", separator).encode(encoding), CITY)
    first = rows[0][1]
    assert (first.unit, first.crew, first.equipment) == ("城北118", ("0110", "0120"), ("持枪", "防暴"))
    assert first.begins_at == datetime(2026, 5, 1, 0, 0, tzinfo=UTC)
    assert first.ends_at - first.begins_at == timedelta(hours=12)
    night = rows[1][1]
    assert (night.ends_at - night.begins_at, night.vehicle, night.patrol) == (timedelta(hours=12), None, "步")
    assert [(fault.row, fault.field) for fault in faults] == [(4, "ends_at")]
    assert "25:00" in faults[0].said
    assert [number for number, _ in rows] == [2, 3, 5], "lines as the office program counts them"


def test_times_may_carry_an_offset_and_end_before_their_beginning_means_the_next_day() -> None:
    text = "unit,begins_at,ends_at\n118,2026-05-01T08:00:00Z,2026-05-01T16:00:00+08:00\n119,2026-05-01 22:00,06:00"
    rows, faults = read_roster(text.encode(), CITY)
    assert faults == []
    assert rows[0][1].begins_at == datetime(2026, 5, 1, 8, tzinfo=UTC)
    assert rows[1][1].ends_at == datetime(2026, 5, 2, 6, tzinfo=CITY)


def test_the_template_is_read_in_either_language_and_holds_nothing() -> None:
    for chinese in (True, False):
        assert read_roster(template(chinese), CITY) == ([], [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("警组,上勤时间\n", "下勤时间"),
        ("警组,上勤时间,下勤时间,颜色\n", "颜色"),
        ("警组,上勤时间,下勤时间,unit\n", "twice"),
        ("警组,上勤时间,下勤时间\n\0", "NUL"),
    ],
)
def test_what_is_no_roster_is_refused_naming_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_roster(text.encode(), CITY)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("步", "foot"), ("步巡", "foot"), ("车巡逻", "car"), ("摩", "motorcycle"), ("视频巡", "video"), ("空巡", "drone"),
        ("海巡", "boat"), ("水", "boat"), ("boat", "boat"), (None, None),
    ],
)  # fmt: skip
def test_kinds_of_patrol_are_understood_as_people_write_them(said: str | None, kind: str | None) -> None:
    assert patrol_of(said) == kind


def test_equipment_that_is_a_skill_is_known_by_its_code_once() -> None:
    assert coded(("持枪", "firearms", "喊话器"), {"持枪": "firearms"}) == ("firearms", "喊话器")

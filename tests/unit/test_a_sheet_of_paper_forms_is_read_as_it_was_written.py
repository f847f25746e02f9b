"""Sheets of paper forms: Chinese or English heads, the encodings of office programs, times as people write them."""

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import Invalid
from dispatch.paper.forms import Course, PaperForm, course_of
from dispatch.paper.sheet import COLUMNS, read_sheet, template

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
NIGHT = {"form": "Z-0001", "reported_at": "2026-11-22 23:50"}


def course(**cells: object) -> Course:
    return course_of(PaperForm(**(NIGHT | cells)), SHANGHAI, NOW)  # type: ignore[arg-type]


def refused(**cells: object) -> Invalid:
    with pytest.raises(Invalid) as caught:
        course(**cells)
    return caught.value


def forms(text: str, encoding: str = "utf-8") -> list[PaperForm]:
    read = [form for _, form in read_sheet(text.encode(encoding))]
    assert all(isinstance(form, PaperForm) for form in read), read
    return [form for form in read if isinstance(form, PaperForm)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_chinese_sheet_of_any_office_program_is_read(encoding: str, separator: str) -> None:
    heads = ["报警时间", "表单编号", "警情内容"]
    sheet = "\r\n".join(separator.join(cells) for cells in [heads, ["2026-11-22 23:50", "甲-17", "有人打架"]])
    (form,) = forms(sheet, encoding)
    assert (form.form, form.reported_at, form.text) == ("甲-17", "2026-11-22 23:50", "有人打架")


@pytest.mark.parametrize("chinese", [True, False])
def test_the_template_is_itself_a_sheet(chinese: bool) -> None:
    assert read_sheet(template(chinese)) == []
    assert len(template(chinese).decode("utf-8-sig").strip().split(",")) == len(COLUMNS)
    assert set(COLUMNS) == set(PaperForm.__struct_fields__)


def test_empty_lines_are_passed_over_and_lines_keep_their_numbers() -> None:
    read = read_sheet(b"form,reported_at\nA1,2026-11-22 20:00\n,\n\nA2,2026-11-22 20:01\n")
    assert [number for number, _ in read] == [2, 5]


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        ("form,when\n", "The column 'when' is not known"),
        ("form,text\n", "lacks the column 报警时间"),
        ("form,form,reported_at\n", "stands twice"),
        ("form,reported_at\nA\x00,1\n", "NUL"),
        ("", "lacks the column 表单编号"),
    ],
)
def test_what_is_no_sheet_of_forms_is_refused_with_the_reason(sheet: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_sheet(sheet.encode())


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(Invalid, match="GB 18030"):
        read_sheet(b"\xff\xff\xff")


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_in_one_sentence(data: bytes) -> None:
    with suppress(Invalid):
        for number, form in read_sheet(b"form,reported_at\n" + data):
            assert number >= 2
            assert isinstance(form, PaperForm | Invalid)


def test_hours_and_minutes_alone_belong_to_the_day_of_the_step_before() -> None:
    read = course(unit="118", dispatched_at="23:52", on_scene_at="00:04", cleared_at="00：31")
    said = [at.astimezone(SHANGHAI).strftime("%d %H:%M") for at in read.times.values()]
    assert said == ["22 23:50", "22 23:52", "23 00:04", "23 00:31"]


def test_two_steps_within_one_minute_are_one_moment_not_a_day_apart() -> None:
    read = course(unit="118", dispatched_at="23:50")
    assert read.times["dispatched_at"] == read.times["reported_at"]


def test_a_time_with_an_offset_is_taken_at_its_word() -> None:
    read = course(reported_at="2026-11-22T16:50:00+01:00")
    assert read.times["reported_at"] == datetime(2026, 11, 22, 15, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"reported_at": ""}, "reported_at"),
        ({"reported_at": "yesterday"}, "reported_at"),
        ({"reported_at": "2026-11-23 23:00"}, "reported_at"),
        ({"reported_at": "0026-11-22 20:00"}, "reported_at"),
        ({"unit": "118", "dispatched_at": "2026-11-22 23:00"}, "dispatched_at"),
        ({"unit": "118"}, "dispatched_at"),
        ({"dispatched_at": "23:55"}, "unit"),
        ({"result": "handled"}, "cleared_at"),
        ({"closed_at": "23:59"}, "cleared_at"),
        ({"lon": "114,05"}, "lon"),
        ({"form": "no. 17?"}, "form"),
        ({"form": " "}, "form"),
        ({"call_back": "happy"}, "call_back"),
        ({"people_count": "two"}, "people_count"),
    ],
)
def test_a_form_that_makes_no_sense_is_refused_by_its_column(cells: dict[str, object], field: str) -> None:
    refusal = refused(**cells)
    assert refusal.details["field"] == field
    assert field in str(refusal)


def test_a_number_is_one_number_however_it_was_typed() -> None:
    assert course(form=" ｚ-0001 ").number == course(form="Z-0001").number == "Z-0001"

"""One paper form as it is keyed in, and the course of events that stands on it.

Times are what people write by hand: a whole date and time of the city, a time with an offset, or hours and minutes alone,
which belong to the day of the line before (to the next one when midnight has passed). Pure.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, cast, get_args
from zoneinfo import ZoneInfo

import msgspec

from dispatch.desk.reports import CallerIn, PlaceIn, ReportAlarm, TimesIn
from dispatch.errors import Invalid
from incidents.model import CallBackOutcome

type Cell = Annotated[str, msgspec.Meta(max_length=10_000)]
type Degrees = float | Annotated[str, msgspec.Meta(max_length=100)]

STEPS = ("dispatched_at", "accepted_at", "en_route_at", "on_scene_at", "cleared_at")
TIMES = ("reported_at", *STEPS, "fed_back_at", "closed_at")
OUTCOMES: tuple[str, ...] = get_args(CallBackOutcome)
AHEAD = timedelta(seconds=10)
MAX_NUMBER = 40
_NUMBER = re.compile(r"[0-9A-Z一-鿿][0-9A-Z一-鿿./_-]*")
_CLOCK = re.compile(r"([01]?\d|2[0-4])[:：]([0-5]\d)(?:[:：]([0-5]\d))?")
_TRUE = frozenset({"1", "true", "yes", "y", "x", "是", "演练"})


class PaperForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands on one form; only `form`, its preprinted number, and `reported_at` are demanded.

    Times: `2026-11-22 21:05` on the city's clock, RFC 3339, or `21:05` on the day of the step before. unit: a call sign.
    A form may end at any step: with `cleared_at` and `result` it is handled, with `feedback` or `fed_back_at` fed back,
    with `closed_at` reviewed and closed. Without a unit `cleared_at` and `result` say how it was settled.
    """

    form: Cell
    reported_at: Cell
    text: Cell = ""
    type: Cell = ""
    caller_number: Cell = ""
    caller_name: Cell = ""
    address: Cell = ""
    lon: Degrees | None = None
    lat: Degrees | None = None
    datum: Cell = ""
    unit: Cell = ""
    dispatched_at: Cell = ""
    accepted_at: Cell = ""
    en_route_at: Cell = ""
    on_scene_at: Cell = ""
    cleared_at: Cell = ""
    result: Cell = ""
    feedback: Cell = ""
    people_count: int | Cell = ""
    fed_back_at: Cell = ""
    call_back: Cell = ""
    closed_at: Cell = ""
    exercise: bool | Cell = False


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """A form that makes sense in itself. times: by the name of their column, in their order."""

    number: str
    content: bytes
    report: ReportAlarm
    times: dict[str, datetime]
    unit: str | None
    result: str | None
    feedback: str | None
    people_count: int | None
    call_back: CallBackOutcome | None


def course_of(form: PaperForm, zone: ZoneInfo, now: datetime) -> Course:
    """Read a form. Raises Invalid naming the column at fault."""
    times = _times(form, zone, now)
    _check_steps(form, times)
    outcome = _given(form.call_back)
    if outcome is not None and outcome not in OUTCOMES:
        raise Invalid(f"call_back is one of {', '.join(OUTCOMES)}.", field="call_back")
    lon, lat = _degrees(form.lon, "lon"), _degrees(form.lat, "lat")
    placed = lon is not None or lat is not None or bool(form.address.strip())
    known = bool(form.caller_number.strip() or form.caller_name.strip())
    exercise = form.exercise if isinstance(form.exercise, bool) else form.exercise.strip().lower() in _TRUE
    report = ReportAlarm(
        source="paper", type=_given(form.type), text=_given(form.text), exercise=exercise,
        caller=CallerIn(number=_given(form.caller_number), name=_given(form.caller_name)) if known else None,
        place=PlaceIn(lon=lon, lat=lat, datum=_given(form.datum) or "WGS84", address=_given(form.address)) if placed else None,
        times=TimesIn(ringing=times["reported_at"]),
    )  # fmt: skip
    return Course(
        number=number_of(form.form),
        content=hashlib.sha256(msgspec.json.encode(form)).digest(),
        report=report,
        times=times,
        unit=_given(form.unit),
        result=_given(form.result),
        feedback=_given(form.feedback),
        people_count=_count(form.people_count),
        call_back=cast("CallBackOutcome | None", outcome),
    )


def number_of(text: str) -> str:
    """A preprinted number as it is kept: without blanks, wide characters and small letters."""
    number = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if not _NUMBER.fullmatch(number) or len(number) > MAX_NUMBER:
        raise Invalid(
            f"form is the number printed on the form: letters, digits and - . / _, at most {MAX_NUMBER}.",
            field="form",
        )
    return number


def _count(value: "int | str") -> int | None:
    text = str(value).strip()
    if text and not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Invalid("people_count counts the people concerned, from 0.", field="people_count")
    return int(text) if text else None


def _given(text: str) -> str | None:
    return text.strip() or None


def _degrees(value: "float | str | None", column: str) -> float | None:
    text = "" if value is None else str(value).strip()
    try:
        return float(text) if text else None
    except ValueError:
        raise Invalid(f"{column} is a number of degrees, not {text[:40]!r}.", field=column) from None


def _times(form: PaperForm, zone: ZoneInfo, now: datetime) -> dict[str, datetime]:
    """The times given, each at or after the one before and none ahead of us."""
    times: dict[str, datetime] = {}
    before: tuple[str, datetime] | None = None
    for column, text in _written(form):
        at = _moment(text, column, zone, before[1] if before else None)
        if at - now > AHEAD:
            raise Invalid(f"{column} {text} lies in the future; correct it.", field=column)
        if before is not None and at < before[1]:
            raise Invalid(f"{column} {text} lies before {before[0]}; correct one of them.", field=column)
        times[column] = at
        before = column, at
    if "reported_at" not in times:
        raise Invalid("reported_at says when it was reported; no form goes without.", field="reported_at")
    return times


def _written(form: PaperForm) -> Iterator[tuple[str, str]]:
    for column in TIMES:
        text = str(getattr(form, column)).strip()
        if text:
            yield column, text


def _moment(text: str, column: str, zone: ZoneInfo, before: datetime | None) -> datetime:
    clock = _CLOCK.fullmatch(text)
    if clock is not None and before is not None:
        return _on_the_day_of(before.astimezone(zone), clock)
    try:
        at = datetime.fromisoformat(text.replace("/", "-").replace("：", ":"))
    except ValueError:
        whole = "a date and a time such as 2026-11-22 21:05" + ("" if before is None else ", or 21:05 alone")
        raise Invalid(f"{column} {text[:40]!r} can't be read; write {whole}.", field=column) from None
    if not 1970 <= at.year <= 2200:
        raise Invalid(f"{column} lies in the year {at.year}; correct it.", field=column)
    return at.replace(tzinfo=at.tzinfo or zone)


def _on_the_day_of(before: datetime, clock: re.Match[str]) -> datetime:
    hours, minutes, seconds = (int(part or 0) for part in clock.groups())
    day = before.replace(hour=0, minute=0, second=0, microsecond=0)
    at = day + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if clock[3] is None and at == before.replace(second=0, microsecond=0):
        return before  # within the same minute, as far as anybody wrote down
    return at if at >= before else at + timedelta(days=1)


def _check_steps(form: PaperForm, times: dict[str, datetime]) -> None:
    on_the_way = [column for column in STEPS[:-1] if column in times]
    if not form.unit.strip() and on_the_way:
        raise Invalid(f"{on_the_way[0]} is a step of a unit; name its call sign in unit.", field="unit")
    if form.unit.strip() and "dispatched_at" not in times:
        raise Invalid(
            "dispatched_at says when the unit was ordered; it goes with unit.", field="dispatched_at"
        )
    if form.result.strip() and "cleared_at" not in times:
        raise Invalid("cleared_at says when it ended with that result.", field="cleared_at")
    ended = form.feedback.strip() or "fed_back_at" in times or "closed_at" in times
    if ended and "cleared_at" not in times:
        raise Invalid("What was fed back or closed was cleared before; give cleared_at.", field="cleared_at")

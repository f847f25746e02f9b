"""An after-action review as a sheet to be signed: times against targets, course, choices, findings, actions, conclusion, lines to sign on.

Rows are never cut, headings never stand alone, every page says which it is of how many. What people typed is set as typed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from io import BytesIO
from typing import Any
from uuid import UUID
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import msgspec
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from dispatch.after_action.shown import AfterActionReviewShown, ReviewActionShown
from dispatch.replaying.course import Course
from dispatch.replaying.intervals import Interval
from dispatch.replaying.knowing import Learned
from dispatch.rooms import Reference
from web.printing.pages import numbered
from web.printing.words import Lang, word

FONT = "STSong-Light"
_LATIN = re.compile(r"[!-~][ -~]*")
MOST_FACTS = 120
_MARGIN = 18 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_LINE = colors.HexColor("#9aa7b1")
_HEAD = colors.HexColor("#e8edf1")


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed, for whom and when. people: principal -> what it is called."""

    review: AfterActionReviewShown
    course: Course
    reference: Reference
    people: Mapping[str, str]
    zone: ZoneInfo
    lang: Lang
    printed_at: datetime


def print_review(sheet: Sheet) -> bytes:
    """The sheet as PDF."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    out = BytesIO()
    press = _Press(sheet)
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN,
        title=f"{press.t('title')} {sheet.course.number}", author="Dispatch 110", lang="zh-CN" if sheet.lang == "zh" else "en",
    )  # fmt: skip
    printed = press.t("printed", at=press.moment(sheet.printed_at))
    foot = f"{press.t('title')} {sheet.course.number} | {printed}"
    document.build(press.story(), canvasmaker=partial(numbered, FONT, foot, sheet.lang))
    return out.getvalue()


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:
    return ParagraphStyle(name, fontName=FONT, fontSize=size, leading=size * 1.45, wordWrap="CJK", **more)


_TITLE = _style("title", 18, spaceAfter=2 * mm)
_HEADING = _style("heading", 12.5, spaceBefore=5 * mm, spaceAfter=2 * mm)
_BODY = _style("body", 9.5, spaceAfter=1.2 * mm)
_SMALL = _style("small", 8.5, textColor=colors.HexColor("#43525e"))
_LEAD = _style("lead", 8.5, textColor=colors.HexColor("#43525e"), spaceBefore=2.5 * mm, spaceAfter=1 * mm)
_CELL = _style("cell", 8.5)


class _Press:
    """One sheet being set."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.lang = sheet.lang
        self.names = {one.id: one.name[sheet.lang] for one in sheet.course.parties}

    def t(self, key: str, **values: str) -> str:
        return word(self.lang, key, **values)

    def story(self) -> list[Flowable]:
        """Everything from the title to the lines to sign on."""
        return [
            *self._head(), *self._times(), *self._course(), *self._chosen(), *self._found(), *self._actions(),
            *self._conclusion(),
        ]  # fmt: skip

    def moment(self, at: datetime | str | None) -> str:
        """A time on the city's clock."""
        if at is None:
            return "—"
        told = datetime.fromisoformat(at) if isinstance(at, str) else at
        return told.astimezone(self.sheet.zone).strftime("%Y-%m-%d %H:%M:%S")

    def _clock(self, at: str | None) -> str:
        return self.moment(at)[11:] if at else "—"

    def _listed(self, parts: Iterable[str]) -> str:
        return ("、" if self.lang == "zh" else ", ").join(parts)

    def _joined(self, parts: Sequence[str]) -> str:
        return ("；" if self.lang == "zh" else "; ").join(parts) or "—"

    def _who(self, principal: str) -> str:
        """A person by name; of what is no person, only that it is none."""
        if principal.startswith("user:"):
            return self.sheet.people.get(principal, principal.removeprefix("user:"))
        return self.t("machine") if principal.startswith(("key:", "gateway:", "system")) else principal

    def _room(self, id_: UUID) -> str:
        room = self.sheet.reference.rooms.by_id.get(id_)
        return (room.name_zh if self.lang == "zh" else room.name_en) if room else str(id_)

    def _head(self) -> Iterable[Flowable]:
        review, course = self.sheet.review, self.sheet.course
        kind = self.sheet.reference.types.get(course.type) if course.type else None
        named = (kind.name_zh if self.lang == "zh" else kind.name_en) if kind else self.t("unknown")
        exercise = f" | {self.t('exercise')}" if course.exercise else ""
        yield Paragraph(_set(f"{self.t('title')} {course.number}{exercise}"), _TITLE)
        yield self._pairs(
            [
                ("type", named), ("priority", str(course.priority)), ("room", self._room(review.room)),
                ("span", f"{self.moment(course.from_at)} – {self.moment(course.to_at)}"),
                ("why", self._listed(self.t(f"cause.{one}") for one in review.causes)),
                ("state", self.t(f"state.{review.state}")),
                ("people", self._listed(self._who(one) for one in review.participants) or self.t("none")),
            ]
        )  # fmt: skip

    def _heading(self, key: str) -> Iterable[Flowable]:
        """A heading with room for something below it: it never stands alone at the foot of a page."""
        yield CondPageBreak(36 * mm)
        yield Paragraph(_set(self.t(key)), _HEADING)

    def _times(self) -> Iterable[Flowable]:
        yield from self._heading("h.times")
        heads = [self.t(key) for key in ("interval", "whose", "took", "target", "late")]
        rows = [self._interval(one) for one in self.sheet.course.intervals]
        yield self._table(heads, rows, (0.22, 0.24, 0.24, 0.14, 0.16))
        yield Spacer(1, 1.2 * mm)
        yield Paragraph(_set(self.t("times_note")), _SMALL)

    def _interval(self, one: Interval) -> list[str]:
        who = self.names.get(one.unit_id or one.room_id or UUID(int=0), "")
        if one.state == "missing":
            took = self.t("no_step", step=self.t(f"step.{one.missing}"))
        else:
            took = _seconds(one.took_s) + (f" | {self.t('running')}" if one.state == "running" else "")
        target = "—" if one.target_s is None else _seconds(one.target_s)
        late = "—" if one.late_s is None else _seconds(one.late_s) if one.late_s else self.t("in_time")
        return [_begun(self.t(one.key)), who, took, target, late]

    def _course(self) -> Iterable[Flowable]:
        yield from self._heading("h.course")
        heads = [self.t(key) for key in ("when", "what", "seen", "acknowledged")]
        told = self.sheet.course.knowledge[-MOST_FACTS:]
        yield self._table(heads, [self._learned(one) for one in told], (0.12, 0.28, 0.26, 0.34))

    def _learned(self, one: Learned) -> list[str]:
        about = self.names.get(one.about or UUID(int=0), "")
        parties = {party.key: party.name[self.lang] for party in self.sheet.course.parties}
        seen = self._seen(one, parties)
        taken = [
            f"{parties.get(c.party, c.party)} {self._clock(c.acknowledged_at)}"
            for c in one.cells
            if c.acknowledged_at
        ]
        taken += [f"{self._who(ack.by)} {self._clock(ack.at)}" for ack in one.acknowledged]
        return [self._clock(one.known_at), _begun(f"{self.t(f'k.{one.key}')} {about}".strip()), self._joined(seen), self._joined(taken[:6])]  # fmt: skip

    def _seen(self, one: Learned, parties: Mapping[str, str]) -> list[str]:
        """Who could see it when: those who could at once are counted, whoever could only later is named."""
        later = [c for c in one.cells if c.seen_at and self._clock(c.seen_at) != self._clock(one.known_at)]
        at_once = sum(1 for c in one.cells if c.seen_at) - len(later)
        first = [self.t("at_once", n=str(at_once))] if at_once else []
        return first + [f"{parties.get(c.party, c.party)} {self._clock(c.seen_at)}" for c in later[:6]]

    def _chosen(self) -> Iterable[Flowable]:
        yield from self._heading("h.chosen")
        nearer = [(choice, one) for choice in self.sheet.course.choices for one in choice.nearer]
        if not nearer:
            yield Paragraph(_set(self.t("all_nearest")), _BODY)
            return
        for choice in self.sheet.course.choices:
            sent = self._listed(f"{one.call_sign or '?'} ({_seconds(one.eta_s)})" for one in choice.sent)
            yield Paragraph(_set(f"{self._clock(choice.computed_at)} {self.t('sent', units=sent)}"), _LEAD)
            rows = [
                [
                    one.call_sign,
                    _seconds(one.eta_s),
                    self._joined([getattr(why, self.lang) for why in one.why])[:300],
                ]
                for one in choice.nearer[:12]
            ]
            if rows:
                yield self._table([self.t("unit"), self.t("eta"), self.t("reasons")], rows, (0.16, 0.14, 0.7))

    def _found(self) -> Iterable[Flowable]:
        yield from self._heading("h.found")
        if not self.sheet.review.findings:
            yield Paragraph(_set(self.t("none")), _BODY)
        for n, one in enumerate(self.sheet.review.findings, 1):
            about = f" | {self.moment(one.moment)}" if one.moment else ""
            yield CondPageBreak(18 * mm)
            yield Paragraph(_set(f"{n}. {_begun(self.t(f'find.{one.kind}'))}{about}"), _SMALL)
            yield self._typed(one.text)

    def _actions(self) -> Iterable[Flowable]:
        yield from self._heading("h.actions")
        if not self.sheet.review.actions:
            yield Paragraph(_set(self.t("none")), _BODY)
        for n, one in enumerate(self.sheet.review.actions, 1):
            yield from self._action(n, one)

    def _action(self, n: int, one: ReviewActionShown) -> Iterable[Flowable]:
        due = self.t("due", at=self.moment(one.due_at))
        yield CondPageBreak(18 * mm)
        yield Paragraph(
            _set(f"{n}. {self._room(one.room)} | {due} | {self.t(f'action.{one.state}')}"), _SMALL
        )
        yield self._typed(one.text)
        for turn in one.turns:
            yield Paragraph(
                _set(
                    f"{_begun(self.t(f'turn.{turn.kind}'))} | {self._who(turn.by)} | {self.moment(turn.at)}"
                ),
                _SMALL,
            )
            if turn.text:
                yield self._typed(turn.text)

    def _conclusion(self) -> Iterable[Flowable]:
        review = self.sheet.review
        yield from self._heading("h.conclusion")
        if review.conclusion or review.state == "closed":
            yield self._typed(review.conclusion)
        if review.signed_by:
            said = self.t("signed", who=self._who(review.signed_by), at=self.moment(review.times.closed))
            yield Paragraph(_set(said), _SMALL)
        colon, date = ("：" if self.lang == "zh" else ":"), self.t("date")
        lines = [
            [f"{self.t(key)}{colon}", "", f"{date}{colon}", ""]
            for key in ("sign.lead", "sign.room", "sign.check")
        ]
        table = Table(
            lines, colWidths=[0.2 * _WIDTH, 0.38 * _WIDTH, 0.1 * _WIDTH, 0.32 * _WIDTH], rowHeights=13 * mm
        )
        table.setStyle(
            TableStyle(
                [
                    ("FONT", (0, 0), (-1, -1), FONT if self.lang == "zh" else "Helvetica", 9.5), ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
                    ("LINEBELOW", (1, 0), (1, -1), 0.6, colors.black), ("LINEBELOW", (3, 0), (3, -1), 0.6, colors.black),
                ]
            )
        )  # fmt: skip
        yield KeepTogether([Spacer(1, 6 * mm), table])

    def _typed(self, text: str | None) -> Paragraph:
        """What somebody wrote, as written; it may go over to the next page."""
        said = self.t("sealed") if text is None and self.sheet.review.sealed else text or "—"
        lines = _set(said).replace("\n", "<br/>")
        return Paragraph(lines, _BODY)

    def _pairs(self, pairs: Sequence[tuple[str, str]]) -> Table:
        rows = [[Paragraph(_set(self.t(key)), _SMALL), Paragraph(_set(said), _CELL)] for key, said in pairs]
        table = Table(rows, colWidths=[0.18 * _WIDTH, 0.82 * _WIDTH])
        table.setStyle(
            TableStyle([("LINEBELOW", (0, 0), (-1, -1), 0.3, _LINE), ("VALIGN", (0, 0), (-1, -1), "TOP")])
        )
        return table

    def _table(self, heads: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float]) -> Table:
        cells = [[Paragraph(_set(said), _CELL) for said in row] for row in [heads, *rows]]
        table = Table(cells, colWidths=[share * _WIDTH for share in shares], repeatRows=1)
        table.setStyle(
            TableStyle(
                [
                    ("BACKGROUND", (0, 0), (-1, 0), _HEAD), ("LINEBELOW", (0, 0), (-1, -1), 0.3, _LINE),
                    ("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
                ]
            )
        )  # fmt: skip
        return table


def _set(text: str) -> str:
    """Marked up: nothing that was typed counts as markup, and Latin stands in a Latin face."""
    return _LATIN.sub(r'<font name="Helvetica">\g<0></font>', escape(_settable(text)))


def _begun(said: str) -> str:
    """A line of a table begins with a capital."""
    return said[:1].upper() + said[1:]


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return "—"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _settable(text: str) -> str:
    """What the font can set: control characters and what lies beyond the first plane are shown as such."""
    return "".join(ch if ch == "\n" or (ch.isprintable() and ord(ch) < 0x10000) else "□" for ch in text)

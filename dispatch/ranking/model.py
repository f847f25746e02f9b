"""What a ranking is asked and what it answers: the question, rows as they are shown, who was passed over and why not.

Nothing here decides; `ranker` does. Everything is kept with the order as it was shown.
"""

from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Any
from uuid import UUID

import msgspec

from dispatch.cards.helping import SENTENCES as HELP_SENTENCES
from dispatch.coverage.snapshot import CoverSnapshot
from dispatch.driving import Line
from dispatch.leanings import Leaned, LeanedOn, Leaning
from dispatch.levels.cover import FreeUnits
from dispatch.planned_events.commitments import NO_COMMITMENTS, Commitments
from dispatch.readiness import SENTENCES as READY_SENTENCES
from dispatch.readiness import held_elsewhere
from dispatch.response import SENTENCES as CARD_SENTENCES
from dispatch.response import Requirement
from incidents.reasons import Catalogue, Reason, sentence
from units.posts import Posts

NO_POSTS = Posts((), UTC)

SENTENCES: Catalogue = {
    **CARD_SENTENCES,
    **READY_SENTENCES,
    **HELP_SENTENCES,
    "leaves_bare": (
        "离开后{room_zh}空缺，该处下一警多等{there_s}秒",
        "leaves {room_en} bare: next call there +{there_s} s",
    ),
    "leaves_city_bare": (
        "离开后全市下一警平均多等{city_s}秒",
        "without it the next call in the city waits {city_s} s longer",
    ),
    "thins_out": (
        "派出后{room_zh}仅余{left}组空闲，应保留{wanted}组",
        "sending it leaves {room_en} {left} free of {wanted} wanted",
    ),
    "neighbour_unit": ("邻所单位（{room_zh}）", "unit of {room_en}"),
    "shift_soon": ("{minutes}分钟后下班", "shift ends in {minutes} min"),
    "nearest": ("直线{distance_m}米", "{distance_m} m straight line"),
    "own_area": ("本辖区", "own jurisdiction"),
    "by_road": ("沿路{road_m}米", "{road_m} m by road"),
    "straight_line": ("按直线估算，非道路时间", "estimated by straight line, not by road"),
    "off_road": (
        "附近无通达道路，按直线估算",
        "no road leads there from its place; estimated by straight line",
    ),
    "ahead": ("在其前方，{meets}后相遇", "ahead of it, meets in {meets}"),
    "catches_up": ("在其后方，{meets}后追上", "behind it, catches up in {meets}"),
    "chases": ("预测时间内无法截住，只能追赶", "cannot head it off in the time foreseen, only chase"),
    "seat_filled": (
        "无需再派：其可承担的需求已由排在前面的单位补足",
        "not needed: what it could fill is filled by units that come before it",
    ),
    "nearer_straight": (
        "直线比{call_sign}近，沿路多{longer_s}秒",
        "nearer than {call_sign} in a straight line, {longer_s} s longer by road",
    ),
    "no_place": ("警情尚无位置，无法排序", "the incident has no place yet, nothing can be ranked"),
}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One recommended unit as it is shown. Distances in metres, times in seconds; road_m null where it is told by straight line.

    route: (lon, lat) corners of its way by road, drawn for a map; streets: which it takes. score_s: by what it is ranked, its
    time and the seconds of all terms; leaning: what those were worked out from. A warning that is a term has its effect_s.
    """

    unit_id: UUID
    handle: int
    call_sign: str
    eta_s: float
    road_m: float | None
    straight_m: float
    fix_age_s: float | None
    state: str
    skills: tuple[str, ...]
    reasons: tuple[dict[str, object], ...]
    warnings: tuple[dict[str, object], ...]
    route: Line | None = None
    streets: tuple[str, ...] = ()
    score_s: float
    terms: dict[str, float]
    leaning: Leaning


class PassedOver(msgspec.Struct, frozen=True, kw_only=True):
    """A unit quicker, or nearer in a straight line, that is not proposed, and why not.

    straight_m and eta_s are null for one that was never seen.
    """

    unit_id: UUID
    call_sign: str
    straight_m: float | None
    eta_s: float | None
    state: str
    why_nots: tuple[dict[str, object], ...]


class Ranking(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown: waves of units, quicker or nearer ones passed over, what is missing.

    sure: nobody beyond what was searched by road could be proposed in their place; under_way: quicker ones on their way to
    something else; on: what all scores lean on.
    """

    waves: tuple[tuple[Row, ...], ...]
    passed_over: tuple[PassedOver, ...]
    shortfalls: tuple[dict[str, object], ...]
    sure: bool = True
    under_way: tuple[PassedOver, ...] = ()
    on: LeanedOn | None = None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """For whom to rank: the incident's point, priority and room, the run card, which rooms' units may be ordered.

    posts: who has to stand where; room_names: how rooms are called; commitments: who belongs to a running event; zone: of
    the city; more: what the waves after the first ask for, beyond these the first again; card: how the run card is called. free: how many units rooms must keep, where that counts.
    """

    lon: float
    lat: float
    priority: int
    room_id: UUID
    needed: Requirement
    rooms: frozenset[UUID]
    units: int | None = None
    waves: int = 2
    posts: Posts = NO_POSTS
    room_names: Mapping[UUID, str] = {}
    commitments: Commitments = NO_COMMITMENTS
    zone: tzinfo = UTC
    more: tuple[Requirement, ...] = ()
    card: tuple[str, str] | None = None
    own: frozenset[UUID] = frozenset()
    names: Mapping[UUID, tuple[str, str]] = {}
    cover: CoverSnapshot | None = None
    free: FreeUnits | None = None

    def asks(self, wave: int) -> Requirement:
        """What the wave of this number, from 0, asks for."""
        return self.more[wave - 1] if 0 < wave <= len(self.more) else self.needed

    def size(self, wave: int) -> int:
        """How many units it has."""
        return max(self.asks(wave).count, self.units or 0, 1)

    @property
    def together(self) -> Requirement:
        """Who may go in any of the waves; nothing asked for in the first: everybody."""
        asked = [self.asks(wave).seats for wave in range(self.waves)] if self.needed.seats else []
        seats = tuple(dict.fromkeys(seat for some in asked for seat in some))
        return Requirement(seats, self.needed.auxiliary)


class Held(msgspec.Struct, frozen=True):
    """The job that a unit has: its incident's number and priority, the state of the order."""

    number: str
    priority: int
    state: str


def said(reason: Reason) -> dict[str, object]:
    """A reason with its key, parameters and both sentences."""
    return {
        "key": reason.key, "params": reason.params,
        "zh": sentence(reason, SENTENCES, "zh"), "en": sentence(reason, SENTENCES, "en"),
    }  # fmt: skip


def with_routes(ranking: Ranking, routes: Mapping[int, tuple[Line, tuple[str, ...]]]) -> Ranking:
    """The same with the ways of those who are proposed; routes: by handle."""

    def drawn(row: Row) -> Row:
        if row.handle not in routes:
            return row
        line, streets = routes[row.handle]
        return msgspec.structs.replace(row, route=line, streets=streets)

    return msgspec.structs.replace(ranking, waves=tuple(tuple(map(drawn, wave)) for wave in ranking.waves))


def with_jobs(ranking: Ranking, priority: int, held: Mapping[UUID, Held]) -> Ranking:
    """The same, saying of those who are not free which job they have and whether they may be taken from it."""

    def told(passed: PassedOver) -> PassedOver:
        job = held.get(passed.unit_id)
        if job is None:
            return passed
        others = tuple(one for one in passed.why_nots if one["key"] != "not_free")
        said_of_it = held_elsewhere(priority, job.number, job.priority, job.state)
        return msgspec.structs.replace(passed, why_nots=(*map(said, said_of_it), *others))

    return msgspec.structs.replace(ranking, passed_over=tuple(told(passed) for passed in ranking.passed_over))


def on_network(ranking: Ranking, network: str | None) -> Ranking:
    """The same, saying of which roads."""
    on = None if ranking.on is None else msgspec.structs.replace(ranking.on, network=network)
    return msgspec.structs.replace(ranking, on=on)


def leaned_of(kept: Mapping[str, Any], row: Mapping[str, Any] | None) -> Leaned | None:
    """Why a unit stood where it did, out of a recommendation as it was kept; None for one kept by a version without that."""
    on = kept["shown"].get("coverage")
    if row is None or on is None or "leaning" not in row:
        return None
    body = {
        "priority": kept["priority"],
        "score_s": row["score_s"],
        "terms": row["terms"],
        "leaning": row["leaning"],
        "on": on,
    }
    return msgspec.convert(body, Leaned)

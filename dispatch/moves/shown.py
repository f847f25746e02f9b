"""Coverage and moves as a seat sees them: figures of its ground, the names of what is bare, proposals with their gain in words.

Cells are for drawing only; what is said names rooms and places.
"""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from dispatch.instants import Instant
from dispatch.saying.rules import span
from incidents.reasons import Catalogue, Param, Reason, sentence

SENTENCES: Catalogue = {
    "move": (
        "{unit} 移至{post}（车程约{drive_zh}）：下一警预计早到{span_zh}{freed_zh}",
        "{unit} to {post}, a drive of about {drive_en}: the next call is answered {span_en} sooner{freed_en}",
    ),
    "backfill": (
        "{room}无车可派：请 {unit}（{from_room}）移至{post}顶班（车程约{drive_zh}），下一警预计早到{span_zh}{freed_zh}",
        "Nobody of {room} is free: {unit} ({from_room}) could stand in at {post}, a drive of about {drive_en}; the next call is answered {span_en} sooner{freed_en}",
    ),
}
FREED = "，{rooms}不再空缺", ", {rooms} is bare no more"


class WithinShown(msgspec.Struct, frozen=True):
    """The share of the expected calls that a free unit reaches within so many minutes."""

    minutes: int
    share: float


class ServedShown(msgspec.Struct, frozen=True):
    """Cells in which the next call is reached within so many minutes and not within those before; null: later than all."""

    minutes: int | None
    cells: tuple[str, ...]


class BareShown(msgspec.Struct, frozen=True):
    """A room on whose ground less than half of the expected calls has anybody free within five minutes."""

    room: UUID
    name: str


class MoveShown(msgspec.Struct, frozen=True, kw_only=True):
    """One proposal. gain_s: by how much sooner the next call is answered, in the mean; travel_s: how long the unit is under way."""

    unit_id: UUID
    call_sign: str
    post_id: UUID
    name: str
    lon: float
    lat: float
    gain_s: float
    travel_s: float
    said: dict[str, object]


class GroundShown(msgspec.Struct, frozen=True, kw_only=True):
    """How well the ground of a seat's rooms is covered now. wait_s: of the next call, expected; calls: expected in this hour.

    auxiliary_within_1: the share that auxiliaries reach on foot in a minute, counted apart; under_way: units on standby that count where
    they are going. null figures: nothing is expected there, or too little is known just now.
    """

    computed_at: Instant
    units: int
    under_way: int
    wait_s: float | None
    calls: float | None
    within: tuple[WithinShown, ...]
    auxiliary_within_1: float | None
    bare: tuple[BareShown, ...]
    resolution: int
    served: tuple[ServedShown, ...]
    moves: tuple[MoveShown, ...]


def said(
    key: str, gain_s: float, travel_s: float, freed: tuple[str, ...], names: Mapping[str, str]
) -> dict[str, object]:
    """A proposal in words, both languages, with its key and parameters. Its drive is in whole minutes: it is a rough one."""
    zh, en = (
        ("", "")
        if not freed
        else (FREED[0].format(rooms="、".join(freed)), FREED[1].format(rooms=", ".join(freed)))
    )
    drive_s = 60 * max(round(travel_s / 60), 1)
    params: dict[str, Param] = {
        **names, "gain_s": round(gain_s), "travel_s": round(travel_s), "freed": freed, "freed_zh": zh, "freed_en": en,
        "span_zh": span(round(gain_s), "zh"), "span_en": span(round(gain_s), "en"),
        "drive_zh": span(drive_s, "zh"), "drive_en": span(drive_s, "en"),
    }  # fmt: skip
    reason = Reason(key, params)
    told = {lang: sentence(reason, SENTENCES, lang) for lang in ("zh", "en")}
    return {"key": key, "params": params, **told}

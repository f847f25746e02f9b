"""The joint offer as a seat sees it: for each call whom it would get in its turn and whom together, and what that saves.

Calls that get the same either way are left out: they are served as ever.
"""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import msgspec

from dispatch.instants import Instant
from dispatch.saying.rules import span
from incidents.reasons import Catalogue, Param, Reason, sentence

SENTENCES: Catalogue = {
    "sooner": ("联合派警可合计早到{span_zh}", "Together {span_en} sooner in all"),
    "more": (
        "联合派警可多派到{more}起警情",
        "Together {more} more incidents get somebody",
    ),
    "more_sooner": (
        "联合派警可多派到{more}起警情，其余合计早到{span_zh}",
        "Together {more} more incidents get somebody, the others {span_en} sooner in all",
    ),
    "more_later": (
        "联合派警可多派到{more}起警情，其余合计晚到{span_zh}",
        "Together {more} more incidents get somebody, the others {span_en} later in all",
    ),
    "part_of_it": (
        "联合派警：与另外{others}起警情一并安排",
        "part of a joint assignment with {others} other incidents",
    ),
}


class UnitOffered(msgspec.Struct, frozen=True, kw_only=True):
    """A unit and when it would be there. state: as it was when this was shown."""

    unit_id: UUID
    call_sign: str
    eta_s: float
    road_m: float | None
    state: str


class CallOffered(msgspec.Struct, frozen=True, kw_only=True):
    """One call. usual, offered: quickest first. sooner_s: by how much in all; null where only one way serves it as well.

    recommendation_id: what to order the offered ones by; wanted: how many units it still asks for.
    """

    incident_id: UUID
    number: str
    priority: int
    wanted: int
    recommendation_id: UUID
    usual: tuple[UnitOffered, ...]
    offered: tuple[UnitOffered, ...]
    sooner_s: float | None


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """Who goes where so that together they wait least. key: the same as long as the same is offered.

    saved_s: in all, over the calls that both ways serve alike; more: so many calls get more units than in their turn. said: in words.
    """

    key: str
    computed_at: Instant
    basis: Literal["road", "straight_line"]
    calls: tuple[CallOffered, ...]
    saved_s: float
    more: int
    said: dict[str, object]


def said(key: str, params: Mapping[str, Param]) -> dict[str, object]:
    """A reason with its key, parameters and both sentences."""
    reason = Reason(key, dict(params))
    zh, en = (sentence(reason, SENTENCES, lang) for lang in ("zh", "en"))
    return {"key": key, "params": reason.params, "zh": zh, "en": en}


def in_words(saved_s: float, more: int) -> dict[str, Any]:
    """What is won, as one sentence."""
    params: dict[str, Param] = {
        "saved_s": round(saved_s), "more": more,
        "span_zh": span(abs(round(saved_s)), "zh"), "span_en": span(abs(round(saved_s)), "en"),
    }  # fmt: skip
    if not more:
        return said("sooner", params)
    if not round(saved_s):
        return said("more", params)
    return said("more_sooner" if saved_s > 0 else "more_later", params)

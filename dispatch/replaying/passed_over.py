"""Which units stood nearer and were not sent, and why: read from the recommendation that was kept with the order. Pure.

What was shown is what was judged: no way is searched anew, and where nothing was shown nothing is said.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from dispatch.instants import Instant, instant


class Why(msgspec.Struct, frozen=True):
    """One reason; key is stable."""

    key: str
    zh: str
    en: str


type Way = tuple[tuple[float, float], ...]
"""(lon, lat) corners, WGS-84 degrees."""


class SentUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that was sent; eta_s, route: as they were proposed, null where it was not among those or went by no road."""

    unit_id: UUID
    call_sign: str | None
    eta_s: float | None
    route: Way | None = None


class NearerUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit quicker, or nearer in a straight line, that was not sent. proposed: it was shown as one that could go."""

    unit_id: UUID
    call_sign: str
    eta_s: float | None
    straight_m: float | None
    state: str
    proposed: bool
    why: tuple[Why, ...]


class OfferedTogether(msgspec.Struct, frozen=True, kw_only=True):
    """The joint offer that stood beside what was chosen. units: whom it gave to this incident; others: numbers of the other calls in it.

    taken: it was sent by this very offer.
    """

    saved_s: float
    said: Why
    units: tuple[str, ...]
    others: tuple[str, ...]
    taken: bool


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One act of sending with what was shown before it."""

    recommendation_id: UUID
    computed_at: Instant
    basis: Literal["road", "straight_line"]
    sent: tuple[SentUnit, ...]
    nearer: tuple[NearerUnit, ...]
    shortfalls: tuple[Why, ...]
    together: OfferedTogether | None = None


NOT_CHOSEN = Why("not_chosen", "已推荐，派警席未选", "was proposed; the dispatcher sent another")


def choice(
    id_: UUID, computed_at: datetime, kept: Mapping[str, Any], sent: Mapping[UUID, str | None]
) -> Choice:
    """What was chosen out of what was shown. kept: the row as it was written; sent: unit -> call sign."""
    shown = kept["shown"]
    rows = [row for wave in shown["waves"] for row in wave]
    etas = {UUID(row["unit_id"]): row["eta_s"] for row in rows}
    ways = {UUID(row["unit_id"]): _way(row.get("route")) for row in rows}
    known = [etas[unit] for unit in sent if unit in etas]
    slowest = max(known) if known else None
    others = [_proposed(row) for row in rows if UUID(row["unit_id"]) not in sent]
    others += [_passed(row) for row in shown["passed_over"] if UUID(row["unit_id"]) not in sent]
    farthest = max((row["straight_m"] for row in rows if UUID(row["unit_id"]) in sent), default=0.0)
    nearer = [one for one in others if slowest is None or _is_nearer(one, slowest, farthest)]
    return Choice(
        recommendation_id=id_, computed_at=instant(computed_at), basis=shown["basis"],
        sent=tuple(SentUnit(unit_id=u, call_sign=sign, eta_s=etas.get(u), route=ways.get(u)) for u, sign in sent.items()),
        nearer=tuple(sorted(nearer, key=lambda one: (one.eta_s is None, one.eta_s or 0))),
        shortfalls=tuple(_why(one) for one in shown["shortfalls"]), together=_together(kept),
    )  # fmt: skip


def _is_nearer(one: NearerUnit, slowest_s: float, farthest_m: float) -> bool:
    """Whether it was quicker than somebody who was sent, or was told as nearer in a straight line and is nearer than one of them."""
    if one.eta_s is not None and one.eta_s < slowest_s:
        return True
    told = any(why.key == "nearer_straight" for why in one.why)
    return told and one.straight_m is not None and one.straight_m < farthest_m


def _together(kept: Mapping[str, Any]) -> OfferedTogether | None:
    """The joint offer: what was ordered by, or what stood beside it."""
    offer = kept.get("together") or kept.get("offered_together")
    if not offer:
        return None
    mine = [call for call in offer["calls"] if call["incident_id"] == kept["shown"]["incident_id"]]
    return OfferedTogether(
        saved_s=offer["saved_s"], said=_why(offer["said"]), taken="together" in kept,
        units=tuple(one["call_sign"] for call in mine for one in call["offered"]),
        others=tuple(call["number"] for call in offer["calls"] if call not in mine),
    )  # fmt: skip


def _way(kept: Sequence[Sequence[float]] | None) -> Way | None:
    return tuple((lon, lat) for lon, lat in kept) if kept else None


def _proposed(row: Mapping[str, Any]) -> NearerUnit:
    return NearerUnit(
        unit_id=UUID(row["unit_id"]), call_sign=row["call_sign"], eta_s=row["eta_s"], straight_m=row["straight_m"],
        state=row["state"], proposed=True, why=(NOT_CHOSEN, *(_why(one) for one in row["warnings"])),
    )  # fmt: skip


def _passed(row: Mapping[str, Any]) -> NearerUnit:
    return NearerUnit(
        unit_id=UUID(row["unit_id"]), call_sign=row["call_sign"], eta_s=row["eta_s"], straight_m=row["straight_m"],
        state=row["state"], proposed=False, why=tuple(_why(one) for one in row["why_nots"]),
    )  # fmt: skip


def _why(said: Mapping[str, Any]) -> Why:
    return Why(str(said["key"]), str(said["zh"]), str(said["en"]))

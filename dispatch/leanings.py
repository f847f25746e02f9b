"""What a ranking leaned on, as the order keeps it: enough to work every score out again, years later.

Parts of the journal's facts and of what is shown; the table that makes seconds of them is `ranking.weights`.
"""

from datetime import datetime

import msgspec


class Leaning(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the score of one unit leans on. Seconds, metres, metres a second; missed_s: `coverage.snapshot.Missed.city_s`.

    neighbour: of another station than the incident's. mps, the plain speed of its kind, and what was known of its last fix are kept so
    that orders can tell one day whether they should count.
    """

    eta_s: float
    mps: float
    missed_s: float = 0.0
    neighbour: bool = False
    shift_left_s: int | None = None
    busy: bool = False
    fix_age_s: float | None = None
    speed_mps: float | None = None
    accuracy_m: int | None = None


class LeanedOn(msgspec.Struct, frozen=True, kw_only=True):
    """What all scores of one ranking lean on: versions of the table of terms, of expected calls, of the roads.

    cover_as_of: when it was looked how the free units stand; expected_s: what the next call waited then. None: not known.
    """

    weights: str
    demand: str | None = None
    network: str | None = None
    cover_as_of: datetime | None = None
    expected_s: float | None = None


class Leaned(msgspec.Struct, frozen=True, kw_only=True):
    """Why one unit stood where it did when it was ordered. terms: seconds beside eta_s."""

    priority: int
    score_s: float
    terms: dict[str, float]
    leaning: Leaning
    on: LeanedOn

"""A run card beside what it asked for: which one, of which version, at which duty level; kept with what was shown.

Whoever asks later why so many went finds the card beside the units.
"""

from datetime import datetime

import msgspec

from dispatch.cards.file import After
from dispatch.cards.matching import Demand, Look
from dispatch.centre import Centre
from dispatch.conditions import Subject
from dispatch.rules import Phrase
from incidents.types import Seat


class WaveShown(msgspec.Struct, frozen=True):
    """What one wave asks for at the priority of the incident, and after what it goes."""

    after: After
    seats: tuple[Seat, ...]


class CardShown(msgspec.Struct, frozen=True, kw_only=True):
    """The card an incident has. version: of the cards, 0 those of the type tree; duty: code of the level that holds."""

    code: str
    name: Phrase
    version: int
    duty: str
    waves: tuple[WaveShown, ...]


def card_shown(wanted: Demand) -> CardShown:
    """As it is told."""
    return CardShown(
        code=wanted.card.code, name=wanted.card.name, version=wanted.version, duty=wanted.duty,
        waves=tuple(WaveShown(after, one.seats) for after, one in zip(wanted.afters, wanted.waves, strict=True)),
    )  # fmt: skip


def look_of(centre: Centre, subject: Subject, at: datetime) -> Look:
    """An incident as run cards see it at a moment, by the city's clock and the level that holds in its room."""
    level = centre.reference.level_of(subject.room_id)
    return Look(subject=subject, at=centre.local(at), duty=level.code, response=level.response)

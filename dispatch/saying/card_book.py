"""The run cards as a page shows them: each in words, and who put in which version; for one type in the order in which they are tried.

Everybody who may read reference data reads them.
"""

from collections.abc import Iterable

import msgspec

from dispatch.acts import Principal, authorise
from dispatch.cards import store as card_store
from dispatch.cards.file import Card, CardSet
from dispatch.cards.matching import ranked
from dispatch.centre import Centre
from dispatch.desk.carding import CARDS_ID
from dispatch.errors import NotFound
from dispatch.journal import Connection
from dispatch.levels import store as level_store
from dispatch.rooms import Reference
from dispatch.saying import store
from dispatch.saying.cards import CardLine, Levels, line
from dispatch.saying.shown import VersionShown, city_of, versions_named


class CardBook(msgspec.Struct, frozen=True, kw_only=True):
    """The cards that hold, in the order of the file; when they were asked for by a type, in the order in which they are tried for it."""

    version: int
    cards: tuple[CardLine, ...]
    versions: tuple[VersionShown, ...]


async def book(conn: Connection, centre: Centre, principal: Principal, type_code: str | None) -> CardBook:
    """The cards that hold. Raises NotAllowed, NotFound for a type that the city has not."""
    authorise(principal, "reference", "read")
    reference = centre.reference
    held = await card_store.read_set(conn, reference.types)
    city, levels = await city_of(conn, centre), await levels_now(conn)
    rows = await store.card_versions(conn, CARDS_ID)
    return CardBook(
        version=held.version, versions=await versions_named(conn, rows),
        cards=tuple(line(card, city, levels) for card in _asked(held, reference, type_code)),
    )  # fmt: skip


def _asked(held: CardSet, reference: Reference, type_code: str | None) -> Iterable[Card]:
    if type_code is None:
        return held.cards
    if type_code not in reference.types:
        raise NotFound(f"There is no incident type {type_code!r:.40}.", noun="type", field="type")
    lineage = [type_code]
    while (above := reference.types.get(lineage[-1]).parent) is not None:
        lineage.append(above)
    return (card for _, card in ranked(held, lineage))


async def levels_now(conn: Connection) -> Levels:
    """The duty levels that there are."""
    return (await level_store.read_board(conn)).levels.levels

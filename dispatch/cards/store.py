"""Versions of the run cards in PostgreSQL, and what their judgement needs of the roll of units.

Putting cards in is one act under the lock of the set; the feed has every replica read it anew.
"""

from datetime import datetime

import msgspec

from dispatch.cards.file import CardFile, CardSet, derived
from dispatch.journal import Connection
from incidents.types import TypeTree

SET_READ = "SELECT version, body::text FROM card_set ORDER BY version DESC LIMIT 1"
SET_LOCK = "LOCK TABLE card_set IN SHARE ROW EXCLUSIVE MODE"
SET_ADD = "INSERT INTO card_set (version, body, recorded_at) VALUES ($1, $2::jsonb, $3)"
# One row for all units alike: what seats of a card may hope for.
ABLE = "SELECT DISTINCT kind, skills FROM unit WHERE class = 'regular'"


async def read_set(conn: Connection, tree: TypeTree) -> CardSet:
    """The newest cards; those of the type tree while none were put in."""
    row = await conn.fetchrow(SET_READ)
    if row is None:
        return derived(tree)
    return CardSet(row[0], msgspec.json.decode(row[1], type=CardFile).cards)


async def lock_set(conn: Connection) -> None:
    """Let nobody else put in cards until this act is over."""
    await conn.execute(SET_LOCK)


async def add_set(conn: Connection, cards: CardSet, at: datetime) -> None:
    """Write them as the newest version."""
    body = msgspec.json.encode(CardFile(cards.cards)).decode()
    await conn.execute(SET_ADD, cards.version, body, at)


async def able_units(conn: Connection) -> set[tuple[str, frozenset[str]]]:
    """Kinds and skills of the regular units of the city, each pair once."""
    return {(row[0], frozenset(row[1])) for row in await conn.fetch(ABLE)}

"""Acts of an administrator on run cards and duty levels: put in as the next version, and tried before against what has happened.

A change of cards counts for what is ranked from then on; orders that stand are left as they are.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import Any
from uuid import UUID

import asyncpg

from dispatch import acts, standings
from dispatch.cards import faults as faulty
from dispatch.cards import store
from dispatch.cards.file import CardFile, CardSet
from dispatch.cards.matching import Look
from dispatch.cards.trial import CardTrial, Compared, Matter, able, compare, summed
from dispatch.centre import Centre
from dispatch.errors import Behind, Invalid
from dispatch.journal import Connection
from dispatch.levels import faults as level_faults
from dispatch.levels import store as level_store
from dispatch.levels.file import LevelFile, LevelSet
from dispatch.levels.held import board_at
from dispatch.places import Changed
from dispatch.response import Capable
from dispatch.rooms import Reference
from dispatch.work import Work
from incidents import store as incident_store
from incidents.triage import LABELS

CARDS_ID, LEVELS_ID = UUID(int=114), UUID(int=115)
"""Under these ids the journal keeps that run cards, or duty levels, were changed."""
MOST_INCIDENTS = 20_000
WITHIN_S = 20.0
PART = 200


async def put_cards(w: Work, file: CardFile, read: str) -> CardSet:
    """Put in run cards as the next version. read: the version that was changed, * for any. Raises Behind, Invalid."""
    acts.authorise(w.principal, "reference", "administer")
    await store.lock_set(w.conn)
    known = (await store.read_set(w.conn, w.centre.reference.types)).version
    if read not in ("*", str(known)):
        raise Behind("The run cards were changed since you read them; read them again.", version=known)
    cards = await checked(w.conn, w.centre.reference, file, known + 1)
    await store.add_set(w.conn, cards, w.now)
    w.append("card_set", CARDS_ID, cards.version, None, Changed(version=cards.version))
    return cards


async def checked(conn: Connection, city: Reference, file: CardFile, version: int) -> CardSet:
    """A file's cards, when they can be used. Raises Invalid with the first fault and all of them as details."""
    _refuse(await card_faults(conn, city, file), "cards")
    return CardSet(version, file.cards)


async def card_faults(conn: Connection, city: Reference, file: CardFile) -> list[str]:
    """Why a file's cards cannot be used in this city, one sentence each; none when they can."""
    board = await level_store.read_board(conn)
    known = faulty.Known(
        types=city.types, rooms=city.rooms.by_code, duty=board.levels.rank, labels=LABELS,
        units=await store.able_units(conn),
    )  # fmt: skip

    def under(room: str, above: str) -> bool:
        return city.lies_under(city.rooms.by_code[room].id, above)

    return await asyncio.to_thread(faulty.faults, file.cards, known, under)


async def put_levels(w: Work, file: LevelFile, read: str) -> LevelSet:
    """Put in duty levels as the next version; running timers keep their time. Raises Behind, Invalid."""
    acts.authorise(w.principal, "reference", "administer")
    await level_store.lock_turn(w.conn)
    board = await level_store.read_board(w.conn)
    if read not in ("*", str(board.levels.version)):
        raise Behind(
            "The duty levels were changed since you read them; read them again.", version=board.levels.version
        )
    cards = await store.read_set(w.conn, w.centre.reference.types)
    known = level_faults.Known(
        rules=w.centre.rules.by_id, in_force=sorted({*board.ordered.values()}),
        by_cards={code: card.code for card in cards.cards for code in card.duty},
    )  # fmt: skip
    _refuse(level_faults.faults(file, known), "levels")
    levels = LevelSet(board.levels.version + 1, file.levels, file.beat_plans)
    await level_store.add_set(w.conn, levels, w.now)
    await level_store.add_turn(w.conn, board.number + 1, w.now)
    w.append("level_set", LEVELS_ID, levels.version, None, Changed(version=levels.version))
    return levels


def _refuse(found: list[str], field: str) -> None:
    if found:
        more = f" ({len(found) - 1} more faults in this file.)" if len(found) > 1 else ""
        raise Invalid(found[0] + more, field=field, faults=found)


async def try_cards(
    pool: "asyncpg.Pool[Any]", centre: Centre, file: CardFile, window: tuple[datetime, datetime]
) -> CardTrial:
    """Which incidents opened in the window would get another demand by these cards. Nothing is changed. Raises Invalid.

    Read in small parts and compared in a thread, within a time; no transaction stands meanwhile.
    """
    async with pool.acquire() as conn:
        cards = await checked(conn, centre.reference, file, -1)
        matters = await incident_store.opened_between(conn, *window, MOST_INCIDENTS)
        board = await level_store.read_board(conn)
        orders = await level_store.overlapping(conn, *window)
    city = centre.reference
    roster = able(unit for unit in centre.units.values() if unit.on_duty and unit.unit_class == "regular")
    found: list[Compared] = []
    over_at = asyncio.get_running_loop().time() + timedelta(seconds=WITHIN_S).total_seconds()
    for part in batched(matters, PART):
        if asyncio.get_running_loop().time() > over_at:
            break
        async with pool.acquire() as conn:
            incidents = await incident_store.read_incidents(conn, [one.id for one in part])
        told = []
        for one in part:
            incident = incidents[one.id]
            held = board_at(orders, board, incident.opened_at)
            level = held.holds(city.rooms.by_id[incident.room_id].lineage)
            look = Look(
                subject=standings.subject(incident), at=centre.local(incident.opened_at), duty=level.code,
                response=level.response,
            )  # fmt: skip
            told.append(Matter(incident.id, incident.number, incident.opened_at, look))
        found += await asyncio.to_thread(_compared, told, (city.run_cards, cards), city, roster)
    on_duty = sum(unit.on_duty and unit.unit_class == "regular" for unit in centre.units.values())
    complete = len(found) == len(matters) < MOST_INCIDENTS
    return summed(found, window, len(matters), on_duty, complete)


def _compared(
    matters: Sequence[Matter], sets: tuple[CardSet, CardSet], city: Reference, roster: Sequence[Capable]
) -> list[Compared]:
    return list(compare(matters, sets, city, roster))

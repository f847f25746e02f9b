"""A dry run of rules against the last days: what happened is read in small parts and told again in a thread, within a time.

Beside the service and never in its way: no transaction stands while it thinks, one dry run at a time on a replica, and when its
time is over it says how far it came.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import batched
from uuid import UUID

import msgspec

from dispatch import journal
from dispatch.centre import Centre
from dispatch.errors import Invalid, NotNow
from dispatch.foreseeing import WHY, Firing, Labels, foresee, foreseeable, unforeseen
from dispatch.foretold import SHOWN, DryRun, Example, Unforeseen, by_rule, example, firsts, summed
from dispatch.instants import instant
from dispatch.levels.board import EVERYDAY
from dispatch.repeating import repeated
from dispatch.retelling import ALONE, TOGETHER, nouns_of
from dispatch.rooms import Reference
from dispatch.rules import Phrase, Rules
from dispatch.runtime.postgres import Pool
from dispatch.signs import Sign
from incidents import store as incident_store
from incidents.store import Matter
from units import store as unit_store

WINDOW = timedelta(days=7)
LONGEST = timedelta(days=31)


def tried_over(since: datetime | None, until: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """From when until when a dry run looks: the last seven days unless something else is said. Raises Invalid."""
    until = min(until or now, now)
    since = since or until - WINDOW
    if not timedelta(0) < until - since <= LONGEST:
        raise Invalid("A dry run covers up to 31 days that lie behind us; correct from and to.", field="from")
    return since, until


MOST_INCIDENTS = 20_000
MOST_OTHERS = 20_000
MOST_PLACED = 5 * MOST_INCIDENTS
WITHIN_S = 15.0
OTHERS_WITHIN_S = 5.0
PART = 50


class Rehearsal:
    """Dry runs of one replica."""

    def __init__(self, pool: Pool, centre: Centre) -> None:
        self._pool = pool
        self._centre = centre
        self._at_work = asyncio.Lock()

    async def run(self, rules: Rules, since: datetime, until: datetime) -> DryRun:
        """Tell the window again under these rules. Raises NotNow while another dry run is at work."""
        if self._at_work.locked():
            raise NotNow("Another dry run is at work on this replica; try again when it has ended.")
        async with self._at_work:
            unheard = self._unheard(rules.signs)
            asked = foreseeable(rules, unheard)
            of_incidents, of_others = await self.tell(asked, since, until)
        fired = by_rule(asked, [*of_incidents.fired, *of_others.fired])
        days = max((until - since) / timedelta(days=1), 1 / 24)
        called = await self._names([one for some in fired.values() for one in firsts(some)[:SHOWN]])
        return DryRun(
            since=instant(since), until=instant(until), incidents=of_incidents.found, examined=of_incidents.examined,
            others=of_others.examined, complete=of_incidents.complete and of_others.complete,
            rules=tuple(summed(rule, some, days, called) for rule, some in fired.items()),
            unforeseen=tuple(
                Unforeseen(r.id, why, WHY[why]) for r in rules.rules if (why := unforeseen(r, unheard)) is not None
            ),
        )  # fmt: skip

    async def tell(self, asked: Rules, since: datetime, until: datetime) -> "tuple[Told, Told]":
        """Every firing of rules that are foreseeable: for incidents opened in the window, and in it for all else."""
        labels = await self._repeats(asked.signs, since, until)
        return await self._incidents(asked, since, until, labels), await self._others(asked, since, until)

    async def _incidents(self, asked: Rules, since: datetime, until: datetime, labels: Labels) -> "Told":
        """Incidents opened in the window, newest first, each with all that belongs to it."""
        async with self._pool.acquire() as conn:
            matters = await incident_store.opened_between(conn, since, until, MOST_INCIDENTS)
        fired: list[Firing] = []
        examined = 0
        over_at = asyncio.get_running_loop().time() + WITHIN_S
        for part in batched(_families(matters), PART):
            if asyncio.get_running_loop().time() > over_at:
                break
            fired += await self._tell(part, asked, until, labels)
            examined += sum(len(family) for family in part)
        once = list(dict.fromkeys(fired))
        return Told(len(matters), examined, examined == len(matters) < MOST_INCIDENTS, once)

    async def _others(self, asked: Rules, since: datetime, until: datetime) -> "Told":
        """What belongs to no incident, each by itself: whatever may have been waited for in the window."""
        nouns = nouns_of(_nouns(asked), ALONE)
        async with self._pool.acquire() as conn:
            found = await journal.touched(conn, since - LONGEST, until, nouns, MOST_OTHERS) if nouns else []
        fired: list[Firing] = []
        examined = 0
        over_at = asyncio.get_running_loop().time() + OTHERS_WITHIN_S
        for part in batched(found, 4 * PART):
            if asyncio.get_running_loop().time() > over_at:
                break
            async with self._pool.acquire() as conn:
                facts = await journal.of_entities(conn, part)
            fired += await asyncio.to_thread(_told_alone, facts, asked, self._ground, until)
            examined += len(part)
        mine = [one for one in fired if one.at >= since and not one.whose.exercise]
        return Told(len(found), examined, examined == len(found) < MOST_OTHERS, mine)

    @property
    def _ground(self) -> Reference:
        """The city of today. Which level held when is not told again: the times are the everyday ones."""
        return msgspec.structs.replace(self._centre.reference, board=EVERYDAY)

    async def _names(self, shown: Sequence[Firing]) -> Callable[[Firing], Example]:
        """How people call those for which something would have fired."""
        incident_ids = {one.whose.incident_id for one in shown if one.whose.incident_id}
        unit_ids = {one.whose.unit_id for one in shown if one.whose.unit_id}
        async with self._pool.acquire() as conn:
            incidents = await incident_store.read_incidents(conn, list(incident_ids))
            units = await unit_store.read_units(conn, list(unit_ids))
        city = self._centre.reference

        def called(one: Firing) -> Example:
            whose = one.whose
            if whose.incident_id in incidents:
                number = incidents[whose.incident_id].number
                return example(one, "incident", whose.incident_id, Phrase(number, number))
            if whose.name is None and whose.unit_id in units:
                sign = units[whose.unit_id].call_sign
                return example(one, "unit", whose.unit_id, Phrase(sign, sign))
            room = city.rooms.by_id.get(whose.room_id) if whose.name is None and whose.room_id else None
            if room is not None:
                return example(one, "room", room.id, Phrase(room.name_zh, room.name_en))
            point = city.call_points.get(one.entity_id)
            name = whose.name or (point.code if point is not None else str(one.entity_id))
            return example(one, "unit" if one.noun == "unit" else "other", one.entity_id, Phrase(name, name))

        return called

    def _unheard(self, signs: Iterable[Sign]) -> frozenset[str]:
        """Signs with other words than those in force have."""
        held = {sign.label: sign.words for sign in self._centre.rules.signs}
        return frozenset(sign.label for sign in signs if sign.words and held.get(sign.label) != sign.words)

    async def _repeats(self, signs: Iterable[Sign], since: datetime, until: datetime) -> Labels:
        """Which labels signs would have given that count repeats otherwise than those in force do."""
        held = {sign.label: sign.repeats for sign in self._centre.rules.signs}
        news = [
            (sign, sign.repeats) for sign in signs if sign.repeats and held.get(sign.label) != sign.repeats
        ]
        if not news:
            return {}
        back = timedelta(seconds=max(repeats.within_s for _, repeats in news))
        async with self._pool.acquire() as conn:
            placed = await incident_store.placed_between(conn, since - back, until, MOST_PLACED)
        tree = self._centre.reference.types

        def group(code: str | None) -> str | None:
            return tree.get(code).at_level(1) if code is not None and code in tree else None

        return await asyncio.to_thread(repeated, [sign for sign, _ in news], placed, group)

    async def _tell(
        self, part: Sequence[Sequence[Matter]], rules: Rules, until: datetime, labels: Labels
    ) -> list[Firing]:
        roots = [family[0].root for family in part]
        nouns = nouns_of(_nouns(rules) | {"incident", "assignment"}, TOGETHER)
        async with self._pool.acquire() as conn:
            ids = [*roots, *await incident_store.children(conn, roots)]
            merged = {matter.id: matter.root for family in part for matter in family}
            facts = await journal.of_mentioned(conn, ids, nouns)
        mine, told = set(merged), _by_family(facts, merged)
        ground = self._ground

        def tell_again() -> list[Firing]:
            return [
                one
                for rows in told
                for one in foresee(rows, rules, ground, until, labels)
                if one.whose.incident_id is None or one.whose.incident_id in mine
            ]

        return await asyncio.to_thread(tell_again)


class Told(msgspec.Struct, frozen=True):
    """So many were found and looked at; complete: these are all there are. fired: what would have."""

    found: int
    examined: int
    complete: bool
    fired: list[Firing]


def _nouns(rules: Rules) -> frozenset[str]:
    return frozenset(rule.noun for rule in rules.rules)


def _by_family(facts: Iterable[journal.FeedRow], merged: Mapping[UUID, UUID]) -> list[list[journal.FeedRow]]:
    """The facts of each family; what was with two, such as an officer in danger who changed jobs, is told with both."""
    facts = list(facts)
    homes: dict[tuple[str, UUID], set[UUID]] = defaultdict(set)
    for row in facts:
        if row.incident_id is not None:
            homes[row.noun, row.id].add(merged.get(row.incident_id, row.incident_id))
    told: dict[UUID, list[journal.FeedRow]] = defaultdict(list)
    for row in facts:
        for home in homes[row.noun, row.id]:
            told[home].append(row)
    return list(told.values())


def _told_alone(
    facts: Iterable[journal.FeedRow], rules: Rules, ground: Reference, until: datetime
) -> list[Firing]:
    told: dict[tuple[str, UUID], list[journal.FeedRow]] = defaultdict(list)
    for row in facts:
        told[row.noun, row.id].append(row)
    fired = []
    for (noun, _), rows in told.items():
        if noun != "emergency" or all(row.incident_id is None for row in rows):
            fired += foresee(rows, rules, ground, until)
    return fired


def _families(matters: Iterable[Matter]) -> list[list[Matter]]:
    """Incidents with those that were merged with them, newest first."""
    found: dict[UUID, list[Matter]] = defaultdict(list)
    for matter in matters:
        found[matter.root].append(matter)
    return list(found.values())

"""A dry run of rules against the last days: incidents are read in small parts and told again in a thread, within a time.

Beside the service and never in its way: no transaction stands while it thinks, one dry run at a time on a replica, and when its
time is over it says how far it came.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import batched
from uuid import UUID

import msgspec

from dispatch import journal
from dispatch.centre import Centre
from dispatch.errors import Invalid, NotNow
from dispatch.foreseeing import NOUNS, Firing, Labels, foresee, foreseeable, unforeseen
from dispatch.instants import Instant, instant
from dispatch.levels.board import EVERYDAY
from dispatch.repeating import repeated
from dispatch.rules import Rules
from dispatch.runtime.postgres import Pool
from dispatch.signs import Sign
from incidents import store as incident_store
from incidents.store import Matter

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
MOST_PLACED = 5 * MOST_INCIDENTS
WITHIN_S = 20.0
PART = 50
SHOWN = 50
FLOOD_A_DAY = 200.0
"""So often a day nobody looks any more."""


class Example(msgspec.Struct, frozen=True):
    """An incident for which a rule would have fired, and when first."""

    id: UUID
    number: str
    at: Instant


class Foreseen(msgspec.Struct, frozen=True):
    """How often a rule would have fired, for how many incidents; the newest of them. flood: more often than anybody can look."""

    rule: str
    fired: int
    incidents: int
    flood: bool
    examples: tuple[Example, ...]


class Unforeseen(msgspec.Struct, frozen=True):
    """A rule of which a dry run says nothing, and why."""

    rule: str
    why: str


class DryRun(msgspec.Struct, frozen=True, kw_only=True):
    """What rules would have done to the incidents opened in a window. complete: all of them were looked at, newest first."""

    since: Instant
    until: Instant
    incidents: int
    examined: int
    complete: bool
    rules: tuple[Foreseen, ...]
    unforeseen: tuple[Unforeseen, ...]


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
            async with self._pool.acquire() as conn:
                matters = await incident_store.opened_between(conn, since, until, MOST_INCIDENTS)
            fired: list[Firing] = []
            unheard = self._unheard(rules.signs)
            asked, labels = foreseeable(rules, unheard), await self._repeats(rules.signs, since, until)
            examined = 0
            over_at = asyncio.get_running_loop().time() + WITHIN_S
            for part in batched(_families(matters), PART):
                if asyncio.get_running_loop().time() > over_at:
                    break
                fired += await self._tell(part, asked, until, labels)
                examined += sum(len(family) for family in part)
        complete = examined == len(matters) < MOST_INCIDENTS
        days = max((until - since) / timedelta(days=1), 1 / 24)
        return DryRun(
            since=instant(since), until=instant(until), incidents=len(matters), examined=examined, complete=complete,
            rules=_sums(asked, fired, {matter.id: matter.number for matter in matters}, days),
            unforeseen=tuple(
                Unforeseen(r.id, why) for r in rules.rules if (why := unforeseen(r, unheard)) is not None
            ),
        )  # fmt: skip

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
        async with self._pool.acquire() as conn:
            ids = [*roots, *await incident_store.children(conn, roots)]
            merged = {matter.id: matter.root for family in part for matter in family}
            facts = await journal.of_nouns(conn, ids, NOUNS)
        told: dict[UUID, list[journal.FeedRow]] = defaultdict(list)
        for row in facts:
            if row.incident_id is not None:
                told[merged.get(row.incident_id, row.incident_id)].append(row)
        mine = set(merged)
        # Which level held when is not told again: the times are the everyday ones.
        ground = msgspec.structs.replace(self._centre.reference, board=EVERYDAY)

        def tell_again() -> list[Firing]:
            return [
                one
                for rows in told.values()
                for one in foresee(rows, rules, ground, until, labels)
                if one.incident_id in mine
            ]

        return await asyncio.to_thread(tell_again)


def _families(matters: Iterable[Matter]) -> list[list[Matter]]:
    """Incidents with those that were merged with them, newest first."""
    found: dict[UUID, list[Matter]] = defaultdict(list)
    for matter in matters:
        found[matter.root].append(matter)
    return list(found.values())


def _sums(
    rules: Rules, fired: Sequence[Firing], numbers: Mapping[UUID, str], days: float
) -> tuple[Foreseen, ...]:
    """rules: those that are foreseeable."""
    by_rule: dict[str, list[Firing]] = {rule.id: [] for rule in rules.rules}
    for one in fired:
        by_rule[one.rule].append(one)
    sums = []
    for rule, firings in by_rule.items():
        first: dict[UUID, datetime] = {}
        for one in sorted(firings, key=lambda firing: firing.at):
            first.setdefault(one.incident_id, one.at)
        newest = sorted(first.items(), key=lambda item: item[1], reverse=True)[:SHOWN]
        examples = tuple(Example(id_, numbers[id_], instant(at)) for id_, at in newest)
        sums.append(Foreseen(rule, len(firings), len(first), len(firings) / days > FLOOD_A_DAY, examples))
    return tuple(sums)

"""The engine of timers: what is due is claimed, done and marked in one transaction, on every replica at once.

Each replica looks every tenth of a second and takes what nobody else has locked. A killed or frozen one loses its claim
with its session (the engine's connections allow no idle transaction beyond 700 ms), so another does it instead; what fell
due while nobody was there is done at the next start, once.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

import msgspec
import structlog

from dispatch import store, timers
from dispatch.acts import Principal
from dispatch.centre import Centre
from dispatch.desk.devices import SILENCE
from dispatch.desk.escalating import EFFECTS, FIRED, NEEDLESS, STANDING, alert, fire_on_incidents
from dispatch.desk.following import tell_of_rules
from dispatch.desk.looking_around import look_around
from dispatch.desk.surrounding import link_to_events
from dispatch.rules import CREATED, FOLLOWING, PLACED
from dispatch.runtime.acting import COLLIDED
from dispatch.runtime.metrics import TIMERS_FIRED, TIMERS_LATE
from dispatch.runtime.postgres import Pool
from dispatch.runtime.trouble import passes, survived
from dispatch.seating.links import WATCH
from dispatch.timers import Timer
from dispatch.work import Actor, Work, work

POLL_S = 0.1
BREATH_S = 0.05
"""Between two rounds: what falls due meanwhile shares a transaction."""
RETRY_S = 0.1
PUT_ASIDE_S = 30.0
AGAIN_S = 1.0
LOOK_FURTHER = 3
"""So many times a batch is looked at, so that replicas find rows of their own beside each other's."""
SYSTEM = Actor(principal=Principal(id="system:rules", roles=frozenset()), via="system")

log = structlog.get_logger(__name__)


class Lane(msgspec.Struct, frozen=True):
    """Kinds that are done together, at most so many in one transaction."""

    name: str
    kinds: tuple[str, ...]
    batch: int


RAISING = ("raise_monitor", "raise_share", "raise_take")
WAVES = ("next_wave",)
_APART = frozenset(
    {*RAISING, *WAVES, *NEEDLESS, SILENCE, WATCH, *(k for k, effect in EFFECTS.items() if effect is alert)}
)
LANES = (
    Lane("acting", tuple(name for name in EFFECTS if name not in _APART), 8),
    Lane("crowds", tuple(NEEDLESS), 40),
    Lane("raising", RAISING, 20),
    Lane("waves", WAVES, 1),  # each ranks units by road and locks those it takes
    Lane("devices", (SILENCE,), 100),
    Lane("seats", (WATCH,), 200),
    Lane("alerts", tuple(name for name, effect in EFFECTS.items() if effect is alert), 200),
    Lane("following", FOLLOWING, 80),
)


class Timekeeper:
    """The engine of one replica.

    Args:
        pool: the engine's, so that a frozen replica frees its claims.
        centre: what acts lean on.
        committed: called after each commit that left facts.
    """

    def __init__(self, pool: Pool, centre: Centre, committed: Callable[[], None]) -> None:
        self._pool = pool
        self._centre = centre
        self._committed = committed
        self._aside: dict[int, float] = {}
        self._batches = {lane.name: lane.batch for lane in LANES}
        self._claimed: Sequence[Timer] = ()

    async def run(self) -> None:
        """Do what falls due, until cancelled."""
        while True:
            try:
                done = await self.fire_due()
            except Exception as error:  # noqa: BLE001  # a task loop: what is not marked is done the next time
                survived("timers", error)
                done = 0
            await asyncio.sleep(BREATH_S if done else POLL_S)

    async def fire_due(self) -> int:
        """Do some of what is due, in each lane once; how many rows that was. 0: nothing is due, or others have it."""
        async with self._pool.acquire() as conn:
            if self._centre.reference.planned:
                self._centre.turn(await store.now(conn))
            kinds = await timers.due_kinds(conn)
        done = 0
        for lane in LANES:
            if kinds is None or kinds.intersection(lane.kinds):
                done += await self._guarded(lane)
        return done

    async def _guarded(self, lane: Lane) -> int:
        """A batch of a lane. What fails is tried in smaller ones; what fails alone is put aside for a while.

        A machine too slow for a whole batch within the time of a transaction gets on in smaller ones as well, and one
        lane's trouble never holds up another.
        """
        self._claimed = []
        batch = self._batches[lane.name]
        try:
            done = await self._round(lane, batch)
        except Exception as error:  # noqa: BLE001  # an effect's own fault must not hold up what else is due
            survived("timers", error)
            self._batches[lane.name] = max(batch // 4, 1)
            passing = passes(error) or isinstance(error, COLLIDED)
            if len(self._claimed) == 1:
                self._put_aside(self._claimed[0], AGAIN_S if passing else PUT_ASIDE_S)
            return 0 if passing else 1
        self._batches[lane.name] = min(batch * 2, lane.batch)
        return done

    def _put_aside(self, timer: Timer, for_s: float) -> None:
        log.error("timer_failed", key=timer.key, rule=timer.rule, again_in_s=for_s)
        self._aside[timer.id] = asyncio.get_running_loop().time() + for_s

    async def _round(self, lane: Lane, limit: int) -> int:
        now = asyncio.get_running_loop().time()
        self._aside = {id_: until for id_, until in self._aside.items() if until > now}
        async with work(self._pool, self._centre, SYSTEM) as w:
            due = await timers.due(w.conn, w.now, lane.kinds, limit * LOOK_FURTHER, self._aside)
            if not due:
                return 0
            survivors, entities = await _lock_free(w, due, limit)
            which = timers.Which(lane.kinds, survivors, entities, self._aside)
            self._claimed = await timers.claim(w.conn, w.now, which, limit)
            if not self._claimed:
                return 0
            if await timers.rules_version(w.conn) != self._centre.rules.version:
                self._centre.rules = await timers.read_rules(w.conn)
            if lane.kinds == FOLLOWING:
                done = await _follow(w, self._claimed, survivors)
                fired: list[Timer] = []
            else:
                fired = await _fire(w, self._claimed, survivors)
                done = len(fired)
        self._committed()
        for timer in fired:
            TIMERS_FIRED.labels(timer.rule).inc()
            TIMERS_LATE.observe((w.now - timer.due_at).total_seconds())
        return done


async def _lock_free(
    w: Work, due: Sequence[tuple[str, UUID, UUID | None]], limit: int
) -> tuple[dict[UUID, UUID], set[UUID]]:
    """Lock those whose entity nobody has under his hands: incident -> its survivor, and the rest.

    Entities are locked before their timers here as everywhere, and nothing is ever waited for.
    """
    of_incidents = {incident_id for _, _, incident_id in due if incident_id}
    survivors = await timers.free_incidents(w.conn, of_incidents, limit) if of_incidents else {}
    entities: set[UUID] = set()
    for noun in sorted({noun for noun, _, incident_id in due if incident_id is None}):
        ids = [id_ for of, id_, incident_id in due if of == noun and incident_id is None]
        entities |= await timers.free_entities(w.conn, noun, ids)
    return survivors, entities


async def _fire(w: Work, claimed: Sequence[Timer], survivors: Mapping[UUID, UUID]) -> list[Timer]:
    """Do what they say and mark them; those that look again later are left out."""
    fired = []
    needless = await _needless(w, claimed)
    for timer in claimed:
        again = None if timer.id in needless else await EFFECTS[timer.kind](w, timer)
        if again is None:
            fired.append(timer)
        else:
            await timers.put_off(w.conn, timer, again)
    await timers.mark_fired(w.conn, fired, w.now)
    of_incidents = [t for t in fired if t.incident_id is not None]
    if of_incidents:
        await fire_on_incidents(w, of_incidents, survivors)
    for noun in sorted({t.noun for t in fired if t.incident_id is None}):
        await FIRED[noun](w, [t for t in fired if t.noun == noun and t.incident_id is None])
    return fired


async def _needless(w: Work, claimed: Sequence[Timer]) -> set[int]:
    found: set[int] = set()
    for kind, look in NEEDLESS.items():
        some = [timer for timer in claimed if timer.kind == kind]
        if some:
            found |= await look(w, some)
    return found


async def _follow(w: Work, claimed: Sequence[Timer], survivors: Mapping[UUID, UUID]) -> int:
    """Look at entities for the first time, or because rules have changed, and drop what asked for it."""
    for kind in FOLLOWING:
        some = [t for t in claimed if t.kind == kind]
        if not some:
            continue
        # What was entered while nobody looked counts from its entry; what newer rules watch, from its own moments.
        if kind == PLACED:
            await _place(w, some, survivors)
            continue
        if kind == CREATED:
            w.count_timers(w.now, {t.entity_id: t.due_at for t in some})
        else:
            w.count_timers(None)
            await tell_of_rules(w, sorted({survivors[t.entity_id] for t in some if t.noun == "incident"}))
        if kind == CREATED:
            created = sorted({survivors[t.entity_id] for t in some if t.noun == "incident"})
            await look_around(w, created)
            await link_to_events(w, created)
        for noun in sorted({t.noun for t in some}):
            ids = {survivors.get(t.entity_id, t.entity_id) for t in some if t.noun == noun}
            for standing in await STANDING[noun](w, sorted(ids)):
                w.follow(standing)
        await timers.drop(w.conn, some)
        await w.flush()
    return len(claimed)


async def _place(w: Work, some: Sequence[Timer], survivors: Mapping[UUID, UUID]) -> None:
    """Look whether incidents lie inside running events, and drop what asked for it."""
    w.count_timers(w.now)
    await link_to_events(w, sorted({survivors[t.entity_id] for t in some}))
    await timers.drop(w.conn, some)
    await w.flush()

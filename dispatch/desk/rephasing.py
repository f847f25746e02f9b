"""Other phases for a planned event that was approved: what lies ahead is added, taken out, renamed or shifted in one act.

Posts for a phase follow it, or the act is refused by their names. All its units hear of it, and whoever approves it is told.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch.desk.event_case import ActName, check_free, opened_with_units, posted, say_to_units, tell
from dispatch.errors import Behind, Invalid
from dispatch.planned_events import events as e
from dispatch.planned_events import lifecycle as life
from dispatch.planned_events.model import Phase, PhaseChange, PlannedEvent
from dispatch.planned_events.phasing import Rephase, as_read, in_order
from dispatch.texts import check_texts
from dispatch.work import Work, check_moment, ms

SAID = 4
"""So many changes are said to terminals one by one."""


async def rephase(w: Work, event_id: UUID, phases: tuple[Phase, ...], version: int) -> PlannedEvent:
    """These phases and no others. Raises Behind, Invalid, NotFound, NotAllowed, NotNow, UnitPromised."""
    event = await opened_as_read(w, event_id, "rephase", version)
    wanted = Rephase(phases=numbered(event.phases, phases), by=w.principal.id, at=ms(w.now))
    changed, facts = await follow(w, event, wanted)
    for fact in facts:
        if isinstance(fact, e.Rephased):
            await _say(w, changed, fact)
    return changed


async def opened_as_read(w: Work, event_id: UUID, act: ActName, version: int) -> PlannedEvent:
    """The event as it was read, locked after the units whose posts may follow a phase. Raises Behind and as `opened`."""
    event = await opened_with_units(
        w, event_id, act, lambda it: (post for post in it.standing if post.phase_id)
    )
    if event.version != version:
        raise Behind
    return event


async def follow(
    w: Work, event: PlannedEvent, command: Rephase | e.Amended
) -> tuple[PlannedEvent, list[e.EventFact]]:
    """Carry it out when every post that moves with its phase finds its unit free then. Raises NotNow, Invalid, UnitPromised."""
    facts = life.decide(event, command)
    for fact in facts:
        if isinstance(fact, e.Rephased | e.Amended):
            moved = {times.post_id for times in fact.posts}
            await check_free(w, life.evolve(event, event.id, fact), moved, "shift the phase otherwise")
    return await tell(w, event, event.id, facts), facts


def numbered(known: Sequence[Phase], wanted: Sequence[Phase]) -> tuple[Phase, ...]:
    """The phases asked for in order, new ones with an id; one that was taken out may come back with its own. Raises Invalid."""
    for phase in wanted:
        for moment in (phase.starts_at, phase.ends_at):
            check_moment(moment, "phases")
        if not phase.name.strip():
            raise Invalid("A phase has a name.", field="phases")
    check_texts(tuple(wanted), "phases")
    as_kept = {as_read(phase): phase for phase in known}
    found = [as_kept.get(phase, phase) for phase in map(as_read, wanted)]
    return in_order(
        msgspec.structs.replace(phase, id=uuid7()) if phase.id is None and phase not in known else phase
        for phase in found
    )


async def _say(w: Work, event: PlannedEvent, fact: e.Rephased) -> None:
    """To all its units what changes; to whom a post moves, from when to when it stands now."""
    lines = [_line(w, change) for change in fact.changes[:SAID]]
    left = len(fact.changes) - len(lines)
    if left:
        lines.append(f"另{left}项 and {left} more")
    await say_to_units(w, event, event.units, f"{event.name}阶段变更 phases changed：{'；'.join(lines)}")
    for times in fact.posts:
        post = event.post(times.post_id)
        if post is not None:
            text = posted(w, event, post.name, post.starts_at, post.ends_at)
            await say_to_units(w, event, [post.unit_id], text)


def _line(w: Work, change: PhaseChange) -> str:
    was, now = change.was, change.now
    if now is None:
        return f"取消 dropped {was.name if was is not None else ''}"
    begins, ends = w.centre.local(now.starts_at), w.centre.local(now.ends_at)
    times = f"{begins:%m-%d %H:%M}–{ends:%m-%d %H:%M}"
    if was is None:
        return f"新增 new {now.name} {times}"
    return f"{now.name if was.name == now.name else f'{was.name}→{now.name}'} {times}"

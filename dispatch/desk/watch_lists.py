"""Which cameras a video patrol watches from log-on to log-off: those of its beat, until it is relieved or leaves.

The steps of a shift call this with the units locked; what a patrol takes or gives up in between is `watching`.
"""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from dispatch.cameras import store
from dispatch.cameras.lifecycle import Begin, Command, End, decide, evolve
from dispatch.cameras.model import CameraWatch
from dispatch.work import Work
from units import store as unit_store
from units.model import Unit


async def begun(w: Work, before: Mapping[UUID, Unit], units: Iterable[Unit]) -> None:
    """Patrols have logged on: each watches the cameras of its beat, and those of a beat it has left no longer."""
    told: list[tuple[UUID, Command]] = []
    for unit in units:
        if not unit.is_video_patrol:
            continue
        was = before[unit.id].beat if before[unit.id].on_duty else None
        if was == unit.beat:
            continue
        cameras = w.centre.reference.cameras.values()
        told += [(one.id, End(unit.id, "beat")) for one in cameras if was is not None and one.beat == was]
        told += [
            (one.id, Begin(unit.id, "beat"))
            for one in cameras
            if unit.beat is not None and one.beat == unit.beat
        ]
    await tell(w, told)


async def ended(w: Work, unit: Unit, relieved_by: UUID | None) -> None:
    """A patrol has logged off: the one that relieves it watches on, else nobody does. Whatever it has become since, it watches no more."""
    heir = (
        None if relieved_by is None else (await unit_store.read_units(w.conn, [relieved_by])).get(relieved_by)
    )
    takes_over = heir is not None and heir.is_video_patrol and heir.on_duty
    told: list[tuple[UUID, Command]] = []
    for id_ in await store.watched_by(w.conn, [unit.id]):
        if heir is not None and takes_over:
            told += [(id_, Begin(heir.id, "handed_over")), (id_, End(unit.id, "handed_over"))]
        else:
            told.append((id_, End(unit.id, "logged_off")))
    await tell(w, told)


async def tell(w: Work, told: Collection[tuple[UUID, Command]]) -> None:
    """Apply commands to cameras in the order given, remember the facts and save them; cameras are locked by id."""
    if not told:
        return
    watches = await store.lock_watches(w.conn, {id_ for id_, _ in told})
    changed: set[UUID] = set()
    for id_, command in told:
        watch: CameraWatch = watches[id_]
        for fact in decide(watch, command, w.now):
            watch = evolve(watch, id_, fact)
            w.append("camera_watch", id_, watch.version, None, fact)
            changed.add(id_)
        watches[id_] = watch
    if changed:
        await store.save_watches(w.conn, [watches[id_] for id_ in sorted(changed)])

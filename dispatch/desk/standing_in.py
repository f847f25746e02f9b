"""Standing in 代管: when a seat no longer answers, its queue, its command and its forms go to who covers, audibly.

Every jurisdiction always has one answering seat. Whether a seat's page is heard is a timer of the rules, so that it fires
once whichever replica dies; whoever comes back asks for what was theirs and gets it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from dispatch import standings
from dispatch.desk import drafting
from dispatch.rules import Standing
from dispatch.seating import links, store
from dispatch.seating.model import (
    Because,
    CoverBegan,
    Covered,
    LinkLost,
    Returned,
    Seat,
    SeatFact,
    evolve,
    still_covers,
    who_covers,
)
from dispatch.timers import Timer
from dispatch.work import Work

LOOK_AGAIN = timedelta(seconds=5)


class Seats:
    """Every seat, under lock, as the facts of this act leave them. `save` writes what changed, once, at the end."""

    def __init__(self, w: Work, by_id: dict[UUID, Seat]) -> None:
        self._w = w
        self.by_id = by_id
        self._changed: set[UUID] = set()

    @classmethod
    async def locked(cls, w: Work) -> "Seats":
        """All of them, held until this act is over."""
        return cls(w, await store.lock_all(w.conn))

    def tell(self, id_: UUID, fact: SeatFact) -> Seat:
        """One more fact of a seat."""
        changed = evolve(self.by_id.get(id_), id_, fact)
        self.by_id[id_] = changed
        self._changed.add(id_)
        self._w.append("seat", id_, changed.version, None, fact)
        return changed

    def stand_in(self, id_: UUID, because: Because, roles: Sequence[str]) -> Seat:
        """Name who covers from now on for a seat that exercised these roles."""
        seat = self.by_id[id_]
        cover = who_covers(
            seat, roles, self.by_id, self._w.centre.reference.rooms.by_id[seat.room_id].lineage
        )
        covered = Covered(
            seat_id=cover.seat_id,
            room_id=cover.room_id,
            since=self._w.now,
            because=because,
            roles=tuple(roles),
        )
        return self.tell(id_, CoverBegan(covered_by=covered))

    async def fall_silent(self, gone: dict[UUID, tuple[Because, tuple[str, ...]]]) -> None:
        """These seats have just stopped answering: they are covered, and so is everybody they covered for."""
        for id_, (because, roles) in gone.items():
            self.stand_in(id_, because, roles)
        orphans = [id_ for id_ in self._orphans() if id_ not in gone]
        for id_ in orphans:
            covered = self.by_id[id_].covered_by
            self.stand_in(id_, "cover_gone", covered.roles if covered else ())
        await drafting.hand_on(self._w, {id_: self._to(id_) for id_ in (*gone, *orphans)})

    def _orphans(self) -> list[UUID]:
        """Covered seats whose covering seat or room can't do it any more, when there is better."""
        lineages = self._w.centre.reference.rooms.by_id
        found = []
        for id_, seat in self.by_id.items():
            by = seat.covered_by
            if by is None or still_covers(seat, self.by_id):
                continue
            better = who_covers(seat, by.roles, self.by_id, lineages[seat.room_id].lineage)
            if (better.seat_id, better.room_id) != (by.seat_id, by.room_id):
                found.append(id_)
        return found

    def _to(self, id_: UUID) -> Seat | UUID:
        """Who covers: the seat, or the room."""
        seat = self.by_id[id_]
        by = seat.covered_by
        if by is None:
            return seat.room_id
        return self.by_id[by.seat_id] if by.seat_id else by.room_id or seat.room_id

    async def answer_again(self, id_: UUID) -> None:
        """Give a seat back what was covered for it."""
        if self.by_id[id_].covered_by is not None:
            self.tell(id_, Returned(at=self._w.now))
        await drafting.give_back(self._w, [self.by_id[id_]])

    async def save(self) -> None:
        """Write what changed, and let exactly the timers stand that these seats want."""
        changed = [self.by_id[id_] for id_ in sorted(self._changed)]
        if changed:
            await store.save(self._w.conn, changed)
        for seat in changed:
            self._w.follow(standings.seat(seat))


async def watch_link(w: Work, timer: Timer) -> datetime | None:
    """None: the seat's page was not heard for its time. Otherwise when to look again.

    Time in which no replica could hear, as when the database was away, is held against nobody.
    """
    seat = (await store.read(w.conn, [timer.entity_id]))[timer.entity_id]
    due = (await links.read(w.conn, [seat.id])).silent_at(seat, timer.due_at - timer.armed_at)
    if due is None:
        return w.now + LOOK_AGAIN
    return due if due > w.now else None


async def fire_on_seats(w: Work, timers: Sequence[Timer]) -> None:
    """Who was not heard is away from now on, and covered for."""
    seats = await Seats.locked(w)
    silent = [t.entity_id for t in timers if t.kind == links.WATCH and seats.by_id[t.entity_id].answers]
    for id_ in silent:
        seats.tell(id_, LinkLost(at=w.now))
    await seats.fall_silent({id_: ("no_link", seats.by_id[id_].roles) for id_ in silent})
    await seats.save()


async def stand_seats(w: Work, ids: Sequence[UUID]) -> list[Standing]:
    """How seats stand, for rules that have changed."""
    return [standings.seat(seat) for seat in (await store.read(w.conn, ids)).values()]

"""Coverage and moves on one replica: one look serves all seats of the same rooms for a while, one at a time.

No connection is held while it is looked.
"""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from dispatch import store
from dispatch.acts import Principal, authorise, may
from dispatch.centre import Centre
from dispatch.moves import store as moves
from dispatch.moves.looking import Look, Places, known_of, looked, nothing, places_of
from dispatch.moves.shown import GroundShown
from dispatch.rooms import Reference
from dispatch.runtime.postgres import Pool

FRESH = timedelta(seconds=15)


class _Known(msgspec.Struct, frozen=True):
    at: datetime
    ground: GroundShown


class Moves:
    """Looks at the ground of rooms."""

    def __init__(self, pool: Pool, centre: Centre) -> None:
        self._pool = pool
        self._centre = centre
        self._one = asyncio.Lock()
        self._known: dict[frozenset[UUID], _Known] = {}
        self._places: Places | None = None
        self._places_made_of: tuple[object, ...] = ()

    async def ground(self, principal: Principal) -> GroundShown:
        """Of the rooms of a seat, with the proposals that it may carry out and has not declined. Raises NotAllowed."""
        authorise(principal, "unit", "read", ("room",))
        async with self._one:
            async with self._pool.acquire() as conn:
                now = await store.now(conn)
                unwanted = await moves.declined(conn, principal.room_id, now) if principal.room_id else set()
            ground = await self._looked(principal.rooms, now)
        if not may(principal, "unit", "stand_by", ("room",), "available"):
            return msgspec.structs.replace(ground, moves=())
        wanted = tuple(
            one for one in ground.moves if one.unit_id not in unwanted and self._stands(one.unit_id)
        )
        return msgspec.structs.replace(ground, moves=wanted)

    async def _looked(self, rooms: frozenset[UUID], now: datetime) -> GroundShown:
        known = self._known.get(rooms)
        if known is not None and abs(now - known.at) < FRESH and all(
            self._stands(one.unit_id) for one in known.ground.moves
        ):  # fmt: skip
            return known.ground
        centre = self._centre
        snapshot = await centre.cover.now(centre, now)
        if snapshot is None:
            return nothing(now, 0)
        async with self._pool.acquire() as conn:
            kept = await moves.with_kept_jobs(
                conn, [unit.id for unit in centre.units.values() if unit.ordered_by in rooms]
            )
        look = Look(rooms=rooms, now=now, unwanted=frozenset(kept))
        places = await self._places_of(centre.reference)
        ground = await asyncio.to_thread(looked, snapshot, known_of(centre, snapshot, look, places), look)
        fresh = {of: one for of, one in self._known.items() if abs(now - one.at) < FRESH}
        self._known = {**fresh, rooms: _Known(now, ground)}
        return ground

    async def _places_of(self, reference: Reference) -> Places:
        """Where somebody may stand by; anew when jurisdictions, fixed positions or call points have changed."""
        of = (reference.areas, reference.positions, reference.call_points)
        if self._places is None or any(
            one is not other for one, other in zip(self._places_made_of, of, strict=True)
        ):
            self._places, self._places_made_of = await asyncio.to_thread(places_of, reference), of
        return self._places

    def _stands(self, unit_id: UUID) -> bool:
        """Whether a unit that is proposed to be moved may still be."""
        unit = self._centre.units.get(unit_id)
        if unit is None or unit.standing_by is not None:
            return False
        return self._centre.live.entry(unit.handle).state == "available"

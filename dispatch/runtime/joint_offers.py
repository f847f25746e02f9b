"""Joint offers of one replica: one answer serves all seats of the same rooms for a while, and one is reckoned at a time.

Whoever must be sent now searches the roads beside it. No connection is held while it searches.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from dispatch import store
from dispatch.acts import Principal
from dispatch.centre import Centre
from dispatch.desk import serving_together
from dispatch.joint_offers.searching import Waiting, reckoned
from dispatch.joint_offers.shown import Offer
from dispatch.runtime.acting import Acting
from dispatch.runtime.postgres import Pool
from dispatch.work import Actor, Work
from units.roll import UnknownHandle

FRESH = timedelta(seconds=10)
"""So long an answer holds, unless somebody whom it names has been sent meanwhile."""


class _Known(msgspec.Struct, frozen=True):
    at: datetime
    incidents: tuple[UUID, ...]
    offer: Offer | None


class JointOffers:
    """Asks for the waiting incidents, reckons and keeps."""

    def __init__(self, pool: Pool, acting: Acting, centre: Centre) -> None:
        self._pool = pool
        self._acting = acting
        self._centre = centre
        self._one = asyncio.Lock()
        self._known: dict[frozenset[UUID], _Known] = {}

    async def offer(self, principal: Principal) -> Offer | None:
        """For the incidents that this seat may order for; None: the usual way is as good. Raises NotAllowed."""
        async with self._one:
            async with self._pool.acquire() as conn:
                now = await store.now(conn)
                waiting = await serving_together.waiting(conn, self._centre, principal, now)
            incidents = tuple(one.incident.id for one in waiting)
            known = self._known.get(principal.rooms)
            if known is not None and self._holds(known, incidents, now):
                return known.offer
            offer = None
            if len(waiting) > 1:
                offer = await reckoned(self._centre, waiting, principal.rooms, now)
            if offer is not None:
                offer = await self._kept(offer, waiting, principal)
            fresh = {rooms: one for rooms, one in self._known.items() if now - one.at < FRESH}
            self._known = {**fresh, principal.rooms: _Known(now, incidents, offer)}
            return offer

    async def _kept(self, offer: Offer, waiting: list[Waiting], principal: Principal) -> Offer:
        kept: list[Offer] = []

        async def keep(w: Work) -> dict[str, Any]:
            kept[:] = [await serving_together.keep(w, offer, waiting)]
            return {}

        await self._acting.act(Actor(principal=principal), keep)
        return kept[0]

    def _holds(self, known: _Known, incidents: tuple[UUID, ...], now: datetime) -> bool:
        """Whether it is fresh, the same incidents wait and all whom it names are as they were."""
        if now - known.at >= FRESH or known.incidents != incidents:
            return False
        live, units, calls = self._centre.live, self._centre.units, known.offer.calls if known.offer else ()
        for one in (one for call in calls for one in call.offered):
            unit = units.get(one.unit_id)
            try:
                if unit is None or live.entry(unit.handle).state != one.state:
                    return False
            except UnknownHandle:
                return False
        return True

"""The bundle a replica answers from: the active one, found by its checksum in DISPATCH_CITY, and no other.

Roads, ground and tiles turn to another bundle together, while searches under way end on the old one. A replica that does not
have the active bundle serves without geography, ranks by straight lines, and says so.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from dispatch.centre import Centre
from dispatch.cities import store
from dispatch.cities.beats import Beat, Beats
from dispatch.journal import Connection, FeedRow
from dispatch.runtime.metrics import CITY_SERVED
from dispatch.runtime.postgres import Pool
from dispatch.runtime.roads import RoadSearch
from dispatch.seeds.reading import read_areas
from geo.atlas import AREAS_FILE, Atlas, Manifest, find_bundle
from geo.errors import BadBundle, BadMap

AGAIN_S = 10.0
CHECKSUM_SHOWN = 12

log = structlog.get_logger(__name__)


class Atlases:
    """Keeps `atlas` the active one. place: DISPATCH_CITY, a bundle or a folder of bundles."""

    def __init__(self, place: Path | None, pool: Pool, centre: Centre, roads: RoadSearch) -> None:
        self._place, self._pool, self._centre, self._roads = place, pool, centre, roads
        self._version = -1
        self._turning = asyncio.Lock()
        self.again_s = AGAIN_S
        self.atlas: Atlas | None = None
        self.missing: str | None = None
        """One sentence why the active bundle is not served; None when it is, or when none is active."""

    @property
    def beats(self) -> Beats:
        """Of the city that is served."""
        return self._centre.beats

    async def load(self) -> None:
        """Turn to the bundle that is active now."""
        async with self._turning, self._pool.acquire() as conn:
            await self._follow(conn)

    async def apply(self, rows: Sequence[FeedRow]) -> None:
        """Follow the feed."""
        if any(row.noun == "city" for row in rows):
            await self.load()

    async def run(self) -> None:
        """Look again now and then: for a bundle that is missing, and for a turn that failed or that nobody told of."""
        while True:
            await asyncio.sleep(self.again_s)
            if self.missing is not None:
                self._version = -1
            await self.load()

    async def _follow(self, conn: Connection) -> None:
        version, manifest = await store.active(conn)
        if version == self._version:
            return
        atlas = None if manifest is None else await self._opened(manifest)
        beats = Beats() if atlas is None else await asyncio.to_thread(_beats, atlas.folder)
        await self._roads.use(None if atlas is None else atlas.roads)
        self.atlas, self._version = atlas, version
        self._centre.beats = beats
        self._centre.network = (
            None if atlas is None or manifest is None else manifest.checksum[:CHECKSUM_SHOWN]
        )
        if manifest is not None:
            self._centre.zone = ZoneInfo(manifest.zone)
            self._centre.use(self._centre.reference)
        CITY_SERVED.set(0 if atlas is None else 1)

    async def _opened(self, manifest: Manifest) -> Atlas | None:
        was, self.missing = self.missing, None
        folder = (
            None
            if self._place is None
            else await asyncio.to_thread(find_bundle, self._place, manifest.checksum)
        )
        if folder is None:
            self.missing = (
                f"The active bundle of {manifest.name} ({manifest.checksum[:CHECKSUM_SHOWN]}) is not in DISPATCH_CITY ({self._place}); put "
                "it there."
            )
        else:
            try:
                return await asyncio.to_thread(_open, folder)
            except (BadBundle, BadMap) as damaged:
                self.missing = str(damaged)
        if self.missing != was:
            log.warning("city_not_served", said=self.missing)
        return None


def _open(folder: Path) -> Atlas:
    """With everything in it: what is damaged is known before anybody asks."""
    atlas = Atlas(folder)
    _ = atlas.roads, atlas.tiles, atlas.ground
    return atlas


def _beats(folder: Path) -> Beats:
    told = read_areas(folder / AREAS_FILE).of("beat")
    return Beats(
        (Beat(one.properties.code, one.properties.name, one.properties.room), one.geometry or {})
        for one in told
    )

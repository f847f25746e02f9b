"""Which city this centre serves: its active bundle, and taking over rooms, jurisdictions and call points from one.

An act like any other: one transaction, one fact, and every replica turns to the new bundle when it hears of it.
"""

from uuid import UUID

import msgspec

from dispatch import places
from dispatch.cities import store
from dispatch.errors import Invalid
from dispatch.gazetteer.store import put_map
from dispatch.seeds.city import City
from dispatch.work import Work
from geo.atlas import AREAS_FILE, PLACES_FILE, Manifest

CITY = UUID(int=110)
"""Under this id the journal keeps which bundle is active: a version for each activation."""


class Activated(msgspec.Struct, frozen=True, tag_field="fact", tag="activated"):
    """The bundle of this checksum is served from now on."""

    version: int
    name: str
    checksum: str


async def activate(w: Work, manifest: Manifest, city: City) -> bool:
    """Serve this bundle from now on; False: it is served already. city: as read from it, without units.

    Places are those of the bundle; rooms, jurisdictions and call points are taken over unless the bundle before had the same
    areas: what administrators changed since then stays. Raises Invalid for the bundle of another city.
    """
    await store.lock(w.conn)
    version, before = await store.active(w.conn)
    if before is not None and before.checksum == manifest.checksum:
        return False
    if before is None or before.files[PLACES_FILE] != manifest.files[PLACES_FILE]:
        await put_map(w, city.places)
    if before is None or before.files[AREAS_FILE] != manifest.files[AREAS_FILE]:
        await _take_over(w, city)
    await store.add(w.conn, version + 1, manifest, w.now, w.principal.id)
    fact = Activated(version=version + 1, name=manifest.name, checksum=manifest.checksum)
    w.append("city", CITY, version + 1, None, fact)
    return True


async def _take_over(w: Work, city: City) -> None:
    standing = await places.read_rooms(w.conn)
    if standing and standing[0].id != city.root.id:
        raise Invalid(
            f"This database holds the rooms of {standing[0].name_en}, the bundle those of {city.root.name_en}; one deployment "
            "is one city, so give the other a database of its own."
        )
    named = {room.id for room in city.rooms}
    await places.put_rooms(w, [*city.rooms, *(room for room in standing if room.id not in named)])
    await places.put_jurisdictions(w, city.jurisdictions)
    await places.put_call_points(w, city.call_points)

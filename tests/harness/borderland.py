"""The little town with more borders: two stations under a district, a third under another, all under the city.

+---------+---------+---------+  22.56
| north   | south   |  east   |
+---------+---------+---------+  22.52
114.00   114.05    114.10    114.15

city -- west district -- north, south
`-- east district -- east
"""

from uuid import UUID

from dispatch import places
from dispatch.rooms import Jurisdiction, Room
from dispatch.runtime.postgres import Pool
from dispatch.work import Work
from geo.areas import Layer
from tests.harness import town as t

WEST, EASTERN, EAST = UUID(int=4), UUID(int=5), UUID(int=6)
ROOMS = (
    t.ROOMS[0],
    Room(id=WEST, code="west", name_zh="西分局", name_en="West District", tier="district", parent_id=t.CITY),
    Room(id=EASTERN, code="eastern", name_zh="东分局", name_en="East District", tier="district", parent_id=t.CITY),
    Room(id=t.NORTH, code="north", name_zh="北所", name_en="North", tier="station", parent_id=WEST, version=2),
    Room(id=t.SOUTH, code="south", name_zh="南所", name_en="South", tier="station", parent_id=WEST, version=2),
    Room(id=EAST, code="east", name_zh="东所", name_en="East", tier="station", parent_id=EASTERN),
)  # fmt: skip
JURISDICTIONS = (
    *t.JURISDICTIONS,
    Jurisdiction(id=UUID(int=43), layer=Layer.POLICE, room_id=EAST, name="东", geometry=t.box(114.1, 22.52, 114.15, 22.56)),
)  # fmt: skip
IN_NORTH, IN_SOUTH, IN_EAST = (114.02, 22.54), (114.07, 22.54), (114.12, 22.54)


async def build(pool: Pool) -> t.Town:
    """The town with these borders."""
    town = await t.build(pool)
    await divide(town)
    return town


async def divide(town: t.Town) -> None:
    """Put in these rooms and areas instead of the town's."""

    async def put(w: Work) -> None:
        await places.put_rooms(w, ROOMS)
        await places.put_jurisdictions(w, JURISDICTIONS)

    await town.do(town.somebody("admin"), put)
    await town.followers.load()

"""A bundle that is activated is served by every running replica that has it, at once and alone; another city's is refused."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from dispatch import places
from dispatch.acts import Principal
from dispatch.errors import Invalid
from dispatch.folds import FOLDS
from dispatch.rooms import Room
from dispatch.runtime.bootstrap import Runtime, open_runtime
from dispatch.runtime.postgres import Pool
from dispatch.runtime.seeding import activate
from dispatch.runtime.settings import Settings
from dispatch.verify import verify
from dispatch.work import Actor, work
from geo.areas import Layer
from geo.errors import BadBundle
from geo.roads import Roads
from tests.harness import cities

PATIENCE_S = 120.0


@pytest.fixture
async def settings(pool: Pool, database_url: str, nats_url: str, tmp_path: Path) -> Settings:
    key = tmp_path / "master.key"
    key.write_bytes(bytes(range(32)))
    return Settings(
        database_url=database_url, nats_url=nats_url, master_key_file=key, pool_size=4, engine_pool_size=3
    )


@asynccontextmanager
async def replicas(settings: Settings, *folders: Path | None) -> AsyncIterator[list[Runtime]]:
    """A replica for each DISPATCH_CITY."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(open_runtime(msgspec.structs.replace(settings, city=folder)))
            for folder in folders
        ]


def served(runtime: Runtime) -> str | None:
    atlas = runtime.atlases.atlas
    assert (atlas is None) == (runtime.roads.roads is None)
    return None if atlas is None else atlas.manifest.checksum


async def all_serve(runtimes: list[Runtime], *checksums: str | None) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while [served(one) for one in runtimes] != list(checksums):
            await asyncio.sleep(0.05)


async def test_every_replica_turns_to_it_and_one_that_lacks_it_says_so(
    settings: Settings, tmp_path: Path
) -> None:
    bundles = tmp_path / "bundles"
    first, was = cities.bundle(bundles, "Gridtown")
    async with replicas(settings, bundles, bundles, None, first) as runtimes:
        await all_serve(runtimes, None, None, None, None)
        assert await activate(settings.database_url, first)
        await all_serve(runtimes, was.checksum, was.checksum, None, was.checksum)
        assert "is not in DISPATCH_CITY" in (runtimes[2].atlases.missing or "")
        centre = runtimes[1].centre
        assert centre.zone.key == "Europe/Berlin"
        assert [room.code for room in centre.reference.rooms.by_id.values()] == ["GR", "GR01", "GR02"]
        assert centre.reference.areas.owner(10.004, 50.012, Layer.POLICE) is not None
        second, now = cities.bundle(
            bundles, "gridtown-new", name="Gridtown", places=({"amenity": "cafe", "name": "Neu"},)
        )
        assert await activate(settings.database_url, second)
        await all_serve(runtimes, now.checksum, now.checksum, None, None)
        assert not await activate(settings.database_url, second)
    async with replicas(settings, bundles) as later:  # one that starts afterwards
        assert served(later[0]) == now.checksum


async def test_what_administrators_changed_stays_when_only_the_map_is_newer(
    settings: Settings, pool: Pool, tmp_path: Path
) -> None:
    first, _ = cities.bundle(tmp_path, "Gridtown")
    await activate(settings.database_url, first)
    async with pool.acquire() as conn:
        rooms = await places.read_rooms(conn)
    renamed = [rooms[0], *(_renamed(room) for room in rooms[1:])]
    async with replicas(settings, tmp_path) as (runtime,):
        async with work(pool, runtime.centre, Actor(principal=_admin(rooms[0].id))) as w:
            await places.put_rooms(w, renamed)
        newer, _ = cities.bundle(
            tmp_path, "newer", name="Gridtown", places=({"shop": "bakery", "name": "B"},)
        )
        await activate(settings.database_url, newer)
    async with pool.acquire() as conn:
        assert [room.name_en for room in await places.read_rooms(conn)] == [room.name_en for room in renamed]
        assert (await verify(conn, FOLDS, ())).sound


async def test_another_citys_bundle_and_a_damaged_one_change_nothing(
    settings: Settings, pool: Pool, tmp_path: Path
) -> None:
    first, was = cities.bundle(tmp_path, "Gridtown")
    other, _ = cities.bundle(tmp_path, "Otherton")
    async with replicas(settings, tmp_path) as (runtime,):
        await activate(settings.database_url, first)
        await all_serve([runtime], was.checksum)
        with pytest.raises(Invalid, match="one deployment is one city"):
            await activate(settings.database_url, other)
        with pytest.raises(BadBundle, match="changed"):
            await activate(settings.database_url, cities.damage(first, "tiles.pmtiles"))
        async with pool.acquire() as conn:
            assert [room.code for room in await places.read_rooms(conn)] == ["GR", "GR01", "GR02"]
            assert await conn.fetchval("SELECT count(*) FROM city_bundle") == 1
        assert served(runtime) == was.checksum


async def test_a_replica_whose_copy_is_damaged_goes_on_without_geography(
    settings: Settings, tmp_path: Path
) -> None:
    first, was = cities.bundle(tmp_path / "good", "Gridtown")
    await activate(settings.database_url, first)
    bad = tmp_path / "bad" / "Gridtown"
    shutil.copytree(first, bad)
    (bad / "roads" / "lon.npy").chmod(0o644)
    (bad / "roads" / "lon.npy").write_bytes(b"nothing")
    async with replicas(settings, bad, first) as runtimes:
        await all_serve(runtimes, None, was.checksum)
        assert runtimes[0].ready() is None
        assert "lon.npy was changed" in (runtimes[0].atlases.missing or "")
        runtimes[0].atlases.again_s = 0.1
        shutil.rmtree(bad)
        shutil.copytree(first, bad)
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(runtimes[0].atlases.run())
            await all_serve(runtimes, was.checksum, was.checksum)
            looking.cancel()


async def test_a_turn_that_failed_is_made_again_by_itself(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, was = cities.bundle(tmp_path, "Gridtown")
    async with replicas(settings, first) as (runtime,):
        use, failed = runtime.roads.use, asyncio.Event()

        async def once(roads: Roads | None) -> None:
            if not failed.is_set():
                failed.set()
                raise MemoryError
            await use(roads)

        monkeypatch.setattr(runtime.roads, "use", once)
        runtime.atlases.again_s = 0.1
        await activate(settings.database_url, first)
        async with asyncio.timeout(PATIENCE_S):
            await failed.wait()
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(runtime.atlases.run())
            await all_serve([runtime], was.checksum)
            looking.cancel()


def _renamed(room: Room) -> Room:
    return msgspec.structs.replace(room, name_en=f"{room.name_en}, renamed")


def _admin(room_id: UUID) -> Principal:
    return Principal(id="key:admin", roles=frozenset({"admin"}), room_id=room_id, rooms=frozenset({room_id}))

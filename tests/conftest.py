"""What every test may ask for: a migrated database of its own, NATS without streams, the clock, real files.

One PostgreSQL and one nats-server serve the whole session and are gone at its end.
"""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
from hypothesis import settings

from dispatch.runtime.embedded import Embedded
from dispatch.runtime.postgres import Pool
from tests.harness.clock import Clock
from tests.harness.databases import Databases, open_databases
from tests.harness.on_nats import connected
from tests.harness.servers import session_servers
from tests.harness.shared_data import MISSING, shared_data_folder
from tests.harness.waiting import GUARD_S

if TYPE_CHECKING:
    from tests.harness.doors import Doors


# How long an example takes says how busy the machine is, and nothing else.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

LONGEST = (
    "test_a_demo_is_a_whole_centre",
    "test_nothing_acknowledged_is_lost",
    "test_every_page_is_for_everybody",
    "test_two_thousand_nights_lose_nothing",
    "test_a_real_city_is_dispatched_by_road",
    "test_another_router_agrees",
    "test_a_command_says_what_is_wrong",
    "test_a_wall_never_lies",
    "test_a_command_room_at_work",
    "test_timers_fire_once_whoever_dies",
    "test_two_replicas_are_one_centre",
    "test_a_rostered_crew_is_seen_where_it_is_missed",
)
"""Files by the minutes they take, the longest first."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--soak-share", type=float, default=1.0, help="how much of each long run is run: 0.02 is one fiftieth"
    )


@pytest.fixture
def share(request: pytest.FixtureRequest) -> Callable[[int], int]:
    """So many of a long run's rounds as were asked for, at least one."""
    part: float = request.config.getoption("--soak-share")
    return lambda whole: max(1, round(whole * part))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files go first, then those with something slow: no worker ends on one while the others have nothing left."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    rank = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (rank.get(item.path.stem, len(rank)), item.path not in slow))
    if shared_data_folder() is None:
        for item in items:
            if item.get_closest_marker("real_data"):
                item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real files; ask for it in tests marked `real_data`."""
    folder = shared_data_folder()
    if folder is None:
        pytest.skip(MISSING)
    return folder


@pytest.fixture(scope="session")
async def servers() -> AsyncIterator[Embedded]:
    """PostgreSQL and nats-server of this session."""
    async with session_servers() as both:
        yield both


@pytest.fixture(scope="session")
async def databases(servers: Embedded) -> AsyncIterator[Databases]:
    """Makes databases; the template is migrated once."""
    async with open_databases(servers.database_url, servers.superuser_url) as made:
        yield made


@pytest.fixture
async def database_url(databases: Databases) -> AsyncIterator[str]:
    """A migrated database of this test's own."""
    async with databases.copy() as url:
        yield url


@pytest.fixture
async def empty_database_url(databases: Databases) -> AsyncIterator[str]:
    """A database without schema."""
    async with databases.empty() as url:
        yield url


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """Connections to this test's database."""
    async with asyncpg.create_pool(
        database_url, min_size=1, max_size=16, server_settings={"timezone": "UTC"}
    ) as opened:
        yield opened


@pytest.fixture
async def clock(database_url: str) -> Clock:
    """`cad_now()` of this test's database."""
    return Clock(database_url)


@pytest.fixture
async def nats_url(servers: Embedded) -> AsyncIterator[str]:
    """The session's NATS with the centre's credentials; streams a test made are gone after it."""
    yield servers.nats_url
    await remove_streams(servers.nats_url)


async def remove_streams(url: str) -> None:
    """Leave NATS as it was found."""
    client = await connected(url)
    try:
        streams = client.jetstream(timeout=GUARD_S)
        for stream in await streams.streams_info():
            await streams.delete_stream(str(stream.config.name))
    finally:
        await client.close()


@pytest.fixture(scope="module")
async def doors(
    databases: Databases, servers: Embedded, tmp_path_factory: pytest.TempPathFactory
) -> "AsyncIterator[Doors]":
    """A replica on the little town, its HTTP open without a network; one for all tests of a module."""
    from tests.harness.doors import open_doors

    async with databases.copy() as url:
        async with open_doors(url, servers.nats_url, tmp_path_factory.mktemp("doors")) as opened:
            yield opened
        await remove_streams(servers.nats_url)


@pytest.fixture
async def two(database_url: str, nats_url: str, tmp_path: Path) -> "AsyncIterator[tuple[Doors, Doors]]":
    """Two replicas on one little town that only this test knows."""
    from tests.harness.doors import open_doors, open_replica

    async with (
        open_doors(database_url, nats_url, tmp_path) as here,
        open_replica(database_url, nats_url, tmp_path) as there,
    ):
        yield here, there

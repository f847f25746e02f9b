"""What the tests in a browser share: one Chromium a session, one served town a module, people who complain of nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.harness import browser
from tests.harness.browser import Chromium, Person
from tests.harness.doors import Doors
from tests.harness.street import Street, open_street
from tests.harness.wire import Wire, open_wire

People = Callable[..., Awaitable[Person]]
BROKEN = "ERR_(CONNECTION|EMPTY_RESPONSE|SOCKET)|WebSocket connection|fetching the script"
"""What a browser complains of while its line is cut."""


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Chromium]:
    """The browser of this session."""
    program = browser.chromium()
    if program is None:
        pytest.skip(browser.MISSING)
    async with browser.open_chromium(program) as opened:
        yield opened


@pytest.fixture(scope="module")
async def street(doors: Doors) -> AsyncIterator[Street]:
    """The little town of this module, its doors on a port."""
    async with open_street(doors) as opened:
        yield opened


@pytest.fixture
async def wire(street: Street) -> AsyncIterator[Wire]:
    """The line between browser and house."""
    async with open_wire(int(street.host.rpartition(":")[2])) as opened:
        yield opened


@pytest.fixture
async def people(chromium: Chromium, street: object) -> AsyncIterator[People]:
    """Seats somebody at the browser; afterwards nobody may have complained, nor called another house.

    street: whatever is served, which must outlive the pages that look at it.
    """
    there: list[Person] = []
    calls = len(chromium.telephone.strangers)

    async def seat(**how: object) -> Person:
        there.append(await chromium.person(**how))  # type: ignore[arg-type]
        return there[-1]

    yield seat
    for person in there:
        await person.context.close()
    assert [complaint for person in there for complaint in person.unforgiven] == []
    assert [address for person in there for address in person.strangers()] == []
    assert chromium.telephone.strangers[calls:] == []

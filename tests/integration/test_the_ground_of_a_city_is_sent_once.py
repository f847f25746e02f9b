"""Promise: the ground under the map is one small document, sent once, and a replica without a map says so."""

import gzip

import msgspec
import pytest

from dispatch.runtime.settings import Settings
from tests.harness import bay
from tests.harness.doors import API, Doors


@pytest.fixture
def mapped(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> Doors:
    settings: Settings = doors.runtime.settings
    monkeypatch.setattr(doors.runtime, "settings", msgspec.structs.replace(settings, city=bay.drawn(110)))
    return doors


async def test_who_reads_reference_data_gets_the_drawing_and_who_has_it_is_told_so(mapped: Doors) -> None:
    seat = await mapped.seat("dispatcher")
    told = await seat.get("/ground")
    assert told.status_code == 200, told.text
    drawing = told.json()
    assert {
        "sea",
        "water",
        "green",
        "rails",
        "streets",
        "places",
        "bounds",
        "origin",
        "unit",
        "credit",
    } == set(drawing)
    assert len(gzip.compress(told.content)) < 300_000
    assert told.headers["content-encoding"] == "gzip"
    assert "max-age" in told.headers["cache-control"]
    again = await seat.client.get(f"{API}/ground", headers={"If-None-Match": told.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = await seat.client.get(f"{API}/ground", headers={"Accept-Encoding": "identity"})
    assert plain.json() == drawing


async def test_a_gateway_has_no_business_with_it(mapped: Doors) -> None:
    seat = await mapped.seat("gateway", of="sim", kind="gateway")
    assert (await seat.get("/ground")).status_code == 403


async def test_a_replica_without_a_map_says_so(doors: Doors) -> None:
    told = await (await doors.seat("dispatcher")).get("/ground")
    assert (told.status_code, told.content) == (204, b"")

"""Promise: the places of a whole city are found by characters, sound, initials, typing errors, crossing, number and code."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from dispatch.acts import Principal
from dispatch.gazetteer.search import Match, near, search
from dispatch.gazetteer.store import CITY, put_places, sources
from dispatch.journal import Connection
from dispatch.work import Actor, work
from geo.coordinates import distance_m
from geo.gazetteer import Entry, named
from tests.harness import bay, town
from tests.harness.databases import Databases

SOMEBODY = Principal(id="admin", roles=frozenset({"admin"}), room_id=town.CITY, rooms=frozenset({town.CITY}))
EXTRA = [
    named("street", "深南大道", (114.03, 22.54), ["Shennan Boulevard"]),
    named("street", "香蜜湖路", (114.02, 22.54)),
    named("street", "和平里", (114.0, 22.54)),
    named("street", "和平里", (114.1, 22.54)),
    Entry(kind="crossing", name="深南大道/香蜜湖路", lon=114.02, lat=22.5401),
    Entry(
        kind="house_number", name="深南大道1001号", lon=114.031, lat=22.54, street="深南大道", number="1001"
    ),
    Entry(
        kind="house_number", name="深南大道1008号", lon=114.032, lat=22.54, street="深南大道", number="1008"
    ),
    named("place", "车公庙地铁站", (114.0265, 22.5370), ["Chegongmiao Station"]),
    named("metro_exit", "车公庙地铁站", (114.0266, 22.5371)),
    named("place", "St. Mary's Hospital", (114.05, 22.55)),
    named("street", "Main Street", (114.06, 22.55)),
    Entry(
        kind="house_number", name="12 Main Street", lon=114.061, lat=22.55, street="Main Street", number="12"
    ),
    named("lamp_pole", "深南大道灯杆", (114.0301, 22.5401), (), "SN 0031"),
]


@pytest.fixture(scope="module")
async def conn(databases: Databases) -> AsyncIterator[Connection]:
    async with (
        databases.copy() as url,
        asyncpg.create_pool(url, min_size=1, max_size=2, server_settings={"timezone": "UTC"}) as pool,
    ):
        centre = town.centre_without_data()
        async with work(pool, centre, Actor(principal=SOMEBODY)) as w:
            await put_places(w, bay.city(110).places, CITY)
            await put_places(w, EXTRA, "extra")
        async with pool.acquire() as opened:
            yield opened


async def first(conn: Connection, text: str, **more: Any) -> Match:
    found = await search(conn, text, **more)
    assert found, f"nothing is found for {text}"
    assert len(found) <= 8
    return found[0]


@pytest.mark.parametrize(
    ("text", "name", "match"),
    [
        ("车公庙地铁站", "车公庙地铁站", "exact"),
        ("车公庙", "车公庙地铁站", "begins"),
        ("车公苗", "车公庙地铁站", "begins"),
        ("車公廟地鐵站", "车公庙地铁站", "sounds_alike"),
        ("chegongmiao", "车公庙地铁站", "begins"),
        ("che gong miao", "车公庙地铁站", "begins"),
        ("chegonmiao ditiezhan", "车公庙地铁站", "close"),
        ("cgmdtz", "车公庙地铁站", "initials"),
        ("cgm", "车公庙地铁站", "begins"),
        ("chegongmiao station", "车公庙地铁站", "exact"),
        ("Chegongmiao Stn", "车公庙地铁站", "exact"),
        ("chegongmaio station", "车公庙地铁站", "close"),
        ("深难大道", "深南大道", "sounds_alike"),
        ("shennan boulevard", "深南大道", "exact"),
        ("shenan dadao", "深南大道", "close"),
        ("Shennan Blvd", "深南大道", "exact"),
        ("st marys hospital", "St. Mary's Hospital", "exact"),
        ("marys hospital", "St. Mary's Hospital", "contains"),
        ("st marys hopsital", "St. Mary's Hospital", "close"),
        ("深南大道/香蜜湖路", "深南大道/香蜜湖路", "exact"),
        ("香蜜湖路/深南大道", "深南大道/香蜜湖路", "exact"),
        ("香蜜湖路与深南大道交叉口", "深南大道/香蜜湖路", "exact"),
        ("香蜜湖路深南大道路口", "深南大道/香蜜湖路", "exact"),
        ("香密湖路/深南大道", "深南大道/香蜜湖路", "sounds_alike"),
        ("xmhl & shennandadao", "深南大道/香蜜湖路", "initials"),
        ("深南大道1008号", "深南大道1008号", "exact"),
        ("shennandadao 1008", "深南大道1008号", "exact"),
        ("深南大道1003号", "深南大道1001号", "nearby_number"),
        ("12 Main St", "12 Main Street", "exact"),
        ("14 Main St", "12 Main Street", "nearby_number"),
        ("12 Mian Street", "12 Main Street", "close"),
        ("SN0031", "深南大道灯杆", "exact"),
        ("sn 0031", "深南大道灯杆", "exact"),
        ("SN00", "深南大道灯杆", "begins"),
    ],
)  # fmt: skip
async def test_what_is_said_leads_to_the_place(conn: Connection, text: str, name: str, match: str) -> None:
    found = await first(conn, text)
    assert (found.name, found.match) == (name, match)


async def test_of_equals_the_nearer_comes_first_and_both_are_marked(conn: Connection) -> None:
    west = await search(conn, "和平里", (114.001, 22.54))
    east = await search(conn, "和平里", (114.099, 22.54))
    assert [one.lon for one in west[:2]] == [114.0, 114.1]
    assert [one.lon for one in east[:2]] == [114.1, 114.0]
    assert all(one.ambiguous and one.distance_m is not None for one in [*west[:2], *east[:2]])
    twice_told = await search(conn, "车公庙地铁站", (114.0, 22.5))
    assert [(one.kind, one.ambiguous) for one in twice_told[:2]] == [("place", False), ("metro_exit", False)]


async def test_streets_that_meet_nowhere_are_shown_by_themselves(conn: Connection) -> None:
    found = await search(conn, "和平里/香蜜湖路")
    assert {(one.name, one.match) for one in found[:2]} == {
        ("和平里", "does_not_cross"),
        ("香蜜湖路", "does_not_cross"),
    }


async def test_numbers_whose_order_is_in_doubt_are_shown_both_ways_unless_the_city_tells(
    conn: Connection,
) -> None:
    doubtful = await search(conn, "51.5007, 0.1246", (0.1, 51.5))
    assert [(one.lon, one.lat, one.ambiguous) for one in doubtful] == [
        (0.1246, 51.5007, True),
        (51.5007, 0.1246, True),
    ]
    told = await search(conn, "51.5007, 0.1246", city=(-0.5, 51.3, 0.3, 51.7))
    assert [(one.lon, one.lat, one.ambiguous) for one in told] == [(0.1246, 51.5007, False)]
    shifted = await first(conn, "114.0265,22.5370 GCJ02")
    assert 400 < distance_m(shifted.lon, shifted.lat, 114.0265, 22.5370) < 800


@pytest.mark.parametrize(
    "text",
    ["%", "_", "\\", "'", '"', "/", "||", "a" * 5000, "车" * 300, "号", "0", "…", "ЖЖ", "a\0b", "\ud800车"],
)
async def test_nothing_that_is_typed_breaks_the_search(conn: Connection, text: str) -> None:
    assert len(await search(conn, text)) <= 8


async def test_every_place_of_the_city_is_found_by_its_own_name(conn: Connection) -> None:
    city = bay.city(110)
    wanted = [entry for entry in city.places if entry.kind != "crossing"][::23]
    missed = []
    for entry in wanted:
        found = await search(conn, entry.name, (entry.lon, entry.lat))
        if not any((one.name, one.match) == (entry.name, "exact") for one in found):
            missed.append(entry.name)
    assert len(wanted) > 100
    assert missed == []


async def test_every_crossing_of_the_city_is_found_in_either_order(conn: Connection) -> None:
    missed = []
    for entry in [one for one in bay.city(110).places if one.kind == "crossing"][::53]:
        one, other = entry.name.split("/")
        found = await search(conn, f"{other}与{one}路口", (entry.lon, entry.lat))
        if (found[0].name, found[0].lon) != (entry.name, entry.lon):
            missed.append((entry.name, found[:1]))
    assert missed == []


async def test_what_lies_near_is_the_nearest_on_the_ground(conn: Connection) -> None:
    everything = [*bay.city(110).places, *EXTRA]
    for lon, lat in [(114.03, 22.541), (114.06, 22.56), (114.1, 22.57)]:
        around = await near(conn, lon, lat)
        for told, kinds in (
            (around.crossing, {"crossing"}),
            (around.house_number, {"house_number"}),
            (around.place, {"place", "call_point"}),
        ):
            nearest_m = min(distance_m(lon, lat, e.lon, e.lat) for e in everything if e.kind in kinds)
            assert told is not None
            assert told.distance_m == pytest.approx(nearest_m, abs=0.1)
    nothing = await near(conn, 0.0, 89.9)
    assert (nothing.crossing, nothing.place, nothing.house_number, nothing.mark) == (None,) * 4


async def test_a_source_is_replaced_whole_and_leaves_the_others(pool: Any) -> None:
    centre = town.centre_without_data()
    async with work(pool, centre, Actor(principal=SOMEBODY)) as w:
        await put_places(w, EXTRA, "one")
        await put_places(w, EXTRA[:1], "two")
    async with work(pool, centre, Actor(principal=SOMEBODY)) as w:
        assert await put_places(w, EXTRA[-1:], "one") == 1
    async with pool.acquire() as conn:
        assert [(one.source, one.version, one.entries) for one in await sources(conn)] == [
            ("one", 2, 1),
            ("two", 1, 1),
        ]
        assert await conn.fetchval("SELECT count(*) FROM place") == 2
        facts = await conn.fetch(
            "SELECT version, body::text FROM journal WHERE noun = 'place' ORDER BY position"
        )
        assert [row[0] for row in facts] == [1, 1, 2]
        assert '"entries": 1' in facts[-1][1]

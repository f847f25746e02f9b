"""Promise: a server that is killed, a session that is ended or a foreign page costs no word that was typed and opens no door."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from playwright.async_api import Page, expect

from dispatch.runtime.embedded import Embedded
from tests.e2e.conftest import People
from tests.harness.browser import Person, until
from tests.harness.databases import Databases
from tests.harness.mortal import Mortal, open_mortal

pytestmark = pytest.mark.slow

WORDS = "有人在桥下求救，穿红衣服"
BROKEN = (
    "ERR_(CONNECTION|EMPTY_RESPONSE|SOCKET|FAILED)|WebSocket connection|fetching the script|Failed to fetch"
    "|status of (401|403|502|503)"
)


@pytest.fixture(scope="module")
async def street(
    databases: Databases, servers: Embedded, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Mortal]:
    """A replica that can be killed."""
    async with (
        databases.copy() as url,
        open_mortal(url, servers.nats_url, tmp_path_factory.mktemp("mortal")) as opened,
    ):
        yield opened


async def typing(person: Person, street: Mortal) -> Page:
    """Somebody in the middle of a report."""
    person.forgive(BROKEN)
    await person.context.request.get(street.url + await street.link("call_taker"))
    page = await person.page(f"{street.url}/call")
    await page.locator(".link.live").wait_for()
    await page.keyboard.press("Alt+n")
    await page.keyboard.press("F7")
    await page.keyboard.insert_text(WORDS)
    return page


async def test_a_killed_server_costs_no_word(street: Mortal, people: People) -> None:
    page = await typing(await people(), street)
    await street.kill()
    await page.locator(".link.late, .link.dead").wait_for()
    await page.keyboard.insert_text("，快沉了")
    await street.start()
    await page.locator(".link.live").wait_for()
    assert WORDS + "，快沉了" in await page.evaluate(
        "[...document.querySelectorAll('textarea')].map((one) => one.value).join()"
    )
    await page.reload()
    await page.locator(".link.live").wait_for()
    await expect(page.get_by_text("快沉了").first).to_be_visible()


async def test_an_ended_session_leads_to_the_door_and_the_draft_waits_behind_it(
    street: Mortal, people: People
) -> None:
    person = await people(name="boris")
    page = await typing(person, street)
    await until(page, "Object.values(localStorage).some((kept) => kept.includes('红衣服'))")
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(street.database_url)
    try:
        await connection.execute("UPDATE session SET revoked_at = cad_now() WHERE revoked_at IS NULL")
    finally:
        await connection.close()
    await page.locator("input[type=password]").wait_for()
    assert "桥下求救" not in await page.evaluate("document.body.innerText")
    await person.context.request.get(street.url + await street.link("call_taker"))
    again = await person.page(f"{street.url}/call")
    await again.locator(".link.live").wait_for()
    await expect(again.get_by_text("红衣服").first).to_be_visible()


async def test_a_page_from_elsewhere_opens_no_line_and_no_session(street: Mortal, people: People) -> None:
    person = await people()
    person.forgive(BROKEN)
    await person.context.request.get(street.url + await street.link("dispatcher"))
    elsewhere = street.url.replace("127.0.0.1", "localhost")
    page = await person.page(f"{street.url}/sign-in")
    told = await person.context.request.post(
        f"{street.url}/api/v1/session", data={"login": "x", "password": "y"}, headers={"Origin": elsewhere}
    )
    assert (told.status, (await told.json())["code"]) == (403, "wrong_origin")
    await page.route(
        f"{elsewhere}/**",
        lambda route: route.fulfill(body="<title>elsewhere</title>", content_type="text/html"),
    )
    await page.goto(f"{elsewhere}/")
    outcome = await page.evaluate(
        f"new Promise((done) => {{ const line = new WebSocket('{street.url.replace('http', 'ws')}/api/v1/live');"
        " line.onopen = () => done('open'); line.onerror = () => done('refused'); })"
    )
    assert outcome == "refused"
    person.asked.clear()  # the other house is this test's own

"""`python -m load_tests.screenshots [--only PAGE] [--minutes N]`: every page × language × theme × size, of a bay city at work.

A demo with callers, patrols and a shift lives some minutes fast, then stands for its pictures. They go into
`load_tests/out/screenshots`; the one that the README shows is chosen and put into its place by hand.
"""

import argparse
import asyncio
import shutil
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from playwright.async_api import Page
from playwright.async_api import TimeoutError as TooLate

from dispatch.runtime.ports import free_port
from tests.harness import browser
from tests.harness.browser import Chromium, Language, Person, Theme, open_chromium, until
from tests.harness.commands import data_folder, demo_file, running
from tests.harness.seated import sign_in, take_seat

OUT = Path(__file__).parent / "out" / "screenshots"
WIDE, SMALL, HAND = (1600, 950), (1280, 800), (360, 740)
HD, VAST = (1920, 1080), (3840, 2160)
SIZES: dict[str, tuple[tuple[int, int], ...]] = {
    "sign_in": (WIDE, HAND),
    "seats": (SMALL,),
    "desk": (WIDE, SMALL, HAND),
    "review": (WIDE, SMALL, HAND, VAST),
    "level": (WIDE, SMALL, HAND),
    "call": (WIDE, SMALL),
    "events": (WIDE, SMALL, HAND),
    "unit": (HAND,),
    "paper": (SMALL,),
    "rules": (WIDE, SMALL, HAND),
    "plans": (WIDE, SMALL, HAND),
    "room": (WIDE, SMALL, VAST),
    "report": (SMALL,),
    "wall": (HD, VAST),
}
UNITS, SPEED = 120, 8
SETTLE_S = 6.0
"""Tiles come one by one, and nobody says when the last was drawn."""


class City:
    """The demo: where it is, who may sign in, what may be asked."""

    def __init__(self, demo: dict[str, Any], client: httpx.AsyncClient) -> None:
        self.url: str = demo["http"]
        self.people: dict[str, dict[str, Any]] = {person["login"]: person for person in demo["accounts"]}
        self._keys: dict[str, str] = demo["keys"]
        self._client = client

    async def get(self, path: str, **params: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._keys['leader']}"}
        told = await self._client.get(f"{self.url}/api/v1{path}", params=params, headers=headers)
        return told.raise_for_status().json()

    async def post(self, role: str, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._keys[role]}", "Idempotency-Key": str(uuid4())}
        told = await self._client.post(f"{self.url}/api/v1{path}", json=body, headers=headers)
        return told.raise_for_status().json()

    async def sit(self, person: Person, login: str, kind: str) -> None:
        """Take a free seat of this kind, at the centre if there is one."""
        known = self.people[login]
        seats = (await self.get("/seats"))["items"]
        centre = next(seat["room_id"] for seat in seats if seat["kind"] == "call_taker")
        free = [
            seat for seat in seats
            if seat["kind"] == kind and (seat["holder"] is None or seat["holder_name"] == known["name"])
        ]  # fmt: skip
        best = min(free, key=lambda seat: seat["room_id"] != centre)
        await take_seat(person, self.url, login, best["id"], known["password"])


async def sign_in_page(city: City, person: Person) -> Page:
    page = await person.page(f"{city.url}/sign-in")
    await page.locator("input").first.wait_for()
    return page


async def seats_page(city: City, person: Person) -> Page:
    await sign_in(person, city.url, "leader1", city.people["leader1"]["password"])
    page = await person.page(f"{city.url}/sign-in")
    await page.locator("input[type=radio]").first.wait_for()
    return page


async def desk_page(city: City, person: Person) -> Page:
    await city.sit(person, "dispatcher1", "dispatcher")
    page = await person.page(f"{city.url}/desk")
    await page.locator(".link.live").wait_for()
    await page.keyboard.press("F2")
    while not await page.locator(".panel.queue [aria-selected=true]").count():
        await page.keyboard.press("ArrowDown")
        await asyncio.sleep(0.3)
    return page


async def level_page(city: City, person: Person) -> Page:
    """The dispatching page of a leader, about to order another duty level."""
    await city.sit(person, "leader1", "leader")
    page = await person.page(f"{city.url}/desk")
    await page.locator(".strip .chip").wait_for()
    await page.keyboard.press("Alt+l")
    await page.keyboard.press("ArrowUp")
    await page.locator("dialog[open] dl").wait_for()
    return page


async def call_page(city: City, person: Person) -> Page:
    await city.sit(person, "calltaker1", "call_taker")
    page = await person.page(f"{city.url}/call")
    await page.locator(".link.live").wait_for()
    found = (await city.get("/places", q="广场", limit=1))["items"]
    await page.keyboard.press("F3")
    await page.keyboard.insert_text(found[0]["name"] if found else "广场")
    await page.locator(".drop [role=option]").first.wait_for()
    await page.keyboard.press("Enter")
    await page.keyboard.press("F4")
    await page.keyboard.insert_text("打架")
    await page.locator(".drop [role=option]").first.wait_for()
    await page.keyboard.press("Enter")
    await page.keyboard.press("F7")
    await page.keyboard.insert_text("烧烤摊前五六个人打起来了，有人头上流血，其中一个手里拿着酒瓶。")
    return page


async def events_page(city: City, person: Person) -> Page:
    await city.sit(person, "dispatcher1", "dispatcher")
    page = await person.page(f"{city.url}/events")
    await page.locator(".link.live").wait_for()
    await page.locator("#events [role=option]").first.wait_for()
    return page


async def unit_page(city: City, person: Person) -> Page:
    await give_the_crew_a_job(city)
    await sign_in(person, city.url, "crew1", city.people["crew1"]["password"])
    page = await person.page(f"{city.url}/unit")
    await page.locator(".next").wait_for()
    return page


async def paper_page(city: City, person: Person) -> Page:
    await city.sit(person, "dispatcher2", "dispatcher")
    page = await person.page(f"{city.url}/paper")
    await page.locator("h1, h2").first.wait_for()
    return page


async def rules_page(city: City, person: Person) -> Page:
    await city.sit(person, "leader1", "leader")
    page = await person.page(f"{city.url}/rules")
    await page.locator("main .list li").first.wait_for()
    return page


async def plans_page(city: City, person: Person) -> Page:
    await city.sit(person, "leader1", "leader")
    page = await person.page(f"{city.url}/plans")
    await page.locator("article li").first.wait_for()
    return page


async def review_page(city: City, person: Person) -> Page:
    """The review of something that was closed, or else of something that goes on."""
    await city.sit(person, "leader1", "leader")
    found = (await city.get("/incidents", state="closed", limit=100))["items"]
    found += (await city.get("/incidents", state="on_scene", limit=100))["items"]
    most = max(found, key=lambda one: len(one["assignments"]))
    review = await city.post("leader", f"/incidents/{most['id']}/after-action-reviews", {})
    if not review["findings"]:
        for kind, text in (
            ("well", "首派单位四分钟内到场。"),
            ("not_well", "辖区所签收偏慢，由值班领导催办。"),
        ):
            body = {"kind": kind, "text": text}
            await city.post("leader", f"/after-action-reviews/{review['id']}/findings", body)
        due = (datetime.now(UTC) + timedelta(days=7)).isoformat()
        action = {"room_id": review["room"], "text": "完善夜间签收提醒，复训值班席。", "due_at": due}
        await city.post("leader", f"/after-action-reviews/{review['id']}/actions", action)
    page = await person.page(f"{city.url}/review?review={review['id']}")
    await page.locator("#knew tbody tr").first.wait_for()
    facts = page.locator("#course .fact")
    await facts.nth(min(3, await facts.count() - 1)).click()
    return page


async def room_page(city: City, person: Person) -> Page:
    await city.sit(person, "leader1", "leader")
    page = await person.page(f"{city.url}/room")
    await page.locator(".link.live").wait_for()
    with suppress(TooLate):  # what happened meanwhile is told first, if anything did
        await page.locator("dialog[open]").wait_for(timeout=10_000)
        await page.keyboard.press("Escape")
    await page.keyboard.press("F2")
    for _ in range(3):
        await page.keyboard.press("ArrowDown")
        await asyncio.sleep(0.3)
    return page


async def report_page(city: City, person: Person) -> Page:
    page = await room_page(city, person)
    await page.keyboard.press("p")
    return page


async def wall_page(city: City, person: Person) -> Page:
    await sign_in(person, city.url, "leader1", city.people["leader1"]["password"])
    page = await person.page(f"{city.url}/wall")
    await page.locator(".link.live").wait_for()
    return page


PAGES = {
    "sign_in": sign_in_page, "seats": seats_page, "desk": desk_page, "level": level_page, "call": call_page, "unit": unit_page, "paper": paper_page,
    "rules": rules_page, "plans": plans_page, "events": events_page,
    "review": review_page,
    "room": room_page, "report": report_page, "wall": wall_page,
}  # fmt: skip


async def give_the_crew_a_job(city: City) -> None:
    """The crew of the unit page is on its way to something."""
    sign = city.people["crew1"]["unit"]
    units = (await city.get("/units", limit=500))["items"]
    unit = next(unit for unit in units if unit["call_sign"] == sign)
    if unit["state"] != "available" or unit["fix"] is None:
        return
    place = {"lon": unit["fix"]["lon"] + 0.006, "lat": unit["fix"]["lat"] + 0.003}
    body = {
        "source": "call",
        "text": "地下车库有人砸车，一名男子手持铁棍，穿黑色上衣。",
        "place": place,
        "exercise": True,
    }
    incident = (await city.post("call_taker", "/alarms", body))["incident"]
    await city.post(
        "dispatcher", f"/incidents/{incident['id']}/assignments", {"orders": [{"unit_id": unit["id"]}]}
    )
    note = {"kind": "hazard", "urgent": True, "text": "嫌疑人持铁棍，从东侧楼梯进入。"}
    await city.post("dispatcher", f"/incidents/{incident['id']}/notes", note)


async def picture(
    city: City, chromium: Chromium, name: str, look: tuple[Language, Theme, tuple[int, int]]
) -> Path:
    """One page in one look, once it has settled."""
    language, theme, size = look
    person = await chromium.person(size=size, theme=theme, language=language, gl=True)
    try:
        page = await PAGES[name](city, person)
        await until(page, "!document.querySelector('.map') || document.querySelector('.map canvas')")
        await asyncio.sleep(SETTLE_S)
        path = OUT / f"{name}-{language}-{theme}-{size[0]}.png"
        await page.screenshot(path=path)
    finally:
        await person.context.close()
    return path


async def take(only: list[str], minutes: float) -> None:
    """All pictures anew."""
    program = browser.chromium()
    if program is None:
        sys.exit(browser.MISSING)
    if not only:
        shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True, exist_ok=True)
    options = ("--units", UNITS, "--speed", SPEED)
    async with (
        data_folder() as folder,
        running("demo", "--data", folder, "--port", free_port(), *options) as command,
        httpx.AsyncClient(timeout=60) as client,
        open_chromium(program) as chromium,
    ):
        await command.says("page")
        city = City(await demo_file(folder, command), client)
        await asyncio.sleep(minutes * 60 / SPEED)
        for name in only or PAGES:
            for look in product(("zh", "en"), ("dark", "light"), SIZES[name]):
                print(await picture(city, chromium, name, look), flush=True)  # type: ignore[arg-type]


def main() -> None:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m load_tests.screenshots", description=__doc__)
    parser.add_argument("--only", action="append", default=[], choices=sorted(PAGES), help="these pages")
    parser.add_argument(
        "--minutes", type=float, default=15.0, help="of the city's life before the first picture"
    )
    chosen = parser.parse_args()
    asyncio.run(take(chosen.only, chosen.minutes))


if __name__ == "__main__":
    main()

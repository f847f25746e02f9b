"""What the pictures show: each page of the console, seated, with something on it, and the states that are easily forgotten.

A scene takes the city and somebody at a browser and leaves the page as it shall be seen.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from math import dist
from typing import Any
from uuid import uuid4

import httpx
from playwright.async_api import Page
from playwright.async_api import TimeoutError as TooLate

from load_tests.owed import much_owed
from tests.harness.browser import Person
from tests.harness.seated import sign_in, take_seat


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
    """Something that waits for a unit, with what is proposed for it; whatever comes first when nothing waits."""
    await city.sit(person, "dispatcher1", "dispatcher")
    page = await person.page(f"{city.url}/desk")
    await page.locator(".link.live").wait_for()
    await page.locator(".panel.queue .incident").first.wait_for()
    await page.keyboard.press("F2")
    for _ in range(12):
        await page.keyboard.press("ArrowDown")
        await asyncio.sleep(0.2)
        if not await page.locator(".panel.queue .incident.selected.waiting").count():
            continue
        await page.keyboard.press("F3")
        with suppress(TooLate):  # nobody is proposed for what has no place
            await page.locator(".panel.plan .option").first.wait_for(timeout=8_000)
            break
        await page.keyboard.press("F2")
    await page.keyboard.press("F2")
    return page


async def together_page(city: City, person: Person) -> Page:
    """Two that want the same unit, and who would go where together."""
    await city.sit(person, "dispatcher1", "dispatcher")
    page = await person.page(f"{city.url}/desk")
    await page.locator(".link.live").wait_for()
    line = page.locator(".panel.queue .line.shown")
    for _ in range(3):  # two that are served as well one by one are offered nothing
        await two_for_one_unit(city)
        with suppress(TooLate):
            await line.wait_for(timeout=25_000)
            break
    await page.keyboard.press("Alt+j")
    await page.locator("dialog[open] tbody tr").first.wait_for()
    return page


async def ground_page(city: City, person: Person) -> Page:
    """How soon the next call would be served: in a line over the board, and cell by cell on the map."""
    await city.sit(person, "dispatcher1", "dispatcher")
    page = await person.page(f"{city.url}/desk")
    await page.locator(".link.live").wait_for()
    await page.locator(".ground .figures").wait_for(timeout=60_000)
    await page.locator("button[title$='(L)']").click()
    await (
        page.locator("label", has_text="下一警多久有人到")
        .or_(page.locator("label", has_text="How soon"))
        .click()
    )
    return page


async def borders_page(city: City, person: Person) -> Page:
    """A chase over borders, its cordon drawn, and whose duty it is disputed: the detail and the map of it."""
    incident = await a_chase(city)
    await city.sit(person, "dispatcher1", "dispatcher")
    return await chosen(await person.page(f"{city.url}/desk"), incident["number"])


async def chosen(page: Page, number: str) -> Page:
    """The desk with this incident selected and in the middle of the map; rows move, so it is tried until it is that one."""
    await page.locator(".link.live").wait_for()
    await page.locator(".panel.queue .incident").first.wait_for()
    row = page.locator(f".panel.queue .number[title='{number}']")
    detail = page.locator(".panel.detail > header", has_text=number)
    await page.mouse.move(150, 600)
    for _ in range(40):
        if await row.count():
            with suppress(TooLate):  # it was rolled out of sight meanwhile
                await row.click(timeout=1_000, force=True)
        else:
            await page.mouse.wheel(0, 400)
        await asyncio.sleep(0.3)
        if await detail.count():
            break
    await page.keyboard.press("m")
    return page


async def acts_page(city: City, person: Person) -> Page:
    """The menu of acts over the desk."""
    page = await desk_page(city, person)
    await page.keyboard.press("a")
    await page.locator("dialog[open]").wait_for()
    return page


async def note_page(city: City, person: Person) -> Page:
    """A question half answered, closed, and opened again."""
    page = await desk_page(city, person)
    await page.keyboard.press("n")
    await page.locator("dialog[open] textarea").fill("报警人称对方有刀，已躲进店内。")
    await page.keyboard.press("Escape")
    await page.keyboard.press("n")
    await page.locator("dialog[open] .back").wait_for()
    return page


async def keys_page(city: City, person: Person) -> Page:
    """All keys of the desk."""
    page = await desk_page(city, person)
    await page.keyboard.press("?")
    await page.locator("dialog[open]").wait_for()
    return page


async def broadcasts_page(city: City, person: Person) -> Page:
    """Broadcasts and lookouts that hold, the first unfolded."""
    await some_broadcasts(city)
    page = await desk_page(city, person)
    await page.keyboard.press("Alt+b")
    await page.locator("dialog.broadcasts .fold").first.click()
    return page


async def lookout_page(city: City, person: Person) -> Page:
    """A lookout being written."""
    await city.sit(person, "leader1", "leader")
    page = await person.page(f"{city.url}/desk")
    await page.locator(".link.live").wait_for()
    await page.keyboard.press("Alt+b")
    await page.locator("dialog.broadcasts header button").nth(1).click()
    await page.locator("dialog.broadcasts textarea").fill("盗抢电动车后向北逃跑，最后见于中澜路口。")
    return page


async def reviews_page(city: City, person: Person) -> Page:
    """Forms to be read by a person, beside the journal."""
    await city.sit(person, "reviewer1", "reviewer")
    page = await person.page(f"{city.url}/follow-up")
    await page.locator(".link.live").wait_for()
    await page.keyboard.press("F2")
    await page.keyboard.press("ArrowDown")
    return page


async def call_backs_page(city: City, person: Person) -> Page:
    """A caller to be asked."""
    page = await reviews_page(city, person)
    await page.keyboard.press("F3")
    await page.keyboard.press("ArrowDown")
    return page


async def owed_page(city: City, person: Person) -> Page:
    """A day after which much is owed: more rows in each lane than a screen holds, demands in front."""
    await much_owed(city)
    page = await reviews_page(city, person)
    await page.keyboard.press("F4")
    for _ in range(3):
        await page.keyboard.press("ArrowDown")
    return page


async def drawn_page(city: City, person: Person) -> Page:
    """A broadcast for whoever is inside an area that is drawn on the map."""
    page = await lookout_page(city, person)
    await page.get_by_role("button", name=re.compile("图上画区|Draw on the map")).click()
    canvas = page.locator("#map canvas.maplibregl-canvas")
    box = await canvas.bounding_box()
    if box is not None:
        for across, down in ((0.2, 0.45), (0.8, 0.4), (0.75, 0.8), (0.3, 0.7)):
            await canvas.click(position={"x": box["width"] * across, "y": box["height"] * down})
    return page


async def addressed_page(city: City, person: Person) -> Page:
    """The same once it was drawn, with the names of those who will hear it."""
    page = await drawn_page(city, person)
    await page.keyboard.press("Control+Enter")
    await page.locator("details.who summary").click()
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


async def video_page(city: City, person: Person) -> Page:
    """A video patrol at work: some of its cameras were looked through, one is out of order, one incident is asked about."""
    await give_the_video_patrol_work(city)
    await sign_in(person, city.url, "video1", city.people["video1"]["password"])
    page = await person.page(f"{city.url}/video")
    await page.locator("#video-list").wait_for()
    await page.locator("ol .row").first.wait_for()
    return page


async def video_raise_page(city: City, person: Person) -> Page:
    """It is about to raise what it sees."""
    page = await video_page(city, person)
    await page.keyboard.press("r")
    await page.locator("dialog[open] textarea").fill("两名男子推搡，一人倒地，围观十余人。")
    return page


async def watched_page(city: City, person: Person) -> Page:
    """The dispatcher's page with what a video patrol raised, the cameras around it open."""
    await give_the_video_patrol_work(city)
    await city.sit(person, "dispatcher1", "dispatcher")
    page = await person.page(f"{city.url}/desk")
    await page.locator(".link.live").wait_for()
    seen = next(one for one in (await city.get("/incidents", limit=200))["items"] if one["cameras"])
    await page.goto(f"{city.url}/desk?incident={seen['id']}")
    await page.locator(".panel.detail .cameras summary").click()
    await page.locator(".panel.detail .cameras li").first.wait_for()
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


async def cards_page(city: City, person: Person) -> Page:
    await city.sit(person, "leader1", "leader")
    page = await person.page(f"{city.url}/cards")
    await page.locator("ol.cards > li").first.wait_for()
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


async def review_print_page(city: City, person: Person) -> Page:
    """The review as it comes out of a printer."""
    page = await review_page(city, person)
    await page.emulate_media(media="print")
    return page


async def playback_page(city: City, person: Person) -> Page:
    """The last minutes of a unit that has been under way."""
    await city.sit(person, "leader1", "leader")
    found = (await city.get("/incidents", state="closed", limit=50))["items"]
    unit = next(order["unit_id"] for one in found for order in one["assignments"] if order["unit_id"])
    now = datetime.now(UTC)
    at = {"from": (now - timedelta(minutes=20)).isoformat(), "to": now.isoformat()}
    query = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in at.items())
    page = await person.page(f"{city.url}/playback?unit={unit}&{query}")
    await page.locator("#told dl").wait_for(state="attached")
    await page.locator("#moment").focus()
    await page.keyboard.press("End")
    for _ in range(2):
        await page.keyboard.press("Shift+ArrowLeft")
    return page


async def roster_page(city: City, person: Person) -> Page:
    """Duty of the room: some of a roster are there, some are not yet."""
    if not (await city.get("/rosters", limit=1))["items"]:
        begins = datetime.now(UTC) - timedelta(minutes=17)
        units = (await city.get("/units", limit=500))["items"]
        rows = [
            {
                "unit": unit["call_sign"], "crew": unit["crew"] or ["011042"],
                "begins_at": (begins + timedelta(hours=n % 2)).isoformat(), "ends_at": (begins + timedelta(hours=8 + n % 2)).isoformat(),
            }
            for n, unit in enumerate(units) if n < 30 or unit["duty"] == "off_duty"
        ]  # fmt: skip
        await city.post("admin", "/admin/rosters", {"rows": rows})
    page = await room_page(city, person)
    await page.keyboard.press("Alt+7")
    return page


async def facts_page(city: City, person: Person) -> Page:
    """Standing facts of places: what waits for a leader, and what stands."""
    page = await room_page(city, person)
    await page.keyboard.press("Alt+8")
    await page.locator(".work article").first.wait_for()
    return page


async def looked_at_page(city: City, person: Person) -> Page:
    """The same where a reviewer follows up."""
    page = await reviews_page(city, person)
    await page.keyboard.press("0")
    await page.locator(".pane article").first.wait_for()
    return page


async def warned_page(city: City, person: Person) -> Page:
    """A caller at a place that warns."""
    dog = (await city.get("/standing-facts", kind="dog", limit=500))["items"][0]
    page = await call_page(city, person)
    await page.keyboard.press("Alt+n")
    await page.keyboard.press("F3")
    await page.keyboard.type(f"{dog['area']['lon']},{dog['area']['lat']}")
    await page.locator(".drop [role=option]").first.wait_for()
    await page.keyboard.press("Enter")
    await page.locator("li.warns").first.wait_for()
    return page


async def dangerous_page(city: City, person: Person) -> Page:
    """An incident where an occupant was violent before, and somebody sent there."""
    found = (await city.get("/standing-facts", kind="violence", limit=500))["items"]
    where = {"lon": found[0]["area"]["lon"], "lat": found[0]["area"]["lat"], "address": found[0]["address"]}
    told = await city.post(
        "call_taker",
        "/alarms",
        {"source": "call", "type": "100211", "text": "邻居争吵，有人喊救命", "place": where},
    )
    page = await desk_page(city, person)
    await chosen(page, told["incident"]["number"])
    await page.keyboard.press("F3")
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
    later = datetime.now(UTC) + timedelta(days=60)
    why = {**place, "why": "处警记录", "until": later.isoformat(), "review_at": later.isoformat()}
    await city.post(
        "leader", "/standing-facts", {**why, "kind": "dog", "text": "车库值班室内有大型犬，先喊门"}
    )
    await city.post("leader", "/standing-facts", {**why, "kind": "violence", "text": "值班员曾持械威胁民警"})
    incident = (await city.post("call_taker", "/alarms", body))["incident"]
    await city.post(
        "dispatcher", f"/incidents/{incident['id']}/assignments", {"orders": [{"unit_id": unit["id"]}]}
    )
    note = {"kind": "hazard", "urgent": True, "text": "嫌疑人持铁棍，从东侧楼梯进入。"}
    await city.post("dispatcher", f"/incidents/{incident['id']}/notes", note)


async def give_the_video_patrol_work(city: City) -> None:
    """What it looked through and raised, and a request to look; once."""
    sign = city.people["video1"]["unit"]
    units = (await city.get("/units", limit=500))["items"]
    unit = next(unit for unit in units if unit["call_sign"] == sign)
    cameras = (await city.get("/cameras"))["items"]
    mine = [one for one in cameras if any(watcher["unit_id"] == unit["id"] for watcher in one["watchers"])]
    if unit["state"] != "available" or len(mine) < 3:
        return
    doing = f"/units/{unit['id']}"
    broken = [{"camera_id": mine[-1]["id"], "fault": "no_picture"}]
    await city.post("leader", f"{doing}/looks", {"cameras": [mine[0]["id"]], "out_of_order": broken})
    seen = {
        "camera_id": mine[1]["id"],
        "type": "200100",
        "text": "两名男子推搡，一人倒地。",
        "exercise": True,
    }
    incident = await city.post("leader", f"{doing}/seen-on-camera", seen)
    await city.post(
        "dispatcher", f"/incidents/{incident['id']}/assignments", {"orders": [{"unit_id": unit["id"]}]}
    )


async def a_chase(city: City) -> dict[str, Any]:
    """An incident that moves, seen four times; its cordon is drawn, its duty disputed. The one there is, if there is one."""
    for one in (await city.get("/incidents", limit=200))["items"]:
        if one.get("pursuit") and one["pursuit"]["moving"]:
            return dict(one)
    units = (await city.get("/units", limit=500))["items"]
    free = [unit for unit in units if unit["state"] == "available" and unit["fix"] is not None]
    lon = sum(unit["fix"]["lon"] for unit in free) / len(free)
    lat = sum(unit["fix"]["lat"] for unit in free) / len(free)
    body = {
        "source": "call", "type": "200100", "text": "白色面包车冲卡后向北逃逸，车上两人。", "exercise": True,
        "place": {"lon": lon - 0.02, "lat": lat - 0.012},
    }  # fmt: skip
    one = f"/incidents/{(await city.post('call_taker', '/alarms', body))['incident']['id']}"
    orders = [{"unit_id": unit["id"]} for unit in free[:2]]
    await city.post("dispatcher", f"{one}/assignments", {"orders": orders})
    now = datetime.now(UTC)
    for n, text in enumerate(("冲卡，撞开水马", "右转上主路，速度很快", "闯红灯", "车头受损，仍在行驶")):
        seen = {
            "lon": lon - 0.02 + 0.006 * n, "lat": lat - 0.012 + 0.005 * n, "heading": 48.0, "speed": 21.0, "source": "unit",
            "text": text, "at": (now - timedelta(seconds=100 - 30 * n)).isoformat(),
        }  # fmt: skip
        with suppress(httpx.HTTPStatusError):
            await city.post("dispatcher", f"{one}/seen-at", seen)
    with suppress(httpx.HTTPStatusError):  # no crossing can be held in time
        shown = await city.get(f"{one}/cordon", minutes=5)
        await city.post("leader", f"{one}/cordon", {"cordon_id": shown["id"]})
    rooms = [one_["id"] for one_ in (await city.get("/admin/rooms"))["items"] if one_["tier"] == "station"]
    incident = dict(await city.get(one))
    other = next(room for room in rooms if room != incident["room"])
    with suppress(httpx.HTTPStatusError):  # a room that answers for both has nothing to dispute
        said = {"text": "车辆已驶入对方辖区，现场由其警组先到。", "other_room_id": other}
        await city.post("dispatcher", f"{one}/disputes", said)
    return incident


async def two_for_one_unit(city: City) -> None:
    """Two calls on both sides of the car that has nobody near it: the first could as well be reached by another."""
    units = (await city.get("/units", limit=500))["items"]
    free = [
        (unit["fix"]["lon"], unit["fix"]["lat"]) for unit in units
        if unit["state"] == "available" and unit["fix"] is not None and unit["kind"] == "car"
    ]  # fmt: skip

    def next_to(one: tuple[float, float]) -> tuple[float, float]:
        return min((other for other in free if other != one), key=lambda other: dist(one, other))

    car = max(free, key=lambda one: dist(one, next_to(one)))
    away = next_to(car)
    for share, text in ((0.4, "路边斗殴，数人围观。"), (-0.4, "店内争执，有人砸东西。")):
        lon, lat = (here + share * (there - here) for here, there in zip(car, away, strict=True))
        body = {"source": "call", "type": "200100", "text": text, "place": {"lon": lon, "lat": lat}}
        await city.post("call_taker", "/alarms", body)


async def some_broadcasts(city: City) -> None:
    """One broadcast and one lookout, unless there are some."""
    if len((await city.get("/broadcasts"))["items"]) > 1:
        return
    root = next(room["id"] for room in (await city.get("/admin/rooms"))["items"] if room["parent_id"] is None)
    audience = {"rooms": [root], "to_rooms": True, "to_units": True}
    until = (datetime.now(UTC) + timedelta(hours=12)).isoformat()
    call = {
        "kind": "call", "text": "滨海大道因管涌封闭两小时，请绕行内环。", "urgent": True, "audience": audience,
        "expires_at": until, "advice": "不得驶入积水路段",
    }  # fmt: skip
    lookout = {
        "kind": "lookout", "text": "盗抢电动车后逃跑，最后见于中澜路口。", "audience": audience, "expires_at": until,
        "marks": [{"kind": "plate", "text": "榕A·5D8K2"}], "advice": "持械，保持距离，报告后待援",
    }  # fmt: skip
    for one in (call, lookout):
        await city.post("leader", "/broadcasts", one)


Scene = Callable[[City, Person], Awaitable[Page]]
SCENES: dict[str, Scene] = {
    "sign_in": sign_in_page, "seats": seats_page, "desk": desk_page, "together": together_page, "ground": ground_page, "borders": borders_page, "acts": acts_page, "note": note_page,
    "keys": keys_page, "broadcasts": broadcasts_page, "lookout": lookout_page, "level": level_page, "owed": owed_page, "drawn": drawn_page, "addressed": addressed_page, "call": call_page,
    "unit": unit_page, "video": video_page, "video_raise": video_raise_page, "watched": watched_page, "paper": paper_page, "reviews": reviews_page, "call_backs": call_backs_page, "rules": rules_page,
    "plans": plans_page, "cards": cards_page, "events": events_page, "review": review_page, "review_print": review_print_page, "playback": playback_page, "room": room_page,
    "roster": roster_page,
    "facts": facts_page,
    "looked_at": looked_at_page,
    "warned": warned_page,
    "dangerous": dangerous_page,
    "report": report_page, "wall": wall_page,
}  # fmt: skip

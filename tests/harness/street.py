"""The doors opened to a real port, for whoever must come by network: sockets, browsers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
import uvicorn
from playwright.async_api import Page
from websockets.asyncio.client import connect

from dispatch.runtime.ports import free_port
from dispatch.runtime.positions import now_ms
from tests.harness import town
from tests.harness.browser import Person
from tests.harness.doors import Doors, Seat
from tests.harness.patrols import frame
from tests.harness.waiting import GUARD_S
from web import auth

OPEN_WITHIN_S = 60.0
STANDING = {"ordered", "delivered", "accepted", "en_route", "on_scene", "unable", "expired"}
"""States of an order that still binds its unit."""


class Street:
    """Where the doors are found; sockets with a key or with a cookie."""

    def __init__(self, doors: Doors, port: int) -> None:
        self.doors = doors
        self.host = f"127.0.0.1:{port}"
        self.url = f"http://{self.host}"

    def knock(self, headers: dict[str, str], origin: str | None = None) -> connect:
        """A live socket with these headers."""
        return connect(
            f"ws://{self.host}/api/v1/live",
            additional_headers=headers,
            origin=origin,  # type: ignore[arg-type]
            compression=None,
            max_size=None,
            max_queue=None,
            open_timeout=GUARD_S,
        )

    def as_seat(self, seat: Seat) -> connect:
        """A live socket with a seat's key."""
        return self.knock({"Authorization": f"Bearer {seat.secret}"})

    def place_units(self, lon: float = 114.02, lat: float = 22.54) -> None:
        """Give every unit of the town a fresh fix, side by side."""
        handles = [unit.int for unit in town.UNITS]
        there = [lon + n / 5_000 for n in range(len(handles))]
        self.doors.runtime.centre.live.apply(frame(handles, there, [lat] * len(handles), now_ms()), now_ms())

    async def link(self, *roles: str, name: str = "anna", of: UUID = town.CITY) -> str:
        """A one-time sign-in at a room, the city's unless another is named: its path."""
        async with self.doors.runtime.pool.acquire() as conn:
            return await auth.issue_link(conn, name, roles, of)

    async def sit_down(
        self, person: Person, page: str, *roles: str, at: str | None = None, of: UUID = town.CITY
    ) -> Page:
        """Somebody of a room signed in by link, at this page (`desk`, `call`, ...) with a live picture. at: another way to this house."""
        house = at or self.url
        await person.context.request.get(house + await self.link(*roles, name=person.name, of=of))
        tab = await person.page(f"{house}/{page}")
        await tab.locator(".link.live").wait_for()
        return tab

    async def clear(self) -> None:
        """Every order recalled and every incident nobody took up voided; what a screen still has under way may come before."""
        seat = await self.doors.seat("dispatcher", "leader")
        for one in (await seat.get("/incidents", limit=200)).json()["items"]:
            for order in one["assignments"]:
                if order["state"] in STANDING:
                    told = await seat.post(f"/assignments/{order['id']}/recall", {"reason": "试毕"})
                    assert told.status_code == 200 or told.json()["code"] == "assignment_over", told.text
            if (await seat.get(f"/incidents/{one['id']}")).json()["state"] == "received":
                await seat.made(f"/incidents/{one['id']}/void", {"reason": "试毕"})

    async def cookie(self) -> dict[str, str]:
        """The cookie of a session opened by a one-time link."""
        async with httpx.AsyncClient(base_url=self.url, timeout=GUARD_S) as client:
            answer = await client.get(await self.link("dispatcher"))
        return {"Cookie": answer.headers["set-cookie"].split(";")[0]}


@asynccontextmanager
async def open_street(doors: Doors, port: int | None = None) -> AsyncIterator[Street]:
    """Serve the doors inside the block, on a free port unless one is given."""
    port = port or free_port()
    config = uvicorn.Config(
        doors.app,
        port=port,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(OPEN_WITHIN_S):
        while not server.started:
            await asyncio.sleep(0.01)
    try:
        yield Street(doors, port)
    finally:
        server.should_exit = True
        await running

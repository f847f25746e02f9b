"""People who sign in: accounts entered by an administrator, and their pages with cookie and token."""

from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.harness import town
from tests.harness.doors import API, Doors
from web import auth

PASSWORD = "correct horse 110"


class Page:
    """One signed-in browser. `post`, `put` and `delete` send the page's token."""

    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        self.client = client
        self.token = token

    @property
    def cookie(self) -> str:
        return f"{auth.COOKIE}={self.client.cookies[auth.COOKIE]}"

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.client.get(API + path, params=params)

    async def post(self, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": key or str(uuid4()), "X-CSRF-Token": self.token}
        return await self.client.post(API + path, json=body or {}, headers=headers)

    async def put(self, path: str, body: Any, read: str = "*") -> httpx.Response:
        headers = {"If-Match": read, "X-CSRF-Token": self.token}
        return await self.client.put(API + path, json=body, headers=headers)

    async def delete(self, path: str) -> httpx.Response:
        return await self.client.delete(API + path, headers={"X-CSRF-Token": self.token})

    async def made(self, path: str, body: Any = None, status: int = 200) -> Any:
        """Post and expect it to be done; the answer."""
        told = await self.post(path, body)
        assert told.status_code == status, told.text
        return told.json()

    async def session(self) -> Any:
        return (await self.get("/session")).json()

    async def sit(self, seat_id: UUID | str, **more: Any) -> Any:
        """Take a seat."""
        return await self.made("/seats", {"seat_id": str(seat_id)} | more, 201)


async def enter(doors: Doors, login: str, *roles: str, room: UUID = town.CITY, **more: Any) -> dict[str, Any]:
    """An account with PASSWORD; its row."""
    admin = await doors.seat("admin")
    row = {"login": login, "name": f"{login}先生", "roles": roles, "room_id": str(room), "password": PASSWORD}
    told = await admin.put("/admin/users", {"items": [row | more]}, "*")
    assert told.status_code == 200, told.text
    return next(one for one in told.json()["items"] if one["login"] == login)


async def try_login(
    doors: Doors, login: str, password: str = PASSWORD, address: str = "127.0.0.1"
) -> httpx.Response:
    """Knock with name and password, from a browser that was never here."""
    visitor = await doors.visitor(address=address)
    return await visitor.post(f"{API}/session", json={"login": login, "password": password})


async def log_in(doors: Doors, login: str, password: str = PASSWORD) -> Page:
    """Sign in; the page."""
    client = await doors.visitor()
    told = await client.post(f"{API}/session", json={"login": login, "password": password})
    assert told.status_code == 201, told.text
    return Page(client, told.json()["csrf_token"])


async def seats(doors: Doors, *seats: tuple[str, UUID, str], **cover: Any) -> dict[str, str]:
    """Enter seats (code, room, kind); code -> id. cover: by code."""
    admin = await doors.seat("admin")
    items = [
        {"code": code, "room_id": str(room), "kind": kind} | ({"cover": cover[code]} if code in cover else {})
        for code, room, kind in seats
    ]
    told = await admin.put("/admin/seats", {"items": items}, "*")
    assert told.status_code == 200, told.text
    return {one["code"]: one["id"] for one in told.json()["items"]}

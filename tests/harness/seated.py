"""Somebody at a browser who has signed in by name and taken a seat, and whose keystrokes are counted."""

from typing import Any
from uuid import uuid4

from playwright.async_api import Page

from tests.harness.browser import Person
from tests.harness.doors import API
from tests.harness.people import PASSWORD


async def sign_in(person: Person, url: str, login: str, password: str = PASSWORD) -> Any:
    """Sign in at `url` by name and password; the session as the server tells it."""
    body = {"login": login, "password": password}
    told = await person.context.request.post(f"{url}{API}/session", data=body, headers={"Origin": url})
    assert told.status == 201, await told.text()
    return await told.json()


async def take_seat(person: Person, url: str, login: str, seat_id: str, password: str = PASSWORD) -> Any:
    """Sign in at `url` and sit down; the seat as the server tells it."""
    asked = person.context.request
    token = (await sign_in(person, url, login, password))["csrf_token"]
    headers = {
        "X-CSRF-Token": token,
        "Idempotency-Key": str(uuid4()),
        "Origin": url,
    }
    told = await asked.post(f"{url}{API}/seats", data={"seat_id": seat_id}, headers=headers)
    assert told.status == 201, await told.text()
    return await told.json()


class Typist:
    """Hands on the keyboard, never on a mouse.

    Attributes:
        strokes: keys pressed so far; a chord such as Ctrl+Enter is one.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.strokes = 0

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)
            self.strokes += 1

    async def type(self, text: str) -> None:
        """One key a character."""
        await self.press(*text)

"""Passwords: argon2id in a thread, two at a time, so that a crowd at the door never holds up an alarm.

The line before them is short, and one address has half of it at most: whoever finds no place is told so at once. Parameters are those of argon2-cffi's default profile (RFC 9106, low memory): 64 MiB, 3 passes, 4 lanes.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dispatch.errors import Unavailable
from web.errors import WeakPassword

AT_ONCE = 2
PLACES = 32
OF_ONE_ADDRESS = 16
LENGTH = (10, 200)
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that look alike."""


class Passwords:
    """Hashes and compares, for whoever has a `place` in the line."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._two = asyncio.Semaphore(AT_ONCE)
        self._places: Counter[str] = Counter()
        self._nobodys = self._hasher.hash(secrets.token_urlsafe(32))

    @contextmanager
    def place(self, address: str) -> Iterator[None]:
        """A place in the line while this lasts. address: of who asks. Raises Unavailable."""
        if self._places[address] >= OF_ONE_ADDRESS:
            raise Unavailable(
                "Too many passwords from this address are being checked at this moment; try again in a few seconds."
            )
        if self._places.total() >= PLACES:
            raise Unavailable("Too many people are signing in at this moment; try again in a few seconds.")
        self._places[address] += 1
        try:
            yield
        finally:
            self._places[address] -= 1
            if not self._places[address]:
                del self._places[address]

    async def hash(self, password: str) -> str:
        """What is kept of a password."""
        return await self._in_thread(self._hasher.hash, password)

    async def fits(self, password: str, hash_: str | None) -> bool:
        """Whether it is the one that was hashed; takes as long when there is no hash."""
        same = await self._in_thread(self._same, hash_ or self._nobodys, password)
        return same and hash_ is not None

    def _same(self, hash_: str, password: str) -> bool:
        try:
            return self._hasher.verify(hash_, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread[T](self, do: Callable[..., T], *given: str) -> T:
        async with self._two:
            return await asyncio.to_thread(do, *given)


def check_password(password: str, login: str) -> str:
    """The password, when it may be used. Raises WeakPassword."""
    least, most = LENGTH
    if not least <= len(password) <= most or "\x00" in password:
        raise WeakPassword(f"A password has {least} to {most} characters.", field="new")
    if login and login in password.casefold():
        raise WeakPassword("A password must not hold the name it is for.", field="new")
    if len(set(password)) < 4:
        raise WeakPassword("A password needs at least four different characters.", field="new")
    return password


def made_password() -> str:
    """A password that can be read out and typed: four groups of four, 78 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))

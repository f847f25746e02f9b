"""One act, one transaction: the time is read first, facts are gathered, journal and outbox are written last.

Every use case of the desk runs inside `work`; leaving it commits and then wakes the relay. If anything is refused
the whole act leaves no trace, its idempotency key included.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from dispatch import journal, store, timers
from dispatch.acts import Principal
from dispatch.centre import Centre
from dispatch.errors import BadClaim, Invalid, KeyReused
from dispatch.levels.board import Board
from dispatch.levels.store import read_board
from dispatch.rooms import Reference
from dispatch.rules import Standing, timers_for
from dispatch.texts import check_texts

type DutyOfMany = Callable[["Work", Mapping[UUID, Any]], Awaitable[None]]
Via = Literal["console", "voice", "phone", "radio", "vehicle", "gateway", "replay", "system"]
AHEAD = timedelta(seconds=10)
OLD = timedelta(minutes=10)
YEARS = (1970, 2200)


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who does it, by which way, and when they say it was. key: the Idempotency-Key, scoped by principal and route."""

    principal: Principal
    via: Via = "console"
    claimed_at: datetime | None = None
    reason: str | None = None
    back_entry: bool = False
    route: str = ""
    key: str | None = None
    body_hash: bytes = b""

    @property
    def is_live(self) -> bool:
        """Whether it comes as it happens: it is neither keyed in later nor replayed."""
        replayed = self.via == "replay" or "replayer" in self.principal.roles
        return not self.back_entry and not replayed

    def arms_timers(self, now: datetime) -> bool:
        """Whether its act is fresh: what is claimed long ago, or keyed in later, arms no timer."""
        return not self.back_entry and (self.claimed_at is None or now - self.claimed_at <= OLD)


def body_hash(body: bytes, query: bytes = b"") -> bytes:
    """Digest of what is asked, kept with its key: a request's body, and what its address says beside the path."""
    said = hashlib.sha256(body).digest()
    return hashlib.sha256(said + query).digest() if query else said


def ms(at: datetime) -> int:
    """Milliseconds since 1970, UTC."""
    return round(at.timestamp() * 1000)


def check_moment(at: datetime | None, field: str) -> None:
    """Raise Invalid naming the field for a time without zone, or in a year that no clock here can count from."""
    if at is None:
        return
    if at.tzinfo is None:
        raise Invalid(f"{field} needs a time zone, such as +08:00 or Z.", field=field)
    if not YEARS[0] <= at.year <= YEARS[1]:
        raise Invalid(f"{field} lies in the year {at.year}; correct it.", field=field)


class Work:
    """One open transaction: `conn`, `now` (cad_now), the actor, and the facts so far."""

    def __init__(self, conn: journal.Connection, now: datetime, actor: Actor, centre: Centre) -> None:
        self.conn = conn
        self.now = now
        self.actor = actor
        self.centre = centre
        self.replayed: dict[str, Any] | None = None
        self._rows: list[journal.JournalRow] = []
        self._last: dict[object, Callable[[], Awaitable[None]]] = {}
        self._last_of_all: dict[DutyOfMany, Mapping[UUID, Any]] = {}
        self._followed: dict[tuple[str, UUID], Standing] = {}
        self._count_from: tuple[datetime | None, Mapping[UUID, datetime]] = (now, {})
        self._is_of_now = False
        self._board: Board | None = None
        centre.turn(now)

    @property
    def principal(self) -> Principal:
        """Who acts."""
        return self.actor.principal

    @property
    def arms_timers(self) -> bool:
        """Whether the act is fresh: acts claimed long ago, and back entries, arm no timer."""
        return self.actor.arms_timers(self.now) or (self._is_of_now and self.actor.is_live)

    def count_as_of_now(self) -> None:
        """What this act tells is so now, whatever a wrong clock claims: it arms timers, unless it was keyed in later."""
        self._is_of_now = True

    @property
    def reference(self) -> Reference:
        """The city as it is after this act, which may itself order another duty level."""
        city = self.centre.reference
        return city if self._board is None else msgspec.structs.replace(city, board=self._board)

    def order_levels(self, board: Board) -> None:
        """These duty levels hold once this act is over; its own timers go by them already."""
        self._board = board

    def append(
        self, noun: str, id_: UUID, version: int, incident_id: UUID | None, fact: msgspec.Struct
    ) -> None:
        """Remember a fact for the journal; it is written when the act ends."""
        tag = str(fact.__struct_config__.tag)
        told = msgspec.json.encode(fact)  # the tag always stands first
        rest = told[len(b'{"fact":""') + len(tag) :]
        body = b"{" + rest[1:] if rest.startswith(b",") else b"{}"
        self._rows.append(
            journal.JournalRow(
                noun, id_, version, incident_id, tag, self.principal.id, self.actor.via, self.actor.reason,
                self.actor.claimed_at, self.now, body,
            )
        )  # fmt: skip

    def step_time(self, not_before: int | None, refuse: bool | None = None) -> tuple[int, tuple[str, ...]]:
        """The time (ms) that counts for this step, and flags.

        A claim more than 10 s ahead, or before the step it follows (`not_before`, ms), is refused from a person; from
        a device it is replaced by the recorded time and flagged `claim_replaced`. Raises BadClaim.
        """
        claim = self.actor.claimed_at
        # What it follows may have been claimed up to 10 s ahead of us.
        recorded = max(ms(self.now), min(not_before or 0, ms(self.now + AHEAD)))
        if claim is None:
            return recorded, ()
        ahead = claim - self.now > AHEAD
        early = not_before is not None and ms(claim) < not_before
        if not ahead and not early:
            return ms(claim), ()
        if self.principal.is_device if refuse is None else not refuse:
            self.count_as_of_now()
            return recorded, ("claim_replaced",)
        said = "lies in the future" if ahead else "lies before the step it follows"
        raise BadClaim(
            f"The claimed time {claim.isoformat(timespec='milliseconds')} {said}; correct it or leave it out."
        )

    def follow(self, standing: Standing) -> None:
        """Say how an entity stands after this act; its timers are made, left or dropped when the act ends."""
        self._followed[(standing.noun, standing.id)] = standing

    def count_timers(self, since: datetime | None, of: Mapping[UUID, datetime] | None = None) -> None:
        """Let new timers run from another moment than this act; `of`: that of single incidents or other entities.

        since None: from the moments that their rules name.
        """
        self._count_from = (since, of or {})

    def at_end(self, key: object, duty: Callable[[], Awaitable[None]]) -> None:
        """Do this once before the act ends, however often it was asked for under this key."""
        self._last[key] = duty

    def at_end_of_all(self, duty: DutyOfMany, id_: UUID, of: Any) -> None:
        """Do this once before the act ends for all it was asked for, after what each of them asks for alone."""
        self._last_of_all[duty] = {**self._last_of_all.get(duty, {}), id_: of}

    async def _do_last(self) -> None:
        while self._last or self._last_of_all:
            if self._last:
                await self._last.pop(next(iter(self._last)))()
            else:
                duty = next(iter(self._last_of_all))
                await duty(self, self._last_of_all.pop(duty))

    async def flush(self) -> None:
        """Write the gathered facts and what became of timers; called once, as the last statements of the act."""
        await self._do_last()
        if not self._followed:
            await journal.append(self.conn, self.take_rows())
        while self._followed:
            rules, city = self.centre.rules, self.reference
            wanted = [
                t for one in self._followed.values() for t in timers_for(one, rules, self._counted(one), city)
            ]
            followed = timers.Followed(
                tuple(self._followed), wanted, rules.version, city.board.number, self.arms_timers
            )
            if await timers.sync(self.conn, followed, self.take_rows()):
                self._followed = {}
            else:  # somebody has put in newer rules, or ordered another duty level
                self.centre.rules = await timers.read_rules(self.conn)
                self.centre.stand_at(await read_board(self.conn))

    def _counted(self, standing: Standing) -> int | None:
        usual, of = self._count_from
        at = of.get(standing.incident_id or standing.id, usual)
        return None if at is None else ms(at)

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """A part of the act that may fail by itself: then it leaves no trace, and the act may go on without it."""
        await journal.append(self.conn, self.take_rows())
        kept = self.actor, dict(self._last), dict(self._followed), dict(self._last_of_all)
        try:
            async with self.conn.transaction():
                yield
                await journal.append(self.conn, self.take_rows())
        except BaseException:
            self._rows = []
            _, self._last, self._followed, self._last_of_all = kept
            raise
        finally:
            self.actor = kept[0]

    def take_rows(self) -> list[journal.JournalRow]:
        """The facts so far, for a statement that writes them together with what they made true."""
        rows, self._rows = self._rows, []
        return rows

    async def take_key(self) -> bool:
        """Reserve the actor's key; a twin in flight is waited for. False: done before, `replayed` holds the ids."""
        a = self.actor
        if a.key is None:
            return True
        scope = (a.principal.id, a.route, a.key)
        if await store.take_key(self.conn, scope, a.body_hash, self.now):
            return True
        row = await store.read_key(self.conn, scope)
        if row is None:  # the twin's act was undone between the two statements
            return await self.take_key()
        if row[0] != a.body_hash:
            raise KeyReused
        self.replayed = msgspec.json.decode(row[1])
        return False

    async def keep_ids(self, ids: dict[str, Any]) -> None:
        """Remember what this act made, so that the same key gives the same entities."""
        a = self.actor
        if a.key is not None:
            scope = (a.principal.id, a.route, a.key)
            await store.keep_ids(self.conn, scope, msgspec.json.encode(ids).decode())


@asynccontextmanager
async def work(
    pool: "asyncpg.Pool[Any]", centre: Centre, actor: Actor, on_commit: Callable[[Work], None] | None = None
) -> AsyncIterator[Work]:
    """One act as one transaction; the first statement reads the time, the last writes journal and outbox."""
    check_texts(actor.reason, "reason")
    check_moment(actor.claimed_at, "at")
    async with pool.acquire() as conn, conn.transaction():
        w = Work(conn, await store.now(conn), actor, centre)
        yield w
        await w.flush()
    if on_commit is not None:
        on_commit(w)

"""What is said on a live socket: the client's requests, and the server's messages as JSON text, each encoded once.

A fact that PostgreSQL keeps reaches a console as one `event`; everything around it (where to begin, that the line still
lives, why it was cut) is here too. Shapes are those of the contract; nothing here knows who may see what.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from dispatch.journal import FeedRow

VERSION = 1
HEARTBEAT_S = 2.0
MESSAGE_BYTES_MAX = 65_536
BOUNDS_MAX = 16

CLOSE_SLOW = 4001
CLOSE_REVOKED = 4003

type Bounds = tuple[float, float, float, float]
"""west, south, east, north in degrees; west > east crosses the antimeridian."""

type Key = tuple[str, UUID]
"""Noun and id of an entity."""


class Subscribe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Show me a room and everything below it; `after`: the last seq I have, None for a snapshot.

    Without a room: what concerns the unit whose key this is.
    """

    room: UUID | None = None
    after: int | None = None


class View(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Positions of these rectangles only; none at all when the list is empty."""

    bounds: tuple[Bounds, ...]


class Beat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """I am here."""


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message of a client; exactly one field is set. open: the incident that is looked at, None: none any more."""

    subscribe: Subscribe | None = None
    view: View | None = None
    open: UUID | None | msgspec.UnsetType = msgspec.UNSET
    beat: Beat | None = None


class BadRequest(Exception):
    """This message is neither a subscription nor a view."""

    code = "message_invalid"


class Entity(msgspec.Struct, frozen=True):
    """One thing as seats may see it: its JSON, encoded once, and the rooms and units that may (None: every seat)."""

    version: int
    json: bytes
    audience: frozenset[UUID] | None

    def visible_to(self, rooms: frozenset[UUID]) -> bool:
        """Whether a seat over these rooms may see it."""
        return self.audience is None or not self.audience.isdisjoint(rooms)


_requests = msgspec.json.Decoder(Request)


def read_request(text: str | bytes) -> Request:
    """One message of a client. Raises BadRequest with a sentence that names what is wrong."""
    if len(text) > MESSAGE_BYTES_MAX:
        raise BadRequest(f"A message has at most {MESSAGE_BYTES_MAX} bytes; this one has {len(text)}.")
    try:
        request = _requests.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"This is no message of the live feed: {error}.") from error
    said_of = (
        request.subscribe,
        request.view,
        request.beat,
        None if request.open is msgspec.UNSET else request,
    )
    if sum(one is not None for one in said_of) != 1:
        raise BadRequest(
            'Send one of {"subscribe": {"room": ID}}, {"view": {"bounds": [[w, s, e, n]]}}, {"open": ID or null} and '
            '{"beat": {}}.'
        )
    if request.view is not None:
        _check_bounds(request.view.bounds)
    return request


def _check_bounds(bounds: Sequence[Bounds]) -> None:
    if len(bounds) > BOUNDS_MAX:
        raise BadRequest(f"A view has at most {BOUNDS_MAX} rectangles; this one has {len(bounds)}.")
    for west, south, east, north in bounds:
        lon_fits = -180 <= west <= 180 and -180 <= east <= 180
        if not (lon_fits and -90 <= south <= north <= 90 and math.isfinite(west + east)):
            raise BadRequest(
                f"[{west}, {south}, {east}, {north}] is no rectangle [west, south, east, north]."
            )


def rfc3339(at_ms: int) -> str:
    """A moment (ms since 1970, UTC) as the contract writes times."""
    return time_text(datetime.fromtimestamp(at_ms / 1000, UTC))


def time_text(at: datetime) -> str:
    """A UTC time as the contract writes it: RFC 3339 with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def said(kind: str, content: object) -> bytes:
    """`{kind: content}` as JSON: hello, heartbeat, error."""
    return msgspec.json.encode({kind: content})


type Lists = Mapping[str, Sequence[Entity]]


def snapshot(seq: int, at_ms: int, room_id: UUID | None, lists: Lists, *, whole: bool = True) -> bytes:
    """The picture of a room, or of a unit: `{"snapshot": {seq, at, room, whole, <list>: [entity, ...], ...}}`.

    Not `whole`: the rest of a large city comes in `more`, part after part, so that what is pressing is seen at once.
    """
    head = {"seq": seq, "at": rfc3339(at_ms), "room": room_id, "whole": whole}
    return _listed("snapshot", head, lists)


def more(seq: int, lists: Lists, *, whole: bool) -> bytes:
    """What else belongs to the snapshot of that seq; `whole`: now it is complete."""
    return _listed("more", {"seq": seq, "whole": whole}, lists)


def _listed(kind: str, head: Mapping[str, object], lists: Lists) -> bytes:
    parts = [
        b'"%s":[%s]' % (name.encode(), b",".join(e.json for e in items)) for name, items in lists.items()
    ]
    return b'{"%s":' % kind.encode() + b",".join([msgspec.json.encode(head)[:-1], *parts]) + b"}}"


class Change:
    """One ledger row with the entity as it stands after it, ready to be told to any number of sockets.

    `entity` None: nobody may see it (any more). `also`: other things the fact changed, such as the unit of an assignment.
    `whole`: what is told to a seat that sees everything.
    """

    def __init__(
        self, row: FeedRow, entity: Entity | None, also: Mapping[Key, Entity | None] | None = None
    ) -> None:
        if row.seq is None:
            raise ValueError("a row that the relay has not passed on has no place in the feed")
        self.seq: int = row.seq
        self.key: Key = (row.noun, row.id)
        self.fact = row.fact
        self.first = row.version == 1
        self.incident: Key | None = None if row.incident_id is None else ("incident", row.incident_id)
        self.entities: dict[Key, Entity | None] = {self.key: entity, **(also or {})}
        self.whole = tuple((key, True) for key, one in self.entities.items() if one is not None)
        self._version = row.version
        self._told = msgspec.json.encode({"at": time_text(row.recorded_at), "fact": row.fact})[1:-1]
        self._tails: dict[tuple[tuple[Key, bool], ...], bytes] = {}
        self._splits: dict[frozenset[UUID], tuple[tuple[Key, ...], tuple[Key, ...]]] = {}

    @property
    def entity(self) -> Entity | None:
        """What the row is about, as it stands now."""
        return self.entities[self.key]

    def split(self, rooms: frozenset[UUID]) -> tuple[tuple[Key, ...], tuple[Key, ...]]:
        """(what a seat over these rooms may see, what not); worked out once for all such seats."""
        found = self._splits.get(rooms)
        if found is None:
            seen = {key for key, one in self.entities.items() if one is not None and one.visible_to(rooms)}
            shown = tuple(key for key in self.entities if key in seen)
            found = self._splits[rooms] = (shown, tuple(key for key in self.entities if key not in seen))
        return found

    def event(self, prev: int, about: tuple[tuple[Key, bool], ...]) -> bytes:
        """The `event` for a socket that was last sent `prev`.

        `about`: the entities to tell, the first one as the event's own and the rest under `also`, each with whether it is
        shown; `now` is null where it is not.
        """
        tail = self._tails.get(about)
        if tail is None:
            tail = self._tails[about] = self._tail(about)
        return b'{"event":{"seq":%d,"prev":%d,' % (self.seq, prev) + tail

    def _tail(self, about: Sequence[tuple[Key, bool]]) -> bytes:
        own, *also = [self._fields(key, shown) for key, shown in about]
        rest = b',"also":[' + b",".join(b"{%s}" % one for one in also) + b"]" if also else b""
        return self._told + b"," + own + rest + b"}}"

    def _fields(self, key: Key, shown: bool) -> bytes:
        entity = self.entities[key] if shown else None
        version = self._version if key == self.key else entity.version if entity is not None else 0
        said = {"noun": key[0], "id": key[1], "version": version}
        return msgspec.json.encode(said)[1:-1] + b',"now":' + (entity.json if entity is not None else b"null")

"""Who knew what when: for each fact that mattered, since when each room and unit could see it, and when it was acknowledged. Pure.

Nobody can have known a fact before it was written, whatever a clock claims. A room sees what its audience says, since its audience
says so; a unit what its terminal had; what is not kept is said to be not known, never guessed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from dispatch.instants import Instant, instant
from dispatch.replaying.frames import Known
from dispatch.standing_facts.model import KnownFact
from dispatch.work import ms

How = Literal["shown", "sent", "delivered", "accepted", "read", "noticed"]


class Watching(msgspec.Struct, frozen=True):
    """A room sees the incident; since: None where that was not kept, first: from its opening on."""

    room_id: UUID
    since: datetime | None
    first: bool


class ToldUnit(msgspec.Struct, frozen=True):
    """A message to a unit's terminal, written with an act (`recorded_at`) and handed to its bearer."""

    assignment_id: UUID
    kind: str
    recorded_at: datetime
    published_at: datetime | None


class Lamp(msgspec.Struct, frozen=True):
    """How a broadcast came to one party: a room or a unit."""

    broadcast_id: UUID
    party: str
    party_id: UUID
    delivered_at: datetime | None
    read_at: datetime | None


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One party and one fact. seen_at: since when it could be seen there; acknowledged_at: when somebody there said so, and how."""

    party: str
    seen_at: Instant | None
    seen_how: How | None
    acknowledged_at: Instant | None
    acknowledged_how: How | None


class Acknowledged(msgspec.Struct, frozen=True):
    """Somebody at a seat acknowledged it."""

    by: str
    at: Instant


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that mattered. claimed_at: when it is said to have been, where that differs; known_at: since when it stood written.

    standing: standing facts of the place that were known when an order went out. key: what it was, as pages have words for; id: of the thing it happened to; about: of the unit, room or note it speaks of.
    """

    position: int
    key: str
    noun: str
    id: UUID
    about: UUID | None
    who: str
    claimed_at: Instant | None
    known_at: Instant
    known_ms: int
    note_id: UUID | None
    rule: str | None
    standing: tuple[KnownFact, ...]
    cells: tuple[Cell, ...]
    acknowledged: tuple[Acknowledged, ...]


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A room or a unit that had to do with it. name: by language."""

    key: str
    kind: Literal["room", "unit"]
    id: UUID
    name: dict[Literal["zh", "en"], str]


def room_key(id_: UUID) -> str:
    """What a room is called in cells."""
    return f"room:{id_}"


def unit_key(id_: UUID) -> str:
    """What a unit is called in cells."""
    return f"unit:{id_}"


ESSENTIAL = frozenset(
    {
        "alarm_entered", "ordered", "unable", "place_changed", "type_changed", "priority_changed", "urgent_note", "raised",
        "command_taken", "handed_over", "emergency", "emergency_reset", "backup", "agency_asked", "scene", "fell_due", "on_scene",
        "accepted", "handled", "closed", "reopened", "told_unit", "broadcast", "fact_written", "fact_revealed",
    }
)  # fmt: skip
_PLAIN = {
    ("incident", "opened"): "alarm_entered", ("incident", "raised"): "raised", ("incident", "command_taken"): "command_taken",
    ("incident", "handed_over"): "handed_over", ("incident", "scene_set"): "scene", ("incident", "rule_fired"): "fell_due",
    ("incident", "handled"): "handled", ("incident", "closed"): "closed", ("incident", "reopened"): "reopened",
    ("assignment", "sent"): "ordered", ("emergency", "pressed"): "emergency", ("emergency", "reset"): "emergency_reset",
    ("backup", "asked"): "backup", ("agency_request", "sent"): "agency_asked", ("broadcast", "sent"): "broadcast",
    ("standing_fact", "written"): "fact_written", ("standing_fact", "revealed"): "fact_revealed",
}  # fmt: skip
_AMENDED = (("place", "place_changed"), ("priority", "priority_changed"), ("type_verified", "type_changed"), ("type_reported", "type_changed"))  # fmt: skip


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """What is judged: facts with since when they were known, who watched, what terminals were told, the unit of each order.

    lamps: of the broadcasts about it.
    """

    facts: Sequence[Known]
    watching: Sequence[Watching]
    told: Sequence[ToldUnit]
    units: Mapping[UUID, UUID]
    rooms: Mapping[UUID, UUID]
    lamps: Sequence[Lamp] = ()


def learned(story: Story) -> list[Learned]:
    """All that mattered, in the order it was known."""
    bodies = {one.row.position: msgspec.json.decode(one.row.body) for one in story.facts}
    look = _Look(story, bodies)
    found = []
    for one in story.facts:
        key = kind_of(one.row.noun, one.row.fact, bodies[one.row.position])
        if key is not None:
            found.append(look.at(key, one))
    return found


def kind_of(noun: str, fact: str, body: Mapping[str, Any]) -> str | None:
    """What a fact was; None: nothing anybody had to know at once."""
    if (noun, fact) == ("assignment", "placed"):
        return "ordered" if body.get("state") == "ordered" else None
    if (noun, fact) == ("assignment", "stepped"):
        return str(body["step"]) if body.get("step") in ("accepted", "on_scene") else None
    if (noun, fact) == ("assignment", "ended"):
        return "unable" if body.get("state") == "unable" else None
    if (noun, fact) == ("incident", "noted"):
        return "urgent_note" if body.get("urgent") else None
    if (noun, fact) == ("incident", "amended"):
        return next((key for name, key in _AMENDED if body.get(name) is not None), None)
    if (noun, fact) == ("message", "sent"):
        return "told_unit" if body.get("direction") == "to_unit" else None
    return _PLAIN.get((noun, fact))


class _Look:
    def __init__(self, story: Story, bodies: Mapping[int, Mapping[str, Any]]) -> None:
        self.story = story
        self.bodies = bodies
        self.opened_ms = story.facts[0].at if story.facts else 0

    def at(self, key: str, one: Known) -> Learned:
        row, body = one.row, self.bodies[one.row.position]
        note = body.get("note_id") if key == "urgent_note" else None
        cells = [*self._rooms(key, one, body), *self._units(key, one, body)]
        if key == "broadcast":
            cells = list(self._reached(one))
        return Learned(
            position=row.position, key=key, noun=row.noun, id=row.id, about=self._about(one, body), who=row.who,
            claimed_at=instant(row.claimed_at), known_at=instant(one.at), known_ms=one.at,
            note_id=UUID(note) if note else None, rule=body.get("rule"), cells=tuple(cells),
            standing=msgspec.convert(body.get("known", ()), tuple[KnownFact, ...]) if key == "ordered" else (),
            acknowledged=tuple(self._noticed(one, body)) if key == "fell_due" else (),
        )  # fmt: skip

    def _about(self, one: Known, body: Mapping[str, Any]) -> UUID | None:
        if one.row.noun == "assignment":
            return self.story.units.get(one.row.id) or self.story.rooms.get(one.row.id)
        named = body.get("unit_id") or body.get("room_id") or body.get("raised", {}).get("room_id")
        return UUID(named) if named else None

    def _rooms(self, key: str, one: Known, body: Mapping[str, Any]) -> Iterable[Cell]:
        raised = body.get("raised", {}).get("room_id") if key == "raised" else None
        for watching in self._by_room():
            since = one.at
            if watching.since is not None:
                since = max(since, ms(watching.since))
            elif not watching.first:
                yield _cell(room_key(watching.room_id), None, None, None, None)
                continue
            taken: tuple[int, How] | None = None
            if key == "ordered" and self.story.rooms.get(one.row.id) == watching.room_id:
                taken = self._step_of(one, "accepted")
            elif raised == str(watching.room_id):
                taken = self._followed(one, raised)
            yield _cell(room_key(watching.room_id), since, "shown", *(taken or (None, None)))

    def _by_room(self) -> list[Watching]:
        """Each room once, by the earliest of its reasons to see it."""
        best: dict[UUID, Watching] = {}
        for one in self.story.watching:
            before = best.get(one.room_id)
            if before is None or _sooner(one, before):
                best[one.room_id] = one
        return [best[id_] for id_ in sorted(best)]

    def _units(self, key: str, one: Known, body: Mapping[str, Any]) -> Iterable[Cell]:
        if key == "ordered" and one.row.id in self.story.units:
            seen = self._step_of(one, "delivered") or self._step_of(one, "accepted")
            taken = self._step_of(one, "accepted")
            yield _cell(
                unit_key(self.story.units[one.row.id]), *(seen or (None, None)), *(taken or (None, None))
            )
        elif key == "urgent_note":
            yield from self._lamps(one, body)
        elif key == "told_unit":
            read = next(
                (f for f in self._later(one) if f.row.id == one.row.id and f.row.fact == "read"), None
            )
            at = max(read.at, one.at) if read else None
            yield _cell(unit_key(UUID(body["unit_id"])), one.at, "sent", at, "read" if read else None)
        else:
            yield from self._updates(one)

    def _reached(self, one: Known) -> Iterable[Cell]:
        """Whom a broadcast reached, as its lamps say."""
        for lamp in self.story.lamps:
            if lamp.broadcast_id == one.row.id:
                seen, read = (max(ms(at), one.at) if at else None for at in (lamp.delivered_at, lamp.read_at))
                how: How | None = "read" if read is not None else None
                yield _cell(f"{lamp.party}:{lamp.party_id}", seen or read, "delivered", read, how)

    def _step_of(self, one: Known, step: str) -> tuple[int, How] | None:
        """When a step of this order was reached: as its terminal says, but never before the order was written."""
        for later in self._later(one):
            body = self.bodies[later.row.position]
            if later.row.id == one.row.id and later.row.fact == "stepped" and body.get("step") == step:
                return max(int(body["at"]), one.at), "delivered" if step == "delivered" else "accepted"
        return None

    def _lamps(self, one: Known, body: Mapping[str, Any]) -> Iterable[Cell]:
        sent: dict[str, int] = {}
        read: dict[str, int] = {}
        for later in self._later(one):
            said = self.bodies[later.row.position]
            if later.row.noun == "note_read" and said.get("note_id") == body.get("note_id"):
                into = read if later.row.fact == "read" else sent
                into.setdefault(said["unit_id"], later.at)
        for unit_id in sorted(sent.keys() | read.keys()):
            how: How | None = "read" if unit_id in read else None
            yield _cell(unit_key(UUID(unit_id)), sent.get(unit_id), "sent", read.get(unit_id), how)

    def _updates(self, one: Known) -> Iterable[Cell]:
        """Terminals that were told in the same act."""
        told: dict[UUID, int | None] = {}
        for message in self.story.told:
            unit_id = self.story.units.get(message.assignment_id)
            if unit_id is not None and message.recorded_at == one.row.recorded_at:
                at = ms(message.published_at) if message.published_at else None
                told[unit_id] = None if at is None else max(at, one.at)
        for unit_id, at in sorted(told.items()):
            yield _cell(unit_key(unit_id), at, "sent" if at is not None else None, None, None)

    def _followed(self, one: Known, room_id: str) -> tuple[int, How] | None:
        for later in self._later(one):
            raised = self.bodies[later.row.position].get("raised", {})
            if later.row.fact == "followed" and raised.get("room_id") == room_id:
                return max(later.at, one.at), "noticed"
        return None

    def _noticed(self, one: Known, body: Mapping[str, Any]) -> Iterable[Acknowledged]:
        for later in self._later(one):
            said = self.bodies[later.row.position]
            same = (said.get("rule"), said.get("entity_id")) == (body.get("rule"), body.get("entity_id"))
            if later.row.fact == "alert_noticed" and same:
                yield Acknowledged(str(said["by"]), instant(max(later.at, one.at)))

    def _later(self, one: Known) -> Iterable[Known]:
        return (later for later in self.story.facts if later.row.position >= one.row.position)


def _sooner(a: Watching, b: Watching) -> bool:
    if b.since is None:
        return not b.first and (a.first or a.since is not None)
    return a.first if a.since is None else a.since < b.since


def _cell(party: str, seen: int | None, how: How | None, taken: int | None, taken_how: How | None) -> Cell:
    return Cell(
        party=party, seen_at=instant(seen), seen_how=how if seen is not None else None,
        acknowledged_at=instant(taken), acknowledged_how=taken_how,
    )  # fmt: skip

"""The muster roll of the live index: who each slot is, what it may do now, and which units a question is about.

Fed by the facts of units and assignments in journal order; read by every nearest search. One slot a unit, for ever.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from units.doubts import ANY_TOP_MPS, TOP_MPS

# What a unit is doing: its duty, or the state of its open assignment. The index is the low nibble of a position frame.
PROGRESS = (
    "available",
    "busy",
    "break",
    "out_of_service",
    "off_duty",
    "ordered",
    "delivered",
    "accepted",
    "en_route",
    "on_scene",
    "unable",
    "expired",
)

STRUCK_OFF = len(PROGRESS)
NO_END_MS = 1 << 62  # the end of a shift that nobody has said

type Slots = NDArray[np.intp]
type Bools = NDArray[np.bool_]
type Choice = Callable[[Slots], Bools]


class UnknownHandle(KeyError):
    """No unit has this handle."""

    code = "unknown_unit"


@dataclass(frozen=True, slots=True)
class Entry:
    """A unit as the live index needs it. `gateway` None: any gateway may report it. `state` is one of PROGRESS.

    `lent_to`: the room that orders it meanwhile; its own room and this one see it. `shift_ends_ms`: since 1970, UTC.
    """

    handle: int
    unit_id: UUID
    kind: str
    unit_class: str
    room_id: UUID
    skills: frozenset[str] = frozenset()
    state: str = "off_duty"
    gateway: str | None = None
    lent_to: UUID | None = None
    shift_ends_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which units a question is about; None lets all pass. `skills` are needed all; `exclude` holds handles.

    `rooms`: seen by one of them, as their own or lent to them; `ordered_by`: one of them may order it now.
    """

    states: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    classes: frozenset[str] | None = None
    skills: frozenset[str] = frozenset()
    rooms: frozenset[UUID] | None = None
    exclude: frozenset[int] = frozenset()
    ordered_by: frozenset[UUID] | None = None


AVAILABLE = Filter(states=frozenset({"available"}))


class _Names[T]:
    """Small numbers for the values of one column, in order of appearance."""

    def __init__(self, first: Iterable[T] = ()) -> None:
        self.values: list[T] = list(first)
        self._codes = {value: code for code, value in enumerate(self.values)}

    def code(self, value: T) -> int:
        code = self._codes.setdefault(value, len(self.values))
        if code == len(self.values):
            self.values.append(value)
        return code

    def table(self, wanted: Iterable[T]) -> Bools:
        """True at the code of each wanted value; values never seen are nobody's."""
        table = np.zeros(len(self.values) + 1, np.bool_)
        table[[self._codes[value] for value in wanted if value in self._codes]] = True
        return table


class _RoomGroups(_Names[tuple[UUID, UUID]]):
    """The rooms that see a unit, as one number: its own and the one that orders it, which are mostly the same."""

    def __init__(self) -> None:
        super().__init__()
        self._codes_of: dict[UUID, list[int]] = {}

    def code(self, value: tuple[UUID, UUID]) -> int:
        fresh = len(self.values)
        code = super().code(value)
        if code == fresh:
            for room in set(value):
                self._codes_of.setdefault(room, []).append(code)
        return code

    def seen_by(self, rooms: Iterable[UUID]) -> Bools:
        """True at the code of each group that one of these rooms is in."""
        table = np.zeros(len(self.values) + 1, np.bool_)
        for room in rooms:
            table[self._codes_of.get(room, [])] = True
        return table

    def ordered_by(self, rooms: frozenset[UUID]) -> Bools:
        """True at the code of each group whose units one of these rooms may order."""
        return np.array([orders in rooms for _, orders in self.values] + [False], np.bool_)


class Roll:
    """Slots by handle, with their attributes in columns."""

    def __init__(self, capacity: int) -> None:
        self.entries: list[Entry] = []
        self.handle = np.zeros(capacity, np.uint32)
        self.state = np.zeros(capacity, np.uint8)
        self.room = np.zeros(capacity, np.int32)
        self.gateway = np.full(capacity, -1, np.int32)  # -1: any
        self.top_mps = np.zeros(capacity, np.float64)  # faster than this nobody of its kind can be
        self.shift_ends_ms = np.zeros(capacity, np.int64)
        self.listed = np.zeros(capacity, np.bool_)
        self.rooms = _RoomGroups()
        self.states: _Names[str] = _Names(PROGRESS)
        self._kind = np.zeros(capacity, np.uint16)
        self._class = np.zeros(capacity, np.uint16)
        self._skills = np.zeros((capacity, 8), np.bool_)
        self._kinds: _Names[str] = _Names()
        self._classes: _Names[str] = _Names()
        self._skill_names: _Names[str] = _Names()
        self._gateways: _Names[str] = _Names()
        self._slots: dict[int, int] = {}
        self._sorted: tuple[NDArray[np.uint32], Slots] | None = None
        self._direct: Slots | None = (
            None  # the slot of each handle, where handles lie close enough for a table
        )
        self._choices: dict[Filter, Choice] = {}

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def capacity(self) -> int:
        return len(self.handle)

    @property
    def kind(self) -> NDArray[np.uint16]:
        """Of each slot, an index into `kinds`."""
        return self._kind

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds there are, in order of appearance."""
        return tuple(self._kinds.values)

    def grow(self, capacity: int) -> None:
        more = capacity - self.capacity
        for name in ("handle", "state", "room", "top_mps", "shift_ends_ms", "listed", "_kind", "_class"):
            column = getattr(self, name)
            setattr(self, name, np.append(column, np.zeros(more, column.dtype)))
        self.gateway = np.append(self.gateway, np.full(more, -1, np.int32))
        self._skills = np.concatenate((self._skills, np.zeros((more, self._skills.shape[1]), np.bool_)))
        self._choices.clear()

    def slot(self, handle: int) -> int:
        """The slot of a listed unit; UnknownHandle when there is none."""
        slot = self._slots.get(handle)
        if slot is None or not self.listed[slot]:
            raise UnknownHandle(f"no unit has the handle {handle}")
        return slot

    def knows(self, handle: int) -> bool:
        slot = self._slots.get(handle)
        return slot is not None and bool(self.listed[slot])

    def slots_of(self, handles: NDArray[np.uint32]) -> tuple[Slots, Bools]:
        """Slots (0 where unknown) and whether a listed unit has each handle."""
        if self._sorted is None:
            order = np.argsort(self.handle[: len(self)], kind="stable")
            self._sorted = (self.handle[order], order)
            self._direct = _direct_table(*self._sorted)
        keys, slots_by_key = self._sorted
        if not len(keys):
            return np.zeros(len(handles), np.intp), np.zeros(len(handles), np.bool_)
        if self._direct is not None:
            slots = self._direct.take(handles, mode="clip")  # what is too great meets the empty last row
            known = slots >= 0
            if np.count_nonzero(known) < len(known):
                slots[~known] = 0
            return slots, known & self.listed[slots]
        at = keys.searchsorted(handles)
        np.minimum(at, len(keys) - 1, out=at)
        slots = slots_by_key[at]
        return slots, (keys[at] == handles) & self.listed[slots]

    def write(self, entry: Entry) -> int:
        """Add a unit, or change what is known of it; returns its slot. There must be room for one more."""
        state = self._state_code(entry.state)
        slot = self._slots.get(entry.handle)
        if slot is None:
            slot = self._slots[entry.handle] = len(self.entries)
            self.entries.append(entry)
            self._sorted = None
        self.entries[slot] = entry
        self.handle[slot] = entry.handle
        self.state[slot] = state
        self.room[slot] = self.rooms.code((entry.room_id, entry.lent_to or entry.room_id))
        self.gateway[slot] = -1 if entry.gateway is None else self._gateways.code(entry.gateway)
        self._kind[slot] = self._kinds.code(entry.kind)
        self.top_mps[slot] = TOP_MPS.get(entry.kind, ANY_TOP_MPS)
        self._class[slot] = self._classes.code(entry.unit_class)
        self._write_skills(slot, entry.skills)
        self.shift_ends_ms[slot] = NO_END_MS if entry.shift_ends_ms is None else entry.shift_ends_ms
        self.listed[slot] = True
        self._choices.clear()
        return slot

    def _write_skills(self, slot: int, skills: frozenset[str]) -> None:
        columns = [self._skill_names.code(skill) for skill in skills]
        while len(self._skill_names.values) > self._skills.shape[1]:
            self._skills = np.concatenate((self._skills, np.zeros_like(self._skills)), axis=1)
        self._skills[slot] = False
        self._skills[slot, columns] = True

    def strike_off(self, slot: int) -> None:
        self.listed[slot] = False
        self.state[slot] = STRUCK_OFF

    def set_state(self, slot: int, state: str) -> None:
        self.state[slot] = self._state_code(state)
        self.entries[slot] = replace(self.entries[slot], state=state)

    def _state_code(self, state: str) -> int:
        if state not in PROGRESS:
            raise ValueError(f"{state!r} is no state of a unit; it is one of {', '.join(PROGRESS)}")
        return self.states.code(state)

    def gateway_code(self, gateway: str) -> int:
        return self._gateways.code(gateway)

    def by_handle(self, slots: Slots) -> Slots:
        """These slots by rising handle; units mostly come in that order, which costs twenty times less to see than to make."""
        handles = self.handle[slots]
        return slots if np.all(handles[1:] > handles[:-1]) else slots[np.argsort(handles)]

    def choice(self, which: Filter) -> Choice:
        """The filter as a function from slots to a mask; unlisted units never pass."""
        chosen = self._choices.get(which)
        if chosen is None:
            if len(self._choices) > 256:
                self._choices.clear()
            chosen = self._choices[which] = self._choose(which)
        return chosen

    def _choose(self, which: Filter) -> Choice:
        states = PROGRESS if which.states is None else which.states
        listed = (self.state, self.states.table(states))  # STRUCK_OFF is in no such table
        tables: list[tuple[NDArray[Any], Bools]] = []
        if which.kinds is not None:
            tables.append((self._kind, self._kinds.table(which.kinds)))
        if which.classes is not None:
            tables.append((self._class, self._classes.table(which.classes)))
        if which.rooms is not None:
            tables.append((self.room, self.rooms.seen_by(which.rooms)))
        if which.ordered_by is not None:
            tables.append((self.room, self.rooms.ordered_by(which.ordered_by)))
        known_skills = set(self._skill_names.values)
        nobody = not which.skills <= known_skills
        skills = [] if nobody else [self._skill_names.code(skill) for skill in which.skills]
        excluded = [self._slots[handle] for handle in which.exclude if handle in self._slots]

        def passes(slots: Slots) -> Bools:
            mask = listed[1][listed[0][slots]]
            for column, table in tables:
                mask &= table[column[slots]]
            if skills:
                mask &= self._skills[slots][:, skills].all(axis=1)
            for slot in excluded:
                mask &= slots != slot
            return np.zeros_like(mask) if nobody else mask

        return passes


def _direct_table(keys: NDArray[np.uint32], slots: Slots) -> Slots | None:
    """By handle its slot, -1 where there is none; None when the handles are too far apart for a table."""
    size = int(keys[-1]) + 2 if len(keys) else 0
    if not 0 < size <= 65_536 + 8 * len(keys):
        return None
    table = np.full(size, -1, np.intp)
    table[keys] = slots
    return table

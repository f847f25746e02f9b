"""Simulated radios: terminals that hear orders, answer like people, and drive there in a straight line.

Pure and seeded: messages and time in, replies and fixes out; the same Random gives the same night. The reference gateway
carries them over the bus, so that a demo and a drill take the same doors as real patrols.
"""

import heapq
import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

import numpy as np

from geo.coordinates import bearing_deg, destination, distance_m
from units.frames import MAX_ROWS, Frame

SPEED_MPS = {"car": 12.0, "motorcycle": 14.0, "foot": 1.5, "boat": 8.0, "drone": 15.0}
OTHER_SPEED_MPS = 8.0
ARRIVED_M = 15.0
ACCURACY_M = 6.0
MAX_TRIES = 20  # then a terminal gives a reply up
REMEMBERED = 64  # messages a terminal knows again

type Span = tuple[float, float]  # from, to: a number is drawn evenly between


@dataclass(frozen=True, slots=True)
class Habits:
    """How radios and their crews behave; seconds, and shares from 0 to 1."""

    deliver_s: Span = (0.2, 1.5)  # order published → terminal has it
    accept_s: Span = (3.0, 20.0)  # terminal has it → a person took it
    turnout_s: Span = (10.0, 50.0)  # taken → moving
    scene_s: Span = (240.0, 1_200.0)  # on scene → cleared
    retry_s: float = 5.0  # a reply that was lost is sent again, under the same reply_id
    order_loss: float = 0.0  # orders that never reach the terminal
    reply_loss: float = 0.0  # replies that need another try, each time anew
    duplicates: float = 0.0  # replies that arrive twice
    silence: float = 0.0  # orders that reach the terminal while nobody looks at it
    unable: float = 0.0  # orders that the crew can't take
    pace: float = 1.0  # everything so many times faster: waiting, and driving
    result: str = "handled"  # of `clear`


@dataclass(frozen=True, slots=True)
class Terminal:
    """A radio of a unit: its handle, the unit's kind, and where it stands at first (WGS-84 degrees)."""

    handle: int
    kind: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What a terminal sends: the JSON of `cad.radio.reply.<gateway>.<handle>`; its Nats-Msg-Id is its reply_id."""

    handle: int
    payload: dict[str, Any]


@dataclass(slots=True)
class _Job:
    order_id: str
    assignment_id: str
    lon: float | None
    lat: float | None
    driving: bool = False
    arrived: bool = False


class Radio:
    """One terminal. What it will say lies in the air of its `Radios`."""

    def __init__(self, terminal: Terminal, now_ms: int) -> None:
        self.handle = terminal.handle
        self.speed_mps = SPEED_MPS.get(terminal.kind, OTHER_SPEED_MPS)
        self.lon, self.lat = terminal.lon, terminal.lat
        self.heading_deg = math.nan
        self.moving = False
        self.job: _Job | None = None
        self.heard_n: dict[str, int] = {}
        self.heard_orders: deque[str] = deque(maxlen=REMEMBERED)
        self._moved_ms = now_ms

    def drive(self, now_ms: int, pace: float) -> bool:
        """Move towards the place of the job; True at the moment of arrival."""
        elapsed_s, self._moved_ms = (now_ms - self._moved_ms) / 1000, now_ms
        job = self.job
        self.moving = False
        if job is None or not job.driving or job.arrived:
            return False
        if job.lon is None or job.lat is None:
            job.arrived = True  # ordered by beat: the place is where the crew finds it
            return True
        left_m = distance_m(self.lon, self.lat, job.lon, job.lat)
        step_m = self.speed_mps * pace * elapsed_s
        if left_m > ARRIVED_M:
            self.heading_deg = bearing_deg(self.lon, self.lat, job.lon, job.lat)
        if left_m - step_m <= ARRIVED_M:
            self.lon, self.lat = job.lon, job.lat
            job.arrived = True
            return True
        self.lon, self.lat = destination(self.lon, self.lat, self.heading_deg, step_m)
        self.moving = True
        return False


class Radios:
    """Many terminals and the air between: `hear` what is sent to them, `step` to get what they send.

    `boot` tells one run from the next, so that reply ids never repeat.
    """

    def __init__(
        self, terminals: Iterable[Terminal], habits: Habits, chance: Random, *, now_ms: int, boot: int
    ) -> None:
        self._habits = habits
        self._chance = chance
        self._boot = boot
        self._counter = 0
        self._radios = {terminal.handle: Radio(terminal, now_ms) for terminal in terminals}
        self._due: list[
            tuple[int, int, int, str, _Job]
        ] = []  # what crews will do: ms, number, handle, act, job
        self._air: list[tuple[int, int, Reply]] = []  # replies under way: ms of arrival, number, reply

    def __contains__(self, handle: int) -> bool:
        return handle in self._radios

    # What is sent to a terminal

    def hear(self, handle: int, message: Mapping[str, Any], now_ms: int) -> None:
        """A message of `cad.radio.order`. What is expired, repeated or below the last `n` is dropped, as a gateway must."""
        radio = self._radios.get(handle)
        if radio is None or self._is_stale(radio, message, now_ms) or self._happens(self._habits.order_loss):
            return
        radio.heard_orders.append(message["order_id"])
        assignment_id = message.get("assignment_id")
        if assignment_id is not None:
            radio.heard_n.pop(assignment_id, None)
            radio.heard_n[assignment_id] = message["n"]
            if len(radio.heard_n) > REMEMBERED:
                del radio.heard_n[next(iter(radio.heard_n))]  # the one unheard of for longest
        match message["kind"]:
            case "order":
                self._take_order(radio, message, now_ms)
            case "update":
                self._take_update(radio, message, now_ms)
            case "recall" if radio.job is not None and radio.job.assignment_id == assignment_id:
                radio.job = None
            case "refused" if radio.job is not None and radio.job.assignment_id != assignment_id:
                radio.job = None  # the centre says what the present job is, and it is not this one
            case "message":
                self._say_later(
                    radio, "read", _Job(message["order_id"], assignment_id or "", None, None), now_ms
                )
            case _:
                pass  # broadcasts, and news of a job that is over: nobody waits for an answer

    def _is_stale(self, radio: Radio, message: Mapping[str, Any], now_ms: int) -> bool:
        if message["order_id"] in radio.heard_orders:
            return True
        expires_at = message.get("expires_at")
        if expires_at is not None and datetime.fromisoformat(expires_at).timestamp() * 1000 < now_ms:
            return True
        assignment_id = message.get("assignment_id")
        return assignment_id is not None and message["n"] < radio.heard_n.get(assignment_id, 0)

    def _take_order(self, radio: Radio, message: Mapping[str, Any], now_ms: int) -> None:
        job = _Job(message["order_id"], message["assignment_id"], message.get("lon"), message.get("lat"))
        radio.job = job
        delivered_ms = self._after(now_ms, self._habits.deliver_s)
        self._plan(delivered_ms, radio, "deliver", job)
        if self._happens(self._habits.silence):
            return
        taken_ms = self._after(delivered_ms, self._habits.accept_s)
        if self._happens(self._habits.unable):
            self._plan(taken_ms, radio, "unable", job)
            return
        self._plan(taken_ms, radio, "accept", job)
        self._plan(self._after(taken_ms, self._habits.turnout_s), radio, "en_route", job)

    def _take_update(self, radio: Radio, message: Mapping[str, Any], now_ms: int) -> None:
        job = radio.job
        if job is None or job.assignment_id != message.get("assignment_id"):
            return
        if message.get("lon") is not None and not job.arrived:
            job.lon, job.lat = message["lon"], message["lat"]
        self._say_later(
            radio,
            "read",
            _Job(message["order_id"], job.assignment_id, None, None),
            now_ms,
            self._habits.accept_s,
        )

    # What a terminal sends

    def step(self, now_ms: int) -> list[Reply]:
        """Let time pass: crews act, units move, and what has arrived by now is returned, in order of arrival."""
        while self._due and self._due[0][0] <= now_ms:
            at_ms, _, handle, act, job = heapq.heappop(self._due)
            self._act(self._radios[handle], act, job, at_ms)
        for radio in self._radios.values():
            if radio.drive(now_ms, self._habits.pace) and radio.job is not None:
                self._send(radio, "on_scene", radio.job, now_ms)
                self._plan(self._after(now_ms, self._habits.scene_s), radio, "clear", radio.job)
        arrived: list[Reply] = []
        while self._air and self._air[0][0] <= now_ms:
            arrived.append(heapq.heappop(self._air)[2])
        return arrived

    def _act(self, radio: Radio, act: str, job: _Job, at_ms: int) -> None:
        if act != "read" and radio.job is not job:
            return  # recalled, or replaced by another order, in the meantime
        self._send(radio, act, job, at_ms)
        if act == "en_route":
            job.driving = True
        elif act in ("clear", "unable"):
            radio.job = None

    def _send(self, radio: Radio, act: str, job: _Job, at_ms: int) -> None:
        self._counter += 1
        payload: dict[str, Any] = {
            "reply_id": f"{radio.handle}:{self._boot}:{self._counter}",
            "order_id": job.order_id,
            "act": act,
            "at": datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds"),
        }
        if job.assignment_id:
            payload["assignment_id"] = job.assignment_id
        if act == "clear":
            payload["result"] = self._habits.result
        if act in ("on_scene", "clear"):
            payload |= {"lon": radio.lon, "lat": radio.lat}
        reply, arrives_ms = Reply(radio.handle, payload), at_ms
        tries = 1
        while self._happens(self._habits.reply_loss):
            tries += 1
            if tries > MAX_TRIES:
                return
            arrives_ms += self._ms(self._habits.retry_s)
        self._fly(arrives_ms, reply)
        if self._happens(self._habits.duplicates):
            self._fly(arrives_ms + self._ms(self._chance.uniform(0.0, self._habits.retry_s)), reply)

    def _fly(self, arrives_ms: int, reply: Reply) -> None:
        self._counter += 1
        heapq.heappush(self._air, (arrives_ms, self._counter, reply))

    def _plan(self, at_ms: int, radio: Radio, act: str, job: _Job) -> None:
        self._counter += 1
        heapq.heappush(self._due, (at_ms, self._counter, radio.handle, act, job))

    def _say_later(self, radio: Radio, act: str, about: _Job, now_ms: int, span: Span | None = None) -> None:
        if not self._happens(self._habits.silence):
            self._plan(self._after(now_ms, span or self._habits.accept_s), radio, act, about)

    def frames(self, now_ms: int) -> list[Frame]:
        """Where every terminal is now, at most MAX_ROWS a frame; call it once a second after `step`."""
        radios = list(self._radios.values())
        starts = range(0, len(radios), MAX_ROWS)
        return [_frame(radios[start : start + MAX_ROWS], now_ms, self._habits.pace) for start in starts]

    def _after(self, at_ms: int, span: Span) -> int:
        return at_ms + self._ms(self._chance.uniform(*span))

    def _ms(self, seconds: float) -> int:
        return round(seconds * 1000 / self._habits.pace)

    def _happens(self, share: float) -> bool:
        return share > 0.0 and self._chance.random() < share


def _frame(radios: list[Radio], now_ms: int, pace: float) -> Frame:
    speeds = [radio.speed_mps * pace if radio.moving else 0.0 for radio in radios]
    return Frame(
        np.array([radio.handle for radio in radios], np.uint32),
        np.full(len(radios), now_ms, np.int64),
        np.array([radio.lon for radio in radios]),
        np.array([radio.lat for radio in radios]),
        np.array(speeds, np.float32),
        np.array([radio.heading_deg for radio in radios], np.float32),
        np.full(len(radios), ACCURACY_M, np.float32),
    )

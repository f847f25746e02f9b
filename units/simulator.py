"""Simulated radios: terminals that hear orders, answer like people, drive there, and patrol their beats in between.

Pure and seeded: messages and time in, replies and fixes out; the same Random gives the same night. The reference gateway
carries them over the bus, so that a demo and a drill take the same doors as real patrols.
"""

import heapq
import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

import numpy as np

from geo.coordinates import approx_distance_m
from geo.courses import Course
from units.driving import Drive, Place, Ways, Whereabouts, straight
from units.frames import MAX_ROWS, Frame

SPEED_MPS = {"car": 12.0, "motorcycle": 14.0, "foot": 1.5, "boat": 8.0, "drone": 15.0}
OTHER_SPEED_MPS = 8.0
OFF_ROAD = frozenset({"boat", "drone"})
URGENT_SHARE = 1.25  # how much faster than traffic a crew drives to a P1 or P2
PATROL_SHARE = 0.55  # and how much slower on patrol
ARRIVED_M = 15.0
STANDS_BY_MS = 2_700_000  # so long a crew waits where it was asked to, if nothing comes
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
    late: float = 0.0  # notes, messages and questions that the crew looks at late
    late_s: Span = (35.0, 150.0)  # and so late
    backup: float = 0.0  # arrivals on scene that need more than one crew
    emergency: float = 0.0  # arrivals on scene that put an officer in danger
    pace: float = 1.0  # everything so many times faster: waiting, and driving
    result: str = "handled"  # of `clear`
    pause_s: Span = (20.0, 150.0)  # on patrol: standing between two rides
    lights_s: Span = (8.0, 45.0)  # a red light
    red: float = 0.4  # traffic lights that are red
    outage_every_s: float = 0.0  # a terminal is out of coverage so often, on average; 0: never
    outage_s: Span = (25.0, 150.0)  # and so long: no fixes, and what is said comes late


@dataclass(frozen=True, slots=True)
class Terminal:
    """A radio of a unit: its handle, the unit's kind, where it stands at first, and the places of its beat (lon, lat)."""

    handle: int
    kind: str
    lon: float
    lat: float
    beat: tuple[Place, ...] = ()


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
    urgent: bool = False
    driving: bool = False
    arrived: bool = False


class Radio:
    """One terminal: where it stands or drives, and its job. What it will say lies in the air of its `Radios`."""

    def __init__(self, terminal: Terminal) -> None:
        self.handle, self.kind, self.beat = terminal.handle, terminal.kind, terminal.beat
        self.speed_mps = SPEED_MPS.get(terminal.kind, OTHER_SPEED_MPS)
        self.stands = Whereabouts(terminal.lon, terminal.lat, 0.0, math.nan)
        self.drive: Drive | None = None
        self.job: _Job | None = None
        self.out_until_ms = 0
        self.heard_n: dict[str, int] = {}
        self.heard_orders: deque[str] = deque(maxlen=REMEMBERED)

    def at(self, now_ms: int) -> Whereabouts:
        """Where it is now."""
        return self.stands if self.drive is None else self.drive.at(now_ms)

    def stop(self, now_ms: int) -> None:
        """Stand where it is now."""
        here = self.at(now_ms)
        self.stands, self.drive = here._replace(speed_mps=0.0), None

    def notes(self, assignment_id: str, n: int) -> None:
        """Keep the number of the newest message of a job."""
        self.heard_n.pop(assignment_id, None)
        self.heard_n[assignment_id] = n
        if len(self.heard_n) > REMEMBERED:
            del self.heard_n[next(iter(self.heard_n))]  # the one unheard of for longest


class Radios:
    """Many terminals and the air between: `hear` what is sent to them, `step` to get what they send.

    `boot` tells one run from the next, so that reply ids never repeat; `ways` leads along roads, without it all is straight.
    """

    def __init__(
        self,
        terminals: Iterable[Terminal],
        habits: Habits,
        chance: Random,
        *,
        now_ms: int,
        boot: int,
        ways: Ways | None = None,
    ) -> None:
        self._habits, self._chance, self._ways = habits, chance, ways
        self._boot = boot
        self._counter = 0
        self._radios = {terminal.handle: Radio(terminal) for terminal in terminals}
        self._due: list[tuple[int, int, Callable[[int], None]]] = []  # what will happen: ms, number, what
        self._air: list[tuple[int, int, Reply]] = []  # replies under way: ms of arrival, number, reply
        for radio in self._radios.values():
            self._patrol_later(radio, now_ms)
            self._lose_later(radio, now_ms)

    def know(self, ways: Ways) -> None:
        """From now on they drive along these roads."""
        self._ways = ways

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
            radio.notes(assignment_id, message["n"])
        match message["kind"]:
            case "order":
                self._take_order(radio, message, now_ms)
            case "update":
                self._take_update(radio, message, now_ms)
            case "recall" if radio.job is not None and radio.job.assignment_id == assignment_id:
                self._end_job(radio, now_ms)
            case "refused" if radio.job is not None and radio.job.assignment_id != assignment_id:
                self._end_job(
                    radio, now_ms
                )  # the centre says what the present job is, and it is not this one
            case "message" if message.get("prompt") == "standby":
                self._take_standby(radio, message, now_ms)
            case "message" if message.get("prompt") != "emergency_heard":
                self._read_later(radio, message, now_ms)
            case "broadcast" if message.get("prompt") == "broadcast":
                about = _Job(message["order_id"], "", None, None)
                self._do_later(
                    self._after(max(now_ms, radio.out_until_ms), self._habits.deliver_s),
                    radio,
                    "deliver",
                    about,
                )
                self._read_later(radio, message, now_ms)
            case _:
                pass  # the air is to be kept free, and news of a job that is over: nobody waits for an answer

    def _is_stale(self, radio: Radio, message: Mapping[str, Any], now_ms: int) -> bool:
        if message["order_id"] in radio.heard_orders:
            return True
        expires_at = message.get("expires_at")
        if expires_at is not None and datetime.fromisoformat(expires_at).timestamp() * 1000 < now_ms:
            return True
        assignment_id = message.get("assignment_id")
        return assignment_id is not None and message["n"] < radio.heard_n.get(assignment_id, 0)

    def _take_order(self, radio: Radio, message: Mapping[str, Any], now_ms: int) -> None:
        job = _Job(
            message["order_id"],
            message["assignment_id"],
            message.get("lon"),
            message.get("lat"),
            urgent=message.get("priority", 4) <= 2,
        )
        radio.job = job
        delivered_ms = self._after(max(now_ms, radio.out_until_ms), self._habits.deliver_s)
        self._do_later(delivered_ms, radio, "deliver", job)
        if self._happens(self._habits.silence):
            return
        taken_ms = self._after(delivered_ms, self._habits.accept_s)
        if self._happens(self._habits.unable):
            self._do_later(taken_ms, radio, "unable", job)
            return
        self._do_later(taken_ms, radio, "accept", job)
        self._do_later(self._after(taken_ms, self._habits.turnout_s), radio, "en_route", job)

    def _take_update(self, radio: Radio, message: Mapping[str, Any], now_ms: int) -> None:
        job = radio.job
        if job is None or job.assignment_id != message.get("assignment_id"):
            if message.get("prompt") == "note":  # on a job that it came upon by itself
                self._read_later(radio, message, now_ms)
            return
        moved = message.get("lon") is not None and (job.lon, job.lat) != (message["lon"], message["lat"])
        if moved and not job.arrived:
            job.lon, job.lat = message["lon"], message["lat"]
            if job.driving:
                self._go_to_scene(radio, job, now_ms)
        self._read_later(radio, message, now_ms)

    def _take_standby(self, radio: Radio, message: Mapping[str, Any], now_ms: int) -> None:
        """Without a job it goes where it is asked to stand by, and waits there for a while."""
        asked = _Job(message["order_id"], "", message.get("lon"), message.get("lat"))

        def go(at_ms: int) -> None:
            if radio.job is not None or asked.lon is None or asked.lat is None:
                return
            self._send(radio, "accept", asked, at_ms)
            radio.stop(at_ms)
            drive = radio.drive = self._drive(radio, (asked.lon, asked.lat), 1.0, at_ms)

            def there(then_ms: int) -> None:
                if radio.drive is drive:
                    radio.stop(then_ms)
                    self._send(radio, "on_scene", asked, then_ms)
                    self._patrol_later(radio, then_ms + STANDS_BY_MS)

            self._plan(drive.arrives_ms, there)

        self._plan(self._after(max(now_ms, radio.out_until_ms), self._habits.accept_s), go)

    # What a terminal does and sends

    def step(self, now_ms: int) -> list[Reply]:
        """Let time pass: crews act, units move, and what has arrived by now is returned, in order of arrival."""
        while self._due and self._due[0][0] <= now_ms:
            at_ms, _, happen = heapq.heappop(self._due)
            happen(at_ms)
        arrived: list[Reply] = []
        while self._air and self._air[0][0] <= now_ms:
            arrived.append(heapq.heappop(self._air)[2])
        return arrived

    def _do_later(self, at_ms: int, radio: Radio, act: str, job: _Job) -> None:
        self._plan(at_ms, lambda now_ms: self._act(radio, act, job, now_ms))

    def _act(self, radio: Radio, act: str, job: _Job, at_ms: int) -> None:
        if act != "read" and radio.job is not job:
            return  # recalled, or replaced by another order, in the meantime
        self._send(radio, act, job, at_ms)
        match act:
            case "accept":
                radio.stop(at_ms)
            case "en_route":
                job.driving = True
                self._go_to_scene(radio, job, at_ms)
            case "clear" | "unable":
                self._end_job(radio, at_ms)

    def _end_job(self, radio: Radio, now_ms: int) -> None:
        radio.job = None
        radio.stop(now_ms)
        self._patrol_later(radio, now_ms)

    def _go_to_scene(self, radio: Radio, job: _Job, now_ms: int) -> None:
        radio.stop(now_ms)
        if job.lon is None or job.lat is None:
            self._arrive(radio, job, now_ms)  # ordered by beat: the place is where the crew finds it
            return
        here, scene = (radio.stands.lon, radio.stands.lat), (job.lon, job.lat)
        if approx_distance_m(*here, *scene) <= ARRIVED_M:
            self._arrive(radio, job, now_ms)
            return
        drive = radio.drive = self._drive(radio, scene, URGENT_SHARE if job.urgent else 1.0, now_ms)

        def there(at_ms: int) -> None:
            if radio.drive is drive:
                radio.stop(at_ms)
                self._arrive(radio, job, at_ms)

        self._plan(drive.arrives_ms, there)

    def _arrive(self, radio: Radio, job: _Job, now_ms: int) -> None:
        job.arrived = True
        self._send(radio, "on_scene", job, now_ms)
        if self._happens(self._habits.backup):
            self._do_later(self._after(now_ms, self._habits.accept_s), radio, "backup", job)
        if self._happens(self._habits.emergency):
            self._do_later(self._after(now_ms, self._habits.accept_s), radio, "emergency", job)
        self._do_later(self._after(now_ms, self._habits.scene_s), radio, "clear", job)

    def _drive(self, radio: Radio, end: Place, share: float, now_ms: int) -> Drive:
        """On roads as fast as they and the unit's kind allow, with its waits at lights; over water and through the air straight."""
        start, most = (radio.stands.lon, radio.stands.lat), radio.speed_mps
        if self._ways is None or radio.kind in OFF_ROAD:
            course = straight(start, end, most)
            return Drive(course.corners, course.speeds_mps, (0.0, 0.0), now_ms, self._habits.pace)
        course = self._ways(start, end)
        speeds = [most if radio.kind == "foot" else max(1.0, speed * share) for speed in course.speeds_mps]
        return Drive(course.corners, speeds, self._waits(radio, course, share), now_ms, self._habits.pace)

    def _waits(self, radio: Radio, course: Course, share: float) -> list[float]:
        stops = radio.kind != "foot" and share <= 1.0  # with blue lights one doesn't wait
        return [
            self._chance.uniform(*self._habits.lights_s) if stops and lit and self._happens(self._habits.red) else 0.0
            for lit in course.lit
        ]  # fmt: skip

    # Between two jobs

    def _patrol_later(self, radio: Radio, now_ms: int) -> None:
        if not radio.beat:
            return

        def ride(at_ms: int) -> None:
            if radio.job is None and radio.drive is None:
                self._ride(radio, at_ms)

        self._plan(self._after(now_ms, self._habits.pause_s), ride)

    def _ride(self, radio: Radio, now_ms: int) -> None:
        drive = radio.drive = self._drive(radio, self._chance.choice(radio.beat), PATROL_SHARE, now_ms)

        def there(at_ms: int) -> None:
            if radio.drive is drive:
                radio.stop(at_ms)
                self._patrol_later(radio, at_ms)

        self._plan(drive.arrives_ms, there)

    def _lose_later(self, radio: Radio, now_ms: int) -> None:
        every_s = self._habits.outage_every_s
        if every_s <= 0:
            return

        def lose(at_ms: int) -> None:
            radio.out_until_ms = self._after(at_ms, self._habits.outage_s)
            self._lose_later(radio, radio.out_until_ms)

        self._plan(now_ms + self._ms(self._chance.expovariate(1 / every_s)), lose)

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
        if act in ("on_scene", "clear", "emergency"):
            here = radio.at(at_ms)
            payload |= {"lon": here.lon, "lat": here.lat}
        reply, arrives_ms = Reply(radio.handle, payload), max(at_ms, radio.out_until_ms)
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

    def _plan(self, at_ms: int, happen: Callable[[int], None]) -> None:
        self._counter += 1
        heapq.heappush(self._due, (at_ms, self._counter, happen))

    def _read_later(self, radio: Radio, message: Mapping[str, Any], now_ms: int) -> None:
        """Somebody looks at a note, a message, a status check or the roll, and says so: soon, late, or never."""
        about = _Job(message["order_id"], message.get("assignment_id") or "", None, None)
        if not self._happens(self._habits.silence):
            span = self._habits.late_s if self._happens(self._habits.late) else self._habits.accept_s
            self._do_later(self._after(now_ms, span), radio, "read", about)

    def frames(self, now_ms: int) -> list[Frame]:
        """Where every terminal in coverage is now, at most MAX_ROWS a frame; call it once a second after `step`."""
        heard = [radio for radio in self._radios.values() if radio.out_until_ms <= now_ms]
        return [_frame(heard[n : n + MAX_ROWS], now_ms) for n in range(0, len(heard), MAX_ROWS)]

    def _after(self, at_ms: int, span: Span) -> int:
        return at_ms + self._ms(self._chance.uniform(*span))

    def _ms(self, seconds: float) -> int:
        return round(seconds * 1000 / self._habits.pace)

    def _happens(self, share: float) -> bool:
        return share > 0.0 and self._chance.random() < share


def _frame(radios: list[Radio], now_ms: int) -> Frame:
    places = [radio.at(now_ms) for radio in radios]
    return Frame(
        np.array([radio.handle for radio in radios], np.uint32),
        np.full(len(radios), now_ms, np.int64),
        np.array([place.lon for place in places]),
        np.array([place.lat for place in places]),
        np.array([place.speed_mps for place in places], np.float32),
        np.array([place.heading_deg for place in places], np.float32),
        np.full(len(radios), ACCURACY_M, np.float32),
    )

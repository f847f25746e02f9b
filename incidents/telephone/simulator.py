"""A simulated switchboard: it rings, seats answer as they come free, callers lose patience, hold, are passed on, hang up.

Pure and seeded: the same Random gives the same evening. What it tells may be made to arrive twice, late and out of order,
as real switchboards do; `web.telephone` brings it in on `cad.call.<acd>.<line>`.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from random import Random

import msgspec

from incidents.telephone.model import CallAct

REACTION_S = (1.5, 9.0)  # from a free seat's ring to its answer, the middle a third of the way
WRAP_UP_S = 4.0  # a seat finishes its form before it takes the next call
PATIENCE_S = 40.0  # the mean time a caller waits
MISDIAL_SHARE = 0.03  # hangs up within seconds
TALK_S = 55.0
HELD_SHARE, CONFERENCED_SHARE, TRANSFERRED_SHARE = 0.08, 0.04, 0.04
TWICE_SHARE, LATE_SHARE, LATE_S = 0.04, 0.05, 4.0


class Position(msgspec.Struct, frozen=True):
    """Where the network puts the caller: WGS-84 degrees, metres."""

    lon: float
    lat: float
    accuracy_m: float


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """One thing told. at_s: when it happened, sent_s: when it is told, both in seconds from the start.

    `said` is the payload but for `at`, which the player puts in; msg_id is its Nats-Msg-Id.
    """

    at_s: float
    sent_s: float
    line: str
    msg_id: str
    said: dict[str, object]

    @property
    def act(self) -> CallAct:
        """What is told."""
        act: CallAct = self.said["act"]  # type: ignore[assignment]
        return act


class PlayedCall(msgspec.Struct, frozen=True, kw_only=True):
    """One call from its ring to its end. answered_s None: nobody answered before the caller gave up."""

    call_id: str
    line: str
    seat: str | None
    rang_s: float
    answered_s: float | None
    ended_s: float
    tellings: tuple[Telling, ...]


class Switchboard:
    """Lines and seats.

    Args:
        rng: all chance in here.
        acd: its name on `cad.call.<acd>.<line>`; over NATS that of the gateway it connects as.
        seats: who answers; calls beyond them wait.
        lines: how many calls fit at once before lines are used again.
    """

    def __init__(self, rng: Random, acd: str, seats: Sequence[str], lines: int = 30) -> None:
        self.acd = acd
        self._rng = rng
        self._lines = lines
        self.seats = frozenset(seats)
        self._boot = f"{rng.getrandbits(32):08x}"
        self._free: list[tuple[float, str]] = [(0.0, seat) for seat in seats]
        heapq.heapify(self._free)
        self._calls = 0
        self._told = 0

    def ring(
        self,
        at_s: float,
        number: str | None,
        position: Position | None = None,
        *,
        talk_s: float | None = None,
        exercise: bool = False,
    ) -> PlayedCall:
        """A call comes in, not before the one before it. number None: withheld; talk_s: how long they will speak."""
        rng = self._rng
        self._calls += 1
        call = _Draft(f"{self.acd}-{self._boot}-{self._calls}", str(1 + self._calls % self._lines), exercise)
        rang: dict[str, object] = {"number": number} if number else {}
        if position is not None:
            rang["position"] = msgspec.to_builtins(position)
        call.tell("ringing", at_s, **rang)
        free_s, seat = self._free[0]
        answered_s = max(at_s, free_s) + rng.triangular(*REACTION_S, REACTION_S[0] + 2.5)
        gives_up_s = at_s + (
            rng.uniform(1, 4) if rng.random() < MISDIAL_SHARE else 6 + rng.expovariate(1 / PATIENCE_S)
        )
        if gives_up_s < answered_s:
            call.tell("abandoned", gives_up_s)
            return self._played(call, None, None, gives_up_s)
        call.tell("answered", answered_s, seat=seat, recording_ref=f"{call.call_id}.wav")
        ended_s = self._talk(
            call, answered_s, talk_s if talk_s is not None else rng.expovariate(1 / TALK_S) + 8
        )
        heapq.heapreplace(self._free, (ended_s + WRAP_UP_S, seat))
        return self._played(call, seat, answered_s, ended_s)

    def _talk(self, call: "_Draft", answered_s: float, talk_s: float) -> float:
        """Whatever happens between answer and hanging up; when that is."""
        rng = self._rng
        at_s, ended_s = answered_s, answered_s + talk_s
        if rng.random() < HELD_SHARE:
            at_s = rng.uniform(at_s, ended_s)
            call.tell("held", at_s)
            at_s += rng.uniform(3, 20)
            call.tell("answered", at_s)
        if rng.random() < CONFERENCED_SHARE:
            at_s += rng.uniform(1, 10)
            call.tell("conferenced", at_s)
        if rng.random() < TRANSFERRED_SHARE:
            at_s += rng.uniform(1, 10)
            call.tell("transferred", at_s)
            at_s += rng.uniform(2, 8)
            call.tell("answered", at_s, seat=f"{rng.choice([seat for _, seat in self._free])}")
        ended_s = max(ended_s, at_s + 2)
        call.tell("released", ended_s)
        return ended_s

    def _played(
        self, call: "_Draft", seat: str | None, answered_s: float | None, ended_s: float
    ) -> PlayedCall:
        tellings = []
        for at_s, said in call.told:
            self._told += 1
            msg_id = f"{self.acd}:{self._boot}:{self._told}"
            tellings.append(Telling(at_s=at_s, sent_s=at_s, line=call.line, msg_id=msg_id, said=said))
        return PlayedCall(
            call_id=call.call_id, line=call.line, seat=seat, rang_s=call.told[0][0], answered_s=answered_s,
            ended_s=ended_s, tellings=tuple(tellings),
        )  # fmt: skip


class _Draft:
    """A call while it is thought out."""

    def __init__(self, call_id: str, line: str, exercise: bool) -> None:
        self.call_id = call_id
        self.line = line
        self.told: list[tuple[float, dict[str, object]]] = []
        self._more: dict[str, object] = {"exercise": True} if exercise else {}

    def tell(self, act: CallAct, at_s: float, **more: object) -> None:
        self.told.append((at_s, {"call_id": self.call_id, "act": act} | self._more | more))


def disturbed(tellings: Iterable[Telling], rng: Random) -> Iterator[Telling]:
    """The same as a real line brings it: some come late, some twice; in the order in which they arrive."""
    arriving = []
    for telling in tellings:
        late_s = rng.uniform(0, LATE_S) if rng.random() < LATE_SHARE else 0.0
        arriving.append(msgspec.structs.replace(telling, sent_s=telling.at_s + late_s))
        if rng.random() < TWICE_SHARE:
            arriving.append(
                msgspec.structs.replace(telling, sent_s=telling.at_s + late_s + rng.uniform(0, LATE_S))
            )
    yield from sorted(arriving, key=lambda one: one.sent_s)

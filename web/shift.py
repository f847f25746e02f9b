"""The demo's dispatchers and reviewers: simple people at the public doors, so that an unattended demo still closes its loop.

Most incidents are ordered within seconds; every fourth is left for minutes, for whoever sits at the page. What a radio
leaves unanswered is taken back, what is handled is fed back, reviewed, called back and closed.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from random import Random
from typing import Any

import msgspec
import structlog

from incidents.types import TypeTree
from web.closing import closing_acts
from web.drive import Door, Refused, Unreachable

ROUND_S = 1.0
LEFT_SHARE = 0.25
MISDIALLED = "999920"
CALL_BACKS = ("satisfied", "satisfied", "satisfied", "basically_satisfied", "not_reached")
SETTLING = "handled,fed_back,reviewed"
WORKING = "dispatched,accepted,en_route,on_scene"

log = structlog.get_logger(__name__)

type Shown = dict[str, Any]


class Patience(msgspec.Struct, frozen=True):
    """How long people wait, in seconds at speed 1; from, to."""

    before_order: tuple[float, float] = (6.0, 25.0)
    left_alone: tuple[float, float] = (150.0, 240.0)
    unanswered: tuple[float, float] = (75.0, 90.0)
    stuck: tuple[float, float] = (3_000.0, 3_600.0)
    before_closing: tuple[float, float] = (20.0, 120.0)


class Shift:
    """One shift at the city room.

    Args:
        door: with a dispatcher's key.
        tree: of the centre.
        chance: all chance in here.
        clock: seconds, monotonic.
        speed: everybody so many times as fast.
    """

    def __init__(
        self, door: Door, tree: TypeTree, chance: Random, clock: Callable[[], float], speed: float
    ) -> None:
        self._door = door
        self._tree = tree
        self._chance = chance
        self._clock = clock
        self._speed = speed
        self._patience = Patience()
        self._due: dict[str, float] = {}

    async def work(self) -> None:
        """Go round and round, until cancelled."""
        while True:
            try:
                await self.go_round()
            except (Refused, Unreachable) as trouble:
                log.info("shift_interrupted", reason=str(trouble))
            await asyncio.sleep(ROUND_S)

    async def go_round(self) -> None:
        """Look once at everything that is open and do what is due."""
        seen: set[str] = set()
        for states, care in (
            ("received", self._received),
            (WORKING, self._working),
            (SETTLING, self._settling),
        ):
            async for incident in self._listed(states):
                seen.add(incident["id"])
                try:
                    await care(incident)
                except Refused as refusal:
                    log.info("act_refused", incident=incident["number"], reason=str(refusal))
        self._due = {name: due for name, due in self._due.items() if name.split(" ", 1)[0] in seen}

    async def _listed(self, states: str) -> AsyncIterator[Shown]:
        for incident in [one async for one in self._door.each("/incidents", state=states)]:
            yield incident

    def _is_due(self, incident: Shown, what: str, span: tuple[float, float]) -> bool:
        """Whether as long has passed since this was first seen as these people wait."""
        now = self._clock()
        due = self._due.setdefault(
            f"{incident['id']} {what}", now + self._chance.uniform(*span) / self._speed
        )
        return now >= due

    async def _received(self, incident: Shown) -> None:
        left = Random(incident["id"]).random() < LEFT_SHARE  # noqa: S311 - a habit, and the same each time
        span = self._patience.left_alone if left else self._patience.before_order
        if not self._is_due(incident, f"order {incident['version']}", span):
            return
        path, key = f"/incidents/{incident['id']}", f"shift:{incident['id']}:{incident['version']}"
        if incident["type_reported"] == MISDIALLED:
            await self._door.post(
                f"{path}/void", f"{key}:void", {"reason": "误拨，已回拨确认 misdialled, rung back"}
            )
            return
        shown = await self._door.get(f"{path}/recommendation")
        orders = [{"unit_id": row["unit_id"]} for row in (shown["waves"] or [[]])[0]]
        if orders:
            body = {"orders": orders, "kind": "order", "recommendation_id": shown["id"]}
            await self._door.post(f"{path}/assignments", f"{key}:{shown['id']}", body)

    async def _working(self, incident: Shown) -> None:
        for assignment in incident["assignments"]:
            path, key = f"/assignments/{assignment['id']}", f"shift:{assignment['id']}"
            match assignment["state"]:
                case "unable":
                    await self._door.post(f"{path}/release", f"{key}:release", {})
                case "ordered" | "delivered" if self._is_due(
                    incident, f"answer {assignment['id']}", self._patience.unanswered
                ):
                    await self._door.post(f"{path}/recall", f"{key}:recall", {"reason": "无应答 no answer"})
                case "accepted" | "en_route" | "on_scene" if self._is_due(
                    incident, f"stuck {assignment['id']}", self._patience.stuck
                ):
                    said = {
                        "result": "handled",
                        "via": "voice",
                        "reason": "电台失联，语音报告 radio lost, told by voice",
                    }
                    await self._door.post(f"{path}/clear", f"{key}:clear", said)

    async def _settling(self, incident: Shown) -> None:
        if not self._is_due(incident, f"close {incident['version']}", self._patience.before_closing):
            return
        outcome = self._chance.choice(CALL_BACKS)
        for act in closing_acts(incident, self._tree, "handled", outcome):
            key = f"shift:{incident['id']}:{incident['version']}:{act.name}"
            await self._door.post(act.path, key, act.body)

"""A plan of acts played through the doors: many calls at once, each call and each unit strictly in the order of the plan.

Every act is keyed by its row, so the same file played twice does nothing twice. What the centre refuses is kept as a row
with its reason, and the rest of that job is left out.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from incidents.types import TypeTree
from web.closing import closing_acts
from web.drive import Door, Refused, Unreachable
from web.replaying.intervals import Kept
from web.replaying.plan import Act
from web.replaying.report import RefusedRow

AT_ONCE = 48
SOURCE = "call"
# The file knows nothing of anybody being called back.
CALL_BACK = "not_suitable"
_PATH = {"accept": "accept", "en_route": "en-route", "on_scene": "on-scene", "clear": "clear"}
_MOMENTS = ("ringing", "answered", "entered", "dispatched", "on_scene", "handled")


class _Played(msgspec.Struct):
    """What is known of a call while it is being played."""

    incident_id: str = ""
    version: int = 0
    assignments: dict[str, str] = {}
    shown: dict[str, Any] | None = None


class Conductor:
    """Plays one plan.

    Args:
        door: with a key that may claim times.
        unit_ids: by the name of the unit in the file.
        tree: the type tree of the centre.
        speed: so many times as fast as it happened; None: as fast as it goes.
        city: stands before every key, so that two files may use the same numbers.
    """

    def __init__(
        self, door: Door, unit_ids: Mapping[str, str], tree: TypeTree, speed: float | None, city: str
    ) -> None:
        self._door = door
        self._unit_ids = unit_ids
        self._tree = tree
        self._speed = speed
        self._city = city
        self._played: dict[str, _Played] = {}
        self._left_out: set[tuple[str, str]] = set()
        self.refused: list[RefusedRow] = []
        self.unclosed: list[tuple[str, str]] = []
        self.kept: dict[str, Kept] = {}

    async def play(self, acts: Sequence[Act], progress: Callable[[int], None]) -> None:
        """Play all of them; `progress` is told after each. Raises Unreachable when the centre stays away."""
        loop = asyncio.get_running_loop()
        started_s, room = loop.time(), asyncio.Semaphore(AT_ONCE)
        last: dict[tuple[str, str], asyncio.Task[None]] = {}
        try:
            async with asyncio.TaskGroup() as tasks:
                for number, act in enumerate(acts, start=1):
                    if self._speed is not None:
                        due_s = (act.at - acts[0].at).total_seconds() / self._speed
                        await asyncio.sleep(max(0.0, started_s + due_s - loop.time()))
                    await room.acquire()
                    chains = [("call", act.call.id), *([("unit", act.job.unit)] if act.job else [])]
                    before = [last[chain] for chain in chains if chain in last]
                    task = tasks.create_task(self._in_turn(act, before))
                    task.add_done_callback(lambda _: room.release())
                    last.update(dict.fromkeys(chains, task))
                    progress(number)
        except* (Refused, Unreachable) as failures:
            raise failures.exceptions[0] from None

    async def _in_turn(self, act: Act, before: Sequence[asyncio.Task[None]]) -> None:
        if before:
            await asyncio.wait(before)
        match act.step:
            case "report":
                await self._report(act)
            case "finish":
                await self._finish(act)
            case "order":
                await self._order(act)
            case _:
                await self._step(act)

    def _key(self, name: str) -> str:
        return f"replay:{self._city}:{name}"

    async def _report(self, act: Act) -> None:
        call = act.call
        body = {
            **_claimed(act),
            "source": SOURCE,
            "call_id": call.id,
            "place": {"lon": call.lon, "lat": call.lat, "address": call.address},
            "type": call.type,
            "text": call.type_text or None,
            "times": {name: _instant(at) for name, at in call.times.items()},
        }
        taken = await self._door.post("/alarms", self._key(act.key), body)
        incident = taken["incident"]
        self._played[call.id] = _Played(incident["id"], incident["version"])
        if (
            call.priority is not None
            and call.priority != incident["priority"]
            and incident["state"] == "received"
        ):
            await self._set_priority(act, incident)

    async def _set_priority(self, act: Act, incident: Mapping[str, Any]) -> None:
        path, version = f"/incidents/{incident['id']}", incident["version"]
        body = {**_claimed(act), "priority": act.call.priority}
        while True:
            try:
                await self._door.patch(path, body, f'"{version}"')
                return
            except Refused as behind:
                if behind.status != 412:
                    raise
                version = (await self._door.get(path))["version"]

    async def _order(self, act: Act) -> None:
        assert act.job is not None
        played = self._played[act.call.id]
        body = {**_claimed(act), "orders": [{"unit_id": self._unit_ids[act.job.unit]}], "kind": "order"}
        try:
            made = await self._door.post(
                f"/incidents/{played.incident_id}/assignments", self._key(act.key), body
            )
        except Refused as refusal:
            self._refuse(act, refusal)
            self._left_out.add((act.call.id, act.job.unit))
            return
        played.assignments[act.job.unit] = made["items"][0]["id"]

    async def _step(self, act: Act) -> None:
        assert act.job is not None
        if (act.call.id, act.job.unit) in self._left_out:
            return
        assignment_id = self._played[act.call.id].assignments[act.job.unit]
        body = {**_claimed(act), **({"result": act.result} if act.result else {})}
        try:
            await self._door.post(f"/assignments/{assignment_id}/{_PATH[act.step]}", self._key(act.key), body)
        except Refused as refusal:
            self._refuse(act, refusal)

    def _refuse(self, act: Act, refusal: Refused) -> None:
        assert act.job is not None
        self.refused.append(RefusedRow(act.job.line, act.call.id, act.job.unit, act.step, str(refusal)))

    async def _finish(self, act: Act) -> None:
        """Whatever the type demands, then close; what the centre has of the call is kept for the table."""
        call, path = act.call, f"/incidents/{self._played[act.call.id].incident_id}"
        incident = await self._door.get(path)
        try:
            for step in closing_acts(incident, self._tree, "handled", CALL_BACK):
                key = self._key(f"{act.key}:{step.name}")
                answer = await self._door.post(step.path, key, {**_claimed(act), **step.body})
                incident = answer if step.name == "close" else incident
        except Refused as refusal:
            self.unclosed.append((call.id, str(refusal)))
        if incident["state"] == "closed":
            self.kept[call.id] = _kept(incident)
        elif not self.unclosed or self.unclosed[-1][0] != call.id:
            self.unclosed.append((call.id, f"it stands at {incident['state']}"))


def _claimed(act: Act) -> dict[str, Any]:
    claim: dict[str, Any] = {"at": _instant(act.at), "via": "replay"}
    return claim if act.reason is None else {**claim, "reason": act.reason}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _kept(incident: Mapping[str, Any]) -> Kept:
    moments = {name: datetime.fromisoformat(at) for name in _MOMENTS if (at := incident["times"].get(name))}
    jobs = {
        assignment["unit"]["call_sign"]: {
            step: datetime.fromisoformat(at) for step, at in assignment["times"].items() if at is not None
        }
        for assignment in incident["assignments"]
        if assignment["unit"] is not None
    }
    return Kept(moments, jobs)

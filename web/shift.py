"""The demo's dispatchers, leader and reviewers: simple people at the public doors, so that an unattended demo closes its loop.

Most incidents are ordered within seconds; every fourth is left for minutes, for whoever sits at the page, and what that
person has touched is left alone. What a radio leaves unanswered is taken back; what is handled is fed back, reviewed, called
back and closed.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from random import Random
from typing import Any

import msgspec
import structlog

from incidents.types import TypeTree
from web.closing import closing_acts
from web.drive import Refused, Unreachable
from web.seats import Seats

ROUND_S, SHORTEST_ROUND_S = 3.0, 0.5
LEFT_SHARE = 0.25
NOTED_SHARE = 0.35
ANSWERED_SHARE, SPOKEN_SHARE = 0.7, 0.8  # presses of call points
ADVISED_SHARE = 0.5
# Settled by telephone, often: what is said then.
ADVISED = {
    "500320": "已提供备案开锁公司电话 given a registered locksmith",
    "200230": "已告知拨打12345、12315 referred to consumer protection",
    "500200": "已登记，告知失物招领电话 referred to lost property",
    "300122": "已指导双方拍照快处 told to photograph and move on",
}
SILENT = "999930"
EMPTY = {
    "999920": "误拨，已确认 misdialled, confirmed",
    "999910": "骚扰电话，已教育 nuisance call, warned",
    SILENT: "无声电话，回拨无异常 silent, rung back, nothing wrong",
}
NOTES: tuple[tuple[str, str, bool], ...] = (
    ("caller", "报警人在现场等候，穿红色外套。", False),
    ("caller", "报警人称对方可能喝了酒，情绪激动。", True),
    ("hazard", "注意：现场有犬，未拴绳。", True),
    ("scene", "小区南门施工，请从北门进入。", True),
    ("intelligence", "该地址三个月内第三次报警。", False),
    ("caller", "报警人要求民警到场前先电话联系。", False),
)
ROAD_NOTES: tuple[tuple[str, str, bool], ...] = (
    ("hazard", "路面湿滑有油，注意二次事故。", True),
    ("scene", "占用中间车道，后方缓行约500米。", False),
    ("caller", "双方司机情绪激动，均已下车。", False),
)
GRAVE_NOTES: tuple[tuple[str, str, bool], ...] = (
    ("scene", "已同步通知120，救护车在途。", False),
    ("scene", "已通知消防，请先疏散围观群众。", True),
    *NOTES[1:4],
)
FORMS = (
    "到场后了解情况，双方已自行协商，民警做好登记。",
    "现场已处置完毕，当事人对处理无异议。",
    "到场核实，情况属实，已按规定处置并留存记录。",
    "已劝导并恢复秩序，告知后续救济途径。",
    "经现场调解，双方达成一致，签字确认。",
)
CLOSING_ROLES = {"call-back": "reviewer", "review": "leader", "close": "leader"}
CALL_BACKS = ("satisfied", "satisfied", "satisfied", "basically_satisfied", "not_reached")
SETTLING = "handled,fed_back,reviewed"
WORKING = "dispatched,accepted,en_route,on_scene"

log = structlog.get_logger(__name__)

type Shown = dict[str, Any]


class Patience(msgspec.Struct, frozen=True):
    """How long people wait, in seconds at speed 1; from, to."""

    before_answer: tuple[float, float] = (2.0, 7.0)
    before_order: tuple[float, float] = (6.0, 25.0)
    before_p1: tuple[float, float] = (3.0, 10.0)
    left_alone: tuple[float, float] = (150.0, 240.0)
    p1_left_alone: tuple[float, float] = (45.0, 80.0)
    unanswered: tuple[float, float] = (75.0, 90.0)
    stuck: tuple[float, float] = (3_000.0, 3_600.0)
    before_closing: tuple[float, float] = (20.0, 120.0)


class Shift:
    """One shift at the city room.

    Args:
        seats: of the city room; dispatcher, leader and reviewer act here.
        tree: of the centre.
        chance: all chance in here.
        clock: seconds, monotonic.
        speed: everybody so many times as fast.
    """

    def __init__(
        self, seats: Seats, tree: TypeTree, chance: Random, clock: Callable[[], float], speed: float
    ) -> None:
        self._seats = seats
        self._door = seats.doors["dispatcher"]
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
            await asyncio.sleep(max(SHORTEST_ROUND_S, ROUND_S / self._speed))

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

    async def _answer_press(self, incident: Shown) -> None:
        """Take most presses over their talk link before the next room's rings; the others are left to roll over."""
        press, habit = incident["press"], Random(f"press {incident['id']}")  # noqa: S311 - a habit
        if (
            press is None
            or press["answered_at"]
            or press["unanswered_at"]
            or habit.random() >= ANSWERED_SHARE
        ):
            return
        if self._is_due(incident, "answer press", self._patience.before_answer):
            outcome = "spoken" if habit.random() < SPOKEN_SHARE else "silent"
            key = f"shift:{incident['id']}:{press['count']}:answer"
            path = f"/alarms/{incident['alarms'][0]['id']}/answer"
            await self._seats.doors["call_taker"].post(path, key, {"outcome": outcome})

    async def _received(self, incident: Shown) -> None:
        await self._answer_press(incident)
        left = Random(incident["id"]).random() < LEFT_SHARE  # noqa: S311 - a habit, and the same each time
        urgent, people = incident["priority"] == 1, self._patience
        waits = (people.before_order, people.left_alone), (people.before_p1, people.p1_left_alone)
        span = waits[urgent][left]
        if not self._is_due(incident, f"order {len(incident['assignments'])}", span):
            return
        if await self._seats.is_a_persons(incident["id"]):
            return
        path, key = f"/incidents/{incident['id']}", f"shift:{incident['id']}:{incident['version']}"
        if await self._settled_by_telephone(incident, path, key):
            return
        shown = await self._door.get(f"{path}/recommendation")
        orders = [{"unit_id": row["unit_id"]} for row in (shown["waves"] or [[]])[0]]
        if orders:
            body = {"orders": orders, "kind": "order", "recommendation_id": shown["id"]}
            await self._door.post(f"{path}/assignments", f"{key}:{shown['id']}", body)
            await self._note(incident, path)

    async def _settled_by_telephone(self, incident: Shown, path: str, key: str) -> bool:
        """Whether nobody needs to go: nothing was wrong, or a word of advice was enough."""
        type_ = incident["type_reported"]
        if type_ in EMPTY:
            if type_ == SILENT:
                await self._ring_back(incident)
            await self._door.post(f"{path}/void", f"{key}:void", {"reason": EMPTY[type_]})
            return True
        if type_ in ADVISED and Random(f"advise {incident['id']}").random() < ADVISED_SHARE:  # noqa: S311
            await self._door.post(f"{path}/advise", f"{key}:advise", {"reason": ADVISED[type_]})
            return True
        return False

    async def _ring_back(self, incident: Shown) -> None:
        """Nobody calls a silent caller nothing before he was rung back."""
        for alarm in incident["alarms"]:
            body = {"outcome": "spoken", "text": "已回拨，对方称无事，背景正常。"}
            await self._door.post(f"/alarms/{alarm['id']}/ring-back", f"shift:{alarm['id']}:ring-back", body)

    async def _note(self, incident: Shown, path: str) -> None:
        """Tell the units something they should know, now and then."""
        habit = Random(f"note {incident['id']}")  # noqa: S311 - a habit
        if habit.random() < NOTED_SHARE:
            road = (incident["type_reported"] or "").startswith("3")
            grave = GRAVE_NOTES if incident["priority"] == 1 else NOTES
            kind, text, urgent = habit.choice(ROAD_NOTES if road else grave)
            body = {"kind": kind, "text": text, "urgent": urgent}
            await self._door.post(f"{path}/notes", f"shift:{incident['id']}:note", body)

    async def _working(self, incident: Shown) -> None:
        stirred = any(one["state"] in ("unable", "ordered", "delivered") for one in incident["assignments"])
        if stirred and await self._seats.is_a_persons(incident["id"]):
            return
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
        if not self._is_due(incident, f"close {incident['state']}", self._patience.before_closing):
            return
        if await self._seats.is_a_persons(incident["id"]):
            return
        outcome = self._chance.choice(CALL_BACKS)
        for act in closing_acts(incident, self._tree, "handled", outcome):
            key = f"shift:{incident['id']}:{incident['version']}:{act.name}"
            role, body = CLOSING_ROLES.get(act.name.partition(":")[0], "dispatcher"), act.body
            if act.name.startswith("feedback"):
                body = {**body, "text": Random(act.name).choice(FORMS)}  # noqa: S311 - a habit
            await self._seats.doors[role].post(act.path, key, body)

"""Promise: thousands of damaged requests get a clear answer each, never a 5xx, and leave a history that is sound.

Seeded, so that a failure comes again; every request is one of a real day's with something wrong in it.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
import pytest

from dispatch.folds import FOLDS
from dispatch.verify import verify
from tests.harness import town
from tests.harness.doors import API, Doors, Seat
from tests.harness.mutations import EVIL, mutated

GUARD_S = 60.0
AT_ONCE = 6
PLACE = {
    "lon": 114.02, "lat": 22.54, "datum": "WGS84", "accuracy_m": 10.0, "address": "北门广场1号", "code": "灯杆7", "floor": "3",
    "direction": "往北", "source": "map",
}  # fmt: skip
ACT = {"at": "2026-05-01T08:00:00Z", "via": "phone", "reason": "补录", "back_entry": True}


class Day:
    """What exists to be asked for, and requests of an ordinary day about it."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.ids: dict[str, list[str]] = {
            "incident": [], "alarm": [], "assignment": [], "plan": [str(UUID(int=7))], "task": [str(UUID(int=7))], "recommendation": [str(UUID(int=7))],
            "call": ["c1", str(UUID(int=7))], "unit": [str(unit) for unit in town.UNITS], "room": [str(room.id) for room in town.ROOMS],
        }  # fmt: skip
        self.ids |= {"supervision": [str(UUID(int=7))], "agency_request": [str(UUID(int=7))]}
        self.ids |= {"after_action_review": [str(UUID(int=7))], "review_action": [str(UUID(int=7))]}

    def some(self, noun: str) -> str:
        return self.chance.choice(self.ids[noun][-12:])

    def learn(self, told: Any) -> None:
        """Remember what an answer has made."""
        if not isinstance(told, dict):
            return
        for noun in ("incident", "alarm", "assignment"):
            if isinstance(told.get(noun), dict):
                self.ids[noun].append(told[noun]["id"])
        for field, noun in (("review_id", "review_action"), ("actions_standing", "after_action_review")):
            self.ids[noun] += [told["id"]] if field in told else []
        if "owes_ring_back" in told:
            self.ids["call"] += [told["id"], told["call_id"]]
        self.ids["plan"] += [one["id"] for one in told.get("plans") or () if "tasks" in one]
        self.ids["task"] += [task["id"] for one in told.get("plans") or () for task in one.get("tasks") or ()]
        for item in told.get("items") or ():
            if isinstance(item, dict) and "incident_id" in item and "role" in item:
                self.ids["assignment"].append(item["id"])

        if "from_room" in told:
            self.ids["supervision"].append(told["id"])
        if "agency" in told and "chased" in told:
            self.ids["agency_request"].append(told["id"])

    def known(self) -> tuple[str, ...]:
        return tuple(self.some(noun) for noun in self.ids)

    def alarm(self) -> dict[str, Any]:
        caller = {
            "number": "13812341234", "name": "张三", "place": PLACE, "language": "zh", "confidential": False,
            "do_not_contact": True, "safe_number": "13900000000",
        }  # fmt: skip
        times = {"ringing": "2026-05-01T07:59:00Z", "answered": "2026-05-01T07:59:09Z"}
        return {
            "source": "call", "scheduled_for": "2026-12-01T08:00:00+08:00", "call_id": "c1", "caller": caller, "place": PLACE,
            "type": "200100", "text": "有人打架", "exercise": False, "times": times, **ACT,
        }  # fmt: skip

    def call(self) -> dict[str, Any]:
        act = self.chance.choice(
            ["ringing", "answered", "held", "conferenced", "transferred", "released", "abandoned"]
        )
        return {
            "act": act, "call_id": self.some("call"), "line": "7", "number": "13812341234", "seat": "J1",
            "recording_ref": "rec/1", "position": {"lon": 114.02, "lat": 22.54, "datum": "GCJ02", "accuracy_m": 300.0},
            "exercise": False, **self.chance.choice([{}, {"acd": "north"}, {"at": "2026-05-01T08:00:00Z", "via": "phone"}]),
        }  # fmt: skip

    def request(self) -> tuple[str, str, Any]:
        """Method, path and valid body."""
        chance = self.chance
        incident, assignment = (
            f"/incidents/{self.some('incident')}",
            f"/assignments/{self.some('assignment')}",
        )
        unit, alarm = f"/units/{self.some('unit')}", f"/alarms/{self.some('alarm')}"
        step = chance.choice(
            ["deliver", "accept", "en-route", "on-scene", "clear", "unable", "release", "recall"]
        )
        return chance.choice([
            ("POST", "/alarms", self.alarm()),
            ("POST", "/alarms", {"source": "call_point", "call_point_id": "CP-N"}),
            ("POST", "/alarms", {"source": "sms", "attach_to": self.some("incident"), "text": "还在烧"}),
            ("PATCH", incident, {"type": "200100", "priority": 2, "place": PLACE, "labels": ["a", "b"]}),
            ("POST", f"{incident}/notes", {"kind": "scene", "text": "注意", "urgent": True, **ACT}),
            ("POST", f"{incident}/assignments", {"orders": [{"unit_id": self.some("unit")}], "kind": "order"}),
            ("POST", f"{incident}/assignments", {"orders": [{"room_id": self.some("room")}], "kind": "stack"}),
            ("POST", f"{assignment}/{step}", {"result": "handled", **ACT}),
            ("POST", f"{assignment}/{step}", {}),
            ("POST", f"{assignment}/feedback", {
                "kind": "final", "result": "handled", "type_verified": "200100", "text": "已处理",
                "people": [{"name": "李四", "number": "1"}], "people_count": 2, "photos": ["p1"],
            }),
            ("POST", f"{incident}/attach", {"alarm_id": self.some("alarm")}),
            ("POST", f"{incident}/detach", {"alarm_id": self.some("alarm")}),
            ("POST", f"{incident}/merge", {"into": self.some("incident")}),
            ("POST", f"{incident}/unmerge", {}),
            ("POST", f"{incident}/{chance.choice(['void', 'advise'])}", {"reason": "误报"}),
            ("POST", f"{incident}/transfer", {"agency": "119", "reference": "F-7"}),
            ("POST", f"{incident}/handle", {"result": "handled"}),
            ("POST", f"{incident}/hand-over", {"room_id": self.some("room")}),
            ("POST", f"{incident}/review", {"accept": True, "assignment_id": self.some("assignment")}),
            ("POST", f"{incident}/close", {}),
            ("POST", f"{incident}/close", {"despite_open": True, "reason": "撤案"}),
            ("POST", f"{incident}/plans", {"code": chance.choice(["pursuit", "hostage", "none"]), "set_version": 0}),
            ("POST", f"{incident}/plans/{self.some('plan')}/{chance.choice(['dismiss', 'end'])}", {"reason": "误报"}),
            ("POST", f"{incident}/cordon", {"cordon_id": str(UUID(int=7)), "points": [1, 2]}),
            ("PATCH", f"/tasks/{self.some('task')}", {"state": "done", "text": "已办", "form": {"vehicle": "白色"}}),
            ("PATCH", f"/tasks/{self.some('task')}", {"taken": True, "due_at": "2036-01-01T00:00:00Z"}),
            ("POST", f"{incident}/reopen", {"to": "received", "reason": "又来"}),
            ("POST", "/calls", self.call()),
            ("POST", "/calls", self.call()),
            ("POST", f"/calls/{quote(self.some('call'), safe='')}/ring-back", {"outcome": "no_answer", "text": "无人应答"}),
            ("POST", f"{alarm}/ring-back", {"outcome": chance.choice(["spoken", "no_number"]), "text": "误拨"}),
            ("POST", "/nuisance-numbers", {"alarm_id": self.some("alarm"), "reason": "骚扰"}),
            ("POST", "/nuisance-numbers", {"number": "13812341234", "call_id": str(UUID(int=7)), "reason": "骚扰"}),
            ("POST", f"{alarm}/call-back", {"outcome": "satisfied", "text": "好"}),
            ("POST", f"{alarm}/call-back", {"outcome": "dissatisfied", "then": {"do": chance.choice(["supervise", "reopen"]), "to": "handled"}}),
            ("POST", "/supervision", {
                "to_room_id": str(town.NORTH), "text": "说明", "due_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(), "incident_id": self.some("incident"),
            }),
            ("POST", f"/supervision/{self.some('supervision')}/{chance.choice(['answer', 'sign-off', 'return'])}", {"text": "已办"}),
            ("POST", f"/supervision/{self.some('supervision')}/withdraw", {"reason": "撤销"}),
            ("POST", f"{incident}/after-action-reviews", {}),
            ("POST", f"/after-action-reviews/{self.some('after_action_review')}/{chance.choice(['begin', 'participants', 'withdraw'])}", {"reason": "不再需要"}),
            ("POST", f"/after-action-reviews/{self.some('after_action_review')}/findings", {"kind": chance.choice(["well", "not_well", "cause"]), "text": "慢", "position": chance.randint(1, 400)}),
            ("POST", f"/after-action-reviews/{self.some('after_action_review')}/actions", {
                "room_id": str(town.NORTH), "text": "复训", "due_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(), "role": "dispatcher",
            }),
            ("POST", f"/after-action-reviews/{self.some('after_action_review')}/close", {"text": "已复盘"}),
            ("POST", f"/review-actions/{self.some('review_action')}/{chance.choice(['finish', 'return', 'verify', 'drop'])}", {"text": "已办"}),
            ("POST", f"{incident}/agency-requests", {"agency": chance.choice(["119", "120", "gas"]), "text": "起火"}),
            ("POST", f"/agency-requests/{self.some('agency_request')}/{chance.choice(['taken', 'arrived', 'result', 'decline'])}", {"text": "好", "reference": "F-7"}),
            ("POST", f"/agency-requests/{self.some('agency_request')}/{chance.choice(['chase', 'withdraw'])}", {"reason": "急"}),
            ("POST", f"{unit}/on-view", {"place": PLACE, "type": "200100", "text": "路遇", "exercise": False}),
            ("POST", f"{unit}/log-on", {"crew": ["0110", "0111"]}),
            ("POST", f"{unit}/log-off", {}),
            ("POST", f"{unit}/duty", {"duty": "break", "until": "2026-12-01T08:00:00Z"}),
        ])  # fmt: skip

    def question(self) -> str:
        """A GET with damaged parameters."""
        chance = self.chance
        path = chance.choice([
            "/incidents", f"/incidents/{self.some('incident')}", f"/incidents/{self.some('incident')}/timeline",
            f"/incidents/{self.some('incident')}/recommendation", "/units", f"/units/{self.some('unit')}",
            f"/assignments/{self.some('assignment')}", "/admin/units", "/admin/types", "/calls", "/calls/figures",
            f"/calls/{quote(self.some('call'), safe='')}", "/nuisance-numbers",
            f"/incidents/{self.some('incident')}/plans", f"/incidents/{self.some('incident')}/cordon",
            f"/tasks/{self.some('task')}", "/admin/plans",
            "/supervision", f"/supervision/{self.some('supervision')}", "/call-backs",
            "/after-action-reviews", f"/after-action-reviews/{self.some('after_action_review')}", "/review-actions",
            f"/after-action-reviews/{self.some('after_action_review')}/sheet.pdf", f"/incidents/{self.some('incident')}/after-action-reviews",
            f"/incidents/{self.some('incident')}/course", f"/incidents/{self.some('incident')}/as-known", f"/incidents/{self.some('incident')}/course/tracks",
            f"/incidents/{self.some('incident')}/agency-requests", f"/alarms/{self.some('alarm')}/messages",
        ])  # fmt: skip
        names = (
            "minutes",
            "at",
            "from",
            "texts",
            "lang",
            "overdue",
            "cause",
            "lead_s",
            "profile",
            "state",
            "room",
            "type",
            "priority",
            "cell",
            "since",
            "q",
            "limit",
            "after",
            "near",
            "units",
            "waves",
            "until",
            "incident",
            "number",
            "owing",
        )
        good = {
            "state": "received", "room": str(town.NORTH), "limit": "3", "near": "114.02,22.54", "waves": "2",
            "cell": "8f411ca2d6c8a5b", "since": "2026-05-01T00:00:00Z", "priority": "2", "q": "北门",
            "until": "2026-12-01T00:00:00Z", "number": "13812341234", "owing": "true",
        }  # fmt: skip
        asked = [
            f"{name}={quote(str(good.get(name, '1') if chance.random() < 0.6 else chance.choice(EVIL)))}"
            for name in chance.sample(names, chance.randint(0, 3))
        ]
        return path + "?" + "&".join(asked)


async def ask(day: Day, seat: Seat) -> httpx.Response:
    """One damaged request."""
    chance = day.chance
    if chance.random() < 0.2:
        return await seat.client.get(API + day.question()[:4000])
    method, path, body = day.request()
    data = (
        mutated(body, chance, day.known())
        if chance.random() < 0.85
        else httpx.Request("GET", "http://x", json=body).content
    )
    key = chance.choice([str(uuid4()), "one key", "k" * 200])
    headers = {
        "Idempotency-Key": key,
        "Content-Type": chance.choice(["application/json", "text/plain", "a/b"]),
    }
    if method == "PATCH":
        headers["If-Match"] = chance.choice(['"1"', '"2"', 'W/"3"', "*", '"x"', '"99999999999"', ""])
    return await seat.client.request(method, API + path, content=data, headers=headers)


@pytest.mark.parametrize("seed", [110, 119])
async def test_damaged_requests_are_answered_clearly(doors: Doors, seed: int) -> None:
    await the_replica_survives(doors, random.Random(seed), requests=1_200)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
async def test_many_more_damaged_requests_are_answered_clearly(
    doors: Doors, seed: int, share: Callable[[int], int]
) -> None:
    await the_replica_survives(doors, random.Random(1_000 + seed), requests=share(10_000))


async def the_replica_survives(doors: Doors, chance: random.Random, requests: int) -> None:
    person = await doors.seat("call_taker", "dispatcher", "leader", "reviewer", "admin")
    device = await doors.seat("replayer")
    day = Day(chance)
    for _ in range(3):
        day.learn(
            await person.made("/alarms", {"source": "call", "place": {"lon": 114.02, "lat": 22.54}}, 201)
        )
    orders = {"orders": [{"unit_id": str(town.N1)}]}
    free = await person.post(f"/incidents/{day.some('incident')}/assignments", orders)
    day.learn(free.json())
    day.ids["assignment"].append(str(uuid4()))
    for _ in range(requests // AT_ONCE):
        seats = [person if chance.random() < 0.8 else device for _ in range(AT_ONCE)]
        async with asyncio.timeout(GUARD_S):
            for told in await asyncio.gather(*(ask(day, seat) for seat in seats)):
                is_clear(told)
                if told.is_success and told.headers["content-type"] == "application/json":
                    day.learn(told.json())
    await nothing_is_broken(doors, person)


def is_clear(told: httpx.Response) -> None:
    """Done, or refused in one sentence with a stable code."""
    asked = f"{told.request.method} {told.request.url} {told.request.content[:2000]!r} -> {told.text[:500]}"
    assert told.status_code < 500, asked
    if told.status_code >= 400:
        problem = told.json()
        assert told.headers["content-type"] == "application/problem+json", asked
        assert (problem["status"], bool(problem["code"]), bool(problem["detail"])) == (
            told.status_code,
            True,
            True,
        ), asked


async def nothing_is_broken(doors: Doors, seat: Seat) -> None:
    """The relay has passed everything on, the history is sound, every list can be read, and the next alarm is taken."""
    async with asyncio.timeout(GUARD_S):
        while await doors.runtime.pool.fetchval("SELECT count(*) FROM outbox"):
            await asyncio.sleep(0.02)
    async with doors.runtime.pool.acquire() as conn:
        report = await verify(conn, FOLDS)
    assert report.broken == ()
    for path in ("/incidents", "/units", "/admin/units"):
        assert (await seat.get(path)).status_code == 200
    await seat.made("/alarms", {"source": "call"}, 201)

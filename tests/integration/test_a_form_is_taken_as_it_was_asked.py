"""Form promise at the doors: what is asked follows the type, what is missing is named, an older version is taken for some days."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dispatch.folds import FOLDS
from dispatch.runtime.embedded import Embedded
from dispatch.verify import verify
from tests.conftest import remove_streams
from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.databases import Databases
from tests.harness.doors import Doors, Seat, open_doors
from tests.harness.waiting import GUARD_S

NOISE, LOCK_OUT, THEFT = "200250", "500320", "201000"
SECRET = "报警人说对方是他表弟"
NOISE_ANSWERS: dict[str, Any] = {
    "result": "warned", "parties": 2, "source": "music", "quiet_now": True, "earlier": False,
    "measures": ["warned", "informed"], "handed_to": "nobody", "text": SECRET,
}  # fmt: skip


class Site:
    """The open doors with the clock of their database."""

    def __init__(self, doors: Doors, clock: Clock) -> None:
        self.doors = doors
        self.clock = clock

    async def gone(self, type_: str = NOISE) -> tuple[Seat, dict[str, Any], str]:
        """A unit has cleared; its seat, the incident, the id of its order."""
        desk = await self.doors.seat("dispatcher", "leader")
        unit = await self.doors.seat("unit", of=town.N1, kind="unit")
        incident = await self.doors.incident(type=type_, priority=3)
        body = {"orders": [{"unit_id": str(town.N1)}], "kind": "order"}
        job = (await desk.made(f"/incidents/{incident['id']}/assignments", body, 201))["items"][0]["id"]
        for step in ("accept", "on-scene", "clear"):
            said = {"result": "handled"} if step == "clear" else {}
            await unit.made(f"/assignments/{job}/{step}", said)
        return unit, incident, job


@pytest.fixture
async def site(databases: Databases, servers: Embedded, tmp_path: Path) -> AsyncIterator[Site]:
    async with databases.copy() as url:
        async with open_doors(url, servers.nats_url, tmp_path) as doors:
            yield Site(doors, Clock(url))
        await remove_streams(servers.nats_url)


async def form_of(seat: Seat, job: str) -> Any:
    return (await seat.get(f"/assignments/{job}/form")).json()


async def hand_in(seat: Seat, job: str, form: Any, answers: Any, kind: str = "final", **more: Any) -> Any:
    body = {
        "kind": kind,
        "form": {"code": form["code"], "version": form["version"]},
        "answers": answers,
    } | more
    return await seat.post(f"/assignments/{job}/feedback", body)


async def test_a_crew_is_asked_what_its_type_needs_and_what_is_missing_is_named(site: Site) -> None:
    unit, incident, job = await site.gone()
    form = await form_of(unit, job)
    assert (form["code"], form["version"], form["type"]) == ("noise", 0, NOISE)
    fields = {field["key"]: field for field in form["fields"]}
    assert {choice["code"] for choice in fields["result"]["choices"]} >= {"handled", "warned", "mediated"}
    assert fields["parties"]["required"]
    less = {key: value for key, value in NOISE_ANSWERS.items() if key != "parties"}
    told = await hand_in(unit, job, form, less)
    assert (told.status_code, told.json()["field"]) == (400, "answers.parties")
    assert (await hand_in(unit, job, form, less, kind="interim")).status_code == 200, "interim needs less"
    for wrong, field in (
        ({"parties": -1}, "parties"),
        ({"result": "found"}, "result"),
        ({"blood": True}, "blood"),
    ):
        told = await hand_in(unit, job, form, NOISE_ANSWERS | wrong)
        assert (told.status_code, told.json()["field"]) == (400, f"answers.{field}")
    assert (
        await unit.post(f"/assignments/{job}/feedback", {"kind": "final", "answers": {}})
    ).status_code == 400
    done = (await hand_in(unit, job, form, NOISE_ANSWERS)).json()
    kept = done["feedback"][-1]
    assert (kept["result"], kept["people_count"], kept["text"]) == ("warned", 2, SECRET)
    assert kept["form"] == {"code": "noise", "version": 0}
    assert kept["answers"] == {key: value for key, value in NOISE_ANSWERS.items() if key != "text"}
    assert kept["complete"] is True
    desk = await site.doors.seat("dispatcher", "leader")
    told = (await desk.get(f"/incidents/{incident['id']}")).json()
    assert (told["state"], "incomplete" in [why["key"] for why in told["review"]["why"]]) == (
        "fed_back",
        False,
    )
    async with site.doors.runtime.pool.acquire() as conn:
        assert (await verify(conn, FOLDS)).sound
        facts = await conn.fetchval("SELECT string_agg(body::text, ' ') FROM journal WHERE noun = 'feedback'")
    assert SECRET not in facts


async def test_texts_of_a_form_are_sealed_with_their_incident(site: Site) -> None:
    unit, incident, job = await site.gone(THEFT)
    form = await form_of(unit, job)
    answers = {
        "result": "case_opened", "case_number": ["A-2026/0017"], "suspects": 1, "victims": 1, "premises": "street",
        "stolen": ["phone"], "loss": 1999.5, "cameras": True, "surveyed": False, "measures": ["taken_in"], "force": True,
        "force_used": ["handcuffs"], "force_why": "嫌疑人王某挣脱", "handed_to": "station", "text": "人赃俱获",
    }  # fmt: skip
    told = await hand_in(unit, job, form, answers)
    assert told.status_code == 200, told.text
    kept = told.json()["feedback"][-1]
    assert kept["texts"] == {"force_why": "嫌疑人王某挣脱"}
    assert (kept["answers"]["loss"], kept["people_count"], kept["complete"]) == (1999.5, 2, True)
    async with site.doors.runtime.pool.acquire() as conn:
        said = await conn.fetchval(
            "SELECT (SELECT string_agg(j.body::text, ' ') FROM journal j) || (SELECT string_agg(f::text, ' ') FROM feedback f)"
        )
        assert "王某" not in said
        await conn.execute("DELETE FROM sealed_key WHERE id = $1", incident["id"])
    desk = await site.doors.seat("dispatcher", "leader")
    gone = (await desk.get(f"/assignments/{job}")).json()["feedback"][-1]
    assert (gone["text"], gone["texts"], gone["answers"]["loss"]) == (None, {}, 1999.5)


async def test_only_complete_forms_of_their_own_type_are_accepted_by_rule(site: Site) -> None:
    desk = await site.doors.seat("dispatcher", "leader")

    async def why(incident: Any) -> list[str]:
        told = (await desk.get(f"/incidents/{incident['id']}")).json()
        return [one["key"] for one in told["review"]["why"] if one["key"] != "sample"]

    unit, incident, job = await site.gone()
    await unit.made(
        f"/assignments/{job}/feedback",
        {"kind": "final", "result": "warned", "text": "已劝", "people_count": 1},
    )
    assert await why(incident) == ["incomplete"], "told by radio, without what its form asks"
    unit, incident, job = await site.gone()
    other = {"code": "other", "version": 0}
    told = await hand_in(unit, job, other, {"result": "warned", "text": "已劝", "persons": 1})
    assert told.status_code == 200, "a form of another type is taken"
    assert await why(incident) == ["incomplete"], "but a person looks at it"
    unit, incident, job = await site.gone()
    assert (await hand_in(unit, job, await form_of(unit, job), NOISE_ANSWERS)).status_code == 200
    assert await why(incident) == []


async def test_what_it_really_was_decides_which_form_is_complete(site: Site) -> None:
    unit, incident, job = await site.gone(LOCK_OUT)
    forms = (await unit.get("/forms")).json()
    assert {form["code"] for form in forms["file"]["forms"]} >= {"noise", "help", "other"}, (
        "kept for when there is no line"
    )
    told = await hand_in(unit, job, {"code": "noise", "version": 0}, NOISE_ANSWERS | {"type_verified": NOISE})
    assert told.status_code == 200, told.text
    assert told.json()["feedback"][-1]["complete"] is True
    desk = await site.doors.seat("dispatcher", "leader")
    assert (await desk.get(f"/incidents/{incident['id']}")).json()["type_verified"] == NOISE


async def test_a_form_filled_in_before_the_forms_changed_is_taken_for_some_days(site: Site) -> None:
    admin = await site.doors.seat("admin")
    read = await admin.get("/admin/forms")
    file = read.json()
    noise = next(form for form in file["forms"] if form["code"] == "noise")
    noise["asks"].append({"field": "alcohol", "required": True})
    assert (await admin.put("/admin/forms", file, read.headers["ETag"])).status_code == 200
    assert (await admin.put("/admin/forms", file, read.headers["ETag"])).status_code == 412, (
        "somebody was quicker"
    )
    unit, _, job = await site.gone()
    assert (await form_of(unit, job))["version"] == 1
    before = {"code": "noise", "version": 0}
    async with asyncio.timeout(GUARD_S):
        assert (await hand_in(unit, job, before, NOISE_ANSWERS)).json()["feedback"][-1]["complete"] is True
    told = await hand_in(unit, job, before | {"version": 1}, NOISE_ANSWERS)
    assert told.json()["field"] == "answers.alcohol"
    assert (await hand_in(unit, job, before | {"version": 2}, NOISE_ANSWERS)).json()["field"] == "form"
    unit, _, job = await site.gone()
    await site.clock.forward(timedelta(days=14, minutes=1))
    late = await hand_in(unit, job, before, NOISE_ANSWERS)
    assert (late.status_code, late.json()["field"]) == (400, "form")
    assert (await unit.get("/forms", version=0)).json()["newest"] == 1, (
        "what was filled in once can still be read"
    )


async def test_a_file_of_forms_goes_out_and_back_or_is_refused_with_every_fault(site: Site) -> None:
    admin, desk = await site.doors.seat("admin"), await site.doors.seat("dispatcher")
    read = await admin.get("/admin/forms")
    assert read.headers["ETag"] == '"0"'
    assert (await desk.put("/admin/forms", read.json(), "*")).status_code == 403
    back = await admin.put("/admin/forms", read.json(), read.headers["ETag"])
    assert (back.json(), back.headers["ETag"]) == (read.json(), '"1"')
    file = read.json()
    file["forms"][0]["types"] = ["123456"]
    file["fields"]["injured"]["most"] = -1
    told = await admin.put("/admin/forms", file, "*")
    assert told.status_code == 400
    assert len(told.json()["faults"]) == 2

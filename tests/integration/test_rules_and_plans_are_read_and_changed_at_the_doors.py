"""Promise of the pages of rules, plans and run cards: what holds, how often it fired, what a file would change, and who put it in."""

import asyncio
from datetime import timedelta
from typing import Any

from tests.harness.clock import Clock
from tests.harness.doors import PATIENCE_S, Doors, Seat
from tests.harness.town import N1, NORTH


async def file_of(doors: Doors, what: str) -> tuple[dict[str, Any], str]:
    told = await (await doors.seat("admin")).get(f"/admin/{what}")
    return told.json(), told.headers["etag"]


async def rules_by_id(seat: Seat) -> dict[str, Any]:
    return {line["id"]: line for line in (await seat.get("/admin/rules/sentences")).json()["rules"]}


async def test_each_rule_is_a_sentence_with_how_often_it_fired(doors: Doors) -> None:
    clock = Clock(doors.runtime.settings.database_url)
    seat = await doors.seat("leader", "dispatcher", "call_taker")
    alarm = {"source": "sms", "type": "200420", "place": {"lon": 114.02, "lat": 22.54}}
    await seat.made("/alarms", alarm, 201)
    await clock.forward(timedelta(seconds=181))
    async with asyncio.timeout(PATIENCE_S):
        while not (lines := await rules_by_id(seat))["not_dispatched"]["fired"]:
            await asyncio.sleep(0.05)
    assert lines["not_dispatched"]["last_fired_at"]
    assert lines["not_dispatched"]["said"]["zh"].startswith("警情待派警，")
    assert lines["not_accepted_unit"] | {"fired": 0, "last_fired_at": None} == lines["not_accepted_unit"]
    told = (await seat.get("/admin/rules/sentences")).json()
    assert told["signs"][0]["zh"].startswith("报警或备注中出现")
    assert next(iter(told["milestones"])) == "intake"


async def test_only_what_may_mean_such_an_incident_is_shown_when_asked(doors: Doors) -> None:
    seat = await doors.seat("leader")

    async def ids(**asked: Any) -> set[str]:
        return {line["id"] for line in (await seat.get("/admin/rules/sentences", **asked)).json()["rules"]}

    everything = await ids()
    assert everything - await ids(priority=3) == {"first_wave", "second_wave"}
    noise = await ids(type="200420")
    assert {"plan_hostage", "plan_explosive", "gravest"} & noise == {"gravest"}  # a label may make it so
    assert "plan_hostage" in await ids(type="101100")
    assert await ids(room="north") == everything


async def test_a_file_is_compared_in_sentences_and_put_in_under_the_version_that_was_read(
    doors: Doors,
) -> None:
    admin = await doors.seat("admin")
    file, etag = await file_of(doors, "rules")
    same = await admin.made("/admin/rules/compare", {"file": file})
    assert (same["faults"], same["changes"], same["version"]) == ([], [], int(etag.strip('"')))
    gone, changed, *rest = file["rules"]
    slower = changed | {"after_s": 40}
    fresh = changed | {"id": "fresh"}
    new = file | {"rules": [slower, *rest, fresh], "automatic": ["100200"], "signs": file["signs"][1:]}
    told = await admin.made("/admin/rules/compare", {"file": new})
    changes = {one["key"]: one for one in told["changes"]}
    assert set(changes) == {gone["id"], changed["id"], "fresh", "automatic", "signs: firearm"}
    assert changes[changed["id"]]["fields"] == ["after_s"]
    assert "下达后30秒" in changes[changed["id"]]["before"]["zh"]
    assert "下达后40秒" in changes[changed["id"]]["after"]["zh"]
    assert (changes["fresh"]["before"], changes[gone["id"]]["after"]) == (None, None)
    assert changes["automatic"]["after"]["zh"] == "自动派警：抢劫案。"
    put = await admin.put("/admin/rules", new, etag)
    assert put.status_code == 200, put.text
    late = await admin.put("/admin/rules", file, etag)
    assert late.status_code == 412
    version = (await admin.get("/admin/rules/sentences")).json()["versions"][0]
    assert (version["version"], version["by"], version["count"]) == (
        same["version"] + 1,
        admin.principal,
        len(new["rules"]),
    )


async def test_a_faulty_file_is_told_every_fault_in_words_and_changes_nothing(doors: Doors) -> None:
    admin = await doors.seat("admin")
    file, etag = await file_of(doors, "rules")
    broken = file | {
        "rules": [file["rules"][0] | {"since": "nope"}, file["rules"][1] | {"effect": "activate_plan"}]
    }
    told = await admin.made("/admin/rules/compare", {"file": broken})
    assert any("names the moment 'nope'" in fault for fault in told["faults"])
    assert told["changes"] == []
    odd = await admin.post("/admin/rules/compare", {"file": {"rules": [{"id": "x"}]}})
    assert odd.status_code == 400
    assert "noun" in odd.json()["detail"] or "field" in odd.json()["detail"]
    assert (await file_of(doors, "rules")) == (file, etag)


async def test_who_may_not_administer_reads_and_compares_nothing(doors: Doors) -> None:
    leader, unit = await doors.seat("leader"), await doors.seat("unit", of=N1, kind="unit")
    file, _ = await file_of(doors, "rules")
    assert (await leader.post("/admin/rules/compare", {"file": file})).status_code == 403
    assert (await unit.get("/admin/rules/sentences")).status_code == 403
    assert (await unit.get("/admin/plans/sentences")).status_code == 403


async def test_plans_say_for_whom_they_are_and_where_they_are_active(doors: Doors) -> None:
    seat = await doors.seat("leader", "dispatcher", "call_taker")
    alarm = {"source": "sms", "type": "100200", "place": {"lon": 114.02, "lat": 22.54}}
    made = await seat.made("/alarms", alarm, 201)
    await seat.made(f"/incidents/{made['incident']['id']}/plans", {"code": "hostage"}, 201)

    async def hostage(who: Any) -> dict[str, Any]:
        lines = (await who.get("/admin/plans/sentences")).json()["plans"]
        return next(line for line in lines if line["plan"]["code"] == "hostage")

    line = await hostage(seat)
    assert line["when"] == [
        {
            "zh": "类别为劫持案、绑架案及其下级",
            "en": "of the types Hijacking or hostage-taking, Kidnapping and those below",
        }
    ]
    assert [one["number"] for one in line["active"]] == [made["incident"]["number"]]
    south = await doors.seat("leader", of="00000000-0000-0000-0000-000000000003")
    assert (await hostage(south))["active"] == []
    assert (await hostage(await doors.seat("leader", of=NORTH)))["active"] != []


async def test_a_file_of_plans_is_compared_and_its_version_has_a_name(doors: Doors) -> None:
    admin = await doors.seat("admin")
    file, etag = await file_of(doors, "plans")
    first, *rest = (plan for plan in file["plans"] if plan["code"] != "flood")
    new = {"plans": [first | {"automatic": True}, *rest]}
    told = await admin.made("/admin/plans/compare", {"file": new})
    assert [(one["key"], one["fields"]) for one in told["changes"]] == [
        (first["code"], ["automatic"]),
        ("flood", []),
    ]
    wrong = {"plans": [first | {"match": [{"types": ["nope"]}]}]}
    assert (await admin.made("/admin/plans/compare", {"file": wrong}))["faults"]
    assert (await admin.put("/admin/plans", new, etag)).status_code == 200
    [version] = (await admin.get("/admin/plans/sentences")).json()["versions"]
    assert (version["version"], version["by"], version["count"]) == (1, admin.principal, len(new["plans"]))


async def test_run_cards_say_for_whom_they_are_and_for_one_type_in_which_order_they_are_tried(
    doors: Doors,
) -> None:
    seat = await doors.seat("leader")
    file, etag = await file_of(doors, "run-cards")
    book = (await seat.get("/admin/run-cards/sentences")).json()
    assert (book["version"], [one["code"] for one in book["cards"]]) == (
        int(etag.strip('"')),
        [card["code"] for card in file["cards"]],
    )
    last = book["cards"][-1]
    assert (last["types"], last["when"], last["waves"][0]["after"]) == ([], None, "at_once")
    asked = (await seat.get("/admin/run-cards/sentences", type="100211")).json()["cards"]
    assert [one["code"] for one in asked][-1] == "any"
    assert len({one["code"] for one in asked}) == len(asked) < len(book["cards"])
    assert (await seat.get("/admin/run-cards/sentences", type="nope")).status_code == 404
    unit = await doors.seat("unit", of=N1, kind="unit")
    assert (await unit.get("/admin/run-cards/sentences")).status_code == 403


async def test_a_file_of_run_cards_is_compared_in_words_and_its_version_has_a_name(doors: Doors) -> None:
    admin = await doors.seat("admin")
    file, etag = await file_of(doors, "run-cards")
    any_ = file["cards"][-1] | {"waves": [{"seats": [{"count": 2, "kinds": ["car"]}]}]}
    new = {"cards": [any_]}
    told = await admin.made("/admin/run-cards/compare", {"file": new})
    [change] = [one for one in told["changes"] if one["after"]]
    assert (told["faults"], change["key"], change["fields"]) == ([], "any", ["waves"])
    assert "即派2组警车。" in change["after"]["zh"]
    assert sum(one["after"] is None for one in told["changes"]) == len(file["cards"]) - 1
    tried = await admin.made("/admin/run-cards/dry-run", {"file": new})
    assert tried["complete"]
    wrong = await admin.made("/admin/run-cards/compare", {"file": {"cards": [any_ | {"waves": []}]}})
    assert (wrong["changes"], len(wrong["faults"])) == ([], 1)
    leader = await doors.seat("leader")
    assert (await leader.post("/admin/run-cards/compare", {"file": file})).status_code == 403
    assert (await admin.put("/admin/run-cards", new, etag)).status_code == 200
    [version] = (await admin.get("/admin/run-cards/sentences")).json()["versions"]
    assert (version["version"], version["by"], version["count"]) == (1, admin.principal, len(new["cards"]))

"""Standing-fact promise: only what was read is confirmed, a list of another room or brought again undoes nobody's work, and a refusal names its row."""

from typing import Any

import pytest

from tests.harness import town
from tests.harness.doors import Doors, Seat
from tests.integration.test_what_must_be_known_of_a_place_pops_up import DOG, LIST, at_place, days, violent

type Two = tuple[Doors, Doors]
IMPORT = "/admin/standing-facts/import?source=消防台账"


async def leader_of(doors: Doors, room: Any = town.NORTH) -> Seat:
    return await doors.seat("leader", of=room)


@pytest.mark.parametrize("act", ["keep", "amend"])
async def test_what_was_doubted_since_it_was_read_is_not_confirmed(two: Two, act: str) -> None:
    here, there = two
    leader, crew = await leader_of(here), await there.seat("dispatcher", of=town.NORTH)
    read = await leader.made("/standing-facts", DOG, 201)
    path, body = f"/standing-facts/{read['id']}", DOG if act == "amend" else {}
    unread = await leader.post(f"{path}/{act}", body)
    assert (unread.status_code, unread.json()["code"]) == (428, "if_match_missing")
    await crew.made(f"{path}/doubt", {"text": "犬已送走"})
    refused = await leader.post(f"{path}/{act}", body, version=read["version"])
    assert (refused.status_code, refused.json()["code"]) == (412, "behind")
    [now] = (await leader.get("/standing-facts", which="due")).json()["items"]
    assert (now["doubt"], now["version"]) == ("犬已送走", 2)
    done = await leader.made(f"{path}/{act}", body, version=now["version"])
    assert (done["doubted"], done["due"]) == (False, False)


async def test_of_two_leaders_who_amend_the_second_reads_again(two: Two) -> None:
    first, second = await leader_of(two[0]), await leader_of(two[1])
    made = await first.made("/standing-facts", DOG, 201)
    path = f"/standing-facts/{made['id']}/amend"
    await first.made(path, DOG | {"text": "犬已拴养"}, version=1)
    late = await second.post(path, DOG | {"text": "三只犬"}, version=1)
    assert (late.status_code, late.json()["version"]) == (412, 2)
    ahead = await second.post(path, DOG, version=9)
    assert ahead.status_code == 412, "a version that never was was never read"
    assert [one["text"] for one in await at_place(first)] == ["犬已拴养"]


async def test_that_its_words_were_opened_changes_nothing_of_what_was_read(two: Two) -> None:
    here, there = two
    leader, asked = await leader_of(here), await violent(here)
    made = await leader.made("/standing-facts", asked, 201)
    path = f"/standing-facts/{made['id']}"
    await (await there.seat("call_taker")).made(f"{path}/reveal", {"reason": "处警需要"})
    held = {"until": await days(here, 60), "review_at": await days(here, 50)}
    assert (await leader.made(f"{path}/keep", held, version=made["version"]))["version"] == 3


async def test_what_was_proposed_is_approved_as_it_was_read(two: Two) -> None:
    here, _ = two
    made = await (await here.seat("dispatcher", of=town.SOUTH)).made("/standing-facts", DOG, 201)
    leader, path = await leader_of(here), f"/standing-facts/{made['id']}/approve"
    assert (await leader.post(path)).status_code == 428
    assert (await leader.post(path, version=5)).status_code == 412
    assert (await leader.made(path, version=1))["state"] == "stands"


async def test_a_list_brought_again_answers_no_doubt(two: Two) -> None:
    here, _ = two
    leader = await leader_of(here)
    await leader.post(IMPORT, LIST.encode())
    [hydrant] = await at_place(leader)
    await leader.made(f"/standing-facts/{hydrant['id']}/doubt", {"text": "栓已拆除"})
    put = (await leader.post(IMPORT, LIST.replace("DN150", "DN200").encode())).json()
    assert (put["amended"], put["kept"]) == (1, 1)
    [due] = (await leader.get("/standing-facts", which="due")).json()["items"]
    assert (due["text"], due["doubt"], due["version"]) == ("DN200", "栓已拆除", 3)


async def test_a_list_leaves_the_facts_of_another_room_alone_that_has_one_of_the_same_name(two: Two) -> None:
    here, _ = two
    south, north = await leader_of(here, town.SOUTH), await leader_of(here)
    theirs = LIST.replace("114.02,", "114.08,").replace("114.03,", "114.09,")
    assert (await south.post(IMPORT, theirs.encode())).json()["written"] == 2
    for file in (LIST, theirs):
        refused = await north.post(IMPORT, file.encode())
        assert refused.status_code == 409, refused.text
        assert [one["row"] for one in refused.json()["refused"]] == [2, 3]
        assert (
            "H1 of the list 消防台账 is another room's; give the list another name"
            in refused.json()["detail"]
        )
    kept = (await south.get("/standing-facts")).json()["items"]
    assert [(one["version"], one["room"]) for one in kept] == [(1, str(town.SOUTH))] * 2
    named = await north.post("/admin/standing-facts/import?source=北区消防", LIST.encode())
    assert named.json()["written"] == 2


async def test_a_row_that_cannot_be_kept_is_named_among_the_others(two: Two) -> None:
    leader = await leader_of(two[0])
    old = "ref,kind,text,lon,lat,until\nA,hydrant,DN150,114.02,22.54,\nB,hydrant,DN150,114.02,22.54,1800-01-01\n"
    would = (await leader.post(f"{IMPORT}&dry_run=true", old.encode())).json()
    assert (would["written"], [one["row"] for one in would["refused"]]) == (1, [3])
    assert "1800" in would["refused"][0]["said"]
    refused = await leader.post(IMPORT, old.encode())
    assert (refused.status_code, [one["row"] for one in refused.json()["refused"]]) == (409, [3])


async def test_a_key_used_for_a_list_is_no_key_for_it_under_another_name_or_datum(two: Two) -> None:
    leader = await leader_of(two[0])
    first = (await leader.post(IMPORT, LIST.encode(), key="once")).json()
    assert first["written"] == 2
    assert (await leader.post(IMPORT, LIST.encode(), key="once")).json() == first
    for other in (f"{IMPORT}&datum=GCJ02", "/admin/standing-facts/import?source=别的台账"):
        told = await leader.post(other, LIST.encode(), key="once")
        assert (told.status_code, told.json()["code"]) == (409, "key_reused")

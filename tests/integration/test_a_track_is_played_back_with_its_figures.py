"""Playback promise: leaders and reviewers play back any unit or area with figures known by hand, never off duty, and each look is written down."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch.playback import of_area
from dispatch.runtime.positions import now_ms
from tests.harness import town
from tests.harness.doors import Doors, Seat
from tests.harness.played import AWAY, CAR, FOOT, START_MS, Past, lived, records


@pytest.fixture(scope="module")
async def past(doors: Doors) -> Past:
    return await lived(doors)


async def told(seat: Seat, path: str, **params: str) -> Any:
    answer = await seat.get(path, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def looks(doors: Doors) -> list[dict[str, Any]]:
    async with doors.runtime.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT who, why, body::text FROM journal WHERE noun = 'track_look' AND fact = 'looked_at' ORDER BY position"
        )
    return [{"who": row[0], "why": row[1], **json.loads(row[2])} for row in rows]


async def test_a_units_figures_are_those_known_by_hand(past: Past) -> None:
    seat = await past.doors.seat("leader")
    one = await told(seat, f"/units/{CAR}/playback", **past.span(0, 900))
    figures = one["figures"]
    assert figures["driven_m"] == pytest.approx(2_990, abs=30)
    assert (figures["known_s"], figures["unknown_s"]) == (600, 300)
    assert (figures["stops"], figures["left_out"], figures["breaks"]) == (1, 0, 1)
    assert figures["stood_s"] == pytest.approx(300, abs=8)
    assert [(d["from_ms"] - past.start_ms, d["to_ms"] - past.start_ms, d["duty"]) for d in one["duty"]] == [
        (0, 600_000, "available"), (650_000, 660_000, "available"), (660_000, 900_000, "busy")
    ]  # fmt: skip
    assert one["off_duty_s"] == 50
    beats = one["beats"]
    assert beats["inside_s"] + beats["outside_s"] + figures["unknown_s"] == pytest.approx(900)
    assert beats["each"][0]["beat"]["code"] == "N-1"
    # The border lies about a kilometre east of the start: it stood on one side of it.
    assert beats["inside_s"] == pytest.approx(100, abs=15)
    assert len(one["track"]["t_s"]) == len(one["track"]["lon"]) == len(one["track"]["lat"])
    assert one["thinned"] is True
    assert one["kept_since"] is not None
    assert len(one["speeds"]) == 60


async def test_nothing_is_shown_of_time_off_duty(past: Past) -> None:
    seat = await past.doors.seat("reviewer")
    one = await told(seat, f"/units/{CAR}/playback", **past.span(600, 650))
    assert (one["track"]["t_s"], one["duty"], one["off_duty_s"]) == ([], [], 50)
    whole = await told(seat, f"/units/{CAR}/playback", **past.span(0, 900))
    assert not [t for t in whole["track"]["t_s"] if 600 <= t < 650]
    room = await told(seat, "/playback", room=str(town.NORTH), **past.span(600, 650))
    assert str(CAR) not in [item["unit_id"] for item in room["items"] if item["track"]["t_s"]]


async def test_two_halves_add_up(past: Past) -> None:
    seat = await past.doors.seat("leader")
    path = f"/units/{CAR}/playback"
    halves = [await told(seat, path, **past.span(*of)) for of in ((0, 450.25), (450.25, 900))]
    whole = await told(seat, path, **past.span(0, 900))
    for name in ("driven_m", "known_s", "unknown_s", "stood_s"):
        assert sum(half["figures"][name] for half in halves) == pytest.approx(
            whole["figures"][name], abs=0.01
        )


async def test_an_area_is_a_room_a_beat_or_a_box(past: Past) -> None:
    seat = await past.doors.seat("leader")
    of = past.span(0, 900)
    south = await told(seat, "/playback", room=str(town.SOUTH), **of)
    north = await told(seat, "/playback", room=str(town.NORTH), **of)
    assert [item["call_sign"] for item in south["items"]] == ["401"]
    assert [item["call_sign"] for item in north["items"]] == ["301", "302"]
    assert north["detailed"] is True
    beat = await told(seat, "/playback", beat="N-1", **of)
    assert [item["call_sign"] for item in beat["items"]] == ["301", "302"]
    foot = beat["items"][1]
    assert foot["in_area_s"] == pytest.approx(foot["figures"]["known_s"]) == pytest.approx(899, abs=1)
    assert foot["figures"]["driven_m"] < 20
    box = await told(seat, "/playback", bbox="114.2,22.5,114.3,22.6", **of)
    assert [item["call_sign"] for item in box["items"]] == ["401"]


async def test_a_large_area_is_thinned_to_a_fix_a_minute_and_says_so(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat = await past.doors.seat("leader")
    monkeypatch.setattr(of_area, "MOST_ROWS", 10)
    large = await told(seat, "/playback", room=str(town.CITY), **past.span(0, 900))
    assert (large["detailed"], large["thinned"], large["step_ms"]) == (False, True, 60_000)
    car = next(item for item in large["items"] if item["call_sign"] == "301")
    assert car["figures"] is None
    assert car["track"]["t_s"] == [0, 60, 120, 180, 240, 300, 360, 420, 480, 700, 720, 780]
    assert car["track"]["parts"] == [0, 9]
    assert len(json.dumps(large)) <= of_area.BUDGET_BYTES
    monkeypatch.setattr(of_area, "MOST_FIXES", 20)
    thinner = await told(seat, "/playback", room=str(town.CITY), **past.span(0, 900))
    assert thinner["step_ms"] > 60_000
    assert sum(len(item["track"]["t_s"]) for item in thinner["items"]) <= 20


async def test_what_was_not_yet_written_is_played_back_too(past: Past) -> None:
    seat, live = await past.doors.seat("leader"), past.doors.runtime.centre.live
    assert live.recorder is not None
    now = now_ms()
    made = records([(0.0, 0.0, 0.0), (10.0, 90.0, 0.0)])
    made["t_ms"] += now - 20_000 - START_MS
    made["handle"] = AWAY.int
    live.recorder._heard.append(made)
    of = {
        "from": past.at(now / 1000 - past.start_ms / 1000 - 60),
        "to": past.at(now / 1000 - past.start_ms / 1000 + 60),
    }
    one = await told(seat, f"/units/{AWAY}/playback", **of)
    assert len(one["track"]["t_s"]) == 2
    assert one["to_ms"] < now + 60_000, "a playback ends now"
    room = await told(seat, "/playback", room=str(town.SOUTH), **of)
    assert [len(item["track"]["t_s"]) for item in room["items"] if item["call_sign"] == "401"] == [2]


async def test_orders_and_incidents_of_the_span_are_told_as_far_as_they_are_seen(past: Past) -> None:
    leader = await past.doors.seat("leader")
    incident = await past.doors.incident(type="500600")
    dispatcher = await past.doors.seat("dispatcher")
    order = {"orders": [{"unit_id": str(FOOT)}]}
    await dispatcher.made(f"/incidents/{incident['id']}/assignments", order, 201)
    later = (now_ms() - past.start_ms) / 1000
    of = past.span(later - 600, later + 60)
    one = await told(leader, f"/units/{FOOT}/playback", **of)
    assert [(o["number"], o["state"]) for o in one["orders"]] == [(incident["number"], "ordered")]
    before = await told(leader, f"/units/{FOOT}/playback", **past.span(0, 900))
    assert before["orders"] == []
    room = await told(leader, "/playback", room=str(town.NORTH), **of)
    assert incident["number"] in [i[1] if isinstance(i, list) else i["number"] for i in room["incidents"]]
    box = await told(leader, "/playback", bbox="114.2,22.5,114.3,22.6", **of)
    assert box["incidents"] == []


async def test_each_look_is_written_down_before_it_is_answered(past: Past) -> None:
    seat = await past.doors.seat("leader")
    before = len(await looks(past.doors))
    await told(seat, f"/units/{CAR}/playback", reason="投诉核查", **past.span(0, 900))
    await told(seat, "/playback", bbox="114.2,22.5,114.3,22.6", **past.span(0, 900))
    one, area = (await looks(past.doors))[before:]
    assert (one["who"], one["why"], one["unit_ids"]) == (seat.principal, "投诉核查", [str(CAR)])
    assert one["from_ms"] == past.start_ms
    assert (area["bbox"], area["unit_ids"]) == ([114.2, 22.5, 114.3, 22.6], [str(AWAY)])


async def test_only_leaders_and_reviewers_of_its_rooms_play_back(past: Past) -> None:
    doors, of = past.doors, past.span(0, 900)
    before = len(await looks(doors))
    path = f"/units/{CAR}/playback"
    statuses = {
        "dispatcher": (await (await doors.seat("dispatcher")).get(path, **of)).status_code,
        "call_taker": (await (await doors.seat("call_taker")).get(path, **of)).status_code,
        "itself": (await (await doors.seat("unit", of=CAR, kind="unit")).get(path, **of)).status_code,
        "another station": (await (await doors.seat("leader", of=town.SOUTH)).get(path, **of)).status_code,
        "an area of another station": (
            await (await doors.seat("leader", of=town.SOUTH)).get("/playback", room=str(town.NORTH), **of)
        ).status_code,
        "a dispatcher's area": (
            await (await doors.seat("dispatcher")).get("/playback", room=str(town.NORTH), **of)
        ).status_code,
    }
    assert statuses == {
        "dispatcher": 403, "call_taker": 403, "itself": 403, "another station": 404, "an area of another station": 404,
        "a dispatcher's area": 403,
    }  # fmt: skip
    mine = await told(await doors.seat("leader", of=town.SOUTH), "/playback", bbox="113,22,115,23", **of)
    assert [item["call_sign"] for item in mine["items"]] == ["401"]
    assert len(await looks(doors)) == before + 1, "what is refused is no look"


@pytest.mark.parametrize(
    ("path", "params", "field"),
    [
        (f"/units/{CAR}/playback", {"hours": 25}, "to"),
        (f"/units/{CAR}/playback", {"hours": -1}, "to"),
        ("/playback", {"hours": 3, "room": str(town.NORTH)}, "to"),
        ("/playback", {"hours": 1}, "room"),
        ("/playback", {"hours": 1, "room": str(town.NORTH), "beat": "N-1"}, "room"),
        ("/playback", {"hours": 1, "bbox": "114.2,22.5,114.1,22.6"}, "bbox"),
        ("/playback", {"hours": 1, "bbox": "here"}, "bbox"),
        ("/playback", {"hours": 1, "room": str(town.NORTH), "ahead": 1}, "from"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_name(
    past: Past, path: str, params: dict[str, Any], field: str
) -> None:
    first = datetime.now(UTC) + timedelta(hours=params.get("ahead", -26))
    asked = {"from": first.isoformat(), "to": (first + timedelta(hours=params["hours"])).isoformat()}
    asked |= {key: value for key, value in params.items() if key not in {"hours", "ahead"}}
    answer = await (await past.doors.seat("leader")).get(path, **asked)
    assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text


async def test_what_is_older_than_tracks_are_kept_is_told_as_gone(past: Past) -> None:
    recorder = past.doors.runtime.centre.live.recorder
    assert recorder is not None
    kept, recorder.kept_ms = recorder.kept_ms, now_ms() - past.start_ms - 450_000
    try:
        one = await told(await past.doors.seat("leader"), f"/units/{CAR}/playback", **past.span(0, 900))
    finally:
        recorder.kept_ms = kept
    assert one["gone_before_ms"] == pytest.approx(past.start_ms + 450_000, abs=60_000)
    assert min(one["track"]["t_s"]) * 1000 >= one["gone_before_ms"] - past.start_ms - 1_000

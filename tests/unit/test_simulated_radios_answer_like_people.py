"""Simulated radios: from order to clear in order, honest about loss, repetition, silence and recall; seeded, so repeatable."""

from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from geo.coordinates import destination, distance_m
from tests.harness.patrols import NOW_MS
from units.simulator import SPEED_MPS, Habits, Radios, Reply, Terminal

HERE = (116.40, 39.90)
THERE = destination(*HERE, 60.0, 3_000.0)


def radios(habits: Habits | None = None, seed: int = 110, kind: str = "car") -> Radios:
    return Radios([Terminal(7, kind, *HERE)], habits or Habits(), Random(seed), now_ms=NOW_MS, boot=1)


def order(number: int = 1, n: int = 1, kind: str = "order", **more: Any) -> dict[str, Any]:
    expires = datetime.fromtimestamp((NOW_MS + 600_000) / 1000, UTC).isoformat()
    place = {"lon": THERE[0], "lat": THERE[1]}
    return {
        "order_id": f"order {number}.{n}.{kind}",
        "assignment_id": f"job {number}",
        "n": n,
        "kind": kind,
        "expires_at": expires,
        **place,
        **more,
    }


def night(air: Radios, seconds: int, sent: dict[int, dict[str, Any]]) -> list[tuple[int, Reply]]:
    """Step through so many seconds, sending each message in its second: (second of arrival, reply)."""
    heard = []
    for second in range(seconds):
        if second in sent:
            air.hear(7, sent[second], NOW_MS + second * 1_000)
        heard += [(second, reply) for reply in air.step(NOW_MS + second * 1_000)]
    return heard


def acts(heard: list[tuple[int, Reply]]) -> list[str]:
    return [reply.payload["act"] for _, reply in heard]


def test_an_order_is_delivered_accepted_driven_to_and_cleared_with_a_result() -> None:
    heard = night(radios(), 2_000, {5: order()})
    assert acts(heard) == ["deliver", "accept", "en_route", "on_scene", "clear"]
    seconds = dict(zip(acts(heard), (second for second, _ in heard), strict=True))
    drive_s = seconds["on_scene"] - seconds["en_route"]
    assert drive_s == pytest.approx(3_000 / SPEED_MPS["car"], abs=4)
    clear = heard[-1][1].payload
    assert (clear["result"], clear["assignment_id"], clear["order_id"]) == (
        "handled",
        "job 1",
        "order 1.1.order",
    )
    assert distance_m(clear["lon"], clear["lat"], *THERE) < 1
    times = [datetime.fromisoformat(reply.payload["at"]) for _, reply in heard]
    assert times == sorted(times)
    assert len({reply.payload["reply_id"] for _, reply in heard}) == 5


def test_the_same_seed_is_the_same_night_and_another_seed_another() -> None:
    rough = Habits(duplicates=0.5, reply_loss=0.3)
    one, two, three = (night(radios(rough, seed), 2_000, {0: order()}) for seed in (1, 1, 2))
    assert one == two
    assert one != three


def test_a_unit_drives_in_a_straight_line_at_the_speed_of_its_kind_and_says_so_in_its_fixes() -> None:
    air = radios(Habits(accept_s=(1, 1), turnout_s=(1, 1)), kind="foot")
    night(air, 10, {0: order()})
    (before,) = air.frames(NOW_MS + 9_000)
    air.step(NOW_MS + 60_000)
    (after,) = air.frames(NOW_MS + 60_000)
    walked_m = distance_m(before.lon[0], before.lat[0], after.lon[0], after.lat[0])
    assert walked_m == pytest.approx(51 * SPEED_MPS["foot"], abs=0.01)
    assert after.speed_mps[0] == SPEED_MPS["foot"]
    assert after.heading_deg[0] == pytest.approx(60, abs=0.1)
    to_go_m = distance_m(after.lon[0], after.lat[0], *THERE)
    assert distance_m(*HERE, after.lon[0], after.lat[0]) + to_go_m == pytest.approx(3_000, abs=0.01)


def test_repeated_expired_and_outdated_messages_are_dropped() -> None:
    expired = order(2, expires_at=datetime.fromtimestamp(NOW_MS / 1000, UTC).isoformat())
    heard = night(radios(), 2_000, {0: order(1, n=2), 1: order(1, n=2), 2: order(1, n=1), 3: expired})
    assert acts(heard) == ["deliver", "accept", "en_route", "on_scene", "clear"]


def test_a_lost_order_is_never_answered_and_a_silent_crew_has_it_but_does_not_take_it() -> None:
    assert acts(night(radios(Habits(order_loss=1.0)), 500, {0: order()})) == []
    assert acts(night(radios(Habits(silence=1.0)), 500, {0: order()})) == ["deliver"]


def test_a_crew_that_cannot_go_says_so_and_stays() -> None:
    air = radios(Habits(unable=1.0))
    assert acts(night(air, 500, {0: order()})) == ["deliver", "unable"]
    (frame,) = air.frames(NOW_MS)
    assert (frame.lon[0], frame.lat[0]) == HERE


def test_duplicates_are_the_same_reply_twice() -> None:
    heard = night(radios(Habits(duplicates=1.0)), 2_000, {0: order()})
    payloads = [reply.payload for _, reply in heard]
    assert len(payloads) == 10
    assert len({payload["reply_id"] for payload in payloads}) == 5
    assert all(payloads.count(payload) == 2 for payload in payloads)


def test_a_lost_reply_comes_later_under_the_same_id_with_the_true_time() -> None:
    quick = Habits(deliver_s=(1, 1), reply_loss=0.7, retry_s=5)
    heard = night(radios(quick, seed=3), 3_000, {0: order()})
    assert sorted(acts(heard)) == sorted(["deliver", "accept", "en_route", "on_scene", "clear"])
    late = [
        second - datetime.fromisoformat(r.payload["at"]).timestamp() + NOW_MS / 1000 for second, r in heard
    ]
    assert max(late) >= 5


def test_a_recalled_crew_stands_still_and_says_no_more() -> None:
    heard = night(radios(), 2_000, {0: order(), 100: order(n=2, kind="recall")})
    assert acts(heard) == ["deliver", "accept", "en_route"]


def test_a_new_order_takes_the_place_of_the_old() -> None:
    heard = night(radios(), 3_000, {0: order(1), 100: order(2)})
    last = [reply.payload["assignment_id"] for _, reply in heard][3:]
    assert acts(heard)[3:] == ["deliver", "accept", "en_route", "on_scene", "clear"]
    assert set(last) == {"job 2"}


def test_a_refusal_that_names_another_job_ends_this_one() -> None:
    wrong = order(9, kind="refused", answers="7:1:1")
    assert "on_scene" not in acts(night(radios(), 2_000, {0: order(1), 100: wrong}))
    same = order(1, n=2, kind="refused", answers="7:1:1")
    assert "on_scene" in acts(night(radios(), 2_000, {0: order(1), 100: same}))


def test_an_update_moves_the_place_and_is_read() -> None:
    other = destination(*HERE, 200.0, 2_000.0)
    heard = night(radios(), 3_000, {0: order(), 100: order(n=2, kind="update", lon=other[0], lat=other[1])})
    assert "read" in acts(heard)
    scene = next(reply.payload for _, reply in heard if reply.payload["act"] == "on_scene")
    assert distance_m(scene["lon"], scene["lat"], *other) < 1


@pytest.mark.parametrize("prompt", ["status_check", "roll_call", "message", "note"])
def test_what_asks_for_a_word_is_read_by_its_own_order_id(prompt: str) -> None:
    kind = "update" if prompt == "note" else "message"
    asked = order(7, kind=kind, prompt=prompt, assignment_id=None if prompt == "roll_call" else "job 7")
    [(_, said)] = night(radios(), 100, {0: asked})
    assert (said.payload["act"], said.payload["order_id"]) == ("read", asked["order_id"])


def test_a_crew_that_is_busy_reads_late_and_nobody_answers_a_broadcast() -> None:
    late = radios(Habits(late=1.0, late_s=(40, 60)))
    [(second, _)] = night(late, 100, {0: order(kind="message", prompt="roll_call")})
    assert 40 <= second <= 61
    for silent in (
        order(kind="broadcast", prompt="clear_air"),
        order(kind="message", prompt="emergency_heard"),
    ):
        assert night(radios(), 500, {0: silent}) == []


def test_some_scenes_need_more_than_one_crew_and_some_are_dangerous() -> None:
    heard = night(radios(Habits(backup=1.0, emergency=1.0)), 2_000, {0: order()})
    assert sorted(acts(heard)[4:6]) == ["backup", "emergency"]
    pressed = next(reply.payload for _, reply in heard if reply.payload["act"] == "emergency")
    assert distance_m(pressed["lon"], pressed["lat"], *THERE) < 1


def test_a_job_without_a_place_is_where_the_crew_is() -> None:
    heard = night(radios(), 2_000, {0: order(lon=None, lat=None)})
    assert acts(heard) == ["deliver", "accept", "en_route", "on_scene", "clear"]


def test_pace_shortens_waiting_and_driving_alike() -> None:
    slow = night(radios(Habits()), 3_000, {0: order()})
    fast = night(radios(Habits(pace=10)), 3_000, {0: order()})
    assert acts(slow) == acts(fast)
    assert fast[-1][0] == pytest.approx(slow[-1][0] / 10, abs=8)


def test_a_message_for_a_stranger_is_nobodys() -> None:
    air = radios()
    air.hear(8, order(), NOW_MS)
    assert 8 not in air
    assert 7 in air
    assert air.step(NOW_MS + 10_000_000) == []


def test_a_crew_without_a_job_goes_where_it_is_asked_to_stand_by_and_a_job_goes_before_that() -> None:
    standby = {**order(9, kind="message"), "assignment_id": None, "prompt": "standby"}
    air = radios()
    heard = night(air, 600, {5: standby})
    assert acts(heard) == ["accept", "on_scene"]
    assert {reply.payload["order_id"] for _, reply in heard} == {standby["order_id"]}
    assert all("assignment_id" not in reply.payload for _, reply in heard)
    assert distance_m(heard[-1][1].payload["lon"], heard[-1][1].payload["lat"], *THERE) < 1
    called = night(radios(), 2_000, {5: standby, 60: order()})
    assert acts(called)[0] == "accept"
    assert [act for act, (_, reply) in zip(acts(called), called, strict=True) if "assignment_id" in reply.payload] == [
        "deliver", "accept", "en_route", "on_scene", "clear",
    ]  # fmt: skip

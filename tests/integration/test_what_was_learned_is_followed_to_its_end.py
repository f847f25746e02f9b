"""Review promise: what must be looked back on is, by itself; what follows is done, seen by others, chased when late; and the sheet says it all."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from pypdf import PdfReader

from dispatch.after_action.model import AfterActionReview, ReviewAction
from dispatch.after_action.store import of_incidents
from dispatch.after_action.views import actions as actions_shown
from dispatch.after_action.views import reviews_now
from dispatch.after_action.which import drawn_by
from dispatch.desk import closing, commanding, following_up, looking_back
from dispatch.desk.following_up import Wanted
from dispatch.desk.looking_back import Seen
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.errors import Invalid, NotAllowed, NotFound, NotNow
from dispatch.folds import FOLDS
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.verify import verify
from incidents.sealing import Seal
from tests.harness.clock import Clock
from tests.harness.doors import Doors
from tests.harness.timekeeping import all_due, check_timers, firings, keeper_of
from tests.harness.town import CITY, NORTH, SOUTH, Town, build
from web.live_source import StoredTruth

ROUTINE = "500600"
PLANTED = "泄露了的发现<script>alert(1)</script>"
BOSS = ("dispatcher", "leader", "reviewer", "call_taker")


@pytest.fixture
async def town(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> Town:
    draw(monkeypatch, None)
    return await build(pool)


def draw(monkeypatch: pytest.MonkeyPatch, chosen: UUID | None) -> None:
    """Let the lot fall on this one and no other."""
    monkeypatch.setattr(Seal, "lot", lambda _, id_: 0.0 if id_ == chosen else 0.5)


@pytest.fixture
async def keeper(town: Town) -> Timekeeper:
    return keeper_of(town)


async def reported(town: Town, type_: str = ROUTINE) -> UUID:
    command = ReportAlarm(source="sms", type=type_, place=PlaceIn(lon=114.02, lat=22.54))
    return (await town.report(town.somebody("call_taker"), command)).incident_id


async def closed(town: Town, id_: UUID, **how: Any) -> list[AfterActionReview]:
    """Close it; the reviews that there are then."""
    boss = town.somebody(*BOSS)
    await town.do(boss, lambda w: closing.handle(w, id_, "handled"), **how)
    await town.do(boss, lambda w: closing.review(w, id_, accept=True), **how)
    await town.do(boss, lambda w: closing.close(w, id_), **how)
    async with town.pool.acquire() as conn:
        return await of_incidents(conn, [id_])


async def begun(town: Town) -> AfterActionReview:
    leader = town.somebody("leader", name="zhao")
    id_ = await reported(town)
    return await town.do(leader, lambda w: looking_back.open_review(w, id_))


async def ordered(
    town: Town, review: AfterActionReview, within: timedelta = timedelta(days=3)
) -> ReviewAction:
    async with town.pool.acquire() as conn:
        now = await conn.fetchval("SELECT cad_now()")
    wanted = Wanted(room_id=NORTH, text=PLANTED, due_at=now + within)
    return await town.do(
        town.somebody("leader", name="zhao"), lambda w: following_up.order(w, review.id, wanted)
    )


async def sound(town: Town) -> None:
    async with town.pool.acquire() as conn:
        await check_timers(conn)
        found = await verify(conn, FOLDS)
        leaked = await conn.fetchval("SELECT count(*) FROM journal WHERE body::text ~ '泄露了的发现'")
    assert found.sound, found.broken
    assert leaked == 0


async def test_a_routine_incident_is_looked_back_on_only_when_drawn(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await closed(town, await reported(town)) == []
    chosen = await reported(town)
    draw(monkeypatch, drawn_by(chosen))
    [review] = await closed(town, chosen)
    assert (review.state, review.causes, review.room_id) == ("waiting", ("sample",), NORTH)
    await sound(town)


async def test_whoever_was_drawn_for_the_review_of_forms_is_not_drawn_for_this(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await reported(town)
    draw(monkeypatch, id_)
    assert await closed(town, id_) == []


async def test_sensitive_and_major_ones_are_looked_back_on_always(town: Town) -> None:
    sensitive = next(kind.code for kind in town.centre.reference.types if kind.sensitive)
    [review] = await closed(town, await reported(town, sensitive))
    assert "sensitive" in review.causes
    major = await reported(town)
    await town.do(town.somebody("leader"), lambda w: commanding.take(w, major))
    [review] = await closed(town, major)
    assert review.causes == ("major",)
    await sound(town)


async def test_what_is_replayed_or_keyed_in_later_is_not_looked_back_on(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    for how in ({"via": "replay"}, {"back_entry": True}):
        id_ = await reported(town)
        draw(monkeypatch, drawn_by(id_))
        assert await closed(town, id_, **how) == []


async def test_an_incident_has_one_review_at_a_time(town: Town) -> None:
    review = await begun(town)
    other = town.somebody("reviewer", name="qian")
    again = await town.do(other, lambda w: looking_back.open_review(w, review.incident_id))
    assert (again.id, again.participants) == (review.id, ("zhao", "qian"))
    assert [one.id for one in await closed(town, review.incident_id)] == [review.id]


async def test_it_closes_only_when_its_actions_have_ended(town: Town) -> None:
    review = await begun(town)
    zhao, qian = town.somebody("leader", name="zhao"), town.somebody("leader", name="qian")
    station = town.somebody("dispatcher", room=NORTH)
    await town.do(zhao, lambda w: looking_back.find(w, review.id, Seen(kind="not_well", text=PLANTED)))
    first, second = await ordered(town, review), await ordered(town, review)
    with pytest.raises(NotNow, match="2 of its actions"):
        await town.do(zhao, lambda w: looking_back.close(w, review.id, "已复盘"))
    await town.do(station, lambda w: following_up.finish(w, first.id, "已更新地址库"))
    with pytest.raises(NotNow):
        await town.do(zhao, lambda w: looking_back.close(w, review.id, "已复盘"))
    await town.do(qian, lambda w: following_up.return_(w, first.id, "还缺门牌"))
    await town.do(zhao, lambda w: following_up.finish(w, first.id, "已补"))
    with pytest.raises(NotAllowed, match="somebody else"):
        await town.do(zhao, lambda w: following_up.verify(w, first.id))
    await town.do(qian, lambda w: following_up.verify(w, first.id))
    await town.do(zhao, lambda w: following_up.drop(w, second.id, "已由市局统一办理"))
    over = await town.do(zhao, lambda w: looking_back.close(w, review.id, "已复盘"))
    assert (over.state, over.signed_by) == ("closed", "zhao")
    with pytest.raises(NotNow):
        await town.do(zhao, lambda w: looking_back.find(w, review.id, Seen(kind="well", text="好")))
    async with town.pool.acquire() as conn:
        [told] = await actions_shown(conn, town.centre, [first.id])
    assert [turn.text for turn in told.turns] == ["已更新地址库", "还缺门牌", "已补", None]
    await sound(town)


async def test_the_database_itself_lets_no_review_close_with_an_action_left(town: Town) -> None:
    review = await begun(town)
    await ordered(town, review)
    close = "UPDATE after_action_review SET state = 'closed', signed_by = 'x' WHERE id = $1"
    async with town.pool.acquire() as conn:
        with pytest.raises(Exception, match="have not ended"):
            await conn.execute(close, review.id)


async def test_late_actions_and_reviews_nobody_begins_are_said_to_be_late_each_once(
    town: Town, keeper: Timekeeper, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = await reported(town)
    draw(monkeypatch, drawn_by(drawn))
    [waiting] = await closed(town, drawn)
    action = await ordered(town, await begun(town))
    await clock.forward(timedelta(days=2, minutes=1))
    await all_due(keeper)
    mine = [rule for rule in await firings(town) if "review" in rule or "after_action" in rule]
    assert mine == ["review_action_due_soon"]
    await clock.forward(timedelta(days=1))
    await all_due(keeper, keeper)
    mine = [rule for rule in await firings(town) if "review" in rule or "after_action" in rule]
    assert sorted(mine) == ["after_action_waiting", "review_action_due_soon", "review_action_overdue"]
    async with town.pool.acquire() as conn:
        [told] = await actions_shown(conn, town.centre, [action.id])
    assert [alert.rule for alert in told.alerts] == ["review_action_due_soon", "review_action_overdue"]
    assert "北所" in told.alerts[-1].said["zh"].what
    await town.do(
        town.somebody("dispatcher", room=NORTH), lambda w: following_up.finish(w, action.id, "已办")
    )
    await town.do(town.somebody("reviewer"), lambda w: looking_back.begin(w, waiting.id))
    await clock.forward(timedelta(hours=25))
    await all_due(keeper)
    assert "review_action_unverified" in await firings(town)
    await sound(town)


async def test_what_is_late_is_part_of_every_picture_and_the_rest_is_not(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    action = await ordered(town, await begun(town))
    truth = StoredTruth(town.pool, town.centre)

    async def told() -> list[dict[str, Any]]:
        lists = (await truth.picture(town.somebody("dispatcher", room=NORTH))).lists
        assert lists["after_action_reviews"] == []
        return [msgspec.json.decode(one.json) for one in lists["review_actions"]]

    assert await told() == []
    await clock.forward(timedelta(days=3, minutes=1))
    await all_due(keeper)
    [late] = await told()
    assert (late["id"], late["text"]) == (str(action.id), None)
    assert "review_action_overdue" in {alert["rule"] for alert in late["alerts"]}
    await town.do(
        town.somebody("dispatcher", room=NORTH), lambda w: following_up.finish(w, action.id, "已办")
    )
    assert await told() == []


async def test_only_who_may_takes_part(town: Town) -> None:
    review = await begun(town)
    for who in (town.somebody("leader", room=SOUTH), town.somebody("reviewer", room=SOUTH)):
        with pytest.raises(NotFound):
            await town.do(who, lambda w: looking_back.begin(w, review.id))
    north = town.somebody("dispatcher", room=NORTH, name="sun")
    with pytest.raises(NotAllowed):
        await town.do(north, lambda w: looking_back.find(w, review.id, Seen(kind="well", text="好")))
    with pytest.raises(Invalid, match="had a hand"):
        await town.do(town.somebody("leader"), lambda w: looking_back.join(w, review.id, "nobody"))
    await town.do(north, lambda w: looking_back.join(w, review.id))
    told = await town.do(north, lambda w: looking_back.find(w, review.id, Seen(kind="well", text="好")))
    assert [one.by for one in told.findings] == ["sun"]
    with pytest.raises(Invalid, match="journal"):
        await town.do(
            north, lambda w: looking_back.find(w, review.id, Seen(kind="well", text="好", position=1))
        )


async def test_the_feed_carries_no_text_of_a_review(town: Town) -> None:
    review = await begun(town)
    zhao = town.somebody("leader", name="zhao")
    await town.do(zhao, lambda w: looking_back.find(w, review.id, Seen(kind="not_well", text=PLANTED)))
    await ordered(town, review)
    async with town.pool.acquire() as conn:
        now = (await reviews_now(conn, town.centre, [review.id]))[review.id]
    assert "泄露了的发现" not in bytes(now.entity).decode()
    assert now.rooms == {NORTH, CITY}


async def looked_back(doors: Doors) -> dict[str, Any]:
    """A review with a finding and an action, over HTTP."""
    boss = await doors.seat("dispatcher", "leader", "reviewer")
    told = await doors.incident(type=ROUTINE)
    review: dict[str, Any] = await boss.made(f"/incidents/{told['id']}/after-action-reviews", {}, 201)
    timeline = (await boss.get(f"/incidents/{told['id']}/timeline")).json()["items"]
    found = {"kind": "not_well", "text": PLANTED, "position": timeline[0]["position"]}
    review = await boss.made(f"/after-action-reviews/{review['id']}/findings", found, 201)
    due = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    action = {
        "room_id": str(NORTH),
        "text": "更新地址库",
        "due_at": due,
        "finding_id": review["findings"][0]["id"],
    }
    await boss.made(f"/after-action-reviews/{review['id']}/actions", action, 201)
    return review


def text_of(body: bytes) -> tuple[str, int]:
    reader = PdfReader(BytesIO(body))
    return "\n".join(page.extract_text() for page in reader.pages), len(reader.pages)


async def test_the_sheet_opens_and_says_what_it_is(doors: Doors) -> None:
    review = await looked_back(doors)
    boss = await doors.seat("dispatcher", "leader", "reviewer")
    path = f"/after-action-reviews/{review['id']}/sheet.pdf"
    answer = await boss.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text[:300]
    text, pages = text_of(answer.content)
    assert "警情复盘报告" in text
    assert "key:" not in text, "nobody is printed as a program knows them"
    assert review["number"] in text
    assert "泄露了的发现" in text
    assert "更新地址库" in text
    assert "复盘主持" in text, "there are lines to sign on"
    assert f"共 {pages} 页" in text
    english, _ = text_of((await boss.get(path, lang="en")).content)
    assert "After-action review" in english
    assert "Findings" in english
    assert (await boss.get(path, lang="fr")).status_code == 400
    assert (await boss.get(f"/after-action-reviews/{uuid4()}/sheet.pdf")).status_code == 404


async def test_however_much_was_written_no_page_fails(doors: Doors) -> None:
    review = await looked_back(doors)
    boss = await doors.seat("dispatcher", "leader", "reviewer")
    for text in ("长" * 9_000, "a" * 9_000, "🚓 & <b>\u202ex</b> \t\n\n" * 500, "\u2028 x"):
        await boss.made(
            f"/after-action-reviews/{review['id']}/findings", {"kind": "cause", "text": text}, 201
        )
    answer = await boss.get(f"/after-action-reviews/{review['id']}/sheet.pdf")
    assert answer.status_code == 200
    assert text_of(answer.content)[1] > 4


async def test_what_was_found_is_not_for_everybody(doors: Doors) -> None:
    review = await looked_back(doors)
    path = f"/after-action-reviews/{review['id']}"
    auditor = await doors.seat("auditor")
    told = (await auditor.get(path)).json()
    assert (told["sealed"], told["findings"][0]["text"], told["actions"][0]["text"]) == (True, None, None)
    assert "泄露了的发现" not in text_of((await auditor.get(f"{path}/sheet.pdf")).content)[0]
    boss = await doors.seat("dispatcher", "leader", "reviewer")
    assert "泄露了的发现" not in (await boss.get("/after-action-reviews")).text, "a list opens nothing"
    assert (await (await doors.seat("call_taker")).get(path)).status_code == 403
    assert (await (await doors.seat("leader", of=SOUTH)).get(path)).status_code == 404
    auditor_acts = await auditor.post(f"{path}/findings", {"kind": "well", "text": "好"})
    assert auditor_acts.status_code == 403


async def test_lists_say_what_is_open_mine_and_overdue(doors: Doors) -> None:
    review = await looked_back(doors)
    boss = await doors.seat("dispatcher", "leader", "reviewer")

    async def ids(path: str, **asked: Any) -> set[str]:
        answer = await boss.get(path, **asked)
        assert answer.status_code == 200, answer.text
        return {one["id"] for one in answer.json()["items"]}

    assert review["id"] in await ids("/after-action-reviews", state="standing")
    assert review["id"] not in await ids("/after-action-reviews", state="closed,withdrawn")
    assert review["id"] in await ids("/after-action-reviews", mine="true")
    assert review["id"] in await ids("/after-action-reviews", cause="person")
    assert review["id"] not in await ids("/after-action-reviews", cause="sample")
    assert await ids(f"/incidents/{review['incident_id']}/after-action-reviews") == {review["id"]}
    action = (await boss.get(f"/after-action-reviews/{review['id']}")).json()["actions"][0]
    assert action["id"] in await ids("/review-actions", room=str(NORTH), state="standing")
    assert action["id"] not in await ids("/review-actions", overdue="true")
    assert (await boss.get("/after-action-reviews", state="half")).status_code == 400

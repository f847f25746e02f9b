"""Promise: who signs in is who they say; guessing is slow, a closed account is out at once, no password is ever kept as said."""

import asyncio
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from dispatch.accounts import store as accounts
from dispatch.desk.accounts import put_accounts
from dispatch.runtime.staffing import PRINCIPAL as SHELL
from dispatch.runtime.staffing import set_password
from dispatch.work import Actor, work
from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.doors import API, Doors
from tests.harness.people import PASSWORD, enter, log_in, try_login
from web.passwords import OF_ONE_ADDRESS, PLACES, Passwords, made_password

WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


async def test_who_signs_in_is_told_all_a_page_needs(doors: Doors) -> None:
    row = await enter(doors, "wang", "dispatcher", "call_taker")
    page = await log_in(doors, "WANG ")
    session = await page.session()
    assert session["principal"] == f"user:{row['id']}"
    assert (session["login"], session["name"]) == ("wang", "wang先生")
    assert session["roles"] == session["allowed_roles"] == ["call_taker", "dispatcher"]
    assert session["room_id"] == session["home_room_id"] == str(town.CITY)
    assert {str(town.CITY), str(town.NORTH), str(town.SOUTH)} == set(session["rooms"])
    assert session["seat"] is None
    assert session["expires_at"] > session["server_time"]
    people = (await page.get("/people")).json()["items"]
    assert {"principal": session["principal"], "name": "wang先生", "room_id": str(town.CITY)} in people


async def test_a_wrong_name_and_a_wrong_password_are_one_answer(doors: Doors) -> None:
    await enter(doors, "li", "dispatcher")
    await enter(doors, "closed", "dispatcher", disabled=True)
    answers = [
        await try_login(doors, "li", "something else"),
        await try_login(doors, "nobody at all"),
        await try_login(doors, "closed"),
    ]
    assert {(told.status_code, told.json()["detail"]) for told in answers} == {
        (401, "This name and password do not fit together.")
    }


async def test_five_attempts_a_minute_and_nobody_else_is_held_up(doors: Doors) -> None:
    clock = Clock(doors.runtime.settings.database_url)
    await enter(doors, "zhao", "dispatcher")
    await enter(doors, "qian", "dispatcher")
    for _ in range(5):
        assert (await try_login(doors, "zhao", "guess")).status_code == 401
    told = await try_login(doors, "zhao")
    assert (told.status_code, told.json()["code"]) == (429, "too_many_logins")
    wait_s = int(told.headers["retry-after"])
    assert 0 < wait_s <= 60
    assert f"try again in {wait_s} s" in told.json()["detail"]
    assert (await try_login(doors, "qian")).status_code == 201
    try:
        await clock.forward(timedelta(seconds=61))
        assert (await try_login(doors, "zhao")).status_code == 201
    finally:
        await clock.restore()


async def test_whoever_guesses_from_elsewhere_shuts_nobody_out(doors: Doors) -> None:
    await enter(doors, "cui", "dispatcher")
    for _ in range(5):
        assert (await try_login(doors, "cui", "guess", "10.0.0.66")).status_code == 401
    assert (await try_login(doors, "cui", address="10.0.0.66")).status_code == 429
    assert (await try_login(doors, "cui", address="10.0.0.7")).status_code == 201
    for n in range(5):
        assert (await try_login(doors, "cui", "guess", f"2001:db8::{n}")).status_code == 401
    assert (await try_login(doors, "cui", address="2001:db8::77")).status_code == 429
    assert (await try_login(doors, "cui", address="2001:db8:0:1::77")).status_code == 201


async def test_a_crowd_at_the_door_is_told_to_come_back_and_leaves_room_for_others(doors: Doors) -> None:
    """Nothing is compared for a moment: one address has half of the line, all of them together the whole."""
    await enter(doors, "fan", "dispatcher")
    passwords: Passwords = doors.app.state.passwords
    with ExitStack() as crowd:
        for _ in range(OF_ONE_ADDRESS):
            crowd.enter_context(passwords.place("10.0.0.66"))
        refused = [await try_login(doors, "fan", address="10.0.0.66") for _ in range(6)]
        assert {(told.status_code, told.headers["retry-after"]) for told in refused} == {(503, "2")}
        assert "from this address" in refused[0].json()["detail"]
        assert (await try_login(doors, "fan", address="10.0.0.8")).status_code == 201
        for _ in range(PLACES - OF_ONE_ADDRESS):
            crowd.enter_context(passwords.place("10.0.0.99"))
        told = await try_login(doors, "fan", address="10.0.0.8")
        assert (told.status_code, told.json()["code"]) == (503, "unavailable")
    assert (
        await try_login(doors, "fan", address="10.0.0.66")
    ).status_code == 201  # none of those was counted


async def test_a_name_nobody_has_is_counted_like_any_other(doors: Doors) -> None:
    statuses = [(await try_login(doors, "ghost", "guess")).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]


async def test_signing_in_wipes_the_slate(doors: Doors) -> None:
    await enter(doors, "sun", "dispatcher")
    for _ in range(3):
        for _ in range(4):
            assert (await try_login(doors, "sun", "guess")).status_code == 401
        assert (await try_login(doors, "sun")).status_code == 201


async def test_each_sign_in_is_a_new_session_and_ends_the_one_this_browser_had(doors: Doors) -> None:
    await enter(doors, "zhou", "dispatcher")
    page = await log_in(doors, "zhou")
    old = page.cookie
    told = await page.client.post(f"{API}/session", json={"login": "zhou", "password": PASSWORD})
    assert told.status_code == 201
    assert page.cookie != old
    kept = await doors.visitor({"Cookie": old})
    assert (await kept.get(f"{API}/session")).status_code == 401


async def test_another_sites_page_signs_nobody_in(doors: Doors) -> None:
    await enter(doors, "wu", "dispatcher")
    visitor = await doors.visitor({"Origin": "http://evil.example"})
    told = await visitor.post(f"{API}/session", json={"login": "wu", "password": PASSWORD})
    assert (told.status_code, told.json()["code"]) == (403, "wrong_origin")
    own = await doors.visitor({"Origin": "http://centre"})
    told = await own.post(f"{API}/session", json={"login": "wu", "password": PASSWORD})
    assert told.status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        {"disabled": True},
        {"roles": ["reviewer"]},
        {"room_id": str(town.NORTH)},
        {"password": "another one 110"},
    ],
)
async def test_a_changed_account_is_signed_out_everywhere(doors: Doors, change: dict[str, object]) -> None:
    login = f"zheng{uuid4().hex[:6]}"
    row = await enter(doors, login, "dispatcher")
    page = await log_in(doors, login)
    assert (await page.get("/session")).status_code == 200
    kept = {name: row[name] for name in ("id", "login", "name", "roles", "room_id")}
    told = await (await doors.seat("admin")).put("/admin/users", {"items": [kept | change]}, "*")
    assert told.status_code == 200, told.text
    assert (await page.get("/session")).status_code == 401


async def test_an_account_changed_at_the_moment_of_signing_in_lets_nobody_in(doors: Doors) -> None:
    """The password was right when it was compared; the change commits while the session is being opened."""
    await enter(doors, "bao", "dispatcher")
    runtime = doors.runtime
    async with work(runtime.pool, runtime.centre, Actor(principal=SHELL)) as w:
        await accounts.lock(w.conn)
        account = await accounts.by_login(w.conn, "bao")
        assert account is not None
        await put_accounts(w, [msgspec.structs.replace(account, roles=("reviewer",))], {})
        knocking = asyncio.create_task(try_login(doors, "bao"))
        async with runtime.engine.acquire() as conn:
            while not knocking.done() and not await conn.fetchval(WAITING):
                await asyncio.sleep(0.01)
    told = await knocking
    assert (told.status_code, told.json()["code"]) == (401, "wrong_login")


async def test_ones_own_change_never_undoes_what_an_administrator_has_set_meanwhile(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    await enter(doors, "hou", "dispatcher")
    page = await log_in(doors, "hou")
    passwords: Passwords = doors.app.state.passwords
    reset, hash_ = "what the boss said", passwords.hash

    async def slowly(password: str) -> str:
        await set_password(doors.runtime.settings.database_url, "hou", await hash_(reset))
        return await hash_(password)

    monkeypatch.setattr(passwords, "hash", slowly)
    told = await page.post("/session/password", {"old": PASSWORD, "new": "a new password"})
    assert (told.status_code, told.json()["code"]) == (412, "behind")
    assert (await try_login(doors, "hou", "a new password")).status_code == 401
    assert (await try_login(doors, "hou", reset)).status_code == 201


async def test_an_account_put_in_as_it_stands_signs_nobody_out(doors: Doors) -> None:
    row = await enter(doors, "feng", "dispatcher")
    page = await log_in(doors, "feng")
    admin = await doors.seat("admin")
    listed = await admin.get("/admin/users")
    told = await admin.put("/admin/users", {"items": listed.json()["items"]}, listed.headers["etag"])
    assert told.status_code == 200, told.text
    assert next(one for one in told.json()["items"] if one["login"] == "feng")["version"] == row["version"]
    assert (await page.get("/session")).status_code == 200


async def test_one_changes_ones_own_password_and_only_other_pages_end(doors: Doors) -> None:
    await enter(doors, "chen", "dispatcher")
    here, there = await log_in(doors, "chen"), await log_in(doors, "chen")
    weak = await here.post("/session/password", {"old": PASSWORD, "new": "short"})
    assert (weak.status_code, weak.json()["code"]) == (400, "weak_password")
    wrong = await here.post("/session/password", {"old": "not it", "new": "a new password"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_login")
    told = await here.post("/session/password", {"old": PASSWORD, "new": "a new password"})
    assert told.status_code == 204, told.text
    assert (await here.get("/session")).status_code == 200
    assert (await there.get("/session")).status_code == 401
    assert (await try_login(doors, "chen")).status_code == 401
    assert (await try_login(doors, "chen", "a new password")).status_code == 201


async def test_system_security_and_audit_are_three_people(doors: Doors) -> None:
    admin = await doors.seat("admin")
    row = {"login": "one", "name": "一", "roles": ["admin", "auditor"], "room_id": str(town.CITY)}
    told = await admin.put("/admin/users", {"items": [row]}, "*")
    assert (told.status_code, told.json()["field"]) == (400, "roles")
    assert "three people" in told.json()["detail"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"roles": ["unit"]}, "unit_id"),
        ({"room_id": str(uuid4())}, "room_id"),
        ({"unit_id": str(uuid4())}, "unit_id"),
        ({"login": "two words"}, "login"),
        ({"password": "short"}, "new"),
    ],
)
async def test_an_impossible_account_is_refused_by_its_field(
    doors: Doors, wrong: dict[str, object], field: str
) -> None:
    row = {"login": "han", "name": "韩", "roles": ["dispatcher"], "room_id": str(town.CITY)} | wrong
    told = await (await doors.seat("admin")).put("/admin/users", {"items": [row]}, "*")
    assert (told.status_code, told.json()["field"]) == (400, field), told.text


async def account(doors: Doors, login: str) -> dict[str, Any]:
    """Its row, as it is put in again."""
    items = (await (await doors.seat("admin")).get("/admin/users")).json()["items"]
    return next(one for one in items if one["login"] == login)


async def test_who_looks_after_the_system_is_looked_after_by_another(doors: Doors) -> None:
    """三员分立: an administrator makes no second one, resets no auditor's password, and nobody raises themselves."""
    admin, keeper = await doors.seat("admin"), await doors.seat("security_admin")
    tag = uuid4().hex[:6]
    row = {"name": "某", "room_id": str(town.CITY), "password": PASSWORD}
    for role in ("admin", "security_admin", "auditor"):
        new = row | {"login": f"{role}.{tag}", "roles": [role]}
        told = await admin.put("/admin/users", {"items": [new]}, "*")
        assert (told.status_code, told.json()["code"]) == (403, "not_allowed"), role
        assert "security administrator" in told.json()["detail"]
        assert (await keeper.put("/admin/users", {"items": [new]}, "*")).status_code == 200
        standing = await account(doors, f"{role}.{tag}")
        for change in ({"password": "another one 110"}, {"disabled": True}, {"roles": ["dispatcher"]}):
            told = await admin.put("/admin/users", {"items": [standing | change]}, "*")
            assert told.status_code == 403, (role, change)
    await enter(doors, f"plain{tag}", "dispatcher")
    plain = await account(doors, f"plain{tag}")
    assert (
        await admin.put("/admin/users", {"items": [plain | {"roles": ["admin"]}]}, "*")
    ).status_code == 403
    listed = await admin.get("/admin/users")
    whole = {"items": listed.json()["items"]}
    assert (await admin.put("/admin/users", whole, listed.headers["etag"])).status_code == 200


@pytest.mark.parametrize("role", ["admin", "security_admin"])
async def test_nobody_changes_their_own_account(doors: Doors, role: str) -> None:
    login = f"self{uuid4().hex[:6]}"
    row = {"login": login, "name": "某", "roles": [role], "room_id": str(town.CITY), "password": PASSWORD}
    keeper = await doors.seat("security_admin")
    assert (await keeper.put("/admin/users", {"items": [row]}, "*")).status_code == 200
    page, own = await log_in(doors, login), await account(doors, login)
    for change in ({"roles": ["dispatcher", role]}, {"password": "another one 110"}, {"disabled": True}):
        told = await page.put("/admin/users", {"items": [own | change]})
        assert (told.status_code, told.json()["code"]) == (403, "not_allowed"), change


async def test_an_administrator_reaches_no_further_than_their_rooms(doors: Doors) -> None:
    north, tag = await doors.seat("admin", of=town.NORTH), uuid4().hex[:6]
    await enter(doors, f"city{tag}", "dispatcher")
    await enter(doors, f"north{tag}", "dispatcher", room=town.NORTH)
    above, own = await account(doors, f"city{tag}"), await account(doors, f"north{tag}")
    crew = own | {"roles": ["unit"], "unit_id": str(town.S1)}
    for beyond in (above | {"disabled": True}, own | {"room_id": str(town.CITY)}, crew):
        told = await north.put("/admin/users", {"items": [beyond]}, "*")
        assert (told.status_code, told.json()["code"]) == (403, "not_allowed"), beyond
    assert (await north.put("/admin/users", {"items": [own | {"disabled": True}]}, "*")).status_code == 200


async def test_a_fact_says_what_an_account_may_do_from_now_on_and_not_whose_it_is(doors: Doors) -> None:
    row = await enter(doors, "gu", "dispatcher", name="古无言")
    kept = {name: row[name] for name in ("id", "login", "name", "roles", "room_id")}
    admin = await doors.seat("admin")
    assert (await admin.put("/admin/users", {"items": [kept | {"disabled": True}]}, "*")).status_code == 200
    async with doors.runtime.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT who, body FROM journal WHERE noun = 'account' AND id = $1 ORDER BY version",
            UUID(row["id"]),
        )
    assert [msgspec.json.decode(one["body"]) for one in rows] == [
        {
            "version": n,
            "roles": ["dispatcher"],
            "room_id": str(town.CITY),
            "unit_id": None,
            "disabled": n == 2,
            "password_set": n == 1,
        }
        for n in (1, 2)
    ]
    assert {one["who"] for one in rows} == {admin.principal}


async def test_only_administrators_see_or_change_accounts(doors: Doors) -> None:
    for role in ("dispatcher", "leader", "reviewer"):
        seat = await doors.seat(role)
        assert (await seat.get("/admin/users")).status_code == 403
        assert (await seat.put("/admin/users", {"items": []}, "*")).status_code == 403
    assert (await (await doors.seat("auditor")).get("/admin/users")).status_code == 200
    assert (await (await doors.seat("auditor")).put("/admin/users", {"items": []}, "*")).status_code == 403


async def test_no_password_and_no_name_is_left_where_it_does_not_belong(doors: Doors) -> None:
    password = made_password()
    await enter(doors, "secretive", "dispatcher", name="欧阳无名", password=password)
    await log_in(doors, "secretive", password)
    await try_login(doors, password, password)  # as people do who type too fast
    async with doors.runtime.pool.acquire() as conn:
        tables = [row[0] for row in await conn.fetch(TABLES)]
        rows = [str(row) for table in tables for row in await conn.fetch(f"SELECT t::text FROM {table} t")]
        whole = "".join(rows)
        facts = await conn.fetchval("SELECT string_agg(body::text || who, '') FROM journal")
    assert password not in whole
    assert password.encode().hex() not in whole  # as `bytea` is written
    assert "$argon2id$" in whole
    assert "欧阳无名" not in facts
    assert "secretive" not in facts


async def test_a_crew_works_as_its_unit_does(doors: Doors) -> None:
    await enter(doors, "crew118", "unit", room=town.NORTH, unit_id=str(town.N1))
    page = await log_in(doors, "crew118")
    session = await page.session()
    assert (session["unit_id"], session["room_id"], session["rooms"]) == (str(town.N1), None, [])
    assert [unit["call_sign"] for unit in (await page.get("/units")).json()["items"]] == ["118"]
    incident, dispatcher = await doors.incident(), await doors.seat("dispatcher")
    made = await dispatcher.made(
        f"/incidents/{incident['id']}/assignments", {"orders": [{"unit_id": str(town.N1)}]}, 201
    )
    order = made["items"][0]["id"]
    assert (await page.made(f"/assignments/{order}/accept"))["state"] == "accepted"
    assert (await page.made(f"/assignments/{order}/on-scene"))["state"] == "on_scene"
    assert (await page.get(f"/incidents/{incident['id']}")).status_code == 200
    assert (await page.get("/seats")).status_code == 403
    await page.made(f"/units/{town.N1}/message", {"text": "到了"}, 201)
    assert (await page.made(f"/assignments/{order}/clear", {"result": "handled"}))["state"] == "cleared"
    other = await doors.incident()
    assert (await page.get(f"/incidents/{other['id']}")).status_code == 404

"""Promise: a sign-in link works once, its session lives in a cookie no script can read, changes need the page's token."""

from datetime import timedelta
from uuid import uuid4

from httpx import AsyncClient

from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.doors import API, Doors
from web import auth


async def link(doors: Doors) -> str:
    async with doors.runtime.pool.acquire() as conn:
        return await auth.issue_link(conn, "seat:1", ["dispatcher", "call_taker"], town.CITY)


async def signed_in(doors: Doors) -> AsyncClient:
    visitor = await doors.visitor()
    assert (await visitor.get(await link(doors))).status_code == 303
    return visitor


async def test_a_link_opens_a_session_once(doors: Doors) -> None:
    path = await link(doors)
    visitor, late = await doors.visitor(), await doors.visitor()
    told = await visitor.get(path)
    assert (told.status_code, told.headers["location"]) == (303, "/")
    again = await late.get(path)
    assert (again.status_code, again.json()["code"]) == (404, "link_spent")
    session = (await visitor.get(f"{API}/session")).json()
    assert session["principal"] == "seat:1"
    assert session["roles"] == ["call_taker", "dispatcher"]
    assert session["room_id"] == str(town.CITY)


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(doors: Doors) -> None:
    plain = (await (await doors.visitor()).get(await link(doors))).headers["set-cookie"].lower()
    assert "httponly" in plain
    assert "samesite=strict" in plain
    assert "max-age=43200" in plain
    assert "secure" not in plain
    over_tls = await (await doors.visitor(base="https://centre")).get(await link(doors))
    assert "secure" in over_tls.headers["set-cookie"].lower()


async def test_the_page_is_for_who_is_signed_in(doors: Doors) -> None:
    stranger, visitor = await doors.visitor(), await signed_in(doors)
    outside, inside = await stranger.get("/"), await visitor.get("/")
    assert outside.status_code == inside.status_code == 200
    assert outside.text != inside.text
    for told in (outside, inside):
        assert 'lang="zh-CN"' in told.text
        assert told.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'self'" in told.headers["content-security-policy"]


async def test_a_change_needs_the_pages_token(doors: Doors) -> None:
    visitor = await signed_in(doors)
    token = (await visitor.get(f"{API}/session")).json()["csrf_token"]
    for sent, status in ((None, 403), ("wrong", 403), (token, 201)):
        headers = {"Idempotency-Key": str(uuid4())} | ({"X-CSRF-Token": sent} if sent else {})
        told = await visitor.post(f"{API}/alarms", json={"source": "call"}, headers=headers)
        assert told.status_code == status, told.text
    other = (await (await signed_in(doors)).get(f"{API}/session")).json()["csrf_token"]
    stolen = {"Idempotency-Key": str(uuid4()), "X-CSRF-Token": other}
    assert (await visitor.post(f"{API}/alarms", json={"source": "call"}, headers=stolen)).status_code == 403


async def test_a_key_needs_no_token_and_has_none(doors: Doors) -> None:
    seat = await doors.seat("dispatcher")
    assert (await seat.get("/session")).json()["csrf_token"] is None


async def test_signing_out_ends_the_session(doors: Doors) -> None:
    visitor = await signed_in(doors)
    token = (await visitor.get(f"{API}/session")).json()["csrf_token"]
    cookie = visitor.cookies[auth.COOKIE]
    told = await visitor.delete(f"{API}/session", headers={"X-CSRF-Token": token})
    assert told.status_code == 204
    kept = await doors.visitor({"Cookie": f"{auth.COOKIE}={cookie}"})
    assert (await kept.get(f"{API}/session")).status_code == 401
    assert (await visitor.get(f"{API}/session")).status_code == 401


async def test_a_session_lasts_twelve_hours_at_most(doors: Doors) -> None:
    visitor = await signed_in(doors)
    assert (await visitor.get(f"{API}/session")).status_code == 200
    clock = Clock(doors.runtime.settings.database_url)
    await clock.forward(timedelta(hours=12, seconds=1))
    doors.app.state.doorkeeper.forget()
    assert (await visitor.get(f"{API}/session")).status_code == 401
    await clock.restore()


async def test_an_old_link_opens_nothing(doors: Doors) -> None:
    path = await link(doors)
    clock = Clock(doors.runtime.settings.database_url)
    await clock.forward(timedelta(days=1, seconds=1))
    assert (await (await doors.visitor()).get(path)).status_code == 404
    await clock.restore()

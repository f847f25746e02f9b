"""Promise: whatever is sent, the answer is one clear sentence that names the field, and the next request is served."""

from typing import Any

import pytest

from tests.harness.doors import API, Doors

PLACE = {"lon": 114.02, "lat": 22.54}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{}", "source"),
        (b"", "source"),
        (b'{"source": "pigeon"}', "source"),
        (b'{"source": 7}', "source"),
        (b'{"source": "call", "colour": "red"}', "colour"),
        (b'{"source": "call", "place": {"lon": 1, "lat": 2, "height": 3}}', "place.height"),
        (b'{"source": "call", "caller": {"phone": "1"}}', "caller.phone"),
        (b'{"source": "call", "place": {"lon": "east", "lat": 2}}', "place.lon"),
        (b'{"source": "call", "place": {"lon": 114.02}}', "place"),
        (b'{"source": "call", "place": {"lon": 1e999, "lat": 2}}', "place.lon"),
        (b'{"source": "call", "attach_to": "12"}', "attach_to"),
        (b'{"source": "call", "type": "999999"}', None),
        (b'{"source": "call_point"}', "call_point_id"),
        (b'{"source": "call_point", "call_point_id": "CP-NOWHERE"}', "call_point_id"),
        (b'{"source": "call", "via": "telepathy"}', "via"),
        (b'{"source": "call", "at": "yesterday"}', "at"),
        (b'{"source": "call", "at": "2026-05-01T08:00:00"}', "at"),
        (b'{"source": "call", "at": "0001-01-01T00:00:00Z"}', None),
        (b'{"source": "call", "scheduled_for": "9999-12-31T23:59:59-12:00"}', None),
        (b'{"source": "call", "place": {"lon": 114, "lat": 22, "datum": "MARS"}}', None),
        (b'{"source": "call", "place": {"lon": 114, "lat": 22, "accuracy_m": -5}}', None),
        (b'{"source": "call", "text": "nul \\u0000 inside"}', None),
    ],
)
async def test_a_bad_report_names_its_field(doors: Doors, body: bytes, field: str | None) -> None:
    seat = await doors.seat("call_taker")
    told = await seat.post("/alarms", body)
    problem = told.json()
    assert told.status_code == 400, told.text
    assert told.headers["content-type"] == "application/problem+json"
    assert problem["status"] == 400
    assert problem["code"]
    assert problem["detail"]
    assert problem["type"].endswith(problem["code"])
    if field is not None:
        assert problem["field"] == field
    await seat.made("/alarms", {"source": "call"}, 201)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[1, 2",
        b"[" * 50_000,
        b"\xff\xfe",
        b'{"source": NaN}',
        b'{"source": "call", "priority": Infinity}',
        b"null",
        b"[]",
        b'"x"',
    ],
)
async def test_what_is_no_json_object_is_told_so(doors: Doors, body: bytes) -> None:
    seat = await doors.seat("call_taker")
    told = await seat.post("/alarms", body)
    assert (told.status_code, told.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize(
    "place", [{"lon": 180.1, "lat": 0}, {"lon": 0, "lat": -90.5}, {"lon": 1e308, "lat": 0}]
)
async def test_a_position_out_of_range_is_refused(doors: Doors, place: dict[str, Any]) -> None:
    seat = await doors.seat("call_taker")
    told = await seat.post("/alarms", {"source": "call", "place": place})
    assert (told.status_code, told.json()["code"]) == (400, "bad_position")


async def test_a_claim_of_the_future_is_refused_from_a_person_and_flagged_from_a_device(doors: Doors) -> None:
    body = {"source": "call", "at": "2150-01-01T00:00:00Z"}
    person, device = await doors.seat("call_taker"), await doors.seat("replayer")
    told = await person.post("/alarms", body)
    assert (told.status_code, told.json()["code"]) == (400, "bad_claim")
    alarm = (await device.made("/alarms", body, 201))["alarm"]
    assert alarm["flags"] == ["claim_replaced"]
    assert alarm["claimed_at"] == "2150-01-01T00:00:00.000Z"


async def test_a_body_over_one_megabyte_is_too_large(doors: Doors) -> None:
    seat = await doors.seat("call_taker")
    body = b'{"source": "call", "text": "' + b"x" * 1_000_000 + b'"}'
    told = await seat.post("/alarms", body)
    assert (told.status_code, told.json()["code"]) == (413, "too_large")


async def test_a_stream_of_unknown_length_is_cut_off(doors: Doors) -> None:
    seat = await doors.seat("call_taker")
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        for _ in range(1_000):
            sent += 65_536
            yield b" " * 65_536

    told = await seat.client.post(f"{API}/alarms", content=endless(), headers={"Idempotency-Key": "stream"})
    assert told.status_code == 413


@pytest.mark.parametrize(
    "text",
    [
        "عاجل \u202e تقلب \u202c",
        "zero\u200bwidth\u200djoin",
        "𠮷野家前𡈽",
        "a\\u0000b",
        "<script>alert(1)</script>",
        "'; DROP TABLE alarm; --",
    ],
)
async def test_text_is_kept_as_typed(doors: Doors, text: str) -> None:
    seat = await doors.seat("call_taker")
    body = {"source": "call", "text": text, "place": PLACE | {"address": text}}
    alarm = (await seat.made("/alarms", body, 201))["alarm"]
    read = (await seat.get(f"/incidents/{alarm['incident_id']}")).json()
    assert read["alarms"][0]["text"] == text
    assert read["place"]["address"] == text


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/incidents?limit=0", "limit"),
        ("/incidents?limit=501", "limit"),
        ("/incidents?limit=ten", "limit"),
        ("/incidents?stat=open", "stat"),
        ("/incidents?state=sleeping", "state"),
        ("/incidents?priority=5", "priority"),
        ("/incidents?after=%25%25", "after"),
        ("/incidents?since=2026-05-01T08:00:00", "since"),
        ("/incidents?cell=zz", "cell"),
        ("/incidents?room=00000000-0000-0000-0000-0000000000ff", "room"),
        ("/units?near=114.02", "near"),
        ("/units?near=500,500", None),
        ("/units?after=bm90", "after"),
    ],
)
async def test_a_bad_question_names_its_parameter(doors: Doors, path: str, field: str | None) -> None:
    seat = await doors.seat("dispatcher")
    told = await seat.client.get(API + path)
    assert told.status_code == 400, told.text
    if field is not None:
        assert told.json()["field"] == field


async def test_nul_in_an_address_is_refused(doors: Doors) -> None:
    seat = await doors.seat("dispatcher")
    assert (await seat.client.get(f"{API}/incidents?q=a%00b")).status_code == 400


@pytest.mark.parametrize("key", ["x" * 201, "tab\tkey"])
async def test_a_wild_key_is_refused(doors: Doors, key: str) -> None:
    seat = await doors.seat("call_taker")
    told = await seat.post("/alarms", {"source": "call"}, key=key)
    assert (told.status_code, told.json()["field"]) == (400, "Idempotency-Key")


async def test_every_refusal_is_counted_by_its_code(doors: Doors) -> None:
    seat = await doors.seat("call_taker")
    count = 'cad_http_refusals_total{code="bad_position",status="400"}'

    async def counted() -> float:
        lines = (await seat.client.get("/metrics")).text.splitlines()
        return float(next((line.split()[1] for line in lines if line.startswith(count)), 0))

    before = await counted()
    await seat.post("/alarms", {"source": "call", "place": {"lon": 181, "lat": 0}})
    assert await counted() == before + 1


async def test_a_refused_key_may_be_used_again(doors: Doors) -> None:
    seat = await doors.seat("call_taker")
    assert (await seat.post("/alarms", {"source": "call", "type": "999999"}, key="again")).status_code == 400
    await seat.made("/alarms", {"source": "call"}, 201, key="again")


async def test_a_method_that_is_not_there_is_told_so(doors: Doors) -> None:
    seat = await doors.seat("call_taker")
    told = await seat.client.put(f"{API}/alarms", json={})
    assert (told.status_code, told.json()["code"]) == (405, "method_not_allowed")
    assert "POST" in told.headers["allow"]


async def test_nobody_ever_sees_a_traceback(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    seat = await doors.seat("call_taker")

    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr("web.routes.alarms.prepare", broken)
    told = await seat.post("/alarms", {"source": "call"})
    problem = told.json()
    assert (told.status_code, problem["code"]) == (500, "internal")
    assert problem["error_id"] in problem["detail"]
    assert "secret" not in told.text
    assert "Traceback" not in told.text

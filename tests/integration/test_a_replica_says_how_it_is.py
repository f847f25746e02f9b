"""Promise: alive, ready and counted without a key; the interface describes itself; every answer carries what keeps it safe."""

import re

import pytest

from tests.harness.doors import API, Doors
from web.routes.page import files


async def test_alive_and_ready_need_no_key(doors: Doors) -> None:
    visitor = await doors.visitor()
    assert (await visitor.get("/healthz")).json() == {"alive": True}
    assert (await visitor.get("/readyz")).json() == {"ready": True}


async def test_a_replica_that_waits_says_for_what(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = await doors.visitor()
    monkeypatch.setattr(doors.runtime, "ready", lambda: "3 of 4 units have a fix.")
    told = await visitor.get("/readyz")
    assert (told.status_code, told.json()["code"]) == (503, "not_ready")
    assert told.json()["detail"] == "3 of 4 units have a fix."
    assert int(told.headers["retry-after"]) > 0


async def test_what_is_counted_is_for_prometheus(doors: Doors) -> None:
    told = await (await doors.visitor()).get("/metrics")
    assert told.headers["content-type"].startswith("text/plain")
    assert "cad_feed_seq" in told.text


async def test_the_interface_describes_itself_without_going_elsewhere(doors: Doors) -> None:
    visitor = await doors.visitor()
    document = (await visitor.get("/schema/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert (await visitor.get("/schema")).status_code == 200
    report = document["paths"][f"{API}/alarms"]["post"]
    assert report["tags"] == ["alarms"]
    assert "application/problem+json" in report["responses"]["409"]["content"]
    assert set(document["components"]["securitySchemes"]) == {"key", "session"}
    assert document["paths"]["/healthz"]["get"]["security"] == []
    source = document["components"]["schemas"]["AlarmIn"]["properties"]["source"]
    assert "call_point" in source["enum"]
    assert (await visitor.get("/schema/asyncapi.json")).json()["asyncapi"].startswith("3.")


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/nowhere", "/schema", f"{API}/incidents", "/assets/nothing.js"]
)
async def test_every_answer_is_dressed(doors: Doors, path: str) -> None:
    told = await (await doors.visitor()).get(path)
    assert "default-src 'self'" in told.headers["content-security-policy"]
    assert "unsafe" not in told.headers["content-security-policy"]
    assert told.headers["x-content-type-options"] == "nosniff"
    assert told.headers["x-request-id"]
    if path.startswith(API):
        assert told.headers["cache-control"] == "no-store"


async def test_a_request_keeps_the_id_it_came_with(doors: Doors) -> None:
    visitor = await doors.visitor({"X-Request-Id": "seat-7.42"})
    assert (await visitor.get("/healthz")).headers["x-request-id"] == "seat-7.42"
    forged = await doors.visitor({"X-Request-Id": "a b\x7f"})
    assert (await forged.get("/healthz")).headers["x-request-id"] != "a b\x7f"


@pytest.mark.parametrize(
    "path", ["../app.py", "..%2f..%2fpyproject.toml", "%2e%2e/cli.py", "/etc/passwd", "a%00b.js"]
)
async def test_no_file_but_the_pages_own_is_served(doors: Doors, path: str) -> None:
    told = await (await doors.visitor()).get(f"/assets/{path}")
    assert told.status_code == 404


async def test_the_pages_load_nothing_from_elsewhere_and_are_kept(doors: Doors) -> None:
    visitor = await doors.visitor()
    documents = [name for name in files() if name.endswith(".html")]
    assert {"desk.html", "call.html", "unit.html", "paper.html", "sign_in.html"} <= set(documents)
    for name in documents:
        told = await visitor.get(f"/assets/{name}")
        assert told.status_code == 200, name
        assert "//" not in told.text, name
        again = await visitor.get(f"/assets/{name}", headers={"If-None-Match": told.headers["etag"]})
        assert again.status_code == 304
        for address in re.findall(r'(?:src|href)="(/[^"]+)"', told.text):
            asked = await visitor.get(address)
            assert asked.status_code == 200, address
            assert asked.headers["cache-control"].startswith("public"), address

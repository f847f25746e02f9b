"""Promise: one command brings up a working centre, tells where it is, keeps it up, and leaves nothing behind."""

import asyncio
import os
import signal
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from dispatch.runtime.ports import free_port, is_free
from tests.harness.commands import GUARD_S, Command, data_folder, demo_file, running, start

pytestmark = pytest.mark.slow

UNITS = 30
BUNDLE = [
    "areas.geojson",
    "ground.json",
    "manifest.json",
    "map.osm.pbf",
    "places.msgpack",
    "roads",
    "tiles.pmtiles",
]
ROLES = {"call_taker", "dispatcher", "leader", "reviewer", "admin", "gateway", "replayer"}


@pytest.fixture
async def folder() -> AsyncIterator[Path]:
    async with data_folder() as made:
        yield made


async def read(demo: dict[str, Any], path: str, role: str = "leader", **params: Any) -> Any:
    headers = {"Authorization": f"Bearer {demo['keys'][role]}"}
    async with httpx.AsyncClient(base_url=demo["http"], headers=headers, timeout=30) as client:
        answer = await client.get(f"/api/v1{path}", params=params)
        answer.raise_for_status()
        return answer.json()


async def status_of(url: str) -> int:
    async with httpx.AsyncClient(timeout=30) as client:
        return (await client.get(url)).status_code


def quiet(port: int, folder: Path) -> tuple[object, ...]:
    return ("demo", "--data", folder, "--port", port, "--units", UNITS, "--no-traffic")


def processes_of(folder: Path) -> list[int]:
    """Whatever still works with this directory."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(folder) in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


async def test_it_stands_says_where_and_leaves_nothing_and_no_callers_come_beside_real_incidents(
    folder: Path,
) -> None:
    port = free_port()
    async with running(*quiet(port, folder)) as command:
        demo = await demo_file(folder, command)
        assert (folder / "demo.json").stat().st_mode & 0o777 == 0o600
        assert demo["http"] == f"http://127.0.0.1:{port}"
        assert set(demo["keys"]) == ROLES
        assert await status_of(f"{demo['http']}/readyz") == 200
        assert all(psutil.pid_exists(pid) for pid in demo["pids"].values())

        units = (await read(demo, "/units", limit=500))["items"]
        positioned = [unit for unit in units if unit["fix"] is not None]
        assert len(units) == UNITS
        assert len(positioned) * 5 >= UNITS * 4
        assert {(unit["state"], unit["fix"]["speed"]) for unit in positioned} == {("available", 0.0)}
        assert (await read(demo, "/incidents"))["items"] == []
        assert sorted(file.name for file in (folder / "city").iterdir()) == BUNDLE
        assert len((await read(demo, "/ground"))["streets"]) > 500
        assert len((await read(demo, "/admin/call-points"))["items"]) == 300

        address = (await command.says("page")).split()[1]
        assert await status_of(address) == 303
        assert await status_of(address) >= 400

        await report(demo)
        assert await command.ends(signal.SIGINT) == 0
    assert command.errors == b""
    assert not (folder / "demo.json").exists()
    assert processes_of(folder) == []
    assert is_free(port)

    areas = folder / "city" / "areas.geojson"  # from now on the database holds another city than the demo's
    areas.write_bytes(areas.read_bytes().replace(b'"RHW', b'"XYZ'))
    async with running("demo", "--data", folder, "--port", free_port()) as second:
        assert await second.ends() == 2
    assert second.sentence.startswith("Incidents that no demo made are open here (1, J")
    assert processes_of(folder) == []


async def report(demo: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {demo['keys']['call_taker']}", "Idempotency-Key": "real"}
    async with httpx.AsyncClient(base_url=demo["http"], headers=headers, timeout=30) as client:
        (await client.post("/api/v1/alarms", json={"source": "call", "text": "着火了"})).raise_for_status()


async def test_what_dies_comes_back_and_a_killed_parent_leaves_a_city_that_goes_on(folder: Path) -> None:
    port = free_port()
    async with running(*quiet(port, folder)) as command:
        demo = await demo_file(folder, command)
        before = {unit["id"]: unit["handle"] for unit in (await read(demo, "/units", limit=500))["items"]}
        for name in ("server", "postgres", "nats"):
            os.kill(demo["pids"][name], signal.SIGKILL)
            demo = await renewed(folder, command, name, demo["pids"][name])
        assert await ready_again(demo)
        assert await command.ends(signal.SIGKILL) != 0
    async with running(*quiet(port, folder)) as command:
        old = demo["pids"]
        while (demo := await demo_file(folder, command))["pids"] == old:
            await asyncio.sleep(0.05)
        after = {unit["id"]: unit["handle"] for unit in (await read(demo, "/units", limit=500))["items"]}
        assert after == before
        async with running(*quiet(free_port(), folder)) as second:
            assert await second.ends() == 2
            assert f"{folder} is in use by process" in second.sentence
        assert await command.ends(signal.SIGTERM) == 0
    assert processes_of(folder) == []


async def renewed(folder: Path, command: Command, name: str, old: int) -> dict[str, Any]:
    """demo.json once it names another process."""
    async with asyncio.timeout(GUARD_S):
        while True:
            demo = await demo_file(folder, command)
            if demo["pids"][name] not in (old, None):
                return demo
            await asyncio.sleep(0.05)


async def ready_again(demo: dict[str, Any]) -> bool:
    async with asyncio.timeout(GUARD_S):
        while True:
            try:
                if await status_of(f"{demo['http']}/readyz") == 200:
                    return True
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


async def test_a_port_in_use_is_one_sentence(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = await start(*quiet(port, folder))
        assert await command.ends() == 2
    assert (
        command.sentence
        == f"Port {port} is in use by another program; stop that or choose another with --port."
    )
    assert command.lines == []


async def test_a_directory_with_other_things_in_it_is_one_sentence(folder: Path) -> None:
    (folder / "letters.txt").write_text("private")
    command = await start(*quiet(free_port(), folder))
    assert await command.ends() == 2
    assert "holds other files and none of ours" in command.sentence


def _told_and_gone_to(incident: dict[str, Any]) -> bool:
    """Closed after a unit was on scene, and reported in words: neither a silent press nor settled by telephone."""
    return (
        incident["state"] == "closed"
        and incident["times"]["on_scene"] is not None
        and bool(incident["alarms"][0]["text"])
    )


async def test_callers_patrols_and_the_shift_close_incidents_by_themselves_as_an_exercise(
    folder: Path,
) -> None:
    port, people = free_port(), ("--units", 120, "--speed", 60, "--exercise")
    async with running("demo", "--data", folder, "--port", port, *people) as command:
        demo = await demo_file(folder, command)
        closed: dict[str, Any] | None = None
        async with asyncio.timeout(GUARD_S):
            while closed is None:
                await asyncio.sleep(0.5)
                incidents = (await read(demo, "/incidents", limit=500))["items"]
                assert all(one["exercise"] for one in incidents)
                closed = next((one for one in incidents if _told_and_gone_to(one)), None)
        assert await command.ends(signal.SIGINT) == 0
    async with running("verify", "--data", folder) as proof:
        assert await proof.ends() == 0
    assert proof.lines[-1].startswith("sound: ")


async def test_its_people_sign_in_over_tls_with_a_certificate_of_its_own_at_every_start(folder: Path) -> None:
    port = free_port()
    words = (*quiet(port, folder), "--tls", "self")
    for start_number in (1, 2):
        async with running(*words) as command:
            demo = await demo_file(folder, command)
            assert demo["http"] == f"https://127.0.0.1:{port}"
            await command.says("stop")
            said = [line for line in command.lines if line.startswith("people")]
            assert len(said) == (1 if start_number == 1 else 0)
            roles = {role for person in demo["accounts"] for role in person["roles"]}
            assert roles == {"call_taker", "dispatcher", "leader", "unit", "supervisor", "reviewer", "admin"}
            trust = ssl.create_default_context(cafile=demo["ca"])
            for person in demo["accounts"]:
                async with httpx.AsyncClient(base_url=demo["http"], verify=trust, timeout=30) as client:
                    login = {"login": person["login"], "password": person["password"]}
                    told = await client.post("/api/v1/session", json=login)
                    assert told.status_code == 201, told.text
                    assert told.json()["name"] == person["name"]
                    assert "secure" in told.headers["set-cookie"].lower()
                    assert "strict-transport-security" not in told.headers
                    assert (await client.get("/")).status_code == 200
            assert await command.ends(signal.SIGINT) == 0

"""Once promise: a replica that is killed while it sends has told nobody or everybody, and asked again everybody is told once."""

import asyncio
from uuid import uuid4

import httpx
import pytest

from tests.harness import town
from tests.harness.centre import open_centre

pytestmark = pytest.mark.slow

BROADCASTS = 12
TOLD = """
SELECT about, handle, count(*) FROM radio_message WHERE prompt = 'broadcast' GROUP BY about, handle
"""


async def test_killed_while_sending() -> None:
    async with open_centre(replicas=2) as centre:
        headers = {"Authorization": f"Bearer {centre.keys['leader']}"}
        body = {"kind": "call", "text": "全体注意", "audience": {"rooms": [str(town.CITY)]}}

        async def send(client: httpx.AsyncClient, key: str) -> str:
            """Ask both replicas in turn under one key until one has answered."""
            for turn in range(2_000):
                url = list(centre.replicas.values())[turn % 2].url
                try:
                    told = await client.post(
                        f"{url}/api/v1/broadcasts", json=body, headers=headers | {"Idempotency-Key": key}
                    )
                except httpx.HTTPError:
                    told = None
                if told is not None and told.status_code == 201:
                    return str(told.json()["id"])
                await asyncio.sleep(0.05)
            raise AssertionError("nobody answered")

        async with httpx.AsyncClient(timeout=10) as client:
            sending = [asyncio.create_task(send(client, f"{n}-{uuid4()}")) for n in range(BROADCASTS)]
            pid = centre.pid_of("a")
            assert pid is not None
            await asyncio.sleep(0.02)
            await centre.kill("a")
            ids = await asyncio.gather(*sending)
            await centre.back("a", pid)
        await centre.settled()
        rows = await centre.query(TOLD)
        assert {str(row[0]) for row in rows} == set(ids)
        assert sorted((str(row[0]), row[1], row[2]) for row in rows) == sorted(
            (id_, handle, 1) for id_ in ids for handle in (11, 12, 21, 22)
        )
        assert len(await centre.query("SELECT FROM broadcast")) == BROADCASTS
        assert (await centre.proof()).broken == ()

"""Promise: `dispatch110 serve` listens where it is told, bounds what it reads, speaks TLS, and ends in order on a signal."""

import asyncio
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dispatch.runtime.embedded import Embedded
from dispatch.runtime.ports import free_port
from tests.conftest import remove_streams
from tests.harness import town
from tests.harness.databases import Databases
from web import auth

GUARD_S = 60


class Served:
    """A replica process and how to reach it."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, key: str, link: str) -> None:
        self.process = process
        self.url = url
        self.key = {"Authorization": f"Bearer {key}"}
        self.link = link


@asynccontextmanager
async def served(
    servers: Embedded, databases: Databases, tls: tuple[Path, Path] | None = None
) -> AsyncIterator[Served]:
    async with databases.copy() as url:
        async with asyncpg.create_pool(url, min_size=1, server_settings={"timezone": "UTC"}) as pool:
            await town.build(pool)
            async with pool.acquire() as conn:
                key = (await auth.issue_key(conn, "test", ["call_taker"], town.CITY)).secret
                link = await auth.issue_link(conn, "seat:1", ["dispatcher"], town.CITY)
        port = free_port()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "web.cli", "serve", "--port", str(port), *(("--tls", *map(str, tls)) if tls else ()),
            env=os.environ | servers.environment() | {"DISPATCH_DATABASE_URL": url}, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield Served(process, f"{'https' if tls else 'http'}://127.0.0.1:{port}", key, link)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            await remove_streams(servers.nats_url)


async def ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(GUARD_S):
        while True:
            try:
                if (await client.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_a_replica_from_start_to_end(servers: Embedded, databases: Databases) -> None:
    async with (
        served(servers, databases) as replica,
        httpx.AsyncClient(base_url=replica.url, headers=replica.key, timeout=GUARD_S) as client,
    ):
        await ready(client)
        small = b'{"source": "call"}'
        told = await client.post("/api/v1/alarms", content=small, headers={"Idempotency-Key": "a"})
        assert told.status_code == 201, told.text
        assert told.headers["x-request-id"]
        large = b'{"source": "call", "text": "' + b"x" * 10_000_000 + b'"}'
        told = await client.post("/api/v1/alarms", content=large, headers={"Idempotency-Key": "b"})
        assert told.status_code == 413
        told = await client.post("/api/v1/alarms", content=endless(), headers={"Idempotency-Key": "c"})
        assert told.status_code == 413
        assert (await client.get("/healthz")).status_code == 200
        replica.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(GUARD_S):
            assert await replica.process.wait() == 0


async def endless() -> AsyncIterator[bytes]:
    """A body that would never end by itself, in chunks without a length."""
    for _ in range(200):
        yield b" " * 65_536


@pytest.mark.slow
async def test_over_tls_the_cookie_is_secure(servers: Embedded, databases: Databases, tmp_path: Path) -> None:
    chain, key = certificate(tmp_path)
    trust = ssl.create_default_context(cafile=str(chain))
    async with (
        served(servers, databases, (chain, key)) as replica,
        httpx.AsyncClient(base_url=replica.url, verify=trust, timeout=GUARD_S) as client,
    ):
        await ready(client)
        told = await client.get(replica.link)
        assert told.status_code == 303
        assert "secure" in told.headers["set-cookie"].lower()
        assert (await client.get("/api/v1/session")).json()["principal"] == "seat:1"
        replica.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(GUARD_S):
            assert await replica.process.wait() == 0


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of our own for 127.0.0.1, and its key."""
    from ipaddress import IPv4Address

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "centre")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "cert.pem", folder / "key.pem"
    chain.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return chain, secret

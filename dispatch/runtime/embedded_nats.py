"""nats-server as a child of the centre: fixes, radios and gateways come in through it.

It holds copies and inputs, never the only copy of something accepted: intake over HTTP goes on while it is away, and it is
brought back by itself on the same port with its streams.
"""

import asyncio
import contextlib
import signal
from pathlib import Path

import msgspec
import nats
import nats.errors
import psutil
import structlog

from dispatch.runtime.children import Child, Program
from dispatch.runtime.data_dir import DataDir
from dispatch.runtime.errors import ChildFailed
from dispatch.runtime.leftovers import recorded_process
from dispatch.runtime.nats_config import CENTRE, gateway_user, server_config, with_gateways
from dispatch.runtime.ports import LOOPBACK, free_port, listens
from dispatch.runtime.programs import Programs

log = structlog.get_logger(__name__)

# What nats-server says when it has read its file again.
TAKEN = b"Reloaded server configuration"
REFUSED = b"Failed to reload server configuration"
RELOADED_WITHIN_S = 20.0


class EmbeddedNats:
    """One nats-server with its streams below DIR/nats.

    Args:
        data: the data directory, taken into use.
        programs: where nats-server lies.
        prefixes: what stands before `cad` in this centre's subjects, each ending in a dot or empty.
    """

    def __init__(self, data: DataDir, programs: Programs, prefixes: tuple[str, ...] = ("",)) -> None:
        self._data = data
        self._programs = programs
        self._prefixes = prefixes
        self._passwords = {name: data.secret(f"nats.{name}") for name in (CENTRE, "system")}
        self.port = free_port()
        self.child = Child(self._server())

    @property
    def url(self) -> str:
        """The centre's own door, with its credentials."""
        return f"nats://{CENTRE}:{self._passwords[CENTRE]}@{LOOPBACK}:{self.port}"

    async def start(self) -> None:
        """Start it and wait until streams can be used.

        Raises:
            ChildFailed: it ended or was not ready in time.
        """
        await self.child.start()

    async def add_gateway(self, name: str, public_nkey: str) -> None:
        """Let a gateway in by its public nkey, now and at every later start; the same name again replaces its key.

        Raises:
            SettingsInvalid: the name or the key is none.
        """
        await admit_gateway(self._data, name, public_nkey, self._prefixes)

    def _server(self) -> Program:
        data = self._data
        return Program(
            name="nats-server",
            argv=(str(self._programs.nats_server), "-c", str(data.nats / "nats.conf")),
            cwd=data.nats,
            log=data.log / "nats.log",
            record=data.run / "nats.json",
            account=data.account,
            ready=self._serves,
            prepare=self._prepare,
            stop_within_s=15.0,
        )

    async def _prepare(self) -> None:
        self._write_config()

    def _write_config(self) -> None:
        gateways = registered_gateways(self._data)
        text = server_config(
            self.port, str(self._data.nats / "streams"), self._passwords, gateways, self._prefixes
        )
        self._data.write(self._data.nats / "nats.conf", text, served=True)

    async def _serves(self) -> bool:
        if not await asyncio.to_thread(listens, self.port):
            return False
        try:
            async with asyncio.timeout(5.0):
                client = await nats.connect(
                    self.url, allow_reconnect=False, connect_timeout=2, error_cb=_quiet
                )
                try:
                    await client.jetstream().account_info()
                finally:
                    await client.close()
        except (OSError, TimeoutError, nats.errors.Error, nats.js.errors.Error):
            return False
        return True


async def _quiet(_: Exception) -> None:
    """A server that is still starting refuses; asking again is the answer."""


def registered_gateways(data: DataDir) -> dict[str, str]:
    """Public nkey of every gateway that may come in, by name."""
    path = data.secrets / "gateways.json"
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str]) if path.exists() else {}


async def admit_gateway(
    data: DataDir, name: str, public_nkey: str, prefixes: tuple[str, ...] = ("",)
) -> None:
    """Let a gateway in at every start from now on, and at once if the server of this data directory runs.

    Works beside the running centre too, from the command line. Whoever is connected stays connected.

    Raises:
        SettingsInvalid: the name or the key is none.
        ChildFailed: the server did not take its new configuration; the message names its log.
    """
    gateway_user(name, public_nkey, prefixes)  # refuses what can't be used
    known = {**registered_gateways(data), name: public_nkey}
    data.write(data.secrets / "gateways.json", msgspec.json.encode(known).decode())
    path = data.nats / "nats.conf"
    if path.exists():
        text = with_gateways(path.read_text(encoding="utf-8"), known, prefixes)
        data.write(path, text, served=True)
        if (server := recorded_process(data.run / "nats.json")) is not None:
            await _reload(server, data.log / "nats.log")


async def _reload(server: psutil.Process, server_log: Path) -> None:
    """Have the server read its file again, and wait until it says so: who connects meanwhile is turned away."""
    before = await asyncio.to_thread(server_log.read_bytes)
    with contextlib.suppress(psutil.NoSuchProcess):
        server.send_signal(signal.SIGHUP)
    said = b""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(RELOADED_WITHIN_S):
            while TAKEN not in said and REFUSED not in said:
                await asyncio.sleep(0.02)
                said = (await asyncio.to_thread(server_log.read_bytes))[len(before) :]
    if TAKEN not in said:
        raise ChildFailed(
            f"nats-server did not take its new configuration; the end of {server_log} says why."
        )
    log.info("nats_reloaded", pid=server.pid)

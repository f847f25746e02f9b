"""One replica as a server: the socket is ours before anything else starts, and a signal ends it in order.

uvicorn speaks HTTP and WebSocket on uvloop; permessage-deflate is off, because compressing positions for every console
costs forty times the processor they need otherwise.
"""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Iterator
from types import FrameType

import structlog
import uvicorn
from litestar import Litestar

from dispatch.runtime import migrate
from dispatch.runtime.bootstrap import open_runtime
from dispatch.runtime.errors import RuntimeRefused, SchemaRefused
from dispatch.runtime.postgres import wait_for_database
from dispatch.runtime.settings import Settings
from web.app import create_app
from web.certificates import Certificate
from web.corked import CorkedProtocol

log = structlog.get_logger(__name__)

BACKLOG = 2_048
GRACE_S = 5
DATABASE_PATIENCE_S = 10.0
WEBSOCKET_BYTES = 65_536
PING_S = 5.0
"""A seat whose line is dead is known within ten seconds, so that it can be covered for."""


class _Server(uvicorn.Server):
    """A server that only asks to end on SIGINT and SIGTERM: what lies beneath is closed by its own block."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A second signal does not wait for open connections."""
        del sig, frame
        self.force_exit = self.should_exit
        self.should_exit = True


def take_address(host: str, port: int) -> socket.socket:
    """Listen there, or raise RuntimeRefused. A listening socket queues what comes before the replica is up."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as taken:
        reason = getattr(taken, "strerror", None) or str(taken)
        raise RuntimeRefused(
            f"Can't listen on {host} port {port}: {reason.lower()}; choose another with --host or --port."
        ) from taken


async def serve(settings: Settings, host: str, port: int, certificate: Certificate | None = None) -> None:
    """Serve until a signal. Raises RuntimeRefused, SettingsInvalid, DatabaseUnreachable or SchemaRefused in one sentence."""
    with take_address(host, port) as listening:
        await wait_for_database(settings.database_url, DATABASE_PATIENCE_S)
        state = await migrate.check(settings.database_url)
        if not state.up_to_date:
            raise SchemaRefused(
                f"The database lacks {', '.join(state.missing)}; bring it up to date with: dispatch110 migrate"
            )
        async with open_runtime(settings) as runtime:
            log.info("serving", host=host, port=listening.getsockname()[1], tls=certificate is not None)
            await _Server(_config(create_app(runtime, insist=_vouched(certificate)), certificate)).serve(
                [listening]
            )
            log.info("stopping")


def _vouched(certificate: Certificate | None) -> bool:
    return certificate is not None and not certificate.self_signed


def _config(app: Litestar, certificate: Certificate | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="none",
        http=CorkedProtocol,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=WEBSOCKET_BYTES,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        lifespan="on",
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_S,
        ssl_certfile=certificate.chain if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
    )

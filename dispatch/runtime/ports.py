"""Free loopback ports for servers that come and go on one machine.

Chosen below the range from which the system takes the ports of outgoing connections: while a server is being restarted,
a client that keeps knocking could otherwise be given the server's own port and keep it.
"""

import contextlib
import secrets
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
LOWEST = 15_000
DEFAULT_EPHEMERAL = 32_768
EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """A TCP port on which nobody listens now."""
    highest = _first_ephemeral()
    for _ in range(200):
        port = LOWEST + secrets.randbelow(max(1, highest - LOWEST))
        if is_free(port):
            return port
    with socket.socket() as anywhere:
        anywhere.bind((LOOPBACK, 0))
        return int(anywhere.getsockname()[1])


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError:
            return False
        return True


def listens(port: int) -> bool:
    """Whether somebody accepts connections on this loopback port."""
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=2.0):
        return True
    return False


def _first_ephemeral() -> int:
    try:
        first = int(EPHEMERAL_RANGE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return DEFAULT_EPHEMERAL
    return first if first > LOWEST + 1_000 else DEFAULT_EPHEMERAL

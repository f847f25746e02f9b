"""Redis as a peer of the nearest search: GEOADD and GEOSEARCH over a local socket.

Asked twice: through redis-py with hiredis, as a program would, and by bytes on a bare socket, the least a question can cost.
Started from the Debian package `redis-server`; without it the peer is skipped. Only available units are in the set,
as a system built on Redis would keep it, and the radius starts where ten units are to be expected.
"""

import math
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import redis as redis_py

from load_tests.rows import Skipped

MOST_M = 200_000.0


class Redis:
    """A connection to a Redis that is alone on its data."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._answers = self._socket.makefile("rb", buffering=1 << 16)
        self._client = redis_py.Redis(unix_socket_path=str(path))
        self._radius_m = 500.0

    def fill(
        self, handles: Sequence[int], lon: Sequence[float], lat: Sequence[float], area_km2: float
    ) -> None:
        """Replace everything by these (available) units of a city of this size."""
        self._ask("FLUSHALL")
        for start in range(0, len(handles), 500):
            part = slice(start, start + 500)
            self.move(handles[part], lon[part], lat[part])
        self._radius_m = 1.5 * 1000 * math.sqrt(10 * area_km2 / math.pi / len(handles))

    def move(self, handles: Sequence[int], lon: Sequence[float], lat: Sequence[float]) -> None:
        """One batch of fixes."""
        words = [word for row in zip(lon, lat, handles, strict=True) for word in map(str, row)]
        self._ask("GEOADD", "units", *words)

    def nearest(self, lon: float, lat: float, k: int) -> list[int]:
        """Handles of the k nearest units through redis-py: a radius, doubled until it holds enough."""
        radius_m = self._radius_m
        while True:
            found = self._client.geosearch(
                "units", longitude=lon, latitude=lat, radius=radius_m, unit="m", sort="ASC", count=k
            )
            assert isinstance(found, list)
            if len(found) >= k or radius_m > MOST_M:
                return [int(str(handle, "ascii")) for handle in found if isinstance(handle, bytes)]
            radius_m *= 2

    def nearest_bare(self, lon: float, lat: float, k: int) -> list[int]:
        """The same without a client library."""
        radius_m = self._radius_m
        where = ("GEOSEARCH", "units", "FROMLONLAT", str(lon), str(lat), "BYRADIUS")
        while True:
            found = self._ask(*where, f"{radius_m:.0f}", "m", "ASC", "COUNT", str(k))
            assert isinstance(found, list)
            if len(found) >= k or radius_m > MOST_M:
                return [int(str(handle)) for handle in found]
            radius_m *= 2

    def _ask(self, *words: str) -> object:
        parts = b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in (word.encode() for word in words))
        self._socket.sendall(b"*%d\r\n%s" % (len(words), parts))
        return self._read()

    def _read(self) -> object:
        line = self._answers.readline()
        kind, rest = line[:1], line[1:-2]
        match kind:
            case b"*":
                return [self._read() for _ in range(int(rest))]
            case b"$":
                return self._answers.read(int(rest) + 2)[:-2].decode()
            case b"-":
                raise RuntimeError(rest.decode())
            case _:
                return rest.decode()

    def close(self) -> None:
        self._client.close()
        self._answers.close()
        self._socket.close()


@contextmanager
def redis() -> Iterator[Redis]:
    """A Redis of our own, gone afterwards. Skipped when its package is not installed."""
    program = shutil.which("redis-server")
    if program is None:
        raise Skipped("Redis is not installed (Debian: apt-get install redis-server)")
    folder = Path(tempfile.mkdtemp(prefix="peer-redis-"))
    path = folder / "socket"
    options = [
        "--port",
        "0",
        "--unixsocket",
        str(path),
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        str(folder),
    ]
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        client = _connect(path, server)
        yield client
        client.close()
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _connect(path: Path, server: "subprocess.Popen[bytes]") -> Redis:
    for _ in range(100):
        if server.poll() is not None:
            break
        try:
            return Redis(path)
        except OSError:
            time.sleep(0.1)
    raise Skipped("redis-server did not start")

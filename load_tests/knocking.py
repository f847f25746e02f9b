"""`python -m load_tests.knocking PORT KEY CLIENTS COUNT TAG`: post alarms from so many clients that each wait for an answer.

A process of its own that costs little: requests lie ready as bytes, answers are only counted. Prints one line of JSON.
"""

import random
import selectors
import socket
import sys
import time

import msgspec

from dispatch.runtime.ports import LOOPBACK


class Knocked(msgspec.Struct, frozen=True):
    """What came of it: answered with 201 a second, how long each took, how many were answered otherwise."""

    rate: float
    p50_ms: float
    p99_ms: float
    refused: int


def requests(key: str, count: int, tag: str) -> list[bytes]:
    """So many reports by different callers, spread over the small town."""
    chance = random.Random(110)
    made = []
    for n in range(count):
        body = msgspec.json.encode(
            {
                "source": "call", "type": "200100", "text": f"有人打架 {n}", "caller": {"number": f"138{n:08d}"},
                "place": {"lon": 114.0 + chance.random() / 10, "lat": 22.52 + chance.random() / 25, "address": f"某路{n}号"},
            }
        )  # fmt: skip
        head = (
            f"POST /api/v1/alarms HTTP/1.1\r\nHost: {LOOPBACK}\r\nAuthorization: Bearer {key}\r\n"
            f"Idempotency-Key: {tag}-{n}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


class _Client:
    """One connection with at most one request on its way."""

    def __init__(self, port: int) -> None:
        self.line = socket.create_connection((LOOPBACK, port))
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0
        self._answer = b""

    def ask(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.line.sendall(request)

    def answered(self) -> bool | None:
        """None: not yet whole; else whether it was 201."""
        self._answer += self.line.recv(65536)
        head, blank, body = self._answer.partition(b"\r\n\r\n")
        if not blank:
            return None
        length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        if len(body) < length:
            return None
        self._answer = b""
        return head.startswith(b"HTTP/1.1 201")


def knock(port: int, clients: int, asked: list[bytes]) -> Knocked:
    """Post all of them."""
    waiting, refused = iter(asked), 0
    took: list[float] = []
    with selectors.DefaultSelector() as ready:
        began = time.perf_counter()
        for request in (next(waiting) for _ in range(min(clients, len(asked)))):
            client = _Client(port)
            ready.register(client.line, selectors.EVENT_READ, client)
            client.ask(request)
        while len(took) < len(asked):
            for event, _ in ready.select():
                client = event.data
                accepted = client.answered()
                if accepted is None:
                    continue
                took.append(time.perf_counter() - client.sent_at)
                refused += not accepted
                following = next(waiting, None)
                if following is not None:
                    client.ask(following)
        whole_s = time.perf_counter() - began
    took.sort()
    return Knocked(
        (len(asked) - refused) / whole_s,
        took[len(took) // 2] * 1000,
        took[int(len(took) * 0.99)] * 1000,
        refused,
    )


if __name__ == "__main__":
    _port, _key, _clients, _count, _tag = sys.argv[1:]
    sys.stdout.buffer.write(
        msgspec.json.encode(knock(int(_port), int(_clients), requests(_key, int(_count), _tag)))
    )

"""Bodies that were valid once: values swapped for evil ones, fields lost and invented, bytes flipped; seeded and bounded."""

import copy
import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec

EVIL: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 5, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**40, 0.5, -0.0, 1e-320, 1e308, 180.0001,
    "", " ", "0", "null", "NaN", "Infinity", "a\x00b", "\u202e反\u202c", "𠮷", "zero\u200bwidth", "\ufeff", "x" * 201,
    "x" * 10_001, "'; DROP TABLE alarm; --", "%s%n%00", "../../etc/passwd", "${7*7}", "<b>", "\\", '"', "\n\r\t",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999-23:59", "2026-02-30T00:00:00Z", "2026-05-01T08:00:00",
    "2150-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2016-12-31T23:59:60Z", "2026-05-01", "PT5M", "1e5",
    str(UUID(int=0)), str(UUID(int=2**128 - 1)), "{" + str(UUID(int=1)) + "}", "urn:uuid:" + str(UUID(int=1)),
    [], {}, [None], [[]], {"": ""}, {"a": {"b": {"c": []}}}, ["x"] * 1_000, list(range(300)),
    "call", "call_point", "CP-N", "200100", "300000", "999999", "WGS84", "GCJ02", "order", "handled", "console",
)  # fmt: skip
TOKENS = (
    b"NaN",
    b"Infinity",
    b"1e999",
    b"\x00",
    b"\xff",
    b"\\ud800",
    b"\\u0000",
    b"[",
    b"{",
    b'"',
    b",",
    b"//",
)


def paths_of(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    found = [at]
    if isinstance(value, dict):
        found += [path for name, one in value.items() for path in paths_of(one, (*at, name))]
    elif isinstance(value, list):
        found += [path for n, one in enumerate(value[:8]) for path in paths_of(one, (*at, n))]
    return found


def _changed(value: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    if not path:
        return value
    value = copy.deepcopy(value)
    owner = value
    for step in path[:-1]:
        owner = owner[step]
    change(owner, path[-1])
    return value


def mutated(body: Any, chance: random.Random, more: tuple[Any, ...]) -> bytes:
    """The body with one to three things wrong, perhaps. `more`: values besides EVIL, such as ids that exist."""
    for _ in range(chance.randint(1, 3)):
        path = chance.choice(paths_of(body))
        evil = chance.choice(more if more and chance.random() < 0.3 else EVIL)
        match chance.randrange(6):
            case 0 | 1 | 2:
                body = _changed(body, path, lambda owner, step, evil=evil: owner.__setitem__(step, evil))  # type: ignore[misc]
            case 3:
                body = _changed(body, path, lambda owner, step: owner.__delitem__(step))
            case 4 if isinstance(body, dict):
                body = body | {chance.choice(("colour", "", "id", "version", "at", "reason", "via")): evil}
            case _:
                body = evil if chance.random() < 0.05 else body
    data = msgspec.json.encode(body)
    return _bitten(data, chance) if chance.random() < 0.25 else data


def _bitten(data: bytes, chance: random.Random) -> bytes:
    """With bytes flipped, cut off or put in."""
    at = chance.randrange(len(data) + 1)
    match chance.randrange(3):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + chance.choice(TOKENS) + data[at:]
        case _:
            return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]

"""Everything that differs from one deployment to another, read once from the environment into one frozen value.

A replica that is told nonsense says so before it takes in its first alarm; nothing reads the environment after this.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from dispatch.runtime.errors import SettingsInvalid

MASTER_KEY_BYTES = 32
SUBJECT_PREFIX = re.compile(r"(?:[A-Za-z0-9_-]+\.)*")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What one replica is told.

    Attributes:
        database_url: postgresql://user:password@host:port/database
        nats_url: nats://user:password@host:port
        master_key_file: the 32 bytes (raw, or 64 hexadecimal digits) that wrap the key of every incident.
        city: path of the city's bundle; None: the city that the database holds.
        subject_prefix: stands before `cad` in every NATS subject; empty or ending in a dot.
        pool_size: most connections that serve requests.
        engine_pool_size: most connections of relay, timers and intake.
        log_level: debug, info, warning or error.
        time_zone: of the city, for the day in numbers (IANA name).
        anchor_file: where the ledger's heads are written now and then, outside the database; None: nowhere.
        track_days: how many days the tracks of units on duty are kept; 0: none are.
        broadcast_days: how many days after its end the words and marks of a broadcast are kept.
        pace: how many times as fast as life simulated units move here; what is too fast to be true rises with it.
        await_fixes: how many units must have a fix before the replica calls itself ready.
    """

    database_url: str
    nats_url: str
    master_key_file: Path
    city: Path | None = None
    subject_prefix: str = ""
    pool_size: int = 20
    engine_pool_size: int = 8
    log_level: str = "info"
    time_zone: str = "Asia/Shanghai"
    anchor_file: Path | None = None
    track_days: int = 30
    broadcast_days: int = 30
    pace: float = 1.0
    await_fixes: int = 0


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process.

    Args:
        environment: instead of the process's own, for tests.

    Raises:
        SettingsInvalid: one sentence that names the variable and what it should hold.
    """
    given = {name: value.strip() for name, value in (environment or os.environ).items() if value.strip()}
    city = given.get("DISPATCH_CITY")
    return Settings(
        database_url=_database_url(given),
        nats_url=_url(given, "DISPATCH_NATS_URL", ("nats", "tls"), "nats://user:password@host:4222"),
        master_key_file=Path(
            _needed(given, "DISPATCH_MASTER_KEY_FILE", "the path of a file with 32 random bytes")
        ),
        city=Path(city) if city else None,
        subject_prefix=_prefix(given.get("DISPATCH_SUBJECT_PREFIX", "")),
        pool_size=_count(given, "DISPATCH_POOL_SIZE", 20),
        engine_pool_size=_count(given, "DISPATCH_ENGINE_POOL_SIZE", 8),
        log_level=_one_of(given, "DISPATCH_LOG_LEVEL", ("info", "debug", "warning", "error")),
        time_zone=_zone(given.get("DISPATCH_TIME_ZONE", "Asia/Shanghai")),
        anchor_file=Path(anchor) if (anchor := given.get("DISPATCH_ANCHOR_FILE")) else None,
        track_days=_count(given, "DISPATCH_TRACK_DAYS", 30, (0, 3_660)),
        broadcast_days=_count(given, "DISPATCH_BROADCAST_DAYS", 30, (0, 3_660)),
        pace=_pace(given.get("DISPATCH_PACE", "1")),
        await_fixes=_count(given, "DISPATCH_AWAIT_FIXES", 0, (0, 1_000_000)),
    )


def read_database_url(environment: Mapping[str, str] | None = None) -> str:
    """The database alone, for a command that needs nothing else. Raises SettingsInvalid."""
    given = {name: value.strip() for name, value in (environment or os.environ).items() if value.strip()}
    return _database_url(given)


def read_anchor_file(environment: Mapping[str, str] | None = None) -> Path | None:
    """Where the ledger's heads are written, if anywhere."""
    anchor = (environment or os.environ).get("DISPATCH_ANCHOR_FILE", "").strip()
    return Path(anchor) if anchor else None


def read_master_key(path: Path) -> bytes:
    """The 32 bytes that wrap the key of every incident.

    Raises:
        SettingsInvalid: the file is missing, unreadable, or holds something else.
    """
    try:
        raw = path.read_bytes()
    except OSError as missing:
        reason = (missing.strerror or "unreadable").lower()
        raise SettingsInvalid(
            f"DISPATCH_MASTER_KEY_FILE names {path}, which can't be read: {reason}."
        ) from missing
    if len(raw) == MASTER_KEY_BYTES:
        return raw
    try:
        key = bytes.fromhex(raw.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != MASTER_KEY_BYTES:
        raise SettingsInvalid(
            f"DISPATCH_MASTER_KEY_FILE names {path}, which holds neither 32 bytes nor 64 hexadecimal digits."
        )
    return key


def without_password(url: str) -> str:
    """A URL as it may be shown and logged."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _needed(given: Mapping[str, str], name: str, example: str) -> str:
    if name not in given:
        raise SettingsInvalid(
            f"{name} is not set; give it {example}, or use `dispatch110 demo`, which brings its own servers."
        )
    return given[name]


def _url(given: Mapping[str, str], name: str, schemes: tuple[str, ...], example: str) -> str:
    url = _needed(given, name, f"an address such as {example}")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingsInvalid(
            f"{name} is no address such as {example}."
        )  # never quoted: it may hold a password
    return url


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsInvalid(
            f"DISPATCH_TIME_ZONE is {name!r}, which is no IANA time zone such as Asia/Shanghai."
        ) from error
    return name


def _database_url(given: Mapping[str, str]) -> str:
    return _url(
        given,
        "DISPATCH_DATABASE_URL",
        ("postgresql", "postgres"),
        "postgresql://user:password@host:5432/name",
    )


def _prefix(text: str) -> str:
    dotted = f"{text}." if text and not text.endswith(".") else text
    if not SUBJECT_PREFIX.fullmatch(dotted):
        raise SettingsInvalid(
            f"DISPATCH_SUBJECT_PREFIX is {text!r}; it may hold letters, digits, - and _ in parts that are divided by dots."
        )
    return dotted


def _count(given: Mapping[str, str], name: str, otherwise: int, within: tuple[int, int] = (1, 1000)) -> int:
    text = given.get(name, str(otherwise))
    least, most = within
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise SettingsInvalid(f"{name} is {text!r}; it must be a whole number from {least} to {most}.")
    return int(text)


def _pace(text: str) -> float:
    try:
        pace = float(text)
    except ValueError:
        pace = 0.0
    if not 0.1 <= pace <= 10_000.0:
        raise SettingsInvalid(f"DISPATCH_PACE is {text!r}; it must be a number from 0.1 to 10000.")
    return pace


def _one_of(given: Mapping[str, str], name: str, words: tuple[str, ...]) -> str:
    word = given.get(name, words[0]).lower()
    if word not in words:
        raise SettingsInvalid(f"{name} is {word!r}; it must be one of {', '.join(sorted(words))}.")
    return word

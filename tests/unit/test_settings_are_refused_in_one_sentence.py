"""Settings promise: what is wrong is named with its remedy, and no password is ever repeated."""

from pathlib import Path

import pytest

from dispatch.runtime.errors import SettingsInvalid
from dispatch.runtime.settings import read_master_key, read_settings, without_password

GOOD = {
    "DISPATCH_DATABASE_URL": "postgresql://dispatch:geheim@db:5432/dispatch110",
    "DISPATCH_NATS_URL": "nats://centre:geheim@nats:4222",
    "DISPATCH_MASTER_KEY_FILE": "/run/secrets/master.key",
}


def test_three_settings_are_enough() -> None:
    settings = read_settings(GOOD)
    assert settings.database_url == GOOD["DISPATCH_DATABASE_URL"]
    assert settings.subject_prefix == ""
    assert settings.city is None


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_one_is_named(name: str) -> None:
    with pytest.raises(SettingsInvalid, match=f"^{name} is not set; give it .*"):
        read_settings({key: value for key, value in GOOD.items() if key != name})
    with pytest.raises(SettingsInvalid, match=f"^{name} is not set"):
        read_settings({**GOOD, name: "  "})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DISPATCH_DATABASE_URL", "mysql://a:geheim@b/c"),
        ("DISPATCH_DATABASE_URL", "postgresql:///nohost"),
        ("DISPATCH_DATABASE_URL", "postgresql://a:geheim@b:99999/c"),
        ("DISPATCH_NATS_URL", "geheim"),
        ("DISPATCH_SUBJECT_PREFIX", "a b"),
        ("DISPATCH_SUBJECT_PREFIX", "a.*."),
        ("DISPATCH_SUBJECT_PREFIX", "..a"),
        ("DISPATCH_POOL_SIZE", "0"),
        ("DISPATCH_POOL_SIZE", "many"),
        ("DISPATCH_POOL_SIZE", "٣"),
        ("DISPATCH_ENGINE_POOL_SIZE", "-1"),
        ("DISPATCH_LOG_LEVEL", "loud"),
        ("DISPATCH_TRACK_DAYS", "for ever"),
        ("DISPATCH_BROADCAST_DAYS", "for ever"),
        ("DISPATCH_PACE", "0"),
        ("DISPATCH_PACE", "nan"),
    ],
)
def test_a_wrong_value_is_named_and_a_password_is_not_repeated(name: str, value: str) -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        read_settings({**GOOD, name: value})
    assert str(refusal.value).startswith(f"{name} is ")
    assert "geheim" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("given", "prefix"), [("", ""), ("north", "north."), ("north.", "north."), ("a.b-1", "a.b-1.")]
)
def test_a_prefix_ends_in_a_dot(given: str, prefix: str) -> None:
    assert read_settings({**GOOD, "DISPATCH_SUBJECT_PREFIX": given}).subject_prefix == prefix


def test_a_url_is_shown_without_its_password() -> None:
    assert without_password(GOOD["DISPATCH_DATABASE_URL"]) == "postgresql://db:5432/dispatch110"
    assert without_password("nats://localhost:4222") == "nats://localhost:4222"


def test_a_master_key_is_32_bytes_raw_or_written(tmp_path: Path) -> None:
    raw, written = tmp_path / "raw", tmp_path / "written"
    raw.write_bytes(bytes(range(32)))
    written.write_text(bytes(range(32)).hex() + "\n")
    assert read_master_key(raw) == read_master_key(written) == bytes(range(32))


@pytest.mark.parametrize("content", [b"", b"short", bytes(31), bytes(33), b"zz" * 32, b"00" * 31])
def test_anything_else_is_no_master_key(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(SettingsInvalid, match="holds neither 32 bytes nor 64 hexadecimal digits"):
        read_master_key(path)


def test_a_missing_master_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="which can't be read: no such file or directory"):
        read_master_key(tmp_path / "none")

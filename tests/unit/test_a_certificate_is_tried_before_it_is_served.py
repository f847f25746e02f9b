"""Promise: what is wrong with a certificate or its key is one sentence that names the file, before anything starts."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from dispatch.runtime.errors import RuntimeRefused
from web.certificates import Certificate, is_fresh, made_certificate


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate of our own and its key."""
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    made, secret = made_certificate()
    chain.write_text(made)
    key.write_text(secret)
    return chain, key


def refused(chain: Path, key: Path) -> str:
    with pytest.raises(RuntimeRefused) as why:
        Certificate(chain, key)
    sentence = str(why.value)
    assert "\n" not in sentence
    return sentence


def test_one_of_our_own_can_be_served_and_is_known_as_such(files: tuple[Path, Path]) -> None:
    assert Certificate(*files).self_signed
    assert is_fresh(files[0])


def test_a_missing_file_is_named(files: tuple[Path, Path], tmp_path: Path) -> None:
    chain, key = files
    assert "nowhere.pem can't be read" in refused(tmp_path / "nowhere.pem", key)
    assert "nowhere.pem can't be read" in refused(chain, tmp_path / "nowhere.pem")
    assert not is_fresh(tmp_path / "nowhere.pem")


def test_a_file_of_something_else_is_named(files: tuple[Path, Path], tmp_path: Path) -> None:
    chain, key = files
    assert "holds no certificate" in refused(key, key)
    assert "holds no private key" in refused(chain, chain)


def test_a_key_of_another_certificate_is_said(files: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_text(made_certificate()[1])
    assert "belongs to another certificate" in refused(files[0], other)


def test_a_locked_key_is_said_instead_of_asked_for(files: tuple[Path, Path], tmp_path: Path) -> None:
    key = serialization.load_pem_private_key(files[1].read_bytes(), None)
    locked = tmp_path / "locked.pem"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    assert "locked with a passphrase" in refused(files[0], locked)

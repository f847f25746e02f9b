"""People kept apart: names, numbers and texts are sealed with a key of their incident and lie outside every fact.

The key is derived from the centre's master key and a salt kept per incident; dropping the salt erases what it sealed,
and the journal still verifies because facts hold only row ids. AES-256-GCM, 96-bit random nonce (NIST SP 800-38D).
"""

import hmac
import os
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class Caller(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who reported, as far as they said. place: their own position, apart from the incident's."""

    number: str | None = None
    name: str | None = None
    safe_number: str | None = None
    place: dict[str, object] | None = None


class Seal:
    """Seals and opens; `master` is the centre's 32-byte key, read once at the start."""

    def __init__(self, master: bytes) -> None:
        if len(master) != 32:
            raise ValueError("The master key must be exactly 32 bytes.")
        self._master = master
        self._numbers = hmac.digest(master, b"numbers", "sha256")
        self._marks = hmac.digest(master, b"marks", "sha256")
        self._lots = hmac.digest(master, b"lots", "sha256")

    @staticmethod
    def new_salt() -> bytes:
        """A salt for one incident's key, 16 random bytes."""
        return os.urandom(16)

    def _key(self, salt: bytes) -> AESGCM:
        return AESGCM(hmac.digest(self._master, b"incident" + salt, "sha256"))

    def seal(self, salt: bytes, plain: bytes) -> bytes:
        """nonce ‖ ciphertext ‖ tag."""
        nonce = os.urandom(_NONCE)
        return nonce + self._key(salt).encrypt(nonce, plain, None)

    def open(self, salt: bytes, sealed: bytes) -> bytes:
        """The plain bytes; raises cryptography.exceptions.InvalidTag when they were changed."""
        return self._key(salt).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)

    def open_or_none(self, salt: bytes, sealed: bytes) -> bytes | None:
        """The plain bytes; None when the key they were sealed with was dropped and another has taken its place."""
        try:
            return self.open(salt, sealed)
        except InvalidTag:
            return None

    def lot(self, id_: UUID) -> float:
        """A number from 0 up to 1 drawn for this id: always the same, and foreseen by nobody without the centre's key."""
        return int.from_bytes(hmac.digest(self._lots, id_.bytes, "sha256")[:8]) / 2**64

    def number_index(self, number: str) -> bytes:
        """A keyed digest under which a telephone number can be found again; only digits count."""
        digits = "".join(ch for ch in number if ch.isdigit())
        return hmac.digest(self._numbers, (digits or number).encode(), "sha256")

    def mark_index(self, kind: str, plain: str) -> bytes:
        """A keyed digest under which a plate or a name that is looked out for can be found again, as written in one way."""
        return hmac.digest(self._marks, f"{kind}:{plain}".encode(), "sha256")

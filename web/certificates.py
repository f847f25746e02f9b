"""Certificates for the doors: tried before anything starts, and one of our own for a demonstration.

Whatever is wrong with the files is one sentence that names the file. A self-signed one is for machines that trust it by hand.
"""

import ssl
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dispatch.runtime.errors import RuntimeRefused
from web.drive import wall_clock

log = structlog.get_logger(__name__)

DAYS = 397
"""As long as browsers accept a server's certificate."""
RENEW_BEFORE = timedelta(days=30)


class Certificate:
    """A TLS certificate chain and its key, tried at once. Raises RuntimeRefused.

    self_signed: nobody vouches for it, so that browsers are not told to insist on it ever after.
    """

    def __init__(self, chain: Path, key: Path) -> None:
        self.chain, self.key = chain, key
        own = _certificate(chain)
        self._check_key(own)
        if own.not_valid_after_utc < wall_clock():  # serving it is still better than not serving
            log.warning("certificate_over", file=str(chain), until=f"{own.not_valid_after_utc:%Y-%m-%d}")
        self.self_signed = own.issuer == own.subject
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(chain, key)
        except (OSError, ssl.SSLError) as unfit:
            raise RuntimeRefused(f"The certificate {chain} can't be used: {unfit}.") from unfit

    def _check_key(self, own: x509.Certificate) -> None:
        try:
            key = serialization.load_pem_private_key(_read(self.key, "key"), None)
        except TypeError as locked:
            raise RuntimeRefused(
                f"The key {self.key} is locked with a passphrase; give one without, readable by this user only."
            ) from locked
        except ValueError as damaged:
            raise RuntimeRefused(f"The file {self.key} holds no private key in PEM form.") from damaged
        form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        if key.public_key().public_bytes(*form) != own.public_key().public_bytes(*form):
            raise RuntimeRefused(
                f"The key {self.key} belongs to another certificate than {self.chain}; name the two that were made together."
            )


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as missing:
        reason = (missing.strerror or "unreadable").lower()
        raise RuntimeRefused(f"The {what} {path} can't be read: {reason}.") from missing


def _certificate(chain: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(_read(chain, "certificate"))[0]
    except ValueError as damaged:
        raise RuntimeRefused(f"The file {chain} holds no certificate in PEM form.") from damaged


def made_certificate() -> tuple[str, str]:
    """A self-signed certificate for this machine, and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Dispatch 110 demo")])
    now = wall_clock()
    hosts = [
        x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1")), x509.IPAddress(IPv6Address("::1")),
    ]  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), secret.decode()


def is_fresh(chain: Path) -> bool:
    """Whether a certificate is there and goes on for a while."""
    try:
        return _certificate(chain).not_valid_after_utc > wall_clock() + RENEW_BEFORE
    except RuntimeRefused:
        return False

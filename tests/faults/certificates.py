"""Certificates as companies have them: an authority, servers that it vouches for, and ways to be wrong."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from stack import folder

DAY = timedelta(days=1)
Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Authority:
    """Somebody who vouches for servers. `file` holds its own certificate, for those who trust it."""

    name: x509.Name
    key: Key
    file: Path


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server's certificate and key, each in a file, and both in one."""

    certificate: Path
    key: Path
    both: Path


@dataclass(frozen=True, slots=True)
class Shown:
    """Certificates by `ours`, an authority that clients trust: "new", and "old", which has expired. `theirs`
    is an authority that has vouched for none of them."""

    ours: Authority
    theirs: Authority
    by_name: dict[str, Certificate]


def shown(home: Path) -> Shown:
    """Make them."""
    ours, theirs = authority(home, "ours"), authority(home, "theirs")
    made = {"new": certificate(home, "new", ours), "old": certificate(home, "old", ours, days=-1)}
    return Shown(ours, theirs, made)


def authority(home: Path, name: str) -> Authority:
    """Found an authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    path = home / f"{name}.pem"
    built = (
        _begun(subject, subject, key, datetime.now(UTC) + 30 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    return Authority(subject, key, path)


def certificate(home: Path, name: str, by: Authority, *, days: int = 30) -> Certificate:
    """A certificate for the address 127.0.0.1, and for no name; with fewer than no days it has expired."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(folder.LOOPBACK))])
    built = (
        _begun(subject, by.name, key, datetime.now(UTC) + days * DAY)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(address, critical=False)
        .sign(by.key, hashes.SHA256())
    )
    made = Certificate(home / f"{name}.crt", home / f"{name}.key", home / f"{name}.both.pem")
    said = built.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for path, content in ((made.certificate, said), (made.key, secret), (made.both, secret + said)):
        path.write_bytes(content)
    return made


def _begun(subject: x509.Name, issuer: x509.Name, key: Key, until: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - 60 * DAY)
        .not_valid_after(until)
    )

"""The school's own certificate authority and the server's certificate, made on the box.

A lab that trusts this authority trusts it for `ujian.lan` and private addresses only: it is name-constrained, so its
key could not be misused for the school's bank. Keys are ECDSA on secp256r1: browsers take no Ed25519 certificates.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.durable import write_whole

CA_KEY, CA_CERTIFICATE = "ca/ca.key", "ca/ca.crt"
KEY, CERTIFICATE = "tls/server.key", "tls/server.crt"  # the certificate's file holds the authority's, too
HOST = "ujian.lan"
PRIVATE = tuple(ipaddress.ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
BUILT = datetime(2026, 1, 1, tzinfo=UTC)  # a clock before this has lost its battery
CA_YEARS = 20
LEAF_DAYS = 800  # devices refuse more than 825
RENEW_DAYS = 300  # longer than a school's server ever runs without a start

Address = ipaddress.IPv4Address


@dataclass(frozen=True, slots=True)
class _Authority:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def make_certificates(folder: Path, addresses: Iterable[Address], machine_id: str, now: datetime) -> bool:
    """The authority if there is none, and a certificate for `ujian.lan` and those `addresses` that are private.

    Renewed when addresses changed or its end is near; gives whether it was. A damaged file is made anew.
    """
    now = max(now, BUILT)
    authority = _read_authority(folder) or _make_authority(folder, machine_id)
    names = _names(addresses)
    present = _read(folder / CERTIFICATE)
    if present and _fits(present, authority, names, now) and _key_fits(folder / KEY, present):
        return False
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _leaf(authority, key, names, now)
    write_whole(folder / KEY, _private(key))
    chain = certificate.public_bytes(Encoding.PEM) + authority.certificate.public_bytes(Encoding.PEM)
    write_whole(folder / CERTIFICATE, chain, 0o644)
    return True


def _make_authority(folder: Path, machine_id: str) -> _Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Guyub"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Server ujian {machine_id[:8]}"),
        ]
    )
    permitted: list[x509.GeneralName] = [x509.DNSName(HOST), *(x509.IPAddress(network) for network in PRIVATE)]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BUILT)
        .not_valid_after(BUILT.replace(year=BUILT.year + CA_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_whole(folder / CA_KEY, _private(key))  # first the key: a certificate without its key would never be remade
    write_whole(folder / CA_CERTIFICATE, certificate.public_bytes(Encoding.PEM), 0o644)
    return _Authority(key, certificate)


def _leaf(
    authority: _Authority, key: ec.EllipticCurvePrivateKey, names: list[x509.GeneralName], now: datetime
) -> x509.Certificate:
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.certificate.public_key())  # type: ignore[arg-type]
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)]))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(max(BUILT, now - timedelta(days=30)))  # for lab computers whose clock is behind
        .not_valid_after(now + timedelta(days=LEAF_DAYS - 30))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(issuer_key, critical=False)
        .sign(authority.key, hashes.SHA256())
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    """An authority signs certificates and nothing else; a server signs its handshakes and nothing else."""
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _names(addresses: Iterable[Address]) -> list[x509.GeneralName]:
    private = sorted({address for address in addresses if any(address in network for network in PRIVATE)})
    return [x509.DNSName(HOST), x509.DNSName(f"pusat.{HOST}"), *(x509.IPAddress(address) for address in private)]


def _fits(present: x509.Certificate, authority: _Authority, names: list[x509.GeneralName], now: datetime) -> bool:
    try:
        present.verify_directly_issued_by(authority.certificate)
        told = present.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it is made anew
        return False
    left = present.not_valid_after_utc - now
    return list(told) == names and present.not_valid_before_utc <= now and left > timedelta(days=RENEW_DAYS)


def _key_fits(path: Path, certificate: x509.Certificate) -> bool:
    key = _read_key(path)
    return key is not None and key.public_key() == certificate.public_key()


def _read_authority(folder: Path) -> _Authority | None:
    key, certificate = _read_key(folder / CA_KEY), _read(folder / CA_CERTIFICATE)
    if key is None or certificate is None or key.public_key() != certificate.public_key():
        return None
    return _Authority(key, certificate)


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey | None:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError):
        return None
    return key if isinstance(key, ec.EllipticCurvePrivateKey) else None


def _read(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

"""The school's own authority: a lab may trust it for the exam server and for nothing else."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from appliance.certificates import CA_CERTIFICATE, CA_KEY, CERTIFICATE, KEY, make_certificates

NOW = datetime.now(UTC)
LAN = ipaddress.IPv4Address("192.168.0.200")
ID = "0123456789abcdef" * 2


def shaken(folder: Path, certificate: Path, key: Path, name: str) -> str:
    """Whether a client that trusts only the school's authority believes this server to be `name`."""
    ours, theirs = socket.socketpair()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    client = ssl.create_default_context(cafile=str(folder / CA_CERTIFICATE))

    def serve() -> None:
        try:
            server.wrap_socket(ours, server_side=True).close()
        except (ssl.SSLError, OSError):
            ours.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        client.wrap_socket(theirs, server_hostname=name).close()
    except ssl.SSLCertVerificationError as error:
        theirs.close()
        return error.verify_message
    finally:
        thread.join()
    return "believed"


@pytest.mark.parametrize("name", ["ujian.lan", "pusat.ujian.lan", "192.168.0.200"])
def test_a_browser_that_trusts_the_school_believes_name_and_address(tmp_path: Path, name: str) -> None:
    make_certificates(tmp_path, [LAN], ID, NOW)
    assert shaken(tmp_path, tmp_path / CERTIFICATE, tmp_path / KEY, name) == "believed"


@pytest.mark.parametrize("name", ["bank.example.id", "8.8.8.8"])
def test_the_schools_authority_is_believed_for_nothing_else(tmp_path: Path, name: str) -> None:
    make_certificates(tmp_path, [LAN], ID, NOW)
    issuer = x509.load_pem_x509_certificate((tmp_path / CA_CERTIFICATE).read_bytes())
    issuer_key = serialization.load_pem_private_key((tmp_path / CA_KEY).read_bytes(), None)
    key = ec.generate_private_key(ec.SECP256R1())
    told = x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    forged = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([told]), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )
    (tmp_path / "forged.crt").write_bytes(forged.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "forged.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    assert shaken(tmp_path, tmp_path / "forged.crt", tmp_path / "forged.key", name) == "permitted subtree violation"


def test_a_certificate_that_fits_stays_and_a_new_address_brings_a_new_one(tmp_path: Path) -> None:
    assert make_certificates(tmp_path, [LAN], ID, NOW)
    authority, first = (tmp_path / CA_CERTIFICATE).read_bytes(), (tmp_path / CERTIFICATE).read_bytes()
    assert not make_certificates(tmp_path, [LAN], ID, NOW)
    assert (tmp_path / CERTIFICATE).read_bytes() == first
    assert make_certificates(tmp_path, [ipaddress.IPv4Address("10.5.0.1")], ID, NOW)
    assert shaken(tmp_path, tmp_path / CERTIFICATE, tmp_path / KEY, "10.5.0.1") == "believed"
    assert (tmp_path / CA_CERTIFICATE).read_bytes() == authority


def test_it_is_renewed_long_before_its_end(tmp_path: Path) -> None:
    make_certificates(tmp_path, [LAN], ID, NOW)
    assert not make_certificates(tmp_path, [LAN], ID, NOW + timedelta(days=400))
    assert make_certificates(tmp_path, [LAN], ID, NOW + timedelta(days=500))


def test_a_clock_without_battery_makes_a_certificate_that_is_valid_now(tmp_path: Path) -> None:
    make_certificates(tmp_path, [LAN], ID, datetime(2000, 1, 1, tzinfo=UTC))
    assert make_certificates(tmp_path, [LAN], ID, NOW + timedelta(days=600))
    assert make_certificates(tmp_path, [LAN], ID, NOW), "a certificate of the future does not fit today"
    assert shaken(tmp_path, tmp_path / CERTIFICATE, tmp_path / KEY, "ujian.lan") == "believed"


@pytest.mark.parametrize("name", [CA_KEY, CA_CERTIFICATE, KEY, CERTIFICATE])
def test_a_file_that_a_power_cut_emptied_is_made_anew(tmp_path: Path, name: str) -> None:
    make_certificates(tmp_path, [LAN], ID, NOW)
    (tmp_path / name).write_bytes(b"")
    assert make_certificates(tmp_path, [LAN], ID, NOW)
    assert shaken(tmp_path, tmp_path / CERTIFICATE, tmp_path / KEY, "ujian.lan") == "believed"


def test_an_address_of_the_internet_is_left_out(tmp_path: Path) -> None:
    make_certificates(tmp_path, [LAN, ipaddress.IPv4Address("203.0.114.7")], ID, NOW)
    assert shaken(tmp_path, tmp_path / CERTIFICATE, tmp_path / KEY, "ujian.lan") == "believed"
    assert shaken(tmp_path, tmp_path / CERTIFICATE, tmp_path / KEY, "203.0.114.7") != "believed"


def test_keys_are_readable_by_root_alone(tmp_path: Path) -> None:
    make_certificates(tmp_path, [LAN], ID, NOW)
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in (CA_KEY, KEY)] == [0o600, 0o600]
    assert stat.S_IMODE((tmp_path / "ca").stat().st_mode) == 0o700

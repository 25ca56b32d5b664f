import datetime
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from batches.errors import VendorRefused
from batches.sync.http import VendorHTTP
from batches.sync.safe import SafeSession
from tests.loopback import send, serving


def certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate for `name`, with its key in the same PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, Path, list[Any]]]:
    """A TLS server for vendor.test on loopback: its port, its certificate, and the names clients asked it for."""
    path = certificate(tmp_path, "vendor.test")
    asked: list[Any] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    context.sni_callback = lambda sock, name, ctx: asked.append(name)
    with serving(lambda request: send(request, 200, {}, b"[]"), context) as host:
        yield int(host.split(":")[1]), path, asked


def loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def test_safe_tls_uses_the_name_of_the_url(server: tuple[int, Path, list[Any]]) -> None:
    port, path, asked = server
    with SafeSession({f"vendor.test:{port}"}, resolve=loopback) as session:
        session.verify = str(path)
        assert session.get(f"https://vendor.test:{port}/").json() == []
    assert asked == ["vendor.test"]


def test_safe_tls_rejects_a_certificate_for_another_name(server: tuple[int, Path, list[Any]]) -> None:
    port, path, _ = server
    with SafeSession({f"other.test:{port}"}, resolve=loopback) as session:
        session.verify = str(path)
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"https://other.test:{port}/")


def test_safe_tls_rejects_an_untrusted_certificate(server: tuple[int, Path, list[Any]]) -> None:
    port, _, _ = server
    client = VendorHTTP(
        f"https://vendor.test:{port}", headers={}, private_hosts=frozenset({f"vendor.test:{port}"}), resolve=loopback
    )
    with pytest.raises(VendorRefused, match="certificate cannot be trusted"):
        client.get("a")
    client.close()
    assert client.calls == 1

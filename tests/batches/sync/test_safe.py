import socket
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import requests

from batches.errors import VendorRefused, VendorUnavailable
from batches.sync.safe import SafeSession, is_public, read_capped
from tests.loopback import send, serving

PUBLIC = "93.184.215.14"

LOCAL_LITERALS = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "127.0.0.0x1", "0177.0.0.1",
    "017700000001",
    "127.0.0.1.", "127.255.255.254", "0", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::ffff:8.8.8.8]", "[64:ff9b::7f00:1]", "[64:ff9b::8.8.8.8]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2001::1]",
    "[fe80::1]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[fc00::1]", "[fd12::1]", "[fec0::1]", "[ff02::1]",
    "[2001:db8::1]",
    "192.88.99.1", "192.0.0.9", "192.175.48.1", "[3fff::1]", "[2001:20::1]", "[2001:1::1]", "[2001:4:112::1]",
    "[2620:4f:8000::1]",
    "[100::1]", "127。0。0。1", "①②⑦.0.0.1", "１２７.0.0.1",
]  # fmt: skip
LOCAL_NAMES = [
    "localhost", "LOCALHOST", "localhost.", "a.localhost", "metadata.google.internal", "printer.local", "nas.lan",
    "box.home.arpa", "intranet",
]  # fmt: skip
ODD_URLS = [
    "https://user@example.com/", "https://user:pw@example.com/", "https://127.0.0.1@example.com/",
    "https://example.com@127.0.0.1/", "https://example.com\\@127.0.0.1/", "https://example.com\\.evil.test/",
    "https:\\\\127.0.0.1/", "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/",
    "javascript:alert(1)", "data:text/html,x", "//example.com/", "example.com", "", "https://", "https:///x",
    "https://example.com:22/", "https://example.com:5432/", "https://example.com:8443/", "https://example.com:0/",
    "https://example.com:99999/", "https://example.com:x/", "https://exam ple.com/", "https://example.com/a b",
    "https://example.com/\r\nX-Header: 1", "https://exa\tmple.com/", " https://example.com/", "https://ex%61mple.com/",
    "https://[::1/", "https://exämple.com/",
]  # fmt: skip


class Network:
    """A resolver with made-up answers, and a count of the sockets that were opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self.connected: list[tuple[str, int]] = []
        monkeypatch.setattr("batches.sync.safe.create_connection", self.connect)

    def resolve(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host not in self.answers:
            raise socket.gaierror(socket.EAI_NONAME, "unknown name")
        return self.answers[host]

    def connect(self, address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        self.connected.append(address)
        raise ConnectionRefusedError("nobody there")


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    return Network(monkeypatch)


@pytest.mark.parametrize("host", [*LOCAL_LITERALS, *LOCAL_NAMES])
@pytest.mark.case("S02")
def test_safe_refuses_an_address_that_is_not_public(network: Network, host: str) -> None:
    for url in (f"https://{host}/x", f"http://{host}/x", f"https://{host}:443/x"):
        with pytest.raises(VendorRefused) as refusal:
            SafeSession(resolve=network.resolve).get(url)
        assert refusal.value.status == 0
    assert (network.asked, network.connected) == ([], [])


@pytest.mark.parametrize("url", ODD_URLS)
@pytest.mark.case("S02")
def test_safe_refuses_a_malformed_url(network: Network, url: str) -> None:
    network.answers["example.com"] = [PUBLIC]
    with pytest.raises(VendorRefused):
        SafeSession(resolve=network.resolve).get(url)
    assert (network.asked, network.connected) == ([], [])


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"], ["10.1.2.3"], ["169.254.169.254"], ["::1"], ["::ffff:127.0.0.1"], ["fe80::1%eth0"],
        [PUBLIC, "127.0.0.1"], ["192.168.0.1", PUBLIC], [PUBLIC, "::1"], ["2606:4700::1", "fd00::1"],
    ],
)  # fmt: skip
@pytest.mark.case("S05")
def test_safe_refuses_a_name_with_a_private_address(network: Network, addresses: list[str]) -> None:
    network.answers["api.example.com"] = addresses
    with pytest.raises(VendorRefused, match=r"api\.example\.com resolves to an address that is not public"):
        SafeSession(resolve=network.resolve).get("https://api.example.com/")
    assert network.connected == []


@pytest.mark.case("S03")
def test_safe_connects_to_the_checked_address_only(network: Network) -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    session = SafeSession(resolve=lambda host, port: next(answers))
    with pytest.raises(requests.ConnectionError):
        session.get("https://rebinding.example.com/")
    with pytest.raises(VendorRefused):
        session.get("https://rebinding.example.com/")
    assert network.connected == [(PUBLIC, 443)]


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "2001:4860:4860::8888", "192.88.98.1"])
def test_is_public_accepts_public_addresses(address: str) -> None:
    assert is_public(address)


def test_safe_unknown_name_is_a_connection_error(network: Network) -> None:
    with pytest.raises(requests.ConnectionError):
        SafeSession(resolve=network.resolve).get("https://nowhere.example.com/")


@pytest.mark.parametrize(
    ("entries", "url"),
    [
        ({"minio.internal"}, "http://minio.internal/"),
        ({"minio.internal"}, "https://minio.internal/"),
        ({"MinIO.internal:9000"}, "http://minio.internal:9000/"),
        ({"10.0.0.5:8443"}, "https://10.0.0.5:8443/"),
        ({"[::1]:8901"}, "http://[::1]:8901/"),
    ],
)
def test_safe_reaches_an_exempt_private_host(network: Network, entries: set[str], url: str) -> None:
    network.resolve = lambda host, port: ["10.0.0.5"]  # type: ignore[method-assign]
    with pytest.raises(requests.ConnectionError):
        SafeSession(entries, resolve=network.resolve).get(url)
    assert len(network.connected) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://minio.internal:9001/",
        "http://other.internal:9000/",
        "http://minio.internal/",
        "http://a.minio.internal:9000/",
    ],
)
def test_safe_exempt_host_exempts_no_other(network: Network, url: str) -> None:
    with pytest.raises(VendorRefused):
        SafeSession({"minio.internal:9000"}, resolve=network.resolve).get(url)
    assert network.connected == []


def test_safe_uses_no_proxy_netrc_or_cookie(monkeypatch: pytest.MonkeyPatch) -> None:
    requests_seen: list[Any] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        requests_seen.append(request.headers)
        send(request, 200, {"Set-Cookie": "a=b"}, b"ok")

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with serving(answer) as host, SafeSession({"vendor.test:" + host.split(":")[1]}, resolve=_loopback) as session:
        url = f"http://vendor.test:{host.split(':')[1]}/"
        assert [session.get(url).text for _ in range(2)] == ["ok", "ok"]
        assert [headers["Host"] for headers in requests_seen] == [url[7:-1]] * 2
        assert [headers["Cookie"] for headers in requests_seen] == [None, None]


def _loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


@pytest.mark.parametrize("allow", [True, False])
@pytest.mark.case("S04")
def test_safe_never_follows_a_redirect(allow: bool) -> None:
    paths: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        paths.append(request.path)
        send(request, 302, {"Location": "/elsewhere"})

    with serving(answer) as host, SafeSession({host}) as session:
        assert session.get(f"http://{host}/", allow_redirects=allow).status_code == 302
    assert paths == ["/"]


def test_read_capped_stops_at_the_limit() -> None:
    with serving(lambda request: send(request, 200, {}, b"x" * 100_000)) as host, SafeSession({host}) as session:
        url = f"http://{host}/"
        assert read_capped(session.get(url, stream=True), 100_000, time.monotonic() + 5) == b"x" * 100_000
        with pytest.raises(VendorRefused, match="larger than 99,999 bytes"):
            read_capped(session.get(url, stream=True), 99_999, time.monotonic() + 5)


def test_read_capped_gives_up_after_the_deadline() -> None:
    with serving(lambda request: send(request, 200, {}, b"x")) as host, SafeSession({host}) as session:
        response = session.get(f"http://{host}/", stream=True)
        with pytest.raises(VendorUnavailable, match="took too long"):
            read_capped(response, 10, time.monotonic() - 1)


@pytest.mark.parametrize("part", ["headers", "body"])
@pytest.mark.case("S10")
def test_safe_limits_the_time_of_slow_bytes(part: str) -> None:
    over = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        start = b"HTTP/1.1 200 OK\r\n" + (b"Content-Length: 1000\r\n\r\n" if part == "body" else b"X-Slow: ")
        request.wfile.write(start)
        while not over.wait(0.02):
            request.wfile.write(b"a")

    with serving(drip) as host, SafeSession({host}, seconds=0.3) as session:
        try:
            with pytest.raises(requests.RequestException):
                session.get(f"http://{host}/", timeout=5)
        finally:
            over.set()

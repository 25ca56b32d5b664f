import gzip
import json
import logging
import socket
import struct
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from batches.errors import BadRecord, VendorRefused, VendorUnavailable
from batches.sync.http import RETRIABLE_STATUSES, Limits, VendorHTTP, error_message, retry_after
from tests.loopback import send, serving

KEY = "key-1234567890abcdef"
NOW = 1_800_000_000.0

Answer = Callable[[BaseHTTPRequestHandler], None]


class Vendor:
    """A vendor on loopback that answers from a script and repeats its last line, and a client with a simulated
    sleep.
    """

    def __init__(self, host: str, script: list[Answer], requests: list[Any]) -> None:
        self.host, self.script, self.requests = host, script, requests
        self.slept: list[float] = []
        self.time = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def client(self, **options: Any) -> VendorHTTP:
        defaults: dict[str, Any] = {
            "headers": {"X-API-Key": KEY, "Authorization": f"Bearer {KEY}"},
            "secret": KEY,
            "private_hosts": frozenset({self.host}),
            "sleep": self.sleep,
            "random": lambda: 0.5,
            "clock": lambda: self.time,
            "now": lambda: NOW,
        }
        return VendorHTTP(f"http://{self.host}", **(defaults | options))


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    script: list[Answer] = []
    requests: list[Any] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        requests.append((request.command, request.path, request.headers, getattr(request, "body", b"")))
        (script.pop(0) if len(script) > 1 else script[0])(request)

    with serving(answer) as host:
        yield Vendor(host, script, requests)


def says(value: Any, status: int = 200, **headers: str) -> Answer:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    return lambda request: send(request, status, names, body)


def resets(request: BaseHTTPRequestHandler) -> None:
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.connection.close()
    request.close_connection = True


def breaks_off(request: BaseHTTPRequestHandler) -> None:
    send(request, 200, {"Content-Length": "1000"}, b'{"a":')
    request.close_connection = True


def hangs_up(request: BaseHTTPRequestHandler) -> None:
    request.close_connection = True


FINE = says({"fine": True})


def test_http_sends_the_key_and_our_user_agent(vendor: Vendor) -> None:
    vendor.script += [FINE]
    assert vendor.client().get("api", "batch", "b1", "status", params={"include_videos": "false"}) == {"fine": True}
    [(method, path, headers, _)] = vendor.requests
    assert (method, path) == ("GET", "/api/batch/b1/status?include_videos=false")
    assert [headers[name] for name in ("X-API-Key", "Authorization", "User-Agent")] == [
        KEY,
        f"Bearer {KEY}",
        "reviewer/0.1",
    ]


def test_http_post_sends_json_or_a_form(vendor: Vendor) -> None:
    vendor.script += [FINE]
    client = vendor.client()
    client.post("a", json={"video_ids": ["é"]})
    client.post("a", data={"firebase_collection_name": "videos"})
    assert [(headers["Content-Type"], body) for _, _, headers, body in vendor.requests] == [
        ("application/json", b'{"video_ids": ["\\u00e9"]}'),
        ("application/x-www-form-urlencoded", b"firebase_collection_name=videos"),
    ]


@pytest.mark.parametrize(
    ("segment", "encoded"),
    [
        ("../x", "..%2Fx"), ("a/b", "a%2Fb"), ("a?b=c", "a%3Fb%3Dc"), ("a#b", "a%23b"), ("%2e%2e", "%252e%252e"),
        ("..\\x", "..%5Cx"), ("é", "%C3%A9"), ("a b", "a%20b"), ("a\r\nX: y", "a%0D%0AX%3A%20y"), ("...", "..."),
    ],
)  # fmt: skip
def test_http_ids_cannot_change_the_path(vendor: Vendor, segment: str, encoded: str) -> None:
    vendor.script += [FINE]
    vendor.client().get("api", "batch", segment, "status")
    assert vendor.requests[0][1] == f"/api/batch/{encoded}/status"


@pytest.mark.parametrize("segment", ["", ".", "..", "a\ud800"])
def test_http_refuses_ids_that_are_paths(vendor: Vendor, segment: str) -> None:
    client = vendor.client()
    with pytest.raises(VendorRefused, match="cannot be part of an address"):
        client.get("api", segment)
    assert (client.calls, vendor.requests) == (0, [])


@pytest.mark.parametrize("status", sorted(RETRIABLE_STATUSES))
def test_http_retries_a_retriable_status(vendor: Vendor, status: int) -> None:
    vendor.script += [says({}, status), says({}, status), FINE]
    client = vendor.client()
    assert client.post("a", json={}) == {"fine": True}
    assert client.calls == 3


@pytest.mark.parametrize(
    "fault",
    [
        resets,
        breaks_off,
        hangs_up,
        says(b""),
        says(b"<html>busy</html>"),
        says(b'{"a": 1'),
        says(b"junk", Content_Encoding="gzip"),
    ],
)
def test_http_retries_a_broken_exchange(vendor: Vendor, fault: Answer) -> None:
    vendor.script += [fault, fault, FINE]
    client = vendor.client()
    assert client.get("a") == {"fine": True}
    assert client.calls == 3


def test_http_retries_a_timeout(vendor: Vendor) -> None:
    over = threading.Event()
    vendor.script += [lambda request: over.wait(5) and None, FINE]
    try:
        assert vendor.client(limits=Limits(read=0.1)).get("a") == {"fine": True}
    finally:
        over.set()


def test_http_gives_up_after_six_tries(vendor: Vendor) -> None:
    vendor.script += [says({}, 503)]
    client = vendor.client()
    with pytest.raises(VendorUnavailable, match="answered with status 503") as failure:
        client.get("a")
    assert (client.calls, failure.value.retry_after) == (6, None)
    assert vendor.slept == [0.25, 0.5, 1.0, 2.0, 4.0]


def test_http_gives_up_sooner_on_an_answer_that_is_not_json(vendor: Vendor) -> None:
    vendor.script += [says(b"<html>")]
    client = vendor.client()
    with pytest.raises(VendorUnavailable, match="not JSON"):
        client.get("a")
    assert client.calls == 3


def test_http_gives_up_on_an_unreachable_vendor() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    vendor = Vendor(host, [], [])
    with pytest.raises(VendorUnavailable, match="cannot be reached"):
        vendor.client().post("a", retry=False)
    assert len(vendor.slept) == 5


def test_http_waits_have_full_jitter_over_a_doubling_span(vendor: Vendor) -> None:
    vendor.script += [says({}, 500)]
    chances = iter([0.0, 1.0, 0.1, 0.9, 0.5])
    with pytest.raises(VendorUnavailable):
        vendor.client(random=lambda: next(chances)).get("a")
    assert vendor.slept == pytest.approx([0.0, 1.0, 0.2, 3.6, 4.0])


@pytest.mark.case("U01")
def test_http_waits_at_least_the_retry_after(vendor: Vendor) -> None:
    vendor.script += [says({}, 429, Retry_After="2"), says({}, 503, Retry_After="3"), FINE]
    vendor.client(random=lambda: 0.0).get("a")
    assert vendor.slept == [2.0, 3.0]


@pytest.mark.parametrize("value", ["-1", "0", "abc", "", "1e9", "nan", "Wed, 99 Nov 2026"])
def test_http_ignores_an_invalid_retry_after(vendor: Vendor, value: str) -> None:
    vendor.script += [says({}, 429, Retry_After=value), FINE]
    vendor.client().get("a")
    assert vendor.slept == [0.25]


@pytest.mark.parametrize(("value", "seconds"), [("1000000000", 604_800.0), ("86400", 86_400.0), ("61", 61.0)])
def test_http_raises_at_once_for_a_long_retry_after(vendor: Vendor, value: str, seconds: float) -> None:
    vendor.script += [says({}, 429, Retry_After=value)]
    client = vendor.client()
    with pytest.raises(VendorUnavailable) as failure:
        client.get("a")
    assert (failure.value.retry_after, client.calls, vendor.slept) == (seconds, 1, [])


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2", 2.0), (" 2 ", 2.0), ("1.5", 1.5), (formatdate(NOW + 90, usegmt=True), 90.0), (formatdate(NOW - 90), None),
        ("0", None), ("-5", None), ("soon", None), ("9" * 400, 604_800.0), (None, None), ("٣", None),
    ],
)  # fmt: skip
def test_retry_after_reads_every_format(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@pytest.mark.case("U09")
def test_retry_after_uses_the_servers_clock(vendor: Vendor) -> None:
    server_now = NOW - 3600  # an hour behind ours

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response_only(429)
        request.send_header("Date", formatdate(server_now, usegmt=True))
        request.send_header("Retry-After", formatdate(server_now + 600, usegmt=True))
        request.send_header("Content-Length", "0")
        request.end_headers()

    vendor.script += [answer]
    with pytest.raises(VendorUnavailable) as failure:
        vendor.client().get("a")
    assert (failure.value.retry_after, len(vendor.requests)) == (600.0, 1)


def test_http_pause_holds_for_all_calls_of_the_account(vendor: Vendor) -> None:
    vendor.script += [says({}, 429, Retry_After="30"), FINE]
    client = vendor.client(limits=Limits(tries=1))
    with pytest.raises(VendorUnavailable):
        client.get("a")
    vendor.time += 10.0
    assert client.get("b") == {"fine": True}
    assert vendor.slept == [20.0]


def test_http_makes_no_call_during_a_long_pause(vendor: Vendor) -> None:
    vendor.script += [says({}, 503, Retry_After="7200"), FINE]
    client = vendor.client()
    for passed, left in ((0.0, 7200.0), (200.0, 7000.0)):
        vendor.time = passed
        with pytest.raises(VendorUnavailable) as failure:
            client.get("a")
        assert (failure.value.retry_after, len(vendor.requests)) == (left, 1)


def test_http_limits_the_time_of_a_whole_call(vendor: Vendor) -> None:
    vendor.script += [says({}, 503, Retry_After="4")]
    with pytest.raises(VendorUnavailable):
        vendor.client(limits=Limits(total=10.0), random=lambda: 0.0).get("a")
    assert vendor.slept == [4.0, 4.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 422])
@pytest.mark.case("U03")
def test_http_does_not_retry_a_refusal(vendor: Vendor, status: int) -> None:
    vendor.script += [says({"detail": "No access"}, status)]
    client = vendor.client()
    with pytest.raises(VendorRefused, match=f"^The vendor refused with status {status}: No access$") as refusal:
        client.get("a")
    assert (refusal.value.status, client.calls) == (status, 1)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
@pytest.mark.case("S04")
def test_http_refuses_a_redirect(vendor: Vendor, status: int) -> None:
    vendor.script += [says({"status": "completed"}, status, Location=f"http://{vendor.host}/elsewhere")]
    with pytest.raises(VendorRefused, match="redirect") as refusal:
        vendor.client().get("a")
    assert refusal.value.status == status
    assert [path for _, path, _, _ in vendor.requests] == ["/a"]


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("https://login.example.org/x?token=1", "a redirect to login.example.org, which"),
        ("/elsewhere", "a redirect, which"), ("https://[::1", "a redirect, which"), ("", "a redirect, which"),
    ],
)  # fmt: skip
def test_http_names_the_host_of_a_refused_redirect(vendor: Vendor, location: str, message: str) -> None:
    vendor.script += [says({"status": "completed"}, 302, Location=location)]
    with pytest.raises(VendorRefused, match=message):
        vendor.client().get("a")


def test_http_does_not_retry_a_permanent_error(vendor: Vendor) -> None:
    vendor.script += [says({"message": "no"}, 501)]
    client = vendor.client()
    with pytest.raises(VendorUnavailable, match="status 501: no"):
        client.get("a")
    assert client.calls == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"detail": "a", "message": "b", "error": "c"}, "a"),
        ({"message": "b", "error": "c"}, "b"),
        ({"error": "c"}, "c"),
        ({"detail": [{"loc": ["body", "video_ids", 0], "msg": "too short"}, {"msg": "x"}, "plain"]},
            "body.video_ids.0: too short; x; plain"),
        ({"detail": {"code": 3}}, "{'code': 3}"),
        ({"other": 1}, '{"other": 1}'),
        (["a"], "['a']"),
        (b"plain words", "plain words"),
        (b"<html><body>Bad gateway</body></html>", ""),
        (b"", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)  # fmt: skip
def test_error_message_reads_the_vendors_message(body: Any, message: str) -> None:
    assert error_message(body if isinstance(body, bytes) else json.dumps(body).encode()) == message


@pytest.mark.case("S07")
def test_http_message_is_cut_and_hides_the_key(vendor: Vendor) -> None:
    vendor.script += [says({"detail": f"bad key {KEY}\r\n\x1b[31m\u202e\0" + "x" * 500}, 401)]
    with pytest.raises(VendorRefused) as refusal:
        vendor.client().get("a")
    message = str(refusal.value).removeprefix("The vendor refused with status 401: ")
    assert message == ("bad key *** [31m " + "x" * 500)[:200]


def test_http_log_hides_the_key(vendor: Vendor, caplog: pytest.LogCaptureFixture) -> None:
    vendor.script += [says({}, 500), says({"detail": KEY}, 400)]
    caplog.set_level(logging.DEBUG, logger="batches")
    with pytest.raises(VendorRefused):
        vendor.client().get("a", "line\r\nbreak", params={"k": KEY})
    assert "status 500" in caplog.text
    assert KEY not in caplog.text
    assert all("\r" not in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("fault", [resets, says({}, 500), says({}, 503), says(b"<html>"), breaks_off])
def test_http_retry_false_is_sent_once(vendor: Vendor, fault: Answer) -> None:
    vendor.script += [fault, FINE]
    client = vendor.client()
    with pytest.raises(VendorUnavailable):
        client.post("a", retry=False)
    assert client.calls == 1


def test_http_retry_false_is_sent_again_after_a_429(vendor: Vendor) -> None:
    vendor.script += [says({}, 429, Retry_After="1"), FINE]
    assert vendor.client().post("a", retry=False) == {"fine": True}


def test_http_refuses_a_body_beyond_the_limit(vendor: Vendor) -> None:
    vendor.script += [says(b" " * 70_000)]
    client = vendor.client(limits=Limits(body=65_536))
    with pytest.raises(BadRecord, match="answer: is larger than 65,536 bytes"):
        client.get("a")
    assert client.calls == 1


@pytest.mark.case("U08")
def test_hostile_answers_cost_little_memory_over_all_calls(vendor: Vendor) -> None:
    megabyte = 1_000_000
    hostile = [
        says(gzip.compress(b" " * 100 * megabyte), Content_Encoding="gzip"),
        says(b'["' + b"x" * 20 * megabyte + b'"]'),
        says(b"[" + b"[]," * 4 * megabyte + b"1]"),
        says(b"[" * 8 * megabyte),
        says(b'["' + "\U0001f600".encode() * 3 * megabyte + b'"]'),
    ]
    vendor.script += [*hostile, FINE]

    def ask(number: int) -> str:
        with pytest.raises(BadRecord) as refusal:
            vendor.client().get(f"a{number}")
        return refusal.value.path

    tracemalloc.start()
    try:
        with ThreadPoolExecutor(len(hostile)) as pool:
            assert set(pool.map(ask, range(len(hostile)))) == {"answer"}
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * megabyte


@pytest.mark.case("U08")
def test_http_refuses_a_compression_bomb_at_the_limit(vendor: Vendor) -> None:
    vendor.script += [says(gzip.compress(b" " * 50_000_000), Content_Encoding="gzip")]
    with pytest.raises(BadRecord, match="larger than 1,000,000 bytes"):
        vendor.client(limits=Limits(body=1_000_000)).get("a")


@pytest.mark.parametrize("body", [b"[" * 100_000 + b"]" * 100_000, b'["\xff"]'])
def test_http_does_not_retry_an_unreadable_body(vendor: Vendor, body: bytes) -> None:
    vendor.script += [says(body)]
    client = vendor.client()
    with pytest.raises(BadRecord, match=r"^answer: "):
        client.get("a")
    assert client.calls == 1


@pytest.mark.parametrize(
    "base",
    [
        "http://vendor.example.com",
        "https://u:p@vendor.example.com",
        "https://10.0.0.1",
        "https://vendor.example.com/?a=b",
        "vendor",
    ],
)
def test_http_refuses_an_invalid_base_address(base: str) -> None:
    with pytest.raises(VendorRefused):
        VendorHTTP(base, headers={})


def test_http_base_address_may_have_a_path(vendor: Vendor) -> None:
    vendor.script += [FINE]
    client = VendorHTTP(f"http://{vendor.host}/nomadic/", headers={}, private_hosts=frozenset({vendor.host}))
    client.get("api", "x")
    assert vendor.requests[0][1] == "/nomadic/api/x"


def test_http_can_be_called_by_several_threads(vendor: Vendor) -> None:
    vendor.script += [lambda request: send(request, 200, {}, json.dumps(request.path).encode())]
    client = vendor.client()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: client.get(str(number)), range(64)))
    assert answers == [f"/{number}" for number in range(64)]
    assert client.calls == 64

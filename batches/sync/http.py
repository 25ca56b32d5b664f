"""The HTTP client for all vendors: it has limits, retries temporary failures and never reveals the API key."""

import json
import logging
import random
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from io import BytesIO
from threading import Lock
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from batches.errors import BadRecord, SyncError, VendorRefused, VendorUnavailable
from batches.sync.jsontext import MAX_DEPTH, NotJSON, parse
from batches.sync.multipart import MultipartBody
from batches.sync.quota import Quota, reset_after, server_time
from batches.sync.safe import Resolve, SafeSession, capped_pieces, read_capped, resolve_host

log = logging.getLogger(__name__)

RETRIABLE_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, *range(520, 528)})
MAX_MESSAGE_CHARACTERS = 200  # of a vendor's error message
MAX_ERROR_BYTES = 65_536
MAX_RETRY_AFTER = 7 * 86_400.0  # seconds; longer waits are cut to this
STREAM_PIECE_BYTES = 4_096  # small, so that little is lost when a stream breaks
SMALL_ANSWER_BYTES = 512 * 1024
# The process reads and parses only one larger answer at a time, so that it needs the memory of one, not of all.
_large_answer = Lock()
NOT_JSON_TRIES = 3  # a proxy's HTML page with status 200 disappears soon or never


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one call; times in seconds."""

    connect: float = 10.0
    read: float = 60.0  # between two packets
    total: float = 300.0  # all tries and waits of one call together
    waiting: float = 60.0  # total sleep between tries
    tries: int = 6
    backoff: float = 0.5  # upper end of the first wait; doubles
    longest_backoff: float = 20.0
    body: int = 16 * 1024 * 1024  # bytes of a JSON answer, decoded
    stream: int = 256 * 1024 * 1024  # bytes of an answer that is read piece by piece
    depth: int = MAX_DEPTH


type Read[T] = Callable[[requests.Response, float], T]


class IncompleteAnswer(Exception):
    """Raised by the reader of a stream if the stream is incomplete and a retry may complete it."""


class _Retriable(Exception):
    """A try failed, and another try may succeed."""

    def __init__(self, reason: str, *, after: float | None = None, tries: int = 99, reached: bool = True) -> None:
        super().__init__(reason)
        self.after = after  # seconds the vendor asked us to wait
        self.tries = tries  # the maximum number of tries for this kind of failure
        self.reached = reached  # False: the request never arrived, or was rejected unread


class VendorHTTP:
    """JSON calls to one vendor account, safe to use from several threads.

    `headers` carry the key in the vendor's own form; `secret` is the key itself, which is removed from error messages.
    `quota` is asked before every request. `real_status` gives the status of a JSON answer, for vendors that report
    errors with HTTP 200. Raises VendorUnavailable (try later), VendorRefused (a retry does not help) and BadRecord
    ("answer": too large, too deep, not UTF-8).
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str],
        secret: str = "",
        private_hosts: frozenset[str] = frozenset(),
        limits: Limits = Limits(),
        quota: Quota | None = None,
        real_status: Callable[[Any], int] | None = None,
        resolve: Resolve = resolve_host,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.session = SafeSession(private_hosts, resolve=resolve, seconds=limits.total)
        self.session.headers.update({"Accept": "application/json", "Accept-Encoding": "gzip, deflate", **headers})
        self.session.headers["User-Agent"] = "reviewer/0.1"
        self.base_url = base_url.strip().rstrip("/")
        self.session.guard.check_url(self.base_url)
        if urlsplit(self.base_url).query or urlsplit(self.base_url).fragment:
            raise VendorRefused("The base address must have no query and no fragment.")
        self.secret, self.limits, self.quota, self.real_status = secret, limits, quota, real_status
        self.sleep, self.random, self.clock, self.now = sleep, random, clock, now
        self.calls = 0
        self._not_before = 0.0  # by `clock`; a pause that the vendor asks for applies to all calls
        self._counting = Lock()

    def get(self, *segments: str, params: Mapping[str, str] | None = None) -> Any:
        """The JSON answer to GET base/segment/segment…; each segment is percent-encoded on its own."""
        return self._call("GET", segments, self._json, retry=True, params=params)

    def stream[T](
        self, *segments: str, read: Callable[[Iterator[bytes]], T], params: Mapping[str, str] | None = None
    ) -> T:
        """The result of `read` for the pieces of the answer to GET base/segment/…, of any content type.

        Every try calls `read` again, also after a try that broke off in the middle. `read` may raise IncompleteAnswer.
        """

        def pieces(response: requests.Response, deadline: float) -> T:
            return read(self._pieces(response, deadline, self.limits.stream, STREAM_PIECE_BYTES))

        return self._call("GET", segments, pieces, retry=True, params=params)

    def post(
        self,
        *segments: str,
        json: Any = None,
        data: Mapping[str, str | list[str]] | MultipartBody | None = None,
        params: Mapping[str, str] | None = None,
        retry: bool = True,
    ) -> Any:
        """The JSON answer to a POST of `json`, or of `data` as a form; a MultipartBody is streamed.

        `retry=False` is for calls that must not run twice: only a request that never arrived, or got a 429, is sent
        again.
        """
        return self._call("POST", segments, self._json, retry=retry, params=params, json=json, data=data)

    def put(self, *segments: str) -> Any:
        """The JSON answer to a PUT without a body. Not retried once it may have arrived."""
        return self._call("PUT", segments, self._json, retry=False)

    def delete(self, *segments: str, params: Mapping[str, str] | None = None) -> None:
        """Make a DELETE. Its answer is not read: vendors send none, or one that says nothing.

        Retried, since a repeated DELETE does nothing more; so what is already gone is not an error.
        """
        try:
            self._call("DELETE", segments, lambda response, deadline: None, retry=True, params=params)
        except VendorRefused as error:
            if error.status != 404:
                raise

    def close(self) -> None:
        """Close the connections."""
        self.session.close()

    def _call[T](self, method: str, segments: tuple[str, ...], read: Read[T], *, retry: bool, **body: Any) -> T:
        path = _path(segments)
        request_id = str(uuid.uuid4())
        headers = {"X-Request-ID": request_id}
        if isinstance(data := body.get("data"), MultipartBody):
            headers["Content-Type"] = data.content_type
        if method != "GET":
            headers["Idempotency-Key"] = request_id
        deadline = self.clock() + self.limits.total
        asleep = 0.0
        for tries in range(1, self.limits.tries + 1):
            while (pause := self._not_before - self.clock()) > 0:
                if asleep + pause > self.limits.waiting or self.clock() + pause > deadline:
                    raise VendorUnavailable("The vendor asked for a pause.", retry_after=pause, reached=False)
                self.sleep(pause)
                asleep += pause
            try:
                return self._try(method, path, read, deadline, headers=headers, **body)
            except _Retriable as failure:
                log.info("%s %s try %d: %s", method, path, tries, failure)
                if failure.after:
                    with self._counting:
                        self._not_before = max(self._not_before, self.clock() + failure.after)
                unavailable = VendorUnavailable(
                    f"The vendor {failure}.", retry_after=failure.after, reached=failure.reached
                )
                if tries >= min(self.limits.tries, failure.tries) or (failure.reached and not retry):
                    raise unavailable from failure.__cause__
                wait = self._wait(failure, tries)
                if asleep + wait > self.limits.waiting or self.clock() + wait > deadline:
                    raise unavailable from failure.__cause__
                self.sleep(wait)
                asleep += wait
        raise AssertionError("unreachable: the last try returns or raises")

    def _wait(self, failure: _Retriable, tries: int) -> float:
        """Seconds until the next try: full jitter over a doubling span, but at least the vendor's Retry-After."""
        span = min(self.limits.longest_backoff, self.limits.backoff * 2.0 ** (tries - 1))
        return (failure.after or 0.0) + self.random() * span

    def _try[T](self, method: str, path: str, read: Read[T], deadline: float, **body: Any) -> T:
        if self.quota:
            self.quota.take()
        with self._counting:
            self.calls += 1
        remaining = max(0.001, deadline - self.clock())
        timeout = (min(self.limits.connect, remaining), min(self.limits.read, remaining))
        if isinstance(data := body.get("data"), MultipartBody):
            data.rewind()
        try:
            with self.session.request(method, self.base_url + path, stream=True, timeout=timeout, **body) as response:
                log.debug("%s %s → %d", method, path, response.status_code)
                if self.quota:
                    self.quota.update_from_headers(response.headers)
                if response.status_code >= 300:
                    raise self._failure(response, deadline)
                return read(response, deadline)
        except requests.RequestException as error:
            raise _network_failure(error) from error
        except IncompleteAnswer as error:
            raise _Retriable(str(error), tries=NOT_JSON_TRIES) from error

    def _json(self, response: requests.Response, deadline: float) -> Any:
        try:
            with ExitStack() as held:
                return self._value(self._read(response, deadline, held), response)
        except BadRecord as error:
            raise error.with_traceback(None) from None  # its frames and its cause would keep the answer in memory

    def _read(self, response: requests.Response, deadline: float, held: ExitStack) -> bytes:
        body = BytesIO()
        for piece in self._pieces(response, deadline, self.limits.body):
            if body.tell() <= SMALL_ANSWER_BYTES < body.tell() + len(piece):
                self._wait_for_turn(held, deadline)
            body.write(piece)
        return body.getvalue()

    def _wait_for_turn(self, held: ExitStack, deadline: float) -> None:
        if not _large_answer.acquire(timeout=max(0.0, deadline - self.clock())):
            raise _Retriable("took too long to answer")
        held.callback(_large_answer.release)

    def _value(self, body: bytes, response: requests.Response) -> Any:
        try:
            answer = parse(body, self.limits.depth)
        except NotJSON as error:
            raise _Retriable("sent an answer that is not JSON", tries=NOT_JSON_TRIES) from error
        status = self.real_status(answer) if self.real_status else response.status_code
        if status >= 400:
            raise self._error_from(status, body, response)
        return answer

    def _pieces(self, response: requests.Response, deadline: float, limit: int, size: int = 65_536) -> Iterator[bytes]:
        try:
            yield from capped_pieces(response, limit, deadline, self.clock, size)
        except VendorRefused as error:
            raise BadRecord("answer", f"is larger than {limit:,} bytes") from error
        except VendorUnavailable as error:
            raise _Retriable("took too long to answer") from error

    def _failure(self, response: requests.Response, deadline: float) -> SyncError | _Retriable:
        if response.status_code < 400:
            host = self._other_host(response.headers.get("Location", ""))
            return VendorRefused(
                f"The vendor answered with a redirect{host}, which is never followed.", status=response.status_code
            )
        body = b""
        if response.status_code not in RETRIABLE_STATUSES or response.status_code == 429:
            with suppress(SyncError, requests.RequestException):
                body = read_capped(response, MAX_ERROR_BYTES, deadline, self.clock)
        return self._error_from(response.status_code, body, response)

    def _other_host(self, location: str) -> str:
        """The text " to HOST" for a redirect to another host; "" if the host is the same or cannot be shown."""
        try:
            host = urlsplit(location).hostname or ""
        except ValueError:
            return ""
        shown = re.fullmatch(r"[a-z0-9.-]{1,253}", host) and host != urlsplit(self.base_url).hostname
        return f" to {host}" if shown and not (self.secret and self.secret in host) else ""

    def _error_from(self, status: int, body: bytes, response: requests.Response) -> SyncError | _Retriable:
        """The error for a failed status: whether to retry now, later or never."""
        now = server_time(response.headers, self.now())
        after = retry_after(response.headers.get("Retry-After"), now)
        if after is None and status == 429:
            after = reset_after(response.headers, _value(body), now)
        if status in RETRIABLE_STATUSES:
            return _Retriable(f"answered with status {status}", after=after, reached=status != 429)
        message = self._vendor_message(body)
        if status >= 500:
            return VendorUnavailable(f"The vendor answered with status {status}{message}", retry_after=after)
        return VendorRefused(f"The vendor refused with status {status}{message}", status=status)

    def _vendor_message(self, body: bytes) -> str:
        """The vendor's message as the end of a sentence: ": message", or "." without a readable message."""
        message = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+", " ", error_message(body))
        if self.secret:
            message = message.replace(self.secret, "***")
        message = message.strip()
        return f": {message[:MAX_MESSAGE_CHARACTERS]}" if message else "."


def _value(body: bytes) -> Any:
    try:
        return parse(body)
    except (NotJSON, BadRecord):
        return None


def error_message(body: bytes) -> str:
    """The message of an error answer: `detail`, `message` or `error` (or the `message` inside), else the whole answer.

    "" for an HTML page.
    """
    try:
        answer = parse(body)
    except (NotJSON, BadRecord):
        text = body.decode("utf-8", "replace").strip()
        return "" if text.startswith("<") else text
    if not isinstance(answer, dict):
        return str(answer)
    for key in ("detail", "message", "error"):
        if key in answer:
            detail = answer[key]
            if isinstance(detail, dict) and "message" in detail:
                detail = detail["message"]
            return "; ".join(map(_complaint, detail)) if key == "detail" and isinstance(detail, list) else str(detail)
    return json.dumps(answer, default=str)


def _complaint(entry: Any) -> str:
    """One entry of a `detail` list: "body.video_ids: field required"."""
    if not isinstance(entry, dict):
        return str(entry)
    location = entry.get("loc") or []
    where = ".".join(map(str, location)) if isinstance(location, list) else str(location)
    message = str(entry.get("msg") or entry.get("detail") or entry)
    return f"{where}: {message}" if where else message


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait, from a header with seconds or a date; None for anything unusable.

    `now`: epoch seconds by the clock of the server that wrote the date.
    """
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        seconds = float(text)
    else:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - now
        except (ValueError, OverflowError, TypeError):
            return None
    return min(seconds, MAX_RETRY_AFTER) if seconds > 0 else None


def _path(segments: tuple[str, ...]) -> str:
    """The path of `segments`, each percent-encoded so that none can change the path. Raises VendorRefused."""
    for segment in segments:
        if segment in ("", ".", "..") or any("\ud800" <= character <= "\udfff" for character in segment):
            raise VendorRefused(f"{segment!r} cannot be part of an address.")
    return "".join("/" + quote(segment, safe="") for segment in segments)


def _network_failure(error: requests.RequestException) -> SyncError | _Retriable:
    """The error for a network failure: retriable if another try may succeed."""
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return VendorRefused("The vendor's certificate cannot be trusted.")
    if isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(reason, NewConnectionError):
        return _Retriable("cannot be reached", reached=False)
    if isinstance(error, requests.exceptions.Timeout):
        return _Retriable("did not answer in time")
    if isinstance(
        error,
        (
            requests.exceptions.ConnectionError,
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        ),
    ):
        return _Retriable("broke off the connection")
    return VendorRefused("The request cannot be sent.")

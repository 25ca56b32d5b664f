"""HTTP that reaches public addresses only: it checks every address and connects to the checked one."""

import ipaddress
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from functools import partial
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from io import BufferedReader, RawIOBase
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from batches.errors import VendorRefused, VendorUnavailable

Resolve = Callable[[str, int], Iterable[str]]

STANDARD_PORTS = {"http": 80, "https": 443}
LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".onion")
# Everything outside 2000::/3 is local or special.
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# Blocks of IANA's special-purpose registries that `ipaddress` calls global: protocols (Teredo and ORCHID among them),
# relays, 6to4 (its IPv4 address would be unchecked), sinks for reverse lookups, documentation.
SPECIAL = tuple(map(ipaddress.ip_network, (
    "192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24",
    "2001::/23", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
)))  # fmt: skip

_read_until: ContextVar[float] = ContextVar("read_until", default=float("inf"))


def resolve_host(host: str, port: int) -> list[str]:
    """All addresses of `host`, in the system's order. Raises socket.gaierror."""
    entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in entries))


def is_public(address: str) -> bool:
    """Whether a packet to `address` (an IPv4 or IPv6 literal) can only leave for the public internet."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if ip.is_multicast or ip.is_reserved or not ip.is_global:
        return False
    return (ip.version == 4 or ip in GLOBAL_UNICAST) and not any(ip in block for block in SPECIAL)


class Guard:
    """Decides which hosts a session may reach. `private_hosts` holds `host` or `host:port` entries that are exempt."""

    def __init__(self, private_hosts: Iterable[str] = (), resolve: Resolve = resolve_host) -> None:
        self.private_hosts = frozenset(entry.strip().lower() for entry in private_hosts)
        self.resolve = resolve

    def exempt(self, host: str, port: int) -> bool:
        """Whether the operator named this host; an entry without a port means ports 80 and 443."""
        name = host.lower().strip("[]")
        written = f"[{name}]" if ":" in name else name
        if f"{written}:{port}" in self.private_hosts:
            return True
        return port in STANDARD_PORTS.values() and not self.private_hosts.isdisjoint({name, written})

    def check_url(self, url: str) -> None:
        """Raise VendorRefused unless `url` may be fetched. Checks the spelling only, without resolver or packet."""
        parts = _split(url)
        host = (parts.hostname or "").rstrip(".")
        port = parts.port or STANDARD_PORTS[parts.scheme]
        if self.exempt(host, port):
            return
        if parts.scheme != "https":
            raise VendorRefused(f"The address of {host} must begin with https://.")
        if port not in STANDARD_PORTS.values():
            raise VendorRefused(f"Port {port} of {host} is not allowed.")
        _check_host(host)

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses to connect to. Raises VendorRefused if any of them is not public, socket.gaierror if none."""
        addresses = list(self.resolve(host, port))
        if not self.exempt(host.rstrip("."), port) and not all(is_public(address) for address in addresses):
            raise VendorRefused(f"{host} resolves to an address that is not public.")
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        return addresses


def _split(url: str) -> SplitResult:
    """The parts of `url`. Raises VendorRefused if parsers could disagree about them."""
    if not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        raise VendorRefused("The address contains a space, a backslash or a character that is not plain ASCII.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise VendorRefused("The address is not valid.") from error
    if parts.scheme not in STANDARD_PORTS:
        raise VendorRefused("The address must begin with https://.")
    if "@" in parts.netloc:
        raise VendorRefused("The address must not contain a user name or a password.")
    if not parts.hostname or port == 0 or not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", parts.hostname):
        raise VendorRefused("The address has no valid host name.")
    return parts


def _check_host(host: str) -> None:
    """Raise VendorRefused for local names and for address literals that are malformed or not public."""
    last = host.rsplit(".", 1)[-1]
    if ":" in host or last.isdigit() or last.startswith("0x"):
        if not is_public(host):
            raise VendorRefused(f"{host} is not a public address.")
    elif "." not in host or f".{host}".endswith(LOCAL_SUFFIXES):
        raise VendorRefused(f"{host} is a name in a local network.")


class _Until(RawIOBase):
    """The bytes of a socket until a deadline. After it reading times out, even if bytes still arrive."""

    def __init__(self, raw: RawIOBase, sock: socket.socket, until: float) -> None:
        self.raw, self.sock, self.until, self.patience = raw, sock, until, sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        if self.until != float("inf"):
            self.sock.settimeout(left if self.patience is None else min(left, self.patience))
        return self.raw.readinto(buffer)

    def close(self) -> None:
        self.raw.close()
        super().close()


class _BoundedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = BufferedReader(_Until(self.fp.detach(), sock, _read_until.get()), 65_536)


class _Vetted(HTTPConnection):
    """Connects to the checked address. Host header, SNI and certificate name stay those of the URL."""

    response_class = _BoundedResponse

    def __init__(self, *args: Any, guard: Guard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.guard = guard

    def _new_conn(self) -> socket.socket:
        try:
            addresses = self.guard.addresses(self.host, self.port)
        except (socket.gaierror, UnicodeError) as error:
            reason = error if isinstance(error, socket.gaierror) else socket.gaierror(socket.EAI_NONAME, str(error))
            raise NameResolutionError(self.host, self, reason) from error
        failure: OSError | None = None
        for address in addresses[:4]:
            try:
                return create_connection((address, self.port), self.timeout, socket_options=self.socket_options)
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, f"{self.host} did not answer in time") from failure
        raise NewConnectionError(self, f"no connection to {self.host}: {failure}") from failure


class _VettedTLS(_Vetted, HTTPSConnection):
    pass


class _Pools(PoolManager):
    def __init__(self, guard: Guard, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.guard = guard

    def _new_pool(self, scheme: str, host: str, port: int, request_context: Any = None) -> HTTPConnectionPool:
        pool = super()._new_pool(scheme, host, port, request_context)
        connection = _VettedTLS if isinstance(pool, HTTPSConnectionPool) else _Vetted
        pool.ConnectionCls = partial(connection, guard=self.guard)  # type: ignore[assignment]
        return pool


class _SafeAdapter(HTTPAdapter):
    def __init__(self, guard: Guard, pool_size: int) -> None:
        self.guard = guard
        super().__init__(pool_connections=pool_size, pool_maxsize=pool_size, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        self.poolmanager = _Pools(self.guard, num_pools=connections, maxsize=maxsize, block=block, **kwargs)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self.guard.check_url(request.url or "")
        return super().send(request, *args, **kwargs)


class SafeSession(requests.Session):
    """A requests session that reaches checked addresses only, follows no redirect, and uses no netrc, proxy or cookie.

    `seconds` limits every exchange as a whole, even if bytes still arrive; `timeout=` limits each wait as usual. A
    refused address raises VendorRefused (status 0) before any packet; other failures are those of requests.
    """

    def __init__(
        self,
        private_hosts: Iterable[str] = (),
        *,
        resolve: Resolve = resolve_host,
        seconds: float = 300.0,
        pool_size: int = 16,
    ) -> None:
        super().__init__()
        self.guard = Guard(private_hosts, resolve)
        self.seconds = seconds
        self.trust_env = False
        self.max_redirects = 0
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.adapters.clear()
        for scheme in ("https://", "http://"):
            self.mount(scheme, _SafeAdapter(self.guard, pool_size))

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        # Checks the URL as given, because preparing a request would remove a backslash.
        self.guard.check_url(url.decode("latin-1") if isinstance(url, bytes) else url)
        return super().request(method, url, *args, **kwargs)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        token = _read_until.set(time.monotonic() + self.seconds)
        try:
            return super().send(request, **kwargs)
        finally:
            _read_until.reset(token)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


def read_capped(
    response: requests.Response, max_bytes: int, deadline: float, clock: Callable[[], float] = time.monotonic
) -> bytes:
    """The decoded body of a streamed `response`, at most `max_bytes`, read before `deadline` (by `clock`).

    Raises VendorRefused if it is larger and VendorUnavailable if it takes too long; both close the response.
    """
    return b"".join(capped_pieces(response, max_bytes, deadline, clock))


def capped_pieces(
    response: requests.Response,
    max_bytes: int,
    deadline: float,
    clock: Callable[[], float] = time.monotonic,
    piece_size: int = 65_536,
) -> Iterator[bytes]:
    """The body in pieces of `piece_size` bytes. If the answer breaks off, its last incomplete piece is lost."""
    size = 0
    for piece in response.iter_content(piece_size):
        size += len(piece)
        if size > max_bytes:
            response.close()
            raise VendorRefused(f"The answer is larger than {max_bytes:,} bytes.")
        if clock() > deadline:
            response.close()
            raise VendorUnavailable("The answer took too long.")
        yield piece

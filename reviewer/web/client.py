"""Who asks, as seen through the proxies in front: one address for the ledger, the limits and the log."""

import ipaddress
import logging
import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

logger = logging.getLogger(__name__)

IPV6_PREFIX = 64  # what one household or host has
BRACKETED = re.compile(r"\[([^\[\]]+)\](?::\d{1,5})?")
WITH_PORT = re.compile(r"([\d.]+):\d{1,5}")


class ClientAddressMiddleware:
    """Sets REMOTE_ADDR to the last address in X-Forwarded-For that no trusted proxy has, and leaves
    X-Forwarded-Proto to trusted proxies only: others may invent either header.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.networks = [ipaddress.ip_network(text, strict=False) for text in settings.TRUSTED_PROXIES]
        self.warned = False

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        peer = request.META.get("REMOTE_ADDR", "")
        if self.networks and self.trusts(peer):
            if forwarded:
                request.META["REMOTE_ADDR"] = self.behind(peer, forwarded)
        else:
            scheme = request.META.get("HTTP_X_FORWARDED_PROTO", "")
            if scheme:
                request.META["HTTP_X_FORWARDED_PROTO"] = ""  # emptied: /metrics still sees that a proxy is there
            if self.networks and (forwarded or scheme):
                self.warn(peer)
        return self.get_response(request)

    def trusts(self, text: str) -> bool:
        """A socket of this machine has no address, and only a proxy in front of it connects there."""
        address = parse_address(text)
        if address is None:
            return not text
        return any(address in network for network in self.networks)

    def behind(self, peer: str, forwarded: str) -> str:
        """Each proxy appends the address it saw: from the end, the first that is no proxy of ours."""
        for text in reversed(forwarded.split(",")):
            address = parse_address(text.strip())
            if address is None:
                break
            peer = str(address)
            if not self.trusts(peer):
                break
        return peer

    def warn(self, peer: str) -> None:
        """Once a process: with a proxy that is not trusted everybody would have its address."""
        if not self.warned:
            self.warned = True
            logger.warning(
                "X-Forwarded headers from %s are ignored; if that is your proxy, add it to TRUSTED_PROXIES", peer
            )


def parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address as proxies and sockets write it: with a port, a network card, or IPv4 inside IPv6."""
    if match := BRACKETED.fullmatch(text) or WITH_PORT.fullmatch(text):
        text = match[1]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def client_ip(request: HttpRequest) -> str | None:
    """The IP address of the client; None if the socket has none (a Unix socket)."""
    address = parse_address(request.META.get("REMOTE_ADDR", ""))
    return None if address is None else str(address)


def network_of(request: HttpRequest) -> str:
    """What limits count by: an IPv4 address, or the network that one holder of IPv6 addresses has."""
    text = str(request.META.get("REMOTE_ADDR", ""))
    address = parse_address(text)
    if address is None:
        return text
    if address.version == 6:
        return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
    return str(address)

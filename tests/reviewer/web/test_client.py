"""Whose request it is, behind proxies and behind forged headers."""

import logging
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from batches.models import Action, Connection
from reviewer.web.client import ClientAddressMiddleware, network_of
from tests.factories import make_batch, make_event, make_item, make_member


def seen(settings: Any, peer: str, forwarded: str, trusted: tuple[str, ...] = ("127.0.0.0/8", "10.0.0.0/8")) -> str:
    settings.TRUSTED_PROXIES = list(trusted)
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": forwarded})
    ClientAddressMiddleware(lambda _: HttpResponse())(request)
    return str(request.META["REMOTE_ADDR"])


@pytest.mark.parametrize(("peer", "forwarded", "address"), [
    ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
    ("127.0.0.1", "1.2.3.4, 203.0.113.9", "203.0.113.9"),  # the first is what the client wrote itself
    ("127.0.0.1", "203.0.113.9, 10.1.2.3", "203.0.113.9"),  # two proxies
    ("", "203.0.113.9", "203.0.113.9"),  # a socket
    ("127.0.0.1", "2001:db8::1", "2001:db8::1"),
    ("::ffff:10.1.2.3", "203.0.113.9", "203.0.113.9"),  # a socket for IPv4 and IPv6
    ("127.0.0.1", "203.0.113.9:51234", "203.0.113.9"),
    ("127.0.0.1", "[2001:db8::1]:443, ::ffff:10.1.2.3", "2001:db8::1"),
    ("127.0.0.1", "fe80::1%eth0", "fe80::1"),
    ("127.0.0.1", "unknown", "127.0.0.1"),
    ("127.0.0.1", "203.0.113.9, <script>", "127.0.0.1"),
    ("127.0.0.1", "10.1.1.1", "10.1.1.1"),
    ("198.51.100.7", "203.0.113.9", "198.51.100.7"),  # no proxy of ours: anybody can write the header
])  # fmt: skip
def test_the_client_is_the_last_address_that_is_no_proxy(
    settings: Any, peer: str, forwarded: str, address: str
) -> None:
    assert seen(settings, peer, forwarded) == address


def test_without_trusted_proxies_the_header_counts_for_nothing(settings: Any) -> None:
    assert seen(settings, "127.0.0.1", "203.0.113.9", trusted=()) == "127.0.0.1"


@pytest.mark.parametrize(("peer", "trusted", "secure"), [
    ("10.1.2.3", ["10.0.0.0/8"], True), ("198.51.100.7", ["10.0.0.0/8"], False), ("127.0.0.1", [], False),
])  # fmt: skip
def test_only_a_trusted_proxy_says_that_a_request_is_secure(
    settings: Any, peer: str, trusted: list[str], secure: bool
) -> None:
    settings.TRUSTED_PROXIES, settings.SECURE_PROXY_SSL_HEADER = trusted, ("HTTP_X_FORWARDED_PROTO", "https")
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={"X-Forwarded-Proto": "https"})
    ClientAddressMiddleware(lambda _: HttpResponse())(request)
    assert request.is_secure() is secure


def test_an_untrusted_proxy_is_named_once(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    middleware = ClientAddressMiddleware(lambda _: HttpResponse())
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            middleware(RequestFactory().get("/", REMOTE_ADDR="172.17.0.1", headers={"X-Forwarded-For": "203.0.113.9"}))
    assert [record.getMessage() for record in caplog.records] == [
        "X-Forwarded headers from 172.17.0.1 are ignored; if that is your proxy, add it to TRUSTED_PROXIES"
    ]


@pytest.mark.parametrize(("address", "network"), [
    ("203.0.113.9", "203.0.113.9"), ("2001:db8::1", "2001:db8::/64"), ("::ffff:203.0.113.9", "203.0.113.9"),
    ("fe80::1%eth0", "fe80::/64"), ("", ""),
])  # fmt: skip
def test_limits_count_an_ipv6_network_as_one(address: str, network: str) -> None:
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = address
    assert network_of(request) == network


def test_the_ledger_has_the_clients_address(settings: Any, account: Connection) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    event = make_event(make_item(make_batch(account)))
    client = Client(headers={"X-Forwarded-For": "9.9.9.9, 203.0.113.9"})
    client.force_login(make_member(account, "reviewer"))
    body = {
        "key": "3e7f9d1c-6f0b-4a59-9c3e-0b8a5d2f7c11",
        "version": event.version,
        "fingerprint": event.fingerprint,
    }
    assert client.post(f"/events/{event.pk}/decide/", {**body, "approval": "approved"}).status_code == 303
    assert Action.objects.get().ip_address == "203.0.113.9"

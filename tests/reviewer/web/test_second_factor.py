"""Second factors: a password alone signs nobody in who has one, and what is stored is encrypted."""

import json
import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth.models import User
from django.core.cache import cache, caches
from django.test import Client
from django.utils import timezone
from fido2.cose import ES256
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorAttestationResponse,
    AuthenticatorData,
    CollectedClientData,
    RegistrationResponse,
)

from tests.factories import make_user

pytestmark = pytest.mark.django_db
PASSWORD = {"username": "nia", "password": "secret-enough"}


@pytest.fixture
def nia() -> User:
    return make_user("nia", is_staff=True, is_superuser=True)


def code_of(secret: str) -> str:
    _, counter, _ = totp.yield_hotp_counters_from_time()  # of now: it counts for 30 seconds more at least
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def add_app(client: Client) -> str:
    """Turn the app on. Returns its secret."""
    path = "/account/second-factor/app/add/"
    assert client.get(path).headers["Location"].startswith("/account/confirm/")
    assert client.post("/account/confirm/", {"password": "secret-enough"}).status_code == 302
    page = client.get(path).content.decode()
    secret = re.search(r'value="([A-Z2-7]{32})"', page)[1]  # type: ignore[index]
    client.post(path, {"code": code_of(secret)})
    return secret


@pytest.fixture
def secret(nia: User, settings: Any) -> str:
    client = Client()
    client.post("/login/", PASSWORD)
    return add_app(client)


def test_the_code_is_asked_for_after_the_password(secret: str) -> None:
    client = Client()
    assert client.post("/login/?next=/tokens/", PASSWORD).headers["Location"] == "/account/second-factor/code/"
    assert client.get("/batches/").status_code == 302
    assert client.post("/account/second-factor/code/", {"code": "000000"}).status_code == 200
    assert client.get("/batches/").status_code == 302
    cache.clear()  # a code works once
    answer = client.post("/account/second-factor/code/", {"code": code_of(secret)})
    assert answer.headers["Location"] in ("/tokens/", "/desk/")
    assert client.get("/batches/").status_code == 200


def test_a_recovery_code_works_once(secret: str, nia: User) -> None:
    recovery = Authenticator.objects.get(user=nia, type="recovery_codes").wrap()
    code = recovery.get_unused_codes()[0]
    for expected in (302, 200):
        client = Client()
        client.post("/login/", PASSWORD)
        assert client.post("/account/second-factor/code/", {"code": code}).status_code == expected


def test_the_console_has_no_way_around_it(secret: str) -> None:
    client = Client()
    assert client.get("/admin/").status_code == 302
    assert client.post("/admin/login/?next=/admin/", PASSWORD).headers["Location"] == "/login/?next=/admin/"
    assert client.get("/admin/").status_code == 302


def test_the_database_holds_the_secret_encrypted(secret: str) -> None:
    stored = " ".join(str(row.data) for row in Authenticator.objects.all())
    assert secret not in stored
    assert "gAAAA" in stored


def test_a_change_of_factors_requires_the_password_again(secret: str) -> None:
    client = Client()
    client.force_login(User.objects.get())
    answer = client.post("/account/second-factor/app/remove/")
    assert answer.headers["Location"].startswith("/account/confirm/")
    assert Authenticator.objects.filter(type="totp").exists()


def test_guessing_codes_is_limited(secret: str) -> None:
    client = Client()
    client.post("/login/", PASSWORD)
    for _ in range(20):
        page = client.post("/account/second-factor/code/", {"code": "000000"}).content.decode()
    assert "Too many" in page
    del caches["default"]  # another process
    assert client.post("/account/second-factor/code/", {"code": code_of(secret)}).status_code == 200


def test_a_code_works_once_over_all_processes(secret: str) -> None:
    code = code_of(secret)
    for expected in (302, 200):
        client = Client()
        client.post("/login/", PASSWORD)
        assert client.post("/account/second-factor/code/", {"code": code}).status_code == expected
        assert client.get("/batches/").status_code == {302: 200, 200: 302}[expected]
        del caches["default"]  # another process


@pytest.mark.once
def test_a_code_works_once_as_long_as_it_counts(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A code of the next half minute, which a fast clock shows, counts for 90 seconds."""
    period = time.time() // 30 * 30 + 3600
    code = totp.format_hotp_value(totp.hotp_value(secret, int(period // 30) + 1))
    for seconds, typed, expected in (
        (0, code, 302), (1, code, 200), (45, f"{code[:3]} {code[3:]}", 200), (89.9, code, 200),
    ):  # fmt: skip
        now = period + seconds
        monkeypatch.setattr(time, "time", lambda now=now: now)
        monkeypatch.setattr(timezone, "now", lambda now=now: datetime.fromtimestamp(now, UTC))
        client = Client()
        client.post("/login/", PASSWORD)
        assert client.post("/account/second-factor/code/", {"code": typed}).status_code == expected, seconds


@pytest.mark.once
def test_a_passkey_is_offered_to_those_who_have_one(secret: str, nia: User) -> None:
    client = Client()
    client.post("/login/", PASSWORD)
    assert "use-passkey" not in client.get("/account/second-factor/code/").text
    WebAuthn.add(nia, "phone", passkey())
    assert "use-passkey" in client.get("/account/second-factor/code/").text


def passkey() -> dict[str, Any]:
    """What a browser sends when somebody adds a passkey."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    data = AuthenticatorData.create(
        bytes(32), AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT, 0,
        AttestedCredentialData.create(Aaguid(bytes(16)), b"one", key),
    )  # fmt: skip
    response = AuthenticatorAttestationResponse(
        client_data=CollectedClientData.create("webauthn.create", b"challenge", "http://testserver"),
        attestation_object=AttestationObject.create("none", data, {}),
    )
    return json.loads(json.dumps(dict(RegistrationResponse(raw_id=b"one", response=response))))


def test_every_page_of_factors_is_in_our_look(secret: str) -> None:
    client = Client()
    client.post("/login/", PASSWORD)
    cache.clear()  # a code works once
    client.post("/account/second-factor/code/", {"code": code_of(secret)})
    cache.clear()
    assert 'class="sheet"' in client.get("/account/second-factor/confirm/").content.decode()
    client.post("/account/second-factor/confirm/", {"code": code_of(secret)})
    for path in ("", "app/remove/", "recovery/", "recovery/new/", "keys/", "keys/add/"):
        answer = client.get(f"/account/second-factor/{path}")
        assert answer.status_code == 200, path
        page = answer.content.decode()
        assert 'class="sheet"' in page, path
        assert "unsafe" not in answer.headers["Content-Security-Policy"], path


def test_an_administrator_helps_somebody_who_lost_everything(secret: str, nia: User) -> None:
    client = Client()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    assert "Remove 1 second factor" in client.get(f"/people/{nia.pk}/").content.decode()
    client.post(f"/people/{nia.pk}/", {"do": "factors"})
    assert Client().post("/login/", PASSWORD).headers["Location"] == "/desk/"

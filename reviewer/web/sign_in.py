"""Guessing of passwords is slowed down, and nobody is locked out by it.

Failures count for a name at an address, for a name on a device that signed in before, and for an address over all
names. A stranger's failures never count against the owner's device. Only a few passwords are hashed at once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from secrets import token_urlsafe
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy

from batches.errors import TooMany
from batches.models import Tally
from batches.models.tally import tally_key
from reviewer.web.client import network_of
from reviewer.web.sessions import person_of_session

FREE = 5  # failures without a delay
FIRST_DELAY, LONGEST_DELAY = 5, 900  # seconds; doubled with each failure
REMEMBERED = timedelta(days=1)  # since the last failure
ADDRESS_FAILURES, ADDRESS_PERIOD = 50, timedelta(minutes=15)
DEVICE_COOKIE, DEVICE_SALT, DEVICE_SECONDS = "device", "reviewer.device", 180 * 24 * 3600
DEVICE_PEOPLE = 5  # that one device remembers
WAITING = 3  # sign-ins of strangers that a process holds, and as many of known devices; one of each is hashed at once

BACKEND = "reviewer.web.sign_in.GuardedBackend"  # whose people sign in without a password being looked at

REFUSAL = gettext_lazy("Too many failed sign-ins. Try again in {seconds} seconds.")
BUSY = gettext_lazy("Too many people are signing in. Try again in a few seconds.")


def delay(failures: int) -> int:
    """Seconds to wait after so many failures."""
    return 0 if failures < FREE else min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(failures - FREE, 20))


class Hashing:
    """One password at a time, and a few that wait."""

    def __init__(self) -> None:
        self._room, self._turn = BoundedSemaphore(WAITING), BoundedSemaphore(1)

    @contextmanager
    def turn(self) -> Iterator[None]:
        if not self._room.acquire(blocking=False):
            raise TooMany(str(BUSY), 3)
        try:
            with self._turn:
                yield
        finally:
            self._room.release()


STRANGERS, KNOWN_DEVICES = Hashing(), Hashing()


class GuardedBackend(ModelBackend):
    """Django's own, behind the limits; a person comes with the profile and the keys. Raises TooMany."""

    def get_user(self, user_id: Any) -> User | None:
        user = person_of_session.get()
        if user is None or user.pk != user_id:
            user = User.objects.filter(pk=user_id).select_related("profile", "key_preference").first()
        return user if user and self.user_can_authenticate(user) else None

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if request is None or username is None or password is None:
            return None
        device, address = known_device(request, username), tally_key("sign-in address", network_of(request))
        if device:
            attempts, hashing = tally_key("sign-in device", username, device), KNOWN_DEVICES
        else:
            attempts, hashing = tally_key("sign-in", username.casefold(), network_of(request)), STRANGERS
        with hashing.turn():
            _check(attempts, "" if device else address)
            user = super().authenticate(request, username, password, **kwargs)
            if user is not None:
                Tally.objects.forget(attempts)
            else:
                Tally.objects.add(attempts, REMEMBERED, from_now=True)
                Tally.objects.add(address, ADDRESS_PERIOD)
        return user


def _check(attempts: str, address: str) -> None:
    """Before a password is looked at. Raises TooMany while a delay lasts."""
    wait = 0.0
    if failures := Tally.objects.so_far(attempts):
        wait = delay(failures.count) - (timezone.now() - failures.counted_at).total_seconds()
    if address and (tally := Tally.objects.so_far(address)) and tally.count >= ADDRESS_FAILURES:
        wait = max(wait, tally.seconds_left)
    if wait > 0:
        raise TooMany(REFUSAL.format(seconds=round(wait) or 1), wait)


def known_device(request: HttpRequest, username: str) -> str:
    """The id of a device on which this person has signed in before; empty for any other."""
    device = _device(request)
    person = User.objects.filter(username=username).values_list("pk", flat=True).first()
    return device["id"] if device and person in device["people"] else ""


def _device(request: HttpRequest) -> dict[str, Any] | None:
    try:
        return signing.loads(request.COOKIES.get(DEVICE_COOKIE, ""), salt=DEVICE_SALT, max_age=DEVICE_SECONDS)  # type: ignore[no-any-return]
    except signing.BadSignature:
        return None


def note_device(request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    """After a sign-in: the response will say that this person was here."""
    if request is not None:
        request.signed_in = user.pk  # type: ignore[attr-defined]


class RememberDeviceMiddleware:
    """Puts the cookie of a known device into the response of a sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if person := getattr(request, "signed_in", None):
            device = _device(request) or {"id": token_urlsafe(12), "people": []}
            device["people"] = [person, *(pk for pk in device["people"] if pk != person)][:DEVICE_PEOPLE]
            response.set_cookie(
                DEVICE_COOKIE, signing.dumps(device, salt=DEVICE_SALT), max_age=DEVICE_SECONDS, httponly=True,
                secure=settings.SESSION_COOKIE_SECURE, samesite="Lax",
            )  # fmt: skip
        return response

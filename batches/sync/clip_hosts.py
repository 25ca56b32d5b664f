"""Asks the host of a clip for its first byte: why a browser cannot play it, and whether a later try may succeed."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from batches.errors import VendorRefused, VendorUnavailable
from batches.sync.http import retry_after
from batches.sync.quota import server_time
from batches.sync.safe import SafeSession
from batches.sync.slots import BRIEF, SLOTS

PATIENCE = 5  # seconds for a host to answer
WAIT = 5.0  # seconds until the next try, where the host names none

LATER = {
    503: gettext_noop("The clip is being prepared. It plays as soon as it is ready."),
    429: gettext_noop("The clip's host asks for a pause. The clip plays after it."),
}


@contextmanager
def first_byte(url: str) -> Iterator[requests.Response]:
    """The host's answer to a request of the clip's first byte. Raises as requests, and VendorRefused."""
    with (
        closing(SafeSession(settings.PRIVATE_HOSTS, seconds=PATIENCE)) as session,
        session.get(url, headers={"Range": "bytes=0-0"}, stream=True, timeout=PATIENCE) as answer,
    ):
        yield answer


def check_later(url: str) -> None:
    """Raises VendorUnavailable, with the seconds to wait, if the host says that it gives the clip later.

    A host that this server cannot reach may be one that the browser reaches: nothing is said about it.
    """
    with SLOTS.taken(urlsplit(url).netloc, patience=BRIEF) as has_slot:
        if not has_slot:
            return
        try:
            with first_byte(url) as answer:
                status, headers = answer.status_code, answer.headers
        except (requests.RequestException, VendorRefused):
            return
    if status in LATER:
        wait = retry_after(headers.get("Retry-After"), server_time(headers, time.time())) or WAIT
        raise VendorUnavailable(_(LATER[status]), retry_after=wait)

"""How many downloads are streamed at once: each holds a thread for as long as its reader takes."""

from collections.abc import Callable
from threading import BoundedSemaphore, Lock
from weakref import WeakKeyDictionary, ref

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from batches.errors import TooMany
from reviewer.web.refusals import too_many
from reviewer.web.serving import threads

# Of one process; some threads stay free in any case. What is open without an account has slots of its own.
OPEN_SLOTS = BoundedSemaphore(max(1, threads // 4))
OF_A_PERSON = max(1, threads // 4)
OF_ALL = max(1, threads // 2)
RETRY_AFTER = 10  # seconds
OTHERS = gettext_lazy(
    "Too many downloads are running. Try again in a few seconds, or prepare the download in the background."
)


under_way: WeakKeyDictionary[HttpResponseBase, int] = WeakKeyDictionary()  # whose the responses are that are being sent
_lock = Lock()


def one_of_few(response: HttpResponseBase) -> HttpResponseBase:
    """Acquire one of OPEN_SLOTS until the response is closed. Raises TooMany if none is free."""
    if not OPEN_SLOTS.acquire(blocking=False):
        raise TooMany(_("Too many downloads through links are running. Try again in a few seconds."), 5)
    response._resource_closers.append(OPEN_SLOTS.release)  # type: ignore[attr-defined]
    return response


class StreamLimitMiddleware:
    """429 for one more streamed response of a person, or of all people, than there are slots."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not response.streaming or request.method == "HEAD" or not request.user.is_authenticated:
            return response
        if refusal := _begin(response, request.user.pk):
            for close in response._resource_closers:  # type: ignore[attr-defined]
                close()  # not the response itself: that would end the request, and its connection to the database
            return too_many(request, TooMany(refusal, RETRY_AFTER))
        return response


def _begin(response: HttpResponseBase, person: int) -> str:
    """Take a slot until the response is closed; why there is none."""
    with _lock:
        people = list(under_way.values())
        if people.count(person) >= OF_A_PERSON:
            return _too_many_of(OF_A_PERSON)
        if len(people) >= OF_ALL:
            return str(OTHERS)
        under_way[response] = person
    begun = ref(response)  # a cycle would keep a response that nobody reads, and its slot
    response._resource_closers.append(lambda: _end(begun()))  # type: ignore[attr-defined]
    return ""


def _too_many_of(count: int) -> str:
    text = ngettext(
        "You have {count} download running. Wait until it has ended, or prepare this one in the background.",
        "You have {count} downloads running. Wait until one has ended, or prepare the download in the background.",
        count,
    )
    return text.format(count=count)


def _end(response: HttpResponseBase | None) -> None:
    with _lock:
        if response is not None:
            under_way.pop(response, None)

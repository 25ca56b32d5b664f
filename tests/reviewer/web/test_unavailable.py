"""What is answered while PostgreSQL is away."""

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.test import RequestFactory

from reviewer.web.unavailable import DatabaseAvailabilityMiddleware, unavailable

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.case("K05")
@pytest.mark.skipif(connection.vendor == "sqlite", reason="about a server")
@pytest.mark.parametrize("path", ["/batches/", "/readyz"])
def test_what_waited_for_a_thread_is_answered_without_another_look(path: str) -> None:
    """A look takes seconds while the server is frozen, and the request has waited for seconds already: a probe most,
    because probes come each second and have one thread.
    """
    asked: list[HttpRequest] = []

    def lose_the_connection(request: HttpRequest) -> HttpResponseBase:
        asked.append(request)
        connection.close()
        return unavailable(request)

    middleware, request = DatabaseAvailabilityMiddleware(lose_the_connection), RequestFactory().get(path)
    assert middleware(request).status_code == 503
    assert middleware(request).status_code == 503
    assert len(asked) == 1
    assert connection.connection is None, "nobody looked"
    middleware.next_look = 0.0
    middleware(request)
    assert len(asked) == 2, "the database is back"

"""Pages and JSON go out compressed where the client takes it; streams and short answers as they are."""

import gzip

import pytest
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import Client, RequestFactory

from reviewer.web.compressed import CompressionMiddleware
from tests.factories import make_event

LONG = "<p>A silver van cuts in.</p>" * 100


def answer(response: HttpResponseBase, encoding: str = "br, gzip") -> HttpResponseBase:
    request = RequestFactory().get("/", headers={"Accept-Encoding": encoding})
    return CompressionMiddleware(lambda _: response)(request)


def test_a_page_is_compressed_and_reads_back_the_same() -> None:
    response = answer(HttpResponse(LONG))
    assert isinstance(response, HttpResponse)
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Vary"] == "Accept-Encoding"
    assert response.headers["Content-Length"] == str(len(response.content))
    assert gzip.decompress(response.content).decode() == LONG
    assert len(response.content) < len(LONG) / 5


def test_lengths_of_the_same_page_differ_to_protect_secrets() -> None:
    responses = [answer(HttpResponse(LONG)) for _ in range(40)]
    assert len({response.headers["Content-Length"] for response in responses}) > 10


def test_a_client_that_takes_no_gzip_gets_the_page_and_caches_know() -> None:
    response = answer(HttpResponse(LONG), encoding="identity")
    assert isinstance(response, HttpResponse)
    assert response.content.decode() == LONG
    assert response.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse("short"),
        HttpResponse(LONG, headers={"Content-Encoding": "br"}),
        HttpResponse(LONG, headers={"ETag": '"of-these-bytes"'}),
        HttpResponse(LONG, content_type="image/jpeg"),
        StreamingHttpResponse(iter([LONG.encode()]), content_type="text/html"),
    ],
    ids=["short", "encoded", "with an ETag", "no text", "streamed"],
)
def test_other_responses_are_left_alone(response: HttpResponseBase) -> None:
    before = dict(response.headers)
    assert dict(answer(response).headers) == before


def test_the_grid_and_an_api_page_are_compressed(reviewer: Client, account: object) -> None:
    batch = make_event().batch
    batch.connection = account  # type: ignore[assignment]
    batch.save()
    for address in (f"/batches/{batch.pk}/", "/api/v1/schema/"):
        response = reviewer.get(address, headers={"Accept-Encoding": "gzip"})
        assert response.headers["Content-Encoding"] == "gzip", address
        assert gzip.decompress(response.content)

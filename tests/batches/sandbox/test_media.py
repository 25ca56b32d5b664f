"""Clips and pictures as an object store would serve them."""

from dataclasses import replace

import pytest
import requests

from batches.sandbox.server import Sandbox
from batches.sandbox.world import Missing, NotReady, World

CLIP = bytes(range(256)) * 4


class Shelf:
    """Footage without films."""

    def clip(self, video_id: str) -> bytes:
        if video_id == "late":
            raise NotReady
        if video_id != "v0":
            raise Missing
        return CLIP

    def thumbnail(self, video_id: str, name: str) -> bytes:
        if name != "e0":
            raise Missing
        return b"\xff\xd8jpeg"


WORLD = World({}, [{"video_id": name} for name in ("v0", "late", "gone")], footage=Shelf())


def signed(sandbox: Sandbox, video: str = "v0", **options: object) -> str:
    answer = requests.post(
        f"{sandbox.url}/api/video/{video}/signed-url", json=options, headers={"X-API-Key": sandbox.key}, timeout=5
    )
    return str(answer.json()["url"])


@pytest.mark.parametrize(
    ("asked", "status", "content_range", "body"),
    [
        (None, 200, None, CLIP),
        ("bytes=0-", 206, "bytes 0-1023/1024", CLIP),
        ("bytes=0-0", 206, "bytes 0-0/1024", CLIP[:1]),
        ("bytes=1000-5000", 206, "bytes 1000-1023/1024", CLIP[1000:]),
        ("bytes=-24", 206, "bytes 1000-1023/1024", CLIP[1000:]),
        ("bytes=-5000", 206, "bytes 0-1023/1024", CLIP),
        ("bytes=1024-", 416, "bytes */1024", b""),
        ("bytes=-0", 416, "bytes */1024", b""),
        ("bytes=7-3", 200, None, CLIP),
        ("bytes=0-1,5-6", 200, None, CLIP),
        ("lines=0-1", 200, None, CLIP),
        ("bytes=-", 200, None, CLIP),
    ],
)
def test_ranges(asked: str | None, status: int, content_range: str | None, body: bytes) -> None:
    with Sandbox(WORLD) as sandbox:
        answer = requests.get(signed(sandbox), headers={"Range": asked} if asked else {}, timeout=5)
    assert (answer.status_code, answer.headers.get("Content-Range"), answer.content) == (status, content_range, body)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"  # a page may save a frame


def test_a_range_of_another_version_gets_the_whole() -> None:
    with Sandbox(WORLD) as sandbox:
        url = signed(sandbox)
        etag = requests.get(url, timeout=5).headers["ETag"]
        same = requests.get(url, headers={"Range": "bytes=0-9", "If-Range": etag}, timeout=5)
        other = requests.get(url, headers={"Range": "bytes=0-9", "If-Range": '"old"'}, timeout=5)
    assert (same.status_code, other.status_code) == (206, 200)


def test_head_needs_an_address_signed_for_head_and_sends_no_body() -> None:
    with Sandbox(WORLD) as sandbox:
        right = requests.head(signed(sandbox, method="HEAD"), timeout=5)
        wrong = requests.head(signed(sandbox), timeout=5)
    assert (right.status_code, right.headers["Content-Length"], right.headers["Content-Type"]) == (
        200,
        "1024",
        "video/mp4",
    )
    assert wrong.status_code == 403


def test_a_signed_address_expires() -> None:
    with Sandbox(WORLD) as sandbox:
        url = signed(sandbox, expires_in=60)
        sandbox.state.fast_forward(55)
        before = requests.get(url, timeout=5)
        sandbox.state.fast_forward(10)
        after = requests.get(url, timeout=5)
    assert (before.status_code, after.status_code) == (200, 403)
    assert b"ExpiredToken" in after.content


@pytest.mark.parametrize(
    "change", [("v0", "gone"), ("expires=", "expires=9"), ("signature=", "signature=0"), ("method=GET", "method=PUT")]
)
def test_a_changed_address_is_refused_or_makes_no_difference(change: tuple[str, str]) -> None:
    with Sandbox(WORLD) as sandbox:
        answer = requests.get(signed(sandbox).replace(*change), timeout=5)
    assert answer.status_code == (200 if change[1] == "method=PUT" else 403)


def test_an_address_without_a_signature_is_refused() -> None:
    with Sandbox(WORLD) as sandbox:
        assert requests.get(f"{sandbox.url}/media/clips/v0.mp4", timeout=5).status_code == 403


@pytest.mark.parametrize("header", ["X-API-Key", "Authorization"])
def test_a_request_with_two_kinds_of_authentication_is_refused(header: str) -> None:
    with Sandbox(WORLD) as sandbox:
        clip = requests.get(signed(sandbox), headers={header: "Bearer x"}, timeout=5)
        picture = requests.get(f"{sandbox.url}/media/thumbnails/v0/e0.jpg", headers={header: "Bearer x"}, timeout=5)
    assert (clip.status_code, picture.status_code) == (400, 400)


def test_pictures_are_open_and_unknown_ones_are_404() -> None:
    with Sandbox(WORLD) as sandbox:
        response = requests.get(f"{sandbox.url}/media/thumbnails/v0/e0.jpg", timeout=5)
        missing = requests.get(f"{sandbox.url}/media/thumbnails/v0/e1.jpg", timeout=5)
    assert (response.status_code, response.headers["Content-Type"], response.content) == (
        200,
        "image/jpeg",
        b"\xff\xd8jpeg",
    )
    assert missing.status_code == 404


def test_a_clip_that_is_not_rendered_yet_says_when_to_come_back() -> None:
    with Sandbox(WORLD) as sandbox:
        late = requests.get(signed(sandbox, "late"), timeout=5)
        gone = requests.get(signed(sandbox, "gone"), timeout=5)
    assert (late.status_code, late.headers["Retry-After"], gone.status_code) == (503, "2", 404)


def test_without_footage_there_are_no_media() -> None:
    with Sandbox(replace(WORLD, footage=None)) as sandbox:
        assert requests.get(signed(sandbox), timeout=5).status_code == 404


def test_media_are_only_read() -> None:
    with Sandbox(WORLD) as sandbox:
        assert requests.put(f"{sandbox.url}/media/clips/v0.mp4", data=b"x", timeout=5).status_code == 405


@pytest.mark.parametrize(
    "options", [{"expires_in": 59}, {"expires_in": "900"}, {"expires_in": True}, {"method": "PUT"}]
)
def test_bad_options_of_a_signature_are_422(options: dict[str, object]) -> None:
    with Sandbox(WORLD) as sandbox:
        url, headers = f"{sandbox.url}/api/video/v0/signed-url", {"X-API-Key": sandbox.key}
        assert requests.post(url, json=options, headers=headers, timeout=5).status_code == 422


def test_many_signatures_answer_each_for_itself() -> None:
    asked = {"requests": [{"request_id": "a", "video_id": "v0"}, {"request_id": "b", "video_id": "nope"}]}
    with Sandbox(WORLD) as sandbox:
        url, headers = f"{sandbox.url}/api/video/signed-urls", {"X-API-Key": sandbox.key}
        results = requests.post(url, json=asked, headers=headers, timeout=5).json()["results"]
        served = requests.get(results["a"]["url"], timeout=5).status_code
        many = requests.post(url, json={"requests": asked["requests"] * 26}, headers=headers, timeout=5).status_code
    assert (results["a"]["ok"], served, many) == (True, 200, 422)
    assert results["b"] == {"ok": False, "error": "Video not found", "status": 404}

"""Difference hashes of pictures: the same for the same scene, with any coding and any boxes; smaller pictures."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
import responses
from django.conf import settings
from PIL import Image

from batches.sync import pictures
from batches.sync.alike import MAX_DIFFERENT_BITS
from batches.sync.pictures import NoPicture, difference_hash


def scene(seed: int) -> np.ndarray:
    """Large shapes like those of a road scene, 640 × 360."""
    rough = np.random.default_rng(seed).integers(0, 255, (9, 16, 3), dtype=np.uint8)
    return cv2.resize(rough, (640, 360), interpolation=cv2.INTER_CUBIC)


def coded(image: np.ndarray, kind: str = ".jpg", quality: int = 85) -> bytes:
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if kind == ".jpg" else []
    return cv2.imencode(kind, image, options)[1].tobytes()


def bits(first: bytes, second: bytes) -> int:
    return ((difference_hash(first) ^ difference_hash(second)) % 2**64).bit_count()


def boxed(image: np.ndarray) -> np.ndarray:
    marked = image.copy()
    cv2.rectangle(marked, (200, 120), (330, 260), (184, 230, 55), 3)
    return marked


@pytest.mark.parametrize("seed", range(10))
def test_difference_hash_ignores_boxes_and_coding(seed: int) -> None:
    picture = coded(scene(seed))
    assert bits(picture, coded(scene(seed), quality=45)) <= MAX_DIFFERENT_BITS
    assert bits(picture, coded(scene(seed), ".png")) <= MAX_DIFFERENT_BITS
    assert bits(picture, coded(scene(seed), ".webp")) <= MAX_DIFFERENT_BITS
    assert bits(picture, coded(boxed(scene(seed)))) <= MAX_DIFFERENT_BITS
    assert bits(picture, coded(cv2.resize(scene(seed), (320, 180)))) <= MAX_DIFFERENT_BITS


def test_difference_hash_differs_for_other_scenes() -> None:
    hashes = [coded(scene(seed)) for seed in range(10)]
    assert min(bits(first, second) for first in hashes for second in hashes if first is not second) > MAX_DIFFERENT_BITS


def test_difference_hash_is_a_signed_64_bit_number() -> None:
    brighter = np.tile(np.linspace(0, 255, 640, dtype=np.uint8), (360, 1))
    assert difference_hash(coded(brighter, ".png")) == -1
    assert difference_hash(coded(brighter[:, ::-1], ".png")) == 0
    half = np.vstack([brighter[:180], brighter[:180, ::-1]])
    assert difference_hash(coded(half, ".png")) == -(1 << 32)


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"\xff\xd8\xff\xe0" + bytes(100), b"GIF89a" + bytes(50),
                                  b"RIFF\0\0\0\0WEBPVP8 "])  # fmt: skip
def test_difference_hash_rejects_undecodable_bytes(data: bytes) -> None:
    with pytest.raises(NoPicture, match="cannot be decoded"):
        difference_hash(data)


def test_difference_hash_rejects_half_a_picture() -> None:
    data = coded(scene(1), ".png")
    with pytest.raises(NoPicture, match="cannot be decoded"):
        difference_hash(data[: len(data) // 2])


def test_difference_hash_does_not_decode_a_huge_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PIXELS", 1000)
    with pytest.raises(NoPicture, match="too large"):
        difference_hash(coded(scene(1)))


@responses.activate
@pytest.mark.parametrize("media_type", [".jpg", ".png"])
def test_a_smaller_picture_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, media_type: str) -> None:
    monkeypatch.setattr(settings, "MEDIA_URL_ROOT", tmp_path)
    url, original = f"https://media.example/a{media_type}", coded(scene(1), media_type)
    responses.get(url, body=original)
    for width in pictures.WIDTHS:
        made, again = (pictures.smaller(url, width) for _ in range(2))
        assert made == again
        assert made[1] == "image/webp"
        with Image.open(io.BytesIO(made[0])) as image:
            assert (image.format, image.size) == ("WEBP", (width, width * 9 // 16))
        assert len(made[0]) < len(original)
    assert len(responses.calls) == 1
    assert pictures.thumbnail(url)[0] == original


@responses.activate
def test_a_picture_that_cannot_be_decoded_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MEDIA_URL_ROOT", tmp_path)
    broken = b"\xff\xd8\xff\xe0" + bytes(100)
    responses.get("https://media.example/a.jpg", body=broken)
    assert pictures.smaller("https://media.example/a.jpg", 320) == (broken, "image/jpeg")

"""What a picture looks like as 64 bits: the same for the same scene, however it was coded or marked."""

import cv2
import numpy as np
import pytest

from batches.sync import pictures
from batches.sync.alike import MOST_BITS
from batches.sync.pictures import NoPicture, difference_hash


def scene(seed: int) -> np.ndarray:
    """A road scene's worth of large shapes, 640 × 360."""
    rough = np.random.default_rng(seed).integers(0, 255, (9, 16, 3), dtype=np.uint8)
    return cv2.resize(rough, (640, 360), interpolation=cv2.INTER_CUBIC)


def coded(image: np.ndarray, kind: str = ".jpg", quality: int = 85) -> bytes:
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if kind == ".jpg" else []
    return cv2.imencode(kind, image, options)[1].tobytes()


def bits(one: bytes, other: bytes) -> int:
    return ((difference_hash(one) ^ difference_hash(other)) % 2**64).bit_count()


def boxed(image: np.ndarray) -> np.ndarray:
    marked = image.copy()
    cv2.rectangle(marked, (200, 120), (330, 260), (184, 230, 55), 3)
    return marked


@pytest.mark.parametrize("seed", range(10))
def test_boxes_and_coding_do_not_hide_that_it_is_the_same_scene(seed: int) -> None:
    picture = coded(scene(seed))
    assert bits(picture, coded(scene(seed), quality=45)) <= MOST_BITS
    assert bits(picture, coded(scene(seed), ".png")) <= MOST_BITS
    assert bits(picture, coded(scene(seed), ".webp")) <= MOST_BITS
    assert bits(picture, coded(boxed(scene(seed)))) <= MOST_BITS
    assert bits(picture, coded(cv2.resize(scene(seed), (320, 180)))) <= MOST_BITS


def test_other_scenes_look_different() -> None:
    hashes = [coded(scene(seed)) for seed in range(10)]
    assert min(bits(one, other) for one in hashes for other in hashes if one is not other) > MOST_BITS


def test_it_fits_a_signed_64_bit_column_and_reads_from_left_to_right() -> None:
    brighter = np.tile(np.linspace(0, 255, 640, dtype=np.uint8), (360, 1))
    assert difference_hash(coded(brighter, ".png")) == -1
    assert difference_hash(coded(brighter[:, ::-1], ".png")) == 0
    half = np.vstack([brighter[:180], brighter[:180, ::-1]])
    assert difference_hash(coded(half, ".png")) == -(1 << 32)


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"\xff\xd8\xff\xe0" + bytes(100), b"GIF89a" + bytes(50),
                                  b"RIFF\0\0\0\0WEBPVP8 "])  # fmt: skip
def test_what_cannot_be_decoded_is_no_picture(data: bytes) -> None:
    with pytest.raises(NoPicture, match="cannot be decoded"):
        difference_hash(data)


def test_half_a_picture_is_none() -> None:
    whole = coded(scene(1), ".png")
    with pytest.raises(NoPicture, match="cannot be decoded"):
        difference_hash(whole[: len(whole) // 2])


def test_a_picture_that_would_fill_the_memory_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PIXELS", 1000)
    with pytest.raises(NoPicture, match="too large"):
        difference_hash(coded(scene(1)))

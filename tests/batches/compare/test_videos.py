"""Videos are recognised by id, source and name; where that is not sure, not at all."""

import pytest

from batches.compare.videos import Recognised, Video, recognise, stem


@pytest.mark.parametrize(
    ("one", "other", "known_by"),
    [
        (Video(1, "nomadic", "v1"), Video(2, "nomadic", "v1"), "id"),
        (Video(1, "nomadic", "v1", "s3://b/1.mp4"), Video(2, "wickson", "v1", "s3://b/1.mp4"), "source"),
        (Video(1, "nomadic", "v1", "", "Market Street 0812.mp4"), Video(2, "wickson", "x", "", "market-street-0812"), "name"),
        (Video(1, "a", "v", "", "a.mp4", 60.0), Video(2, "b", "w", "", "a.mp4", 61.2), "name"),
        (Video(1, "a", "v", "", "a.mp4", 60.0), Video(2, "b", "w", "", "a.mp4"), "name"),
    ],
)  # fmt: skip
def test_one_video_is_recognised(one: Video, other: Video, known_by: str) -> None:
    assert recognise([one], [other]) == [Recognised(1, 2, known_by)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Video(1, "nomadic", "v1"), Video(2, "twelvelabs", "v1")),  # another vendor's ids
        (Video(1, "a"), Video(2, "a")),  # nothing is known of either
        (Video(1, "a", "v", "", "cam.mp4", 60.0), Video(2, "b", "w", "", "cam.mp4", 90.0)),  # one file cannot have both
        (Video(1, "a", "v", "", "cam 1.mp4"), Video(2, "b", "w", "", "cam 2.mp4")),
    ],
)
def test_two_videos_stay_two(one: Video, other: Video) -> None:
    assert recognise([one], [other]) == []


def test_a_name_that_two_videos_have_is_no_sign() -> None:
    earlier = [Video(1, "a", "v1", "", "dashcam.mp4"), Video(2, "a", "v2", "", "dashcam.mp4")]
    assert recognise(earlier, [Video(3, "b", "w", "", "dashcam.mp4")]) == []


def test_the_stronger_sign_comes_first_and_each_video_has_one_partner() -> None:
    earlier = [Video(1, "a", "v1", "", "x.mp4"), Video(2, "a", "v2", "", "y.mp4")]
    later = [Video(3, "a", "v1", "", "y.mp4"), Video(4, "a", "v9", "", "x.mp4")]
    assert recognise(earlier, later) == [Recognised(1, 3, "id")]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("s3://fleet/raw/Cam%201.MP4", "cam 1"), ("C:\\clips\\cam_1.mov", "cam 1"), ("", ""),
        ("v1.2 final", "v1 2 final"), ("Straße.mp4", "strasse"),
    ],
)  # fmt: skip
def test_a_name_is_its_words(name: str, words: str) -> None:
    assert stem(name) == words

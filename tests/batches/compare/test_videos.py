"""Videos are recognised by id, source and name, if that is unambiguous."""

import pytest

from batches.compare.videos import Recognised, Video, recognise, stem


@pytest.mark.parametrize(
    ("first", "second", "known_by"),
    [
        (Video(1, "nomadic", "v1"), Video(2, "nomadic", "v1"), "id"),
        (Video(1, "nomadic", "v1", "s3://b/1.mp4"), Video(2, "wickson", "v1", "s3://b/1.mp4"), "source"),
        (Video(1, "nomadic", "v1", "", "Market Street 0812.mp4"), Video(2, "wickson", "x", "", "market-street-0812"),
            "name"),
        (Video(1, "a", "v", "", "a.mp4", 60.0), Video(2, "b", "w", "", "a.mp4", 61.2), "name"),
        (Video(1, "a", "v", "", "site1/cam.mp4"), Video(2, "b", "w", "", r"site1\cam.mp4"), "path"),
        (Video(1, "a", "v", "", "site1/cam.mp4"), Video(2, "b", "w", "", "s3://bucket2/site1/cam.mp4"), "name"),
        (Video(1, "open", "Zürich Süd.mp4"), Video(2, "open", "Zu\u0308rich Su\u0308d.mp4"), "id"),
        (Video(1, "a", "v", "", "Zürich Süd.mp4"), Video(2, "b", "w", "", "Zu\u0308rich Su\u0308d.mp4"), "name"),
        (Video(1, "a", "v", "", "a.mp4", 60.0), Video(2, "b", "w", "", "a.mp4"), "name"),
    ],
)  # fmt: skip
def test_recognise_pairs_one_video(first: Video, second: Video, known_by: str) -> None:
    assert recognise([first], [second]) == [Recognised(1, 2, known_by)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Video(1, "nomadic", "v1"), Video(2, "twelvelabs", "v1")),  # another vendor's ids
        (Video(1, "a"), Video(2, "a")),  # nothing is known of either
        (Video(1, "a", "v", "", "cam.mp4", 60.0), Video(2, "b", "w", "", "cam.mp4", 90.0)),  # one file cannot have both
        (Video(1, "a", "v", "", "cam 1.mp4"), Video(2, "b", "w", "", "cam 2.mp4")),
        (Video(1, "a", "site1/X1.MP4", "", "site1/X1.MP4"), Video(2, "a", "site2/X1.MP4", "", "site2/X1.MP4")),
        (Video(1, "a", "v", "s3://b/site1/X1.MP4", "X1.MP4"), Video(2, "a", "w", "s3://b/site2/X1.MP4", "X1.MP4")),
        (Video(1, "a", "v", "", "2026-04-07/x.mp4"), Video(2, "b", "w", "", "raw/2026-04-08/x.mp4")),
        (Video(1, "a", "v", "", "drive.001"), Video(2, "b", "w", "", "drive.002")),
        (Video(1, "a", "v", "", "कि.mp4"), Video(2, "b", "w", "", "का.mp4")),
        (Video(1, "a", "v1", "", "x.mp4", 60.0), Video(2, "a", "v1", "", "x.mp4", 90.0)),
    ],
)
def test_recognise_separates_two_videos(first: Video, second: Video) -> None:
    assert recognise([first], [second]) == []


def test_recognise_ignores_an_ambiguous_name() -> None:
    earlier = [Video(1, "a", "v1", "", "dashcam.mp4"), Video(2, "a", "v2", "", "dashcam.mp4")]
    assert recognise(earlier, [Video(3, "b", "w", "", "dashcam.mp4")]) == []


def test_recognise_keeps_a_name_ambiguous_after_pairs_by_path() -> None:
    earlier = [Video(1, "a", "v1", "", "north/x.mp4"), Video(2, "a", "v2", "", "south/x.mp4")]
    later = [Video(3, "b", "w1", "", "north/x.mp4"), Video(4, "b", "w2", "", "west/x.mp4")]
    assert recognise(earlier, later) == [Recognised(1, 3, "path")]


def test_recognise_uses_the_strongest_identifier() -> None:
    earlier = [Video(1, "a", "v1", "", "x.mp4"), Video(2, "a", "v2", "", "y.mp4")]
    later = [Video(3, "a", "v1", "", "y.mp4"), Video(4, "a", "v9", "", "x.mp4")]
    assert recognise(earlier, later) == [Recognised(1, 3, "id")]


@pytest.mark.parametrize(
    ("name", "stem_words"),
    [
        ("s3://fleet/raw/Cam%201.MP4", "cam 1"), ("C:\\clips\\cam_1.mov", "cam 1"), ("", ""),
        ("v1.2 final", "v1 2 final"), ("drive.001", "drive 001"), ("Straße.mp4", "strasse"),
    ],
)  # fmt: skip
def test_stem_is_the_words_of_a_name(name: str, stem_words: str) -> None:
    assert stem(name) == stem_words

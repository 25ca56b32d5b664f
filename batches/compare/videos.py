"""Which videos of two batches are one video. No Django here."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

WORD = re.compile(r"[^\W_]+")
ENDING = re.compile(r"\.[A-Za-z0-9]{2,4}$")
SLACK = 1.5  # seconds by which vendors differ about the length of one file


@dataclass(frozen=True, slots=True)
class Video:
    """`seconds`: its length, where the vendor tells it. `vendor`: whose id `external_id` is."""

    key: int
    vendor: str = ""
    external_id: str = ""
    source_uri: str = ""
    name: str = ""
    seconds: float | None = None


class Recognised(NamedTuple):
    earlier: int
    later: int
    known_by: str  # id, source or name


def stem(name: str) -> str:
    """`Market Street 2026-04-07 0812.mp4` and `Market-Street-2026-04-07-0812` are one name."""
    last = re.split(r"[/\\]", unquote(name).strip().rstrip("/"))[-1]
    return " ".join(WORD.findall(ENDING.sub("", last).casefold()))


SIGNS: tuple[tuple[str, Callable[[Video], str]], ...] = (
    ("id", lambda video: f"{video.vendor}:{video.external_id}" if video.external_id else ""),
    ("source", lambda video: video.source_uri.strip()),
    ("name", lambda video: stem(video.name)),
)


def recognise(earlier: Iterable[Video], later: Iterable[Video]) -> list[Recognised]:
    """Pairs by the strongest sign first. A sign counts only where one video on each side has it; who has not one that
    is sure stays alone, for a person to link. A length that contradicts rules a pair out.
    """
    old, new = list(earlier), list(later)
    found = []
    for known_by, sign in SIGNS:
        there, others = _single(old, sign), _single(new, sign)
        for text in there.keys() & others.keys():
            one, other = there[text], others[text]
            if not _contradict(one, other):
                found.append(Recognised(one.key, other.key, known_by))
        paired = {one.earlier for one in found}, {one.later for one in found}
        old = [video for video in old if video.key not in paired[0]]
        new = [video for video in new if video.key not in paired[1]]
    return sorted(found)


def _single(videos: list[Video], sign: Callable[[Video], str]) -> dict[str, Video]:
    signs = [(sign(video), video) for video in videos]
    often = Counter(text for text, _ in signs)
    return {text: video for text, video in signs if text and often[text] == 1}


def _contradict(one: Video, other: Video) -> bool:
    return one.seconds is not None and other.seconds is not None and abs(one.seconds - other.seconds) > SLACK

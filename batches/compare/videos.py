"""Recognises the same video in two batches. No Django here."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

WORD = re.compile(r"[^\W_]+")
ENDING = re.compile(r"\.[A-Za-z0-9]{2,4}$")
MAX_LENGTH_DIFFERENCE = 1.5  # seconds; vendors differ about the length of one file


@dataclass(frozen=True, slots=True)
class Video:
    """A video. `seconds`: its length, if the vendor says it. `vendor`: the vendor of `external_id`."""

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
    """The words of a name: the same for `Market Street 2026-04-07 0812.mp4` and `Market-Street-2026-04-07-0812`."""
    last = re.split(r"[/\\]", unquote(name).strip().rstrip("/"))[-1]
    return " ".join(WORD.findall(ENDING.sub("", last).casefold()))


IDENTIFIERS: tuple[tuple[str, Callable[[Video], str]], ...] = (
    ("id", lambda video: f"{video.vendor}:{video.external_id}" if video.external_id else ""),
    ("source", lambda video: video.source_uri.strip()),
    ("name", lambda video: stem(video.name)),
)


def recognise(earlier: Iterable[Video], later: Iterable[Video]) -> list[Recognised]:
    """Pairs by the strongest identifier first: id, source, name. An identifier counts only if exactly one video on each
    side has it. Videos without such an identifier, or of different lengths, stay unpaired; a person can link them.
    """
    old, new = list(earlier), list(later)
    pairs = []
    for known_by, sign in IDENTIFIERS:
        old_by_text, new_by_text = _single(old, sign), _single(new, sign)
        for text in old_by_text.keys() & new_by_text.keys():
            first, second = old_by_text[text], new_by_text[text]
            if not _contradict(first, second):
                pairs.append(Recognised(first.key, second.key, known_by))
        paired = {first.earlier for first in pairs}, {first.later for first in pairs}
        old = [video for video in old if video.key not in paired[0]]
        new = [video for video in new if video.key not in paired[1]]
    return sorted(pairs)


def _single(videos: list[Video], sign: Callable[[Video], str]) -> dict[str, Video]:
    signs = [(sign(video), video) for video in videos]
    often = Counter(text for text, _ in signs)
    return {text: video for text, video in signs if text and often[text] == 1}


def _contradict(first: Video, second: Video) -> bool:
    return (
        first.seconds is not None
        and second.seconds is not None
        and abs(first.seconds - second.seconds) > MAX_LENGTH_DIFFERENCE
    )

"""Recognises the same video in two batches. No Django here."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

ENDING = re.compile(
    r"\.(3g[2p]|asf|avi|dav|divx|f4v|flv|h26[45]|hevc|insv|lrv|m2?ts|m4v|mjpe?g|mkv|mov|mp4|mpe?g|mxf|ogv|ts|vob|webm|wmv)$",
    re.IGNORECASE,
)
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
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
    known_by: str  # id, source, path or name


def stem(name: str) -> str:
    """The words of a name: the same for `Market Street 2026-04-07 0812.mp4` and `Market-Street-2026-04-07-0812`."""
    return _plain(ENDING.sub("", _parts(name)[-1]))


def path(name: str) -> str:
    """The folders and the name of a file; empty for a name without a folder."""
    parts = _parts(name)
    return "/".join(parts) if len(parts) > 1 else ""


IDENTIFIERS: tuple[tuple[str, Callable[[Video], str]], ...] = (
    ("id", lambda video: f"{video.vendor}:{_composed(video.external_id)}" if video.external_id else ""),
    ("source", lambda video: _composed(video.source_uri.strip())),
    ("path", lambda video: path(video.name)),
    ("name", lambda video: stem(video.name)),
)


def recognise(earlier: Iterable[Video], later: Iterable[Video]) -> list[Recognised]:
    """Pairs by the strongest identifier first: id, source, path, name. An identifier counts only if exactly one video
    on each side has it. Videos without such an identifier, of different lengths, or of the same name in folders with
    different numbers, stay unpaired; a person can link them.
    """
    old, new = list(earlier), list(later)
    pairs: list[Recognised] = []
    for known_by, sign in IDENTIFIERS:
        # Of all videos: a name of several stays unsure after the others are paired by path.
        old_by_text, new_by_text = _single(old, sign), _single(new, sign)
        old_paired, new_paired = {pair.earlier for pair in pairs}, {pair.later for pair in pairs}
        for text in old_by_text.keys() & new_by_text.keys():
            first, second = old_by_text[text], new_by_text[text]
            if first.key in old_paired or second.key in new_paired or _contradict(first, second):
                continue
            if known_by != "name" or not _in_other_folders(first, second):
                pairs.append(Recognised(first.key, second.key, known_by))
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


def _in_other_folders(first: Video, second: Video) -> bool:
    """Whether a folder of each differs only in a date or number: `site1` and `site2`."""
    numbers, others = _folder_numbers(first), _folder_numbers(second)
    return any(numbers[folder].isdisjoint(others[folder]) for folder in numbers.keys() & others.keys())


def _folder_numbers(video: Video) -> dict[str, set[tuple[str, ...]]]:
    """The numbers in the folders of the name, else of the source, by the folder without its numbers."""
    numbers: dict[str, set[tuple[str, ...]]] = {}
    for folder in map(_plain, _parts(video.name)[:-1] or _parts(video.source_uri)[:-1]):
        if digits := re.findall(r"\d+", folder):
            numbers.setdefault(re.sub(r"\d+", "#", folder), set()).add(tuple(digits))
    return numbers


def _parts(address: str) -> list[str]:
    """The folders of a path or URL, and the name of the file last."""
    return re.split(r"[/\\]+", SCHEME.sub("", _composed(unquote(address)).strip()).strip("/\\"))


def _composed(text: str) -> str:
    """The text in one Unicode form: file systems store `ü` as one sign or as two."""
    return unicodedata.normalize("NFC", text)


def _plain(name: str) -> str:
    """The words of a name without case and punctuation; combining marks stay with their letters."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join("".join(sign if unicodedata.category(sign)[0] in "LNM" else " " for sign in folded).split())

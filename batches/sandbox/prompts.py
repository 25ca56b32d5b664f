"""What a batch started in the sandbox finds: a prompt that says more of what to look for finds more, and wrongs
less.
"""

import re
from collections.abc import Iterable
from zlib import crc32

from batches.sandbox.road.script import Finding

SECONDS_PER_VIDEO = 2.0
LONGEST = 20.0  # seconds until the last video of a batch is done


def findings_for(findings: Iterable[Finding], prompt: str) -> list[Finding]:
    """The findings that this prompt gets: the same prompt always gets the same ones."""
    query_words = long_words(prompt)
    return [finding for finding in findings if _is_found(finding, query_words)]


def _is_found(finding: Finding, query_words: set[str]) -> bool:
    chance = crc32(f"{finding.label} {finding.start:.1f}".encode()) % 100
    if not finding.true:
        return chance < max(10, 80 - 7 * len(query_words))
    return chance < (97 if query_words & long_words(f"{finding.category} {finding.label}") else 55)


def long_words(text: str) -> set[str]:
    """Words of four and more letters, without a plural's s."""
    return {word.removesuffix("s") for word in re.findall(r"[a-z]{4,}", text.lower())}


def due_times(video_ids: Iterable[str]) -> dict[str, float]:
    """Video id → seconds after the start until it is done."""
    ids = list(video_ids)
    step = min(SECONDS_PER_VIDEO, LONGEST / max(1, len(ids)))
    return {video_id: step * (number + 1) for number, video_id in enumerate(ids)}

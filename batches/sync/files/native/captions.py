"""WebVTT and SubRip: each cue is an event, its text the label."""

import html
import re
from collections.abc import Iterator

from batches.sync.files.jsonrecords import Record
from batches.sync.files.native.base import Head, NativeFormat
from batches.sync.files.text import read_lines

_TIME = r"(?:\d+:)?\d\d:\d\d[.,]\d{1,3}"
_CUE = re.compile(rf"({_TIME})\s+-->\s+({_TIME})(?:\s.*)?")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,80}>")
MAX_TEXT = 20_000


class Captions(NativeFormat):
    name = "captions"
    label = "Captions (WebVTT or SubRip)"
    documented = "https://www.w3.org/TR/webvtt1/"
    lists_all_items = False  # a file is about one video

    @classmethod
    def recognises(cls, head: Head) -> bool:
        lines = [line.strip() for line in head.text.splitlines()[:40] if line.strip()]
        return bool(lines) and (lines[0].startswith("WEBVTT") or any(_CUE.fullmatch(line) for line in lines[:2]))

    def rows(self) -> Iterator[Record]:
        cue: re.Match[str] | None = None
        at, last, lines, size, escaped = 0, 0, list[str](), 0, False
        for number, line in read_lines(self.source):
            text = (line or b"").decode("utf-8", "replace").strip()
            escaped = escaped or text.startswith("WEBVTT")  # `&amp;` is text in SubRip
            if match := _CUE.fullmatch(text):
                # The line before a time may name its cue: a number in SubRip, any text in WebVTT after a blank line.
                if lines and number - 1 == last and (lines[-1].isdigit() or len(lines) > 1):
                    lines.pop()
                yield from self._cue(at, cue, lines, escaped)
                cue, at, lines, size = match, number, [], 0
            elif "-->" in text:
                yield from self._cue(at, cue, lines, escaped)
                yield Record(f"line {number}", "expected the times of a cue", text.encode())
                cue, lines = None, []
            elif cue and number - last > 1 and lines:  # a blank line ends the text; what follows is a name or a note
                yield from self._cue(at, cue, lines, escaped)
                cue, lines = None, []
            elif cue and size < MAX_TEXT:
                lines.append(text)
                size += len(text)
            last = number
        yield from self._cue(at, cue, lines, escaped)

    def _cue(self, number: int, cue: re.Match[str] | None, lines: list[str], escaped: bool) -> Iterator[Record]:
        if cue is None:
            return
        text = _TAG.sub("", "\n".join(lines))
        text = (html.unescape(text) if escaped else text).strip()
        source = {"start": cue[1], "end": cue[2], "text": "\n".join(lines)}
        if not text:
            yield self.refuse(f"line {number}", "has no text", source)
            return
        yield self.row(
            f"line {number}",
            source,
            video=self.only_video,
            start=cue[1],
            end=cue[2],
            label=" ".join(text.split()),
            text=text,
        )

"""Writes findings as CVAT for video 1.1: a project with a task for each video, and a track for each finding.

CVAT only knows shapes: the track of a finding without a box is a box around the whole picture. Where nobody knows the
size of the picture, one is assumed, and every shape says so.
"""

import re
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from batches.export.columns import SIZE_ASSUMED
from batches.export.dataset import Finding, Spool

SIZE = 1920, 1080
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0
_ATTRIBUTES = ("label", "severity", "event", "picture")
_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n<meta>\n<project>\n'
    "<name>Approved findings</name>\n<tasks>\n"
)


def cvat_bytes(pages: Iterable[list[Finding]], fps: float) -> Iterator[bytes]:
    """Yield the file. Tracks wait on disk until all tasks are written."""
    names: dict[str, None] = {}
    tasks: dict[int, int] = {}
    count = 0
    with Spool() as tracks:
        yield _HEAD.encode()
        for page in pages:
            for finding in page:
                names[finding.name] = None
                if finding.item not in tasks:
                    tasks[finding.item] = len(tasks) + 1
                    yield _task(tasks[finding.item], finding).encode()
                tracks.add(_track(count, tasks[finding.item], finding, fps).encode())
                count += 1
        yield f"</tasks>\n<labels>\n{''.join(map(_label, names))}</labels>\n</project>\n</meta>\n".encode()
        yield from tracks.read()
        yield b"</annotations>\n"


def _task(number: int, finding: Finding) -> str:
    width, height = finding.picture or SIZE
    return (
        f"<task>\n<id>{number}</id>\n<name>{_text(finding.video)}</name>\n<mode>interpolation</mode>\n"
        f"<subset>default</subset>\n<start_frame>0</start_frame>\n<frame_filter></frame_filter>\n"
        f"<original_size>\n<width>{width}</width>\n<height>{height}</height>\n</original_size>\n"
        f"<source>{_text(finding.video)}</source>\n</task>\n"
    )


def _label(name: str) -> str:
    attributes = "".join(
        f"<attribute>\n<name>{attribute}</name>\n<mutable>False</mutable>\n<input_type>text</input_type>\n"
        "<default_value></default_value>\n<values></values>\n</attribute>\n"
        for attribute in _ATTRIBUTES
    )
    return f"<label>\n<name>{_text(name)}</name>\n<attributes>\n{attributes}</attributes>\n</label>\n"


def _track(number: int, task: int, finding: Finding, fps: float) -> str:
    """A finding about the whole video has no end: CVAT shows it until the task ends."""
    start, end = finding.frames(fps)
    picture = "" if finding.picture else SIZE_ASSUMED
    values = zip(_ATTRIBUTES, (finding.label, finding.severity, finding.permalink, picture), strict=True)
    about = "".join(f'<attribute name="{name}">{_text(value)}</attribute>\n' for name, value in values)
    corners = _corners(finding)
    closed = "" if finding.start is None else _box(end, corners, about, outside=1)
    return (
        f'<track id="{number}" label={quoteattr(_legal(finding.name))} source="manual" task_id="{task}" '
        f'subset="default">\n{_box(start, corners, about, outside=0)}{closed}</track>\n'
    )


def _corners(finding: Finding) -> str:
    size = finding.picture or SIZE
    left, top, width, height = finding.pixels(size) if finding.box else (0, 0, *size)
    return f'xtl="{left:.2f}" ytl="{top:.2f}" xbr="{left + width:.2f}" ybr="{top + height:.2f}" z_order="0"'


def _box(frame: int, corners: str, about: str, *, outside: int) -> str:
    return f'<box frame="{frame}" keyframe="1" outside="{outside}" occluded="0" {corners}>\n{about}</box>\n'


def _text(text: str) -> str:
    return escape(_legal(text))


def _legal(text: str) -> str:
    return _ILLEGAL.sub(" ", text)

"""Recordings of several cameras: which files are views of one, told by their names. No Django here."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import NamedTuple

FRONT = "front"
MOST_VIEWS = 500  # files chosen together
ROLES = ("front", "rear", "back", "left", "right", "top", "bottom", "overhead_[1-6]", "vehicle_view")
_VIEW = re.compile(rf"(.+?)[_-]({'|'.join(ROLES)})", re.IGNORECASE)


class ViewFile(NamedTuple):
    """A file as `begin_upload` knows it; `modified` in milliseconds."""

    name: str
    size: int
    modified: int | str


@dataclass(slots=True)
class Recording:
    """`views`: the name of the file of each role, as `front`."""

    name: str
    views: dict[str, str] = field(default_factory=dict)


def recordings_of(names: Iterable[str]) -> list[Recording]:
    """The recordings whose views these files are. Raises ValueError with a message to show."""
    recordings: dict[str, Recording] = {}
    for name in names:
        match = _VIEW.fullmatch(PurePosixPath(name).stem)
        if match is None:
            raise ValueError(
                f"{name} names no view: its name must end in _front, _left, _right, _rear or another role."
            )
        recording, role = recordings.setdefault(match[1], Recording(match[1])), match[2].lower()
        if role in recording.views:
            raise ValueError(f"{name} and {recording.views[role]} are both the {role} view of {match[1]}.")
        recording.views[role] = name
    for recording in recordings.values():
        if FRONT not in recording.views:
            raise ValueError(f"{recording.name} has no front view, which the vendor needs.")
        if len(recording.views) == 1:
            raise ValueError(f"{recording.name} has only one view. Upload it as a video of its own.")
    return list(recordings.values())

"""What the formats of single detectors share: they read a file as rows in seconds and shares, so nothing has to be
mapped.
"""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from batches.sync.fields import NAME_LIMIT, to_json
from batches.sync.files.base import JSONObject, Source
from batches.sync.files.boxes import IN_PIXELS, RELATIVE, SIZES, Size, edges, four_numbers, read_size, relative
from batches.sync.files.jsonrecords import JSONRecords, Parts, Record
from batches.sync.files.names import FIELDS
from batches.sync.files.rows import RowsFormat
from batches.sync.files.units import MAX_RATE, rate_of


@dataclass(frozen=True)
class Head:
    """The beginning of a file, by which a format is recognised."""

    text: str
    document: JSONObject  # the first JSON document, with the first elements of its lists; empty for other files

    def has(self, *keys: str) -> bool:
        return all(key in self.document for key in keys)


class NativeFormat(RowsFormat):
    """A detector's own format. Subclasses say how it is recognised, where it is documented, and give its rows."""

    documented: ClassVar[str]
    joins_frames: ClassVar[bool] = False  # True: rows are frames, joined with a gap of a second

    def __init__(self, source: Source) -> None:
        options = {name: value for name, value in source.options.items() if not name.startswith("unit.")}
        options.pop("scale", None)
        if rate := source.options.get("unit.start", ""):
            options["rate"] = rate
        self.picture = options.get("box.size", "")
        options |= {"box": "xywh", "box.size": RELATIVE}
        if self.joins_frames:
            options.setdefault("gap", "1")
        super().__init__(replace(source, mapping={name: name for name in FIELDS}, options=options))

    @classmethod
    @abstractmethod
    def recognises(cls, head: Head) -> bool:
        """Whether the file is of this detector."""

    def question(self) -> str:
        """What a person has to choose first; "" if nothing."""
        return ""

    @cached_property
    def rate(self) -> float | None:
        """The frame rate that a person chose."""
        rate = self.options.get("rate", "")
        return rate_of(rate) if rate.startswith("frames:") else None

    @property
    def only_video(self) -> str:
        """The name of a file's one video, if the file does not say it."""
        return self.options.get("video") or Path(self.source.name).stem[:NAME_LIMIT]

    def records(self, *path: str) -> Iterator[Record]:
        """The records of a list in a JSON file, each with the values around it under `parent`."""
        return JSONRecords(self.source, Parts(path)).records()

    def row(self, location: str, source: Any, **fields: Any) -> Record:
        """A row in our fields, with the detector's own record as its source."""
        values = {name: value for name, value in fields.items() if value is not None and value != ""}
        values["source"] = source
        return Record(location, values, to_json(values).encode())

    def boxed(self, value: Any, form: str = "xywh", size: Any = ()) -> dict[str, Any]:
        """The field of a box in pixels: in a picture of unknown size it stays left, top, width and height in pixels."""
        numbers = four_numbers(value)
        sides = _sides(size) or (read_size(self.picture) if self.picture else None)
        if numbers is None or sides:
            return {"box": relative(numbers, form, sides), **sized(sides or ())}
        left, top, right, bottom = edges(numbers, form)
        return {IN_PIXELS: [round(number, 6) for number in (left, top, right - left, bottom - top)]}

    def refuse(self, location: str, reason: str, source: Any) -> Record:
        return Record(location, reason, to_json(source).encode())


def box_of(value: Any, form: str = "xywh", size: Any = (1, 1)) -> list[float] | None:
    """A box as rows have it; `value`: four numbers, or an object with them in this order. None if it cannot be one."""
    numbers = four_numbers(list(value.values()) if isinstance(value, dict) else value)
    return relative(numbers, form, _sides(size))


def sized(size: Any) -> dict[str, float]:
    """The fields of a picture's width and height; none if they are not known."""
    return dict(zip(SIZES, _sides(size) or (), strict=False))


def _sides(size: Any) -> Size | None:
    sides = [side for side in size if isinstance(side, (int, float)) and side > 0]
    return (sides[0], sides[1]) if len(sides) == 2 else None


MOST = 1e15  # a number beyond is none of a video
NO_RATE = "counts frames; choose the frame rate"
NO_FRAME = "has a frame that is not a number"
RATE_QUESTION = "Choose the frame rate: the file counts frames."


def items_of(value: Any) -> list[JSONObject]:
    """The objects of a list; nothing for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def inner(value: Any, *keys: str) -> Any:
    """The value at `keys` in nested objects; None if there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def numbered(noun: str, number: Any) -> Any:
    """A name for what the file only numbers: `category 7`. An object or a list stays, so that its row is refused."""
    return number if isinstance(number, (dict, list)) else f"{noun} {number}"


def number_of(value: Any) -> float | None:
    """A number that can be calculated with; None for anything else."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number and abs(value) <= MOST else None  # also not for NaN


def frame_rate(value: Any) -> float | None:
    """The frames a second that a file names; None for what cannot be a rate."""
    rate = number_of(value)
    return rate if rate is not None and 0 < rate <= MAX_RATE else None


def share_of_percent(value: Any) -> Any:
    """Of a value that is no number, a list, which is refused as a confidence."""
    return _divided(value, 100)


def milliseconds(value: Any) -> Any:
    """In seconds; of a value that is no number, a list, which is refused as a time."""
    return _divided(value, 1000)


def _divided(value: Any, by: int) -> Any:
    number = number_of(value)
    if number is None:
        return None if value is None else [value]
    return round(number / by, 12)

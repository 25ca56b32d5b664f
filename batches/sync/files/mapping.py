"""Guesses which column is which of our fields, by names and values, and the units of times and confidences."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from batches.sync.fields import NAME_LIMIT, clean
from batches.sync.files import boxes
from batches.sync.files.names import FIELDS, NESTED, SHORT, VIDEO, names_of, plain, unit_in, unit_of
from batches.sync.files.units import (
    A_SECOND,
    NO_NUMBERS,
    UNIT_NAMES,
    WALL_UNITS,
    is_decimal_comma,
    read_number,
    read_wall,
)

_WALL = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:.*")
_CLOCK = re.compile(r"\d+:\d\d(:\d\d)?([.,]\d+)?")
OWN = frozenset(
    {"start", "end", "duration", "confidence", "id", "approval", "box"}
)  # a row's own, never of what is around it
PAIRS = frozenset(
    {
        "segment",
        "span",
        "interval",
        "range",
        "timerange",
        "timespan",
        "window",
        "time",
        "times",
        "timestamp",
        "timestamps",
    }
)  # names of lists of a start and an end
MOST = 0.8  # share of the values that must fit a guess
EPOCH = 5e8, 5e9  # seconds since 1970: 1985 to 2128
FRAME_GAP, FRAME_ROWS = 0.25, 20  # seconds between two frames at most; rows that show that they are frames
ALL_OF_TEN = 10  # confidences that are all between 1 and this may be of ten or of a hundred
LONG_SECONDS = 14_400  # a plain number above this is suspicious, unless somebody chose the unit


@dataclass
class Guess:
    """What the columns probably are: our field → column and its reason, and the options with theirs."""

    mapping: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    question: str = ""  # what a person has to choose first


def guess(
    columns: Sequence[str],
    samples: Mapping[str, Sequence[Any]],
    *,
    inherited: Collection[str] = (),
    fixed: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
) -> Guess:
    """Guess the mapping of `columns` from their names and `samples`, column → its first values.

    `inherited` are the columns with values of a record around the rows: they name a video or a label, but no time.
    `fixed` and `options` were chosen by a person and stay; `units` stand in the file above its header.
    """
    made = Guess(dict(fixed or {}), dict(options or {}))
    if made.options.get("video"):
        made.mapping.setdefault("video", "")
    _by_name(made, columns, inherited)
    _by_values(made, columns, samples)
    _box_columns(made, columns, samples)
    made.mapping = {name: column for name, column in made.mapping.items() if column}
    _decimal(made, samples)
    for name in ("start", "end", "duration", "video_length"):
        _time_unit(made, name, samples, units or {})
    _length_of_what(made, samples)
    _scale(made, samples)
    _box_form(made, samples)
    if "gap" not in made.options and _is_by_frame(made):
        made.options["gap"], made.why["gap"] = "1", "each row is one frame"
    elif "gap" not in made.options and _follow_like_frames(made, samples):
        made.options["gap"], made.why["gap"] = "1", "the times follow each other like those of frames"
    return made


def _by_name(made: Guess, columns: Sequence[str], inherited: Collection[str]) -> None:
    # The first element of a list says nothing about the others.
    usable = [column for column in columns if is_name(column) and not _has_index(column)]
    has_size = {"width", "height"} <= {plain(column.rsplit(".", 1)[-1]) for column in usable}
    nested = [column for column in usable if "." in column]
    names = {column: tuple(names_of(column)) for column in usable}
    last = {column: tuple(names_of(column.rsplit(".", 1)[-1])) for column in nested}
    for wanted, candidates in ((FIELDS, names), (NESTED, last)):
        for name, expected in wanted.items():
            if name in made.mapping:
                continue
            taken = set(made.mapping.values())
            free = [
                column for column in candidates
                if column not in taken and not (name in OWN and column in inherited)
                and not (name == "duration" and has_size and "length" in candidates[column])  # of an object
            ]  # fmt: skip
            fitting = (column for text in expected for column in free if text in candidates[column])
            if column := next(fitting, ""):
                made.mapping[name], made.why[name] = column, "its name"
    # What is around the rows does not name them where they have a category of their own.
    label, category = (made.mapping[name] if made.why.get(name) else "" for name in ("label", "category"))
    if label in inherited and category and category not in inherited:
        del made.mapping["label"], made.why["label"]


def _has_index(column: str) -> bool:
    """Whether a part of a nested name is a place in a list."""
    return any(map(str.isdigit, column.split(".")[1:]))


def _by_values(made: Guess, columns: Sequence[str], samples: Mapping[str, Sequence[Any]]) -> None:
    _pair_of_times(made, columns)
    taken = made.mapping.values()
    free = [column for column in columns if column not in taken and is_name(column) and not _has_index(column)]
    if "video" not in made.mapping:
        video = next((column for column in free if _share(samples.get(column, ()), VIDEO) >= MOST), "")
        if video:
            made.mapping["video"], made.why["video"] = video, "its values, which look like video files"
    _confidence_of_numbers(made, columns, samples)
    _by_short_name(made, free, samples)
    clocks = [column for column in free if _share(samples.get(column, ()), _CLOCK) >= MOST]
    if "start" not in made.mapping and "end" not in made.mapping and clocks:
        for name, column in zip(("start", "end"), clocks, strict=False):
            made.mapping[name], made.why[name] = column, "its values, which look like clock times"


def _by_short_name(made: Guess, free: Sequence[str], samples: Mapping[str, Sequence[Any]]) -> None:
    """A name of a letter or two, such as `t0` or `p(%)`, where all of its values are numbers or clock times."""
    for name, expected in SHORT.items():
        for column in free if name not in made.mapping else ():
            other = Guess({name: column}, made.options)
            values = _texts(other, name, samples)
            fits = len(_numbers(other, name, samples)) == len(values) or (
                name != "confidence" and _share(values, _CLOCK) == 1
            )
            if values and fits and not set(names_of(column)).isdisjoint(expected):
                made.mapping[name], made.why[name] = column, "its name"
                break


def _pair_of_times(made: Guess, columns: Sequence[str]) -> None:
    """Start and end of a list of two: `segment.0` and `segment.1`."""
    if "end" in made.mapping or ("start" in made.mapping and made.why.get("start") != "its name"):
        return
    for column in columns:
        pair = [f"{column}.0", f"{column}.1"]
        if plain(column.rsplit(".", 1)[-1]) in PAIRS and set(pair) <= set(columns) and f"{column}.2" not in columns:
            made.mapping |= dict(zip(("start", "end"), pair, strict=True))
            made.why |= dict.fromkeys(("start", "end"), "its name, and two values")
            return


def _confidence_of_numbers(made: Guess, columns: Sequence[str], samples: Mapping[str, Sequence[Any]]) -> None:
    """Of two columns that can be the confidence, the one with numbers is taken."""
    if made.why.get("confidence") != "its name" or _numbers(made, "confidence", samples):
        return
    taken = set(made.mapping.values())
    for column in columns:
        if column not in taken and is_name(column) and not set(names_of(column)).isdisjoint(FIELDS["confidence"]):
            other = Guess({"confidence": column}, made.options)
            if _numbers(other, "confidence", samples):
                made.mapping["confidence"] = column
                return


def _share(values: Sequence[Any], pattern: re.Pattern[str]) -> float:
    texts = [value.strip() for value in values if isinstance(value, str) and value.strip()]
    return sum(bool(pattern.fullmatch(text)) for text in texts) / len(texts) if texts else 0.0


def _texts(made: Guess, name: str, samples: Mapping[str, Sequence[Any]]) -> list[Any]:
    values = samples.get(made.mapping.get(name, ""), ())
    return [value for value in values if value is not None and str(value).strip() not in NO_NUMBERS]


def _numbers(made: Guess, name: str, samples: Mapping[str, Sequence[Any]]) -> list[float]:
    numbers = []
    for value in _texts(made, name, samples):
        try:
            if not isinstance(value, (bool, dict, list)):
                numbers.append(read_number(str(value), made.options.get("decimal", "")))
        except ValueError:
            continue
    return numbers


def _is_by_frame(made: Guess) -> bool:
    return made.options.get("unit.start", "").startswith("frames") and not _has_end(made)


def _has_end(made: Guess) -> bool:
    return "end" in made.mapping or "duration" in made.mapping


def _follow_like_frames(made: Guess, samples: Mapping[str, Sequence[Any]]) -> bool:
    """Whether the times of the rows, which have no ends, follow each other as those of frames do."""
    per = (A_SECOND | WALL_UNITS).get(made.options.get("unit.start", "s"))
    times = _numbers(made, "start", samples)
    if _has_end(made) or per is None or len(times) < FRAME_ROWS:
        return False
    near = sum(0 <= second - first <= FRAME_GAP * per for first, second in pairwise(times))
    return near >= MOST * (len(times) - 1) and len(set(times)) >= FRAME_ROWS / 2


def _length_of_what(made: Guess, samples: Mapping[str, Sequence[Any]]) -> None:
    """Ask whether a duration is the event's: the same one for every event of a video may be that of the video."""
    if made.why.get("duration") != "its name" or "end" in made.mapping:
        return
    rows = [samples.get(made.mapping.get(name, ""), ()) for name in ("video", "start", "duration")]
    by_video: dict[str, tuple[set[float], set[float]]] = {}
    for video, start, duration in zip(*rows, strict=False) if len(set(map(len, rows))) == 1 else ():
        try:
            moment, length = read_number(str(start)), read_number(str(duration))
        except ValueError:
            return
        starts, lengths = by_video.setdefault(str(video), (set(), set()))
        starts.add(moment)
        lengths.add(length)
    groups = by_video.values()
    is_constant = all(len(lengths) == 1 and max(starts) < min(lengths) for starts, lengths in groups)
    if is_constant and any(len(starts) > 2 for starts, _ in groups):
        column = made.mapping["duration"]
        made.question = made.question or (
            f"Choose what the column {column} holds, the length of an event or of its video: it is the same for all"
            " events of a video."
        )


def _decimal(made: Guess, samples: Mapping[str, Sequence[Any]]) -> None:
    if "decimal" in made.options:
        return
    names = ("start", "end", "duration", "confidence")
    if any(is_decimal_comma(str(value)) for name in names for value in _texts(made, name, samples)):
        made.options["decimal"] = ","
        made.why["decimal"] = "numbers have a decimal comma"


def _time_unit(made: Guess, name: str, samples: Mapping[str, Sequence[Any]], units: Mapping[str, str]) -> None:
    column, key = made.mapping.get(name, ""), f"unit.{name}"
    if not column or key in made.options:
        return
    by_name = unit_in(column.rsplit(".", 1)[-1])
    if by_name == "min" and any("max" in other.lower() for other in samples):  # the least of something
        by_name = ""
    by_line = unit_of(units.get(column, ""))
    values, numbers = _texts(made, name, samples), _numbers(made, name, samples)
    if by_line and by_line != "100":
        made.options[key], made.why[key] = by_line, "the line above the header says so"
    elif since := "" if name == "duration" else _since_1970(numbers):
        made.options[key], made.why[key] = since, f"the numbers are {UNIT_NAMES[since]}"
    elif by_name and by_name != "100" and by_name != "epoch":
        made.options[key], made.why[key] = by_name, "the column's name says so"
    elif name != "start" and (unit := made.options.get("unit.start", "")) and unit not in WALL_UNITS:
        made.options[key], made.why[key] = unit, "as the start"
    is_wall = made.options.get(key) in WALL_UNITS or any(_WALL.fullmatch(str(value).strip()) for value in values[:1])
    if is_wall and "recorded" not in made.mapping and "zero" not in made.options:
        made.question = made.question or f"Choose the start of the recording: the column {column} holds times of day."
    if made.options.get(key) == "frames":
        made.question = made.question or f"Choose the frame rate: the column {column} counts frames."


def _since_1970(numbers: Sequence[float]) -> str:
    """The unit since 1970 that all numbers fit; "" if there is none."""
    fitting = (
        unit for unit, per in WALL_UNITS.items() if all(EPOCH[0] * per < number < EPOCH[1] * per for number in numbers)
    )
    return next(fitting, "") if numbers else ""


def _scale(made: Guess, samples: Mapping[str, Sequence[Any]]) -> None:
    values, numbers = _texts(made, "confidence", samples), _numbers(made, "confidence", samples)
    if "scale" in made.options or not values:
        return
    if not numbers and not any("%" in str(value) for value in values):
        made.options["scale"], made.why["scale"] = "words", "the values are words"
        return
    above, below = sum(2 <= number <= 100 for number in numbers), sum(0 < number < 1 for number in numbers)
    is_percent = unit_in(made.mapping["confidence"]) == "100"
    if above and not below and not is_percent and max(numbers) <= ALL_OF_TEN:
        made.question = made.question or "Choose the scale of the confidence: all values are from 1 to 10."
    elif is_percent or (above and not below):
        made.options["scale"], made.why["scale"] = "100", "there are values above 1"
    elif above and below:
        if above >= 5 and above >= MOST * (above + below):
            made.options["scale"], made.why["scale"] = "100", "most values are above 1"
        else:
            made.question = (
                made.question or "Choose the scale of the confidence: some values are above 1, others below."
            )


def _box_columns(made: Guess, columns: Sequence[str], samples: Mapping[str, Sequence[Any]]) -> None:
    if "box" in made.why and not boxes.values_of(made.mapping, samples):  # a number, or a name
        del made.mapping["box"], made.why["box"]
    if "box" not in made.mapping and not any(name in made.mapping for name in boxes.PARTS):
        taken = set(made.mapping.values())
        if named := boxes.columns_of([column for column in columns if is_name(column) and column not in taken]):
            made.mapping |= zip(boxes.PARTS, named[1], strict=True)
            made.options.setdefault("box", named[0])
            made.why |= dict.fromkeys(boxes.PARTS, "the names of four columns")


def _box_form(made: Guess, samples: Mapping[str, Sequence[Any]]) -> None:
    values = boxes.values_of(made.mapping, samples)
    if not values:
        return
    if made.mapping.get("box", "").rsplit(".", 1)[-1] == "box_2d" and "box" not in made.options:
        made.options["box"], made.why["box.form"] = "yxyx", "box_2d is how Gemini names it"
        if not boxes.is_relative(values):
            made.options.setdefault("box.size", "1000x1000")
    if "box" not in made.options:
        named = next(map(boxes.named_form, samples.get(made.mapping.get("box", ""), ())), "")
        made.options["box"], made.why["box.form"] = (named, "its names") if named else boxes.form_of(values)
    has_size = "box.size" in made.options or all(name in made.mapping for name in boxes.SIZES)
    if not has_size and boxes.is_relative(values):
        made.options["box.size"], made.why["box.size"] = boxes.RELATIVE, "all numbers are at most 1"


def is_name(column: str) -> bool:
    """Whether a mapping can name the column: it must be text that both databases can store."""
    return bool(column) and clean(column, NAME_LIMIT) == column


def wall_of(text: str) -> float:
    """Seconds since 1970 of a column with the start of a recording: a date and time, or a number. Raises ValueError."""
    try:
        number = read_number(text)
    except ValueError:
        return read_wall(text)
    return next((number / per for per in reversed(WALL_UNITS.values()) if number / per > EPOCH[0]), number)

"""The options by which a person says how a file is read, and which values they can have."""

from batches.sync.fields import NAME_LIMIT, clean
from batches.sync.files.boxes import FORMS, read_size
from batches.sync.files.encoding import CHOICES
from batches.sync.files.mapping import wall_of
from batches.sync.files.table import SEPARATORS
from batches.sync.files.units import SCALES, UNIT_NAMES, rate_of, read_number

TIMES = ("start", "end", "duration", "video_length")
NAMES = (
    "video",
    "list",
    "sep",
    "decimal",
    "encoding",
    "zero",
    "gap",
    "scale",
    "format",
    "box",
    "box.size",
    *(f"unit.{name}" for name in TIMES),
)


def bad_option(name: str, value: str) -> str:
    """Why an option cannot have this value, as a sentence; "" if it can."""
    if name not in NAMES:
        return f"There is no option {name[:40]!r}."
    if clean(value, NAME_LIMIT) != value:
        return f"The option {name} is longer than {NAME_LIMIT} characters or holds characters that cannot be stored."
    try:
        return _reason(name, value)
    except ValueError as error:
        return f"The option {name}: {value[:40]!r} {error}."


def _reason(name: str, value: str) -> str:
    if name.startswith("unit."):
        unit = value.partition(":")[0]
        if unit not in UNIT_NAMES:
            return f"The unit of {name[5:]} is one of {', '.join(UNIT_NAMES)}; frames with their rate, as in frames:25."
        if unit == "frames":
            rate_of(value)
    elif name == "gap" and value and not 0 <= read_number(value) <= 86_400:
        return "The gap is a number of seconds from 0 to 86,400."
    elif name == "zero" and value:
        wall_of(value)
    elif name == "box.size" and value:
        read_size(value)
    allowed = {
        "box": {"": "", **FORMS},
        "sep": SEPARATORS,
        "scale": SCALES,
        "decimal": {".": "", ",": "", "": ""},
        "encoding": {"": "", **CHOICES},
    }
    if name in allowed and value not in allowed[name]:
        return f"The option {name} is one of {' '.join(allowed[name])}."
    return ""

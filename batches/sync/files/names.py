"""Tells what a column is by its name: our field, and the unit in the name."""

import re
from collections.abc import Iterable

from batches.sync.files.units import LONG_UNITS

# Our field → matching column names, better ones first, German last: in lower case, without spaces, marks and units.
FIELDS = {
    "video": ("video", "videoid", "videoname", "videofile", "videopath", "file", "filename", "filepath", "path",
              "asset",
              "source", "inputuri", "mediaid", "recording", "videodatei", "datei", "dateiname"),
    "start": ("start", "starttime", "starts", "startseconds", "begin", "from", "tstart", "startoffset",
              "starttimeoffset",
              "starttimestamp", "timestart", "time", "timestamp", "frame", "framenumber", "frameid", "frameidx",
              "frameindex", "beginn", "anfang", "startzeit", "von"),
    "end": ("end", "endtime", "ends", "endseconds", "to", "tend", "endoffset", "endtimeoffset", "endtimestamp",
            "timeend",
            "stop", "ende", "endzeit", "bis"),
    "duration": ("duration", "length", "dur", "dauer"),
    "label": ("label", "title", "name", "event", "description", "labelname", "bezeichnung", "titel", "ereignis",
              "beschreibung"),
    "category": ("category", "class", "type", "classname", "categoryname", "kategorie", "klasse", "typ"),
    "severity": ("severity", "priority", "level", "schweregrad"),
    "confidence": ("confidence", "score", "probability", "conf", "konfidenz", "wahrscheinlichkeit"),
    "text": ("text", "analysis", "explanation", "reason", "comment", "caption", "kommentar"),
    "thumbnail": ("thumbnail", "thumbnailurl", "image", "imageurl", "picture"),
    "clip": ("clip", "clipurl", "videourl", "url"),
    "id": ("id", "eventid", "detectionid", "uuid"),
    "batch": ("batch", "batchid", "job", "jobid", "run", "runid"),
    "approval": ("approval", "approvalstatus", "verdict", "review"),
    "track": ("track", "trackid", "objectid"),
    "recorded": ("recorded", "recordedat", "recordingstart", "videostart"),
    "video_length": ("videolength", "videoduration", "cliplength", "clipduration", "itemlength"),
    "box": ("box", "bbox", "boundingbox", "box2d"), "box1": (), "box2": (), "box3": (), "box4": (),
    "frame_width": ("framewidth", "imagewidth", "imgwidth", "videowidth"),
    "frame_height": ("frameheight", "imageheight", "imgheight", "videoheight"),
}  # fmt: skip
# Names that say little: they count only where the values fit, and are no sign of a header.
SHORT = {"start": ("t0",), "end": ("t1",), "confidence": ("p", "prob")}
# For the last part of a nested name ("data.score"). An id, a name or a batch of a part belongs to the part.
NESTED = {
    "video": ("video", "file", "filename", "videoname", "inputuri", "attachment"),
    "start": FIELDS["start"], "end": FIELDS["end"], "duration": ("duration",),
    "label": ("label", "labelname", "description"), "category": ("category", "class", "classname"),
    "confidence": FIELDS["confidence"], "severity": ("severity",), "track": ("trackid",), "box": FIELDS["box"],
}  # fmt: skip

_UNITS = {
    **dict.fromkeys(("ms", "msec", "millis", "millisecond", "milliseconds", "millisekunde", "millisekunden"), "ms"),
    **dict.fromkeys(("us", "usec", "micros", "microsecond", "microseconds", "µs", "μs", "mikrosekunden"), "us"),
    **dict.fromkeys(("ns", "nanos", "nanosecond", "nanoseconds", "nanosekunden"), "ns"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "sek", "sekunde", "sekunden"), "s"),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "minuten"), "min"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "stunde", "stunden"), "h"),
    **dict.fromkeys(("frame", "frames", "frameno", "framenumber"), "frames"),
    **dict.fromkeys(("epoch", "unix"), "epoch"),
    **dict.fromkeys(("%", "percent", "pct", "prozent"), "100"),
}
_TIMES = frozenset(
    name for field in ("start", "end", "duration", "video_length") for name in FIELDS[field]
)  # names of ours; only behind them "min" is no minimum, and "h" no height
_WORD = re.compile(r"[A-Z]?[a-zµμ]+|[A-Z]+(?![a-z])|\d+|%")
VIDEO = re.compile(r".+\.(mp4|mov|avi|mkv|webm|m4v|mpe?g|ts|wmv|mts)", re.IGNORECASE)
_FRAME = re.compile(r"frame(number|no|id|idx|index)?")
_KNOWN = frozenset(name for names in FIELDS.values() for name in names) | {"videoname", "videoid", "aianalysis"}


def plain(name: str) -> str:
    """The name in lower case, without spaces, marks, and what stands behind a comma or in brackets."""
    head = re.split(r",\s|[(\[/]", name, maxsplit=1)[0] or name
    return re.sub(r"[\s_.\-]+", "", head).lower()


def unit_in(name: str) -> str:
    """The unit that a column's name holds: "ms" of "start_ms", "Start (ms)" and "StartTimestampMillis"; "" without
    one.
    """
    name_parts = [word.lower() for word in _WORD.findall(name)]
    if _FRAME.fullmatch("".join(name_parts)) or "frame" in name_parts or "frames" in name_parts:
        return "frames"
    unit = next((_UNITS[word] for word in reversed(name_parts) if word in _UNITS), "")
    return "" if unit in LONG_UNITS and _UNITS.get(name_parts[-1]) != unit else unit


def without_unit(name: str) -> str:
    """The plain name without its unit: "starttimestamp" of "StartTimestampMillis"."""
    name_parts = [word.lower() for word in _WORD.findall(re.split(r",\s|[(\[/]", name, maxsplit=1)[0])]
    without = "".join(word for word in name_parts if word not in _UNITS)
    if without not in _TIMES:
        without = "".join(word for word in name_parts if _UNITS.get(word) in (None, *LONG_UNITS))
    return without or plain(name)


def names_of(column: str) -> Iterable[str]:
    """The names by which a column can be one of our fields, better ones first."""
    return dict.fromkeys((plain(column), without_unit(column)))


def knows(cell: str) -> bool:
    """Whether a cell of a header is a name that we know."""
    return len(cell) <= 80 and any(name in _KNOWN for name in names_of(cell))


def is_unit(cell: str) -> bool:
    return cell.strip().strip("()[]").lower() in _UNITS


def unit_of(cell: str) -> str:
    return _UNITS.get(cell.strip().strip("()[]").lower(), "")

"""The mapping step of the open format: which column of a file is which of our fields."""

from collections.abc import Sequence

from batches.sync.fields import NAME_LIMIT, clean

# Our field → names of columns that mean it, compared in lower case without blanks, hyphens and underscores.
FIELDS = {
    "video": ("video", "videoid", "videoname", "file", "filename", "path", "asset", "source"),
    "start": ("start", "starttime", "starts", "startseconds", "begin", "from", "tstart", "time"),
    "end": ("end", "endtime", "ends", "endseconds", "to", "tend"),
    "label": ("label", "title", "name", "event", "description"),
    "category": ("category", "class", "type", "classname"),
    "severity": ("severity", "priority", "level"),
    "confidence": ("confidence", "score", "probability", "conf"),
    "text": ("text", "analysis", "explanation", "reason", "comment", "caption"),
    "thumbnail": ("thumbnail", "thumbnailurl", "image", "imageurl", "picture"),
    "clip": ("clip", "clipurl", "videourl", "url"),
    "id": ("id", "eventid", "detectionid", "uuid"),
    "batch": ("batch", "batchid", "job", "jobid", "run", "runid"),
    "approval": ("approval", "approvalstatus", "verdict", "review"),
}


def guess(columns: Sequence[str]) -> dict[str, str]:
    """Our field → the column that seems to mean it; better names first, no column twice."""
    plain = {name: "".join(name.lower().split()).replace("_", "").replace("-", "") for name in reversed(columns)}
    found: dict[str, str] = {}
    for field, names in FIELDS.items():
        for wanted in names:
            fits = [name for name in columns if plain[name] == wanted and name not in found.values()]
            if fits and field not in found:
                found[field] = fits[0]
    return found


def is_name(column: str) -> bool:
    """Whether a column can be named in a mapping: what no database keeps cannot."""
    return bool(column) and clean(column, NAME_LIMIT) == column

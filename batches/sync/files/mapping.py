"""Maps the columns of a file in the open format to our fields."""

from collections.abc import Sequence

from batches.sync.fields import NAME_LIMIT, clean

# Our field → matching column names, compared in lower case without spaces, hyphens and underscores.
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
    """Our field → the column with a matching name. Better names win, and no column is used twice."""
    plain = {name: "".join(name.lower().split()).replace("_", "").replace("-", "") for name in reversed(columns)}
    mapping: dict[str, str] = {}
    for field, names in FIELDS.items():
        for wanted in names:
            matches = [name for name in columns if plain[name] == wanted and name not in mapping.values()]
            if matches and field not in mapping:
                mapping[field] = matches[0]
    return mapping


def is_name(column: str) -> bool:
    """Whether a mapping can name the column: it must be text that both databases can store."""
    return bool(column) and clean(column, NAME_LIMIT) == column

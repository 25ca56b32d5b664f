"""VoTT: the JSON export of a project, whose assets are images or frames of videos."""

from collections.abc import Iterator

from batches.sync.files.base import read_object
from batches.sync.files.jsonrecords import Record
from batches.sync.files.jsonsplit import split
from batches.sync.files.native.base import (
    Head,
    NativeFormat,
    inner,
    items_of,
)


class VoTT(NativeFormat):
    name = "vott"
    label = "VoTT project"
    documented = "https://github.com/microsoft/VoTT"
    joins_frames = True

    @classmethod
    def recognises(cls, head: Head) -> bool:
        assets = head.document.get("assets")
        return isinstance(assets, dict) and any(inner(asset, "asset", "path") for asset in assets.values())

    def rows(self) -> Iterator[Record]:
        for value in split(self.source, frozenset({(), ("assets",)})):
            if value.path[:1] != ("assets",) or len(value.path) != 2:
                continue
            asset = read_object(value.body, value.location)
            about = asset.get("asset")
            video = inner(about, "parent", "name") or inner(about, "name")
            is_frame = bool(inner(about, "parent", "name"))
            time = inner(about, "timestamp") if is_frame else None
            for number, region in enumerate(items_of(asset.get("regions"))):
                tags = (
                    [tag for tag in region.get("tags", []) if isinstance(tag, str)]
                    if isinstance(region.get("tags"), list)
                    else []
                )
                where = f"{value.location} regions {number}"
                edges = [inner(region, "boundingBox", name) for name in ("left", "top", "width", "height")]
                sides = [inner(about, "size", name) for name in ("width", "height")]
                if not tags or (is_frame and time is None):
                    yield self.refuse(where, "has no timestamp" if tags else "has no tag", region)
                else:
                    yield self.row(where, region, video=video, start=time, label=", ".join(tags),
                                   **self.boxed(edges, size=sides))  # fmt: skip

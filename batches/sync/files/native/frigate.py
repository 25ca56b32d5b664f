"""Frigate: the answer of /api/events, as a list or one event a line."""

from collections.abc import Iterator

from batches.sync.files.jsonrecords import Record
from batches.sync.files.native.base import (
    Head,
    NativeFormat,
    box_of,
    inner,
    number_of,
)


class Frigate(NativeFormat):
    name = "frigate"
    label = "Frigate events"
    documented = "https://docs.frigate.video/integrations/api/events-events-get"

    @classmethod
    def recognises(cls, head: Head) -> bool:
        return head.has("camera", "label", "start_time", "end_time") and (head.has("zones") or head.has("has_clip"))

    def rows(self) -> Iterator[Record]:
        """Each event has a clip of its own, which is its item: times are seconds of a continuous recording since
        1970.
        """
        for location, event, body in self.records():
            if isinstance(event, str):
                yield Record(location, event, body)
                continue
            start, end, key = event.get("start_time"), event.get("end_time"), event.get("id")
            start, ended = number_of(start), number_of(end)
            if start is None or not isinstance(key, str) or not isinstance(event.get("camera"), str):
                yield self.refuse(location, "has no id, no camera or no start_time", event)
                continue
            if end is not None and ended is None:
                yield self.refuse(location, "has an end_time that is not a number", event)
                continue
            length = None if ended is None else round(ended - start, 6)
            if length is not None and length < 0:
                yield self.refuse(location, "ends before it starts", event)
                continue
            yield self.row(
                location, event, video=f"{event['camera']}/{key}", start=0, end=length, id=key,
                label=event.get("label"), box=box_of(inner(event, "data", "box")),
                category=event.get("sub_label") if isinstance(event.get("sub_label"), str) else "",
                confidence=inner(event, "data", "top_score") or event.get("top_score") or inner(event, "data", "score"),
            )  # fmt: skip

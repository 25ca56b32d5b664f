"""Scale: tasks of the type videoplaybackannotation, with events in milliseconds."""

from collections.abc import Iterator

from batches.sync.files.jsonrecords import Record
from batches.sync.files.native.base import Head, NativeFormat, inner, items_of, milliseconds


class Scale(NativeFormat):
    name = "scale"
    label = "Scale tasks (video playback)"
    documented = "https://scale.com/docs/api-reference/video-playback"

    @classmethod
    def recognises(cls, head: Head) -> bool:
        return head.has("task_id", "params", "response") and head.document.get("type") == "videoplaybackannotation"

    def rows(self) -> Iterator[Record]:
        for location, task, body in self.records():
            if isinstance(task, str):
                yield Record(location, task, body)
                continue
            video, review = inner(task, "params", "attachment"), task.get("customer_review_status")
            approval = review if review in ("approved", "rejected") else ""
            for number, event in enumerate(items_of(inner(task, "response", "events"))):
                where, start = f"{location} events {number}", milliseconds(event.get("start"))
                if start is None:
                    yield self.refuse(where, "has no start", event)
                    continue
                yield self.row(
                    where, event, video=video, clip=video, label=event.get("label") or event.get("type"), start=start,
                    end=milliseconds(event.get("end")), approval=approval, id=event.get("uuid"),
                )  # fmt: skip

"""Azure AI Video Indexer: the index of a video, with its insights."""

import re
from collections.abc import Iterator
from typing import Any

from batches.sync.files.base import JSONObject
from batches.sync.files.jsonrecords import Record
from batches.sync.files.native.base import Head, NativeFormat, inner, items_of

INSIGHTS = (
    "labels", "detectedObjects", "observedPeople", "faces", "ocr", "transcript", "keywords", "topics", "brands",
    "namedPeople",
    "namedLocations", "audioEffects", "sentiments", "emotions", "visualContentModeration", "textualContentModeration",
    "framePatterns", "clapperboards", "scenes", "shots",
)  # fmt: skip
_WORDS = re.compile("(?<=[a-z])(?=[A-Z])")


class AzureVideoIndexer(NativeFormat):
    name = "azure-video-indexer"
    label = "Azure Video Indexer insights"
    documented = "https://learn.microsoft.com/azure/azure-video-indexer/video-indexer-output-json-v2"
    lists_all_items = False  # a file is about one video

    @classmethod
    def recognises(cls, head: Head) -> bool:
        return any(isinstance(video.get("insights"), dict) for video in items_of(head.document.get("videos")))

    def rows(self) -> Iterator[Record]:
        for location, video, body in self.records("videos"):
            if isinstance(video, str):
                yield Record(location, video, body)
                continue
            name = inner(video, "parent", "name") or video.get("id") or self.only_video
            if (reason := video.get("failureMessage")) and not video.get("insights"):
                yield self.refuse(location, f"the detector failed: {reason}", {"id": video.get("id")})
            for kind in INSIGHTS:
                for number, insight in enumerate(items_of(inner(video, "insights", kind))):
                    yield from self._instances(f"{location} {kind} {number}", name, kind, insight)

    def _instances(self, location: str, video: Any, kind: str, insight: JSONObject) -> Iterator[Record]:
        text = insight.get("text") if isinstance(insight.get("text"), str) else ""
        names = (insight.get(key) for key in ("name", "displayName", "type", "sentimentType"))
        unnamed = text or _WORDS.sub(" ", kind.rstrip("s")).capitalize()
        label = next((name for name in names if isinstance(name, str) and name), unnamed)
        about = {key: value for key, value in insight.items() if key != "instances"}
        for number, instance in enumerate(items_of(insight.get("instances"))):
            confidence = instance.get("confidence", insight.get("confidence"))
            yield self.row(
                f"{location} instances {number}", {**about, **instance}, video=video, label=label, category=kind,
                text=text,
                start=instance.get("start"), end=instance.get("end"), confidence=confidence,
            )  # fmt: skip

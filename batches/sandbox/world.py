"""What a stand-in serves: batches as plain JSON data, the account's videos, and optionally footage."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Json = dict[str, Any]
# {"status": body, "bulk": {video id: entry}}. Bytes stand for themselves, broken ones too; an entry None is an id the
# vendor loses; a bulk given as bytes is the whole answer.
Batch = dict[str, Any]

EVENT_ARRAYS = ("events", "detected_events", "detectedEvents", "edge_case_events", "edgeCaseEvents")

ORIGIN = "sandbox://"  # in served documents: replaced by the address of the running server


class Missing(LookupError):
    """There is no such clip or picture."""


class NotReady(Exception):
    """The clip exists but is still being rendered."""


class Footage(Protocol):
    """Where media comes from. All methods may be called from several threads."""

    def clip(self, video_id: str) -> bytes: ...

    def thumbnail(self, video_id: str, name: str) -> bytes: ...


@dataclass(frozen=True)
class Account:
    """Whose key it is and what it may do."""

    user_id: str
    email: str
    reads: bool = True
    owns: bool = True  # may write metadata


DEMO_KEY = "nai_demo_3b1f6d20c94e4a7f8f0c5d1e2a6b7c88"
READER_KEY = "nai_read_77d0c1a95be24f62a0b9e8d3c4f51a06"  # reads everything, may not write metadata
STRANGER_KEY = "nai_none_c2a4e6f8091b3d5f7a9c1e3b5d7f9a0b"  # valid, but without rights on any batch
ACCOUNTS: Mapping[str, Account] = {
    DEMO_KEY: Account("u_81f2", "owner@example.com"),
    READER_KEY: Account("u_5a17", "reader@example.com", owns=False),
    STRANGER_KEY: Account("u_0c3d", "stranger@example.com", reads=False, owns=False),
}


@dataclass
class World:
    """Everything one server knows. Never changed by it: writes go to copies in its state."""

    batches: Mapping[str, Batch]
    videos: list[Json] = field(default_factory=list)  # rows of my-videos
    unfolding: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # batch → video → seconds until done
    footage: Footage | None = None
    pictures: Collection[str] | None = None  # event ids a picture can be made of; None: of all
    analyse: Callable[[str, Json, list[str]], Batch] | None = (
        None  # a started batch: id, form, video ids → its documents
    )
    twelvelabs: Mapping[str, Json] = field(default_factory=dict)  # batches of the other vendors, in shapes of their own
    wickson: Mapping[str, Json] = field(default_factory=dict)
    # TwelveLabs: asset id → its `filename` and `duration`, the `video` whose clip it is, its `transcript` (entries)
    assets: Mapping[str, Json] = field(default_factory=dict)
    # the answer to a started batch: asset id, body of the call → text
    describe: Callable[[str, Json], str] | None = None
    # the rows of a structured ODD: video id → for each moment, column of the default schema → value
    conditions: Callable[[str], Sequence[Mapping[str, str]]] | None = None


def events_of(analysis: Any) -> list[Any]:
    """The array that holds a document's events: the first that is not empty."""
    if not isinstance(analysis, dict):
        return []
    holders: list[tuple[Any, str]] = [(analysis, name) for name in EVENT_ARRAYS]
    holders += [(analysis.get(outer), "events") for outer in ("result", "visual_analysis")]
    arrays = [holder.get(name) for holder, name in holders if isinstance(holder, dict)]
    return next((array for array in arrays if isinstance(array, list) and array), [])

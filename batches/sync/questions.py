"""What a new batch asks of its videos, in terms that the vendors share."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

MAX_VIDEOS = 1000  # of one batch: what the vendor with a limit allows
MAX_PROMPT = 10_000  # characters
TEXTS, SEGMENTS = "general", "time_based_metadata"  # modes of a vendor that has them
THINKING, FAST = "thinking", "fast"  # modes of a prompt without options, at a vendor that has them


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt, or one of the vendor's fixed agents (`agent`), and the options that the vendor honours for it."""

    prompt: str = ""
    agent: str = ""
    category: str = "driving"
    confidence: str = "low"
    thumbnails: bool = False
    motion: bool = False
    overlay: str = ""
    mode: str = ""  # TEXTS or SEGMENTS, THINKING or FAST; empty: a prompt with options
    schema: str = ""  # TEXTS: the JSON schema of an answer
    definitions: str = ""  # SEGMENTS: what to look for, as JSON or lines `id: description`

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """From the form in which it is stored."""
        return cls(**stored)

    @classmethod
    def from_fields(cls, *, agent: str = "", **fields: Any) -> Self:
        """Only what the vendor takes: an agent takes no prompt and no options, a mode only its own fields."""
        if agent:
            return cls(agent=agent)
        mode = fields.get("mode") or (SEGMENTS if fields.get("definitions") else "")
        if mode == SEGMENTS:
            return cls(mode=mode, definitions=fields.get("definitions", ""), category="", confidence="")
        if mode in (THINKING, FAST):
            return cls(prompt=fields.get("prompt", ""), mode=mode, category="", confidence="")
        if mode == TEXTS:
            texts = {name: fields.get(name, "") for name in ("prompt", "schema")}
            return cls(mode=mode, **texts, category="", confidence="")
        return cls(**fields)

    def stored(self) -> dict[str, Any]:
        """Without the fields of a mode where there is none."""
        stored = asdict(self)
        return {name: value for name, value in stored.items() if value or name not in ("mode", "schema", "definitions")}


@dataclass(frozen=True, slots=True)
class Choices:
    """What a vendor lets one choose: each a word of its API and a label."""

    agents: dict[str, str]
    categories: dict[str, str]
    confidences: dict[str, str]
    overlays: dict[str, str]
    modes: dict[str, str] = field(default_factory=dict)  # empty: the vendor has none
    prompts: dict[str, str] = field(default_factory=dict)  # modes of a prompt that takes none of the options
    options_note: str = ""  # what to know about a prompt with options, for people


@dataclass(frozen=True, slots=True)
class Video:
    """One video of an account. `seconds`: None while the vendor does not know it."""

    external_id: str
    name: str
    folder: str
    status: str  # the vendor's word: processing, uploaded, uploading_failed
    seconds: float | None
    folder_id: str = ""
    org_id: str = ""  # of the organization that shares it; empty: personal
    created_at: str = ""  # the vendor's own text


@dataclass(frozen=True, slots=True)
class VideoFolder:
    """A folder of an account. Names are unique within a scope (user, org), so its id is the key."""

    external_id: str
    name: str
    scope: str
    org_id: str = ""
    description: str = ""
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class SearchSession:
    """Where the vendor keeps one search: it is read under `owner` and `session_id`; the paths are only handed back."""

    session_id: str
    owner: str
    path: str
    trace_path: str


@dataclass(frozen=True, slots=True)
class Match:
    """One event that a search names. It has no batch, label or time of its own."""

    video_id: str
    analysis_id: str
    event_id: str  # empty in answers of older versions
    raw_index: int | None
    similarity: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """A search as far as it is. `matches`: in the vendor's order, complete once it has ended."""

    ended: bool
    error: str = ""  # why it failed
    summary: str = ""
    matches: tuple[Match, ...] = ()

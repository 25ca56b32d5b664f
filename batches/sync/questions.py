"""What a new batch asks of its videos, in terms that the vendors share."""

from dataclasses import asdict, dataclass
from typing import Any, Self

MAX_VIDEOS = 1000  # of one batch: what the vendor with a limit allows
MAX_PROMPT = 10_000  # characters


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

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """From the form in which it is stored."""
        return cls(**stored)

    @classmethod
    def asked(cls, *, agent: str = "", **fields: Any) -> Self:
        """A question as somebody asked it: an agent takes no prompt and no options."""
        return cls(agent=agent) if agent else cls(**fields)

    def stored(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a vendor lets one choose: each a word of its API and a label."""

    agents: dict[str, str]
    categories: dict[str, str]
    confidences: dict[str, str]
    overlays: dict[str, str]


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

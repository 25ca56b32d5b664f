"""Every exception raised on purpose.

BatchesError
├── Conflict                somebody was faster, or the event changed under the card   → 412 with the current card
│   ├── NothingToUndo       this person has nothing to undo or redo in this batch
│   └── MetadataChanged     a key of the metadata is no longer what the editor saw; both values by name
├── BadMetadata             values the vendor would not take, each with its reason      → 400
├── KeyReused               an idempotency key came back with another request          → 422
├── NotAllowed              the role does not permit it                                → 403
├── NotCertifiable          too little was looked at to certify it                    → 422
├── CopyFailed              a copy of the database could not be made, checked or put back
└── SyncError
    ├── VendorUnavailable   no answer, 429, 5xx after retries: later; `retry_after` says when
    ├── VendorRefused       4xx or a redirect: our key or our request; retrying will not help
    └── BadRecord           where + what: "analysis a1 event 7 confidence: expected a number, got 'high'"
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batches.models import Event


class BatchesError(Exception):
    """Base of all errors raised on purpose; its text is a sentence a person can read."""


class Conflict(BatchesError):
    """The state a decision was based on is no longer the state in the database; `event` is the current one."""

    def __init__(self, message: str, *, event: "Event | None" = None) -> None:
        super().__init__(message)
        self.event = event


class NothingToUndo(Conflict):
    """This person has nothing to undo, or to redo, in this batch."""


class MetadataChanged(Conflict):
    """Keys that somebody else changed meanwhile; `sides` has for each what stands now and what was sent."""

    def __init__(self, sides: "dict[str, tuple[str | int | None, str | int | None]]") -> None:
        words = [f"{name!r} is now {now!r}, you sent {sent!r}." for name, (now, sent) in sides.items()]
        super().__init__("Changed meanwhile by somebody else: " + " ".join(words))
        self.sides = sides


class BadMetadata(BatchesError):
    """Metadata that cannot be kept; `errors` has the reason by name ("": about the whole)."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(f"{name}: {reason}" if name else reason for name, reason in errors.items()))
        self.errors = errors


class KeyReused(BatchesError):
    """An idempotency key came back with a different request, user or event."""


class NotAllowed(BatchesError):
    """The person's role on this connection does not permit what was asked."""


class NotCertifiable(BatchesError):
    """Too little was looked at, or not at random; the text says what is missing."""


class CopyFailed(BatchesError):
    """A copy of the database could not be made, is damaged, or could not be put back."""


class SyncError(BatchesError):
    """Something between us and a vendor; `str()` is safe to show and holds no secret."""


class VendorUnavailable(SyncError):
    """The vendor gave no usable answer after all tries. Nothing is wrong on our side: ask again later."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after  # seconds from now, when the vendor named them


class VendorRefused(SyncError):
    """The vendor understood and said no; `status` is the HTTP status (0: refused before any packet was sent)."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class BadRecord(SyncError):
    """One record cannot be read; the others can."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason

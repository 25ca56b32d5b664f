"""Every exception raised on purpose.

BatchesError
├── Conflict                the event was decided or changed meanwhile                 → 412 with the current card
│   ├── NothingToUndo       this person has nothing to undo or redo in this batch
│   └── MetadataChanged     a key of the metadata is no longer what the editor saw
├── BadMetadata             invalid values, each with its reason                       → 400
├── KeyReused               an idempotency key was used with another request           → 422
├── NotAllowed              the role does not permit it                                → 403
├── TooMany                 a limit of a person, an address or a link is reached        → 429 with Retry-After
├── NotCertifiable          too few events were reviewed to certify it                 → 422
├── CopyFailed              a copy of the database could not be made, checked or put back
└── SyncError
    ├── VendorUnavailable   no answer, 429 or 5xx after retries; `retry_after` says when to try again
    ├── VendorRefused       4xx or a redirect: the key or the request is wrong; a retry does not help
    └── BadRecord           path + reason: "analysis a1 event 7 confidence: expected a number, got 'high'"
        └── BadFile         a whole file: "r.csv is empty"
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batches.models import Event


class BatchesError(Exception):
    """Base of all errors raised on purpose. Its text is a message for people."""


class Conflict(BatchesError):
    """The event has changed since the person saw it; `event` is the current one."""

    def __init__(self, message: str, *, event: "Event | None" = None) -> None:
        super().__init__(message)
        self.event = event


class NothingToUndo(Conflict):
    """This person has nothing to undo, or to redo, in this batch."""


class MetadataChanged(Conflict):
    """Somebody else changed keys meanwhile. `sides`: key → the current value and the sent value."""

    def __init__(self, sides: "dict[str, tuple[str | int | None, str | int | None]]") -> None:
        sentences = [f"{name!r} is now {now!r}, you sent {sent!r}." for name, (now, sent) in sides.items()]
        super().__init__("Changed by somebody else: " + " ".join(sentences))
        self.sides = sides


class BadMetadata(BatchesError):
    """Invalid metadata. `errors`: key → reason ("" for the whole)."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(f"{name}: {reason}" if name else reason for name, reason in errors.items()))
        self.errors = errors


class KeyReused(BatchesError):
    """An idempotency key was used again with a different request, user or event."""


class NotAllowed(BatchesError):
    """The person's role on this connection does not permit the request."""


class TooMany(BatchesError):
    """A limit is reached. `retry_after`: seconds after which it is worth another try."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = max(1, round(retry_after))


class NotCertifiable(BatchesError):
    """Too few events were reviewed, or not at random; the text says what is missing."""


class CopyFailed(BatchesError):
    """A copy of the database could not be made, is damaged, or could not be put back."""


class SyncError(BatchesError):
    """A problem with a vendor. `str()` is safe to show and contains no secret."""


class VendorUnavailable(SyncError):
    """The vendor gave no usable answer after all tries. A later try may succeed."""

    def __init__(
        self, message: str, *, retry_after: float | None = None, reached: bool = True, tried: bool = True
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after  # seconds from now, if the vendor named them
        self.tried = tried  # False: no call was made, because the vendor had asked for a pause before
        self.reached = reached  # False: the request never arrived, or was turned away unread


class VendorRefused(SyncError):
    """The vendor refused the request. `status`: the HTTP status (0: refused here, before any packet was sent)."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class BadRecord(SyncError):
    """One record cannot be read; other records are not affected."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class BadFile(BadRecord):
    """A file is useless as a whole. `path` is its name; the reason goes on after it: "r.csv is empty"."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.args = (f"{path} {reason}",)


class BadValues(ValueError):
    """Corrections that no event can have."""

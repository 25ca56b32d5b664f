"""The CSV contract: which columns there are, and in which order."""

from typing import NamedTuple

# The vendor's document "get_batch_analysis", in its order.
DOCUMENTED = (
    "Query",
    "Video",
    "Approval Status",
    "Timestamp",
    "Category",
    "Label",
    "AI Analysis",
    "Severity",
    "Video ID",
    "Analysis ID",
    "Batch ID",
    "Batch Viewer URL",
    "Status",
    "Confidence",
    "Annotated Thumbnail URL",
    "Import Source URI",
    "Summary",
)

# What release 0.1.64 of the vendor's SDK writes.
SDK = (
    "Query",
    "Video Name",
    "Approval Status",
    "Timestamp",
    "unix_timestamp_start",
    "unix_timestamp_end",
    "Category",
    "Label",
    "AI Analysis",
    "Severity",
    "Video ID",
    "Analysis ID",
    "Event ID",
    "Batch ID",
    "Batch Viewer URL",
    "Status",
    "Confidence",
    "Annotated Thumbnail URL",
    "Import Source URI",
    "Summary",
)

# And what people decided here, with everything needed to follow it back.
FULL = (
    *DOCUMENTED,
    "Start Seconds",
    "End Seconds",
    "Reviewer",
    "Decided At",
    "Reason",
    "Note",
    "Vendor Approval",
    "Event ID",
    "Event Permalink",
    "Overlay",
    "Structured Output",
    "Review Status",
    "Review Status Updated At",
    "Changed Since Decided",
)

# One row an item: a video with how many of its events stand where.
ITEMS = (
    "Video",
    "Video ID",
    "Analysis ID",
    "Batch ID",
    "Status",
    "Events",
    "Pending",
    "Approved",
    "Rejected",
    "Invalid",
    "Import Source URI",
    "Summary",
    "Error",
    "Gone Upstream",
)

# One row a step of the ledger, undo and redo too, oldest first.
DECISIONS = (
    "Step",
    "Decided At",
    "Reviewer",
    "Action",
    "Approval Before",
    "Approval After",
    "Reason",
    "Note",
    "Version",
    "Vendor Approval",
    "Video",
    "Video ID",
    "Event ID",
    "Category",
    "Label",
    "Batch ID",
    "Event Permalink",
)

# What is not text where a format has types. What the vendor wrote as unix time stays its text.
FLOATS = frozenset({"Confidence", "Start Seconds", "End Seconds"})
WHOLE = frozenset({"Events", "Pending", "Approved", "Rejected", "Invalid", "Step", "Version"})
NESTED = frozenset({"Overlay", "Structured Output"})

# Numbers of ours and of the vendor: a minus sign in front of them is no formula.
NUMERIC = FLOATS | WHOLE | {"unix_timestamp_start", "unix_timestamp_end"}


def valid(known: tuple[str, ...]) -> str:
    """What a `columns=` value may be, in a sentence."""
    return f"documented, sdk, full, or some of these, separated by commas: {', '.join(known)}"


class Columns(NamedTuple):
    """A chosen set of columns; `sdk` ones follow the SDK to the byte, in what they list too."""

    names: tuple[str, ...]
    sdk: bool = False

    @property
    def full(self) -> bool:
        return self.names == FULL

    @property
    def chosen(self) -> bool:
        """Picked one by one, not a set's."""
        return not self.sdk and self.names not in (DOCUMENTED, FULL)


def parse_columns(text: str, known: tuple[str, ...] = FULL) -> Columns:
    """Read a `columns=` value: a set's name, or names out of `known` in the order wanted; nothing means documented.

    Raises ValueError with a sentence that names the valid ones.
    """
    match text.strip():
        case "" | "documented":
            return Columns(DOCUMENTED)
        case "sdk":
            return Columns(SDK, sdk=True)
        case "full":
            return Columns(FULL)
    names = tuple(name.strip() for name in text.split(","))
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"Unknown column {unknown[0]!r}. Valid: {valid(known)}.")
    if len(set(names)) < len(names):
        raise ValueError(f"A column is named twice. Valid: {valid(known)}.")
    return Columns(names)

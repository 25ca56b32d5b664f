"""The CSV contract: the columns and their order."""

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

# The columns of release 0.1.64 of the vendor's SDK.
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

# The documented columns, people's decisions, and what is needed to trace them.
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
    "Vendor Review Status",
    "Changed Since Decided",
    "Corrected Fields",
    "Vendor Label",
    "Vendor Category",
    "Vendor Severity",
    "Vendor Timestamp",
    "Vendor Start Seconds",
    "Vendor End Seconds",
    "Origin",
    "Box",
    "Vendor Box",
)

# One row per item: a video with its counts of events by approval.
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

# One row per step of the ledger, including undo and redo, oldest first.
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
    "Values Before",
    "Corrections After",
    "Origin",
)

# One row per approved finding, for training: its span, its class, and where its video is.
DATASET = (
    "Video",
    "Video ID",
    "Clip URL",
    "Start Seconds",
    "End Seconds",
    "Class",
    "Category",
    "Label",
    "Severity",
    "Confidence",
    "Corrected Fields",
    "Origin",
    "Reviewer",
    "Decided At",
    "Event ID",
    "Event Permalink",
    "Batch ID",
    "Import Source URI",
    "Box",
    "Picture Width",
    "Picture Height",
)

SIZE_ASSUMED = "size assumed"  # in the attribute `picture` of a shape for CVAT

# Keys of an event in the JSON of a connection for files that are not its detector's, and of what is around it there.
RESERVED = ("review", "finding", "own", "results", "parent")

# Columns that are not text in typed formats. The vendor's Unix times stay text.
FLOATS = frozenset({"Confidence", "Start Seconds", "End Seconds", "Vendor Start Seconds", "Vendor End Seconds"})
WHOLE = frozenset({"Events", "Pending", "Approved", "Rejected", "Invalid", "Step", "Version",
                   "Picture Width", "Picture Height"})  # fmt: skip
NESTED = frozenset({"Overlay", "Structured Output", "Values Before", "Corrections After", "Box", "Vendor Box"})

# Columns of numbers, where a leading minus sign is not a formula.
NUMERIC = FLOATS | WHOLE | {"unix_timestamp_start", "unix_timestamp_end"}


def valid(names: tuple[str, ...]) -> str:
    """The valid `columns=` values, as a sentence."""
    return f"documented, sdk, full, or some of these, separated by commas: {', '.join(names)}"


class Columns(NamedTuple):
    """A set of columns. `sdk`: the download equals the SDK's file to the byte and has the same events."""

    names: tuple[str, ...]
    sdk: bool = False

    @property
    def full(self) -> bool:
        return self.names == FULL

    @property
    def explicit(self) -> bool:
        """Whether the columns were named one by one, not by the name of a set."""
        return not self.sdk and self.names not in (DOCUMENTED, FULL)


def parse_columns(text: str, allowed: tuple[str, ...] = FULL) -> Columns:
    """Read a `columns=` value: the name of a set, or names of `allowed` in the wanted order; "" means documented.

    Raises ValueError with a message that names the valid columns.
    """
    match text.strip():
        case "" | "documented":
            return Columns(DOCUMENTED)
        case "sdk":
            return Columns(SDK, sdk=True)
        case "full":
            return Columns(FULL)
    names = tuple(name.strip() for name in text.split(","))
    if unknown := [name for name in names if name not in allowed]:
        raise ValueError(f"Unknown column {unknown[0]!r}. Valid: {valid(allowed)}.")
    if len(set(names)) < len(names):
        raise ValueError(f"A column is named twice. Valid: {valid(allowed)}.")
    return Columns(names)

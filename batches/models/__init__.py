"""The nouns: what vendors said (Connection, Batch, Item, Event) and what people decided about it (Action, Decision)."""

from batches.models.batch import Batch, Item
from batches.models.connection import Connection, Membership, Role, Vendor
from batches.models.decision import Action, Decision
from batches.models.event import Approval, Event, EventPayload
from batches.models.link import Link
from batches.models.preference import KeyPreference
from batches.models.run import ExportRun, Quarantined, RunState, SyncRun, ThumbnailRun
from batches.models.view import SavedView

__all__ = [
    "Action",
    "Approval",
    "Batch",
    "Connection",
    "Decision",
    "Event",
    "EventPayload",
    "ExportRun",
    "Item",
    "KeyPreference",
    "Link",
    "Membership",
    "Quarantined",
    "Role",
    "RunState",
    "SavedView",
    "SyncRun",
    "ThumbnailRun",
    "Vendor",
]

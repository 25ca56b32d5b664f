"""The nouns: what vendors said (Connection, Batch, Item, Event) and what people decided about it (Action, Decision)."""

from batches.models.batch import Batch, Item
from batches.models.connection import Connection, Membership, Role, Vendor
from batches.models.decision import Action, Decision
from batches.models.event import Approval, Event, EventPayload
from batches.models.opinion import Consensus, Opinion, Stage
from batches.models.past import EventPast
from batches.models.preference import KeyPreference
from batches.models.run import Quarantined, RunState, SyncRun, ThumbnailRun
from batches.models.screen import Lease, Screen
from batches.models.view import SavedView

__all__ = [
    "Action",
    "Approval",
    "Batch",
    "Connection",
    "Consensus",
    "Decision",
    "Event",
    "EventPast",
    "EventPayload",
    "Item",
    "KeyPreference",
    "Lease",
    "Membership",
    "Opinion",
    "Quarantined",
    "Role",
    "RunState",
    "SavedView",
    "Screen",
    "Stage",
    "SyncRun",
    "ThumbnailRun",
    "Vendor",
]

"""The nouns: what vendors said (Connection, Batch, Item, Event) and what people decided about it (Action, Decision)."""

from batches.models.batch import Batch, Item
from batches.models.bulk import BulkRun, BulkTarget
from batches.models.comparison import Comparison, ComparisonRun, EventPair, VideoPair
from batches.models.connection import Connection, Membership, Role, Vendor
from batches.models.decision import Action, Decision
from batches.models.event import Approval, Event, EventPayload
from batches.models.preference import KeyPreference
from batches.models.run import Quarantined, RunState, SyncRun, ThumbnailRun
from batches.models.token import Scope, Token
from batches.models.view import SavedView

__all__ = [
    "Action",
    "Approval",
    "Batch",
    "BulkRun",
    "BulkTarget",
    "Comparison",
    "ComparisonRun",
    "Connection",
    "Decision",
    "Event",
    "EventPair",
    "EventPayload",
    "Item",
    "KeyPreference",
    "Membership",
    "Quarantined",
    "Role",
    "RunState",
    "SavedView",
    "Scope",
    "SyncRun",
    "ThumbnailRun",
    "Token",
    "Vendor",
    "VideoPair",
]

"""The nouns: what vendors said (Connection, Batch, Item, Event) and what people decided about it (Action, Decision)."""

from batches.models.batch import Batch, Item
from batches.models.bulk import BulkRun, BulkTarget
from batches.models.connection import Connection, Membership, Role, Vendor
from batches.models.decision import Action, Decision
from batches.models.event import Approval, Event, EventPayload
from batches.models.preference import KeyPreference
from batches.models.run import Quarantined, RunState, SyncRun, ThumbnailRun
from batches.models.token import Scope, Token
from batches.models.view import SavedView
from batches.models.watch import Schedule, Watch
from batches.models.webhook import Delivery, DeliveryState, HookEvent, Notice, Webhook

__all__ = [
    "Action",
    "Approval",
    "Batch",
    "BulkRun",
    "BulkTarget",
    "Connection",
    "Decision",
    "Delivery",
    "DeliveryState",
    "Event",
    "EventPayload",
    "HookEvent",
    "Item",
    "KeyPreference",
    "Membership",
    "Notice",
    "Quarantined",
    "Role",
    "RunState",
    "SavedView",
    "Schedule",
    "Scope",
    "SyncRun",
    "ThumbnailRun",
    "Token",
    "Vendor",
    "Watch",
    "Webhook",
]

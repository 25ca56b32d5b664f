"""The nouns: what vendors said (Connection, Batch, Item, Event) and what people decided about it (Action, Decision)."""

from batches.models.assignment import Assignment, AssignmentChange
from batches.models.batch import Batch, Item, ReviewStatus
from batches.models.comment import Comment, CommentKind, Conversation, Mention
from batches.models.connection import Connection, Membership, Role, Vendor
from batches.models.decision import Action, Decision
from batches.models.event import Approval, Event, EventPayload
from batches.models.preference import KeyPreference
from batches.models.review import ReviewStep
from batches.models.run import Quarantined, RunState, SyncRun, ThumbnailRun
from batches.models.view import SavedView

__all__ = [
    "Action",
    "Approval",
    "Assignment",
    "AssignmentChange",
    "Batch",
    "Comment",
    "CommentKind",
    "Connection",
    "Conversation",
    "Decision",
    "Event",
    "EventPayload",
    "Item",
    "KeyPreference",
    "Membership",
    "Mention",
    "Quarantined",
    "ReviewStatus",
    "ReviewStep",
    "Role",
    "RunState",
    "SavedView",
    "SyncRun",
    "ThumbnailRun",
    "Vendor",
]

"""The nouns: what vendors said (Connection, Batch, Item, Event) and what people decided about it (Action, Decision)."""

from batches.models.assignment import Assignment, AssignmentChange
from batches.models.batch import Batch, Item, ReviewStatus
from batches.models.bulk import BulkRun, BulkTarget
from batches.models.certificate import Certificate, CertifiedPart
from batches.models.comment import Comment, CommentKind, Conversation, Mention
from batches.models.connection import Connection, Membership, Role, Vendor
from batches.models.decision import Action, Decision
from batches.models.event import Approval, Event, EventPayload
from batches.models.likeness import Likeness
from batches.models.preference import KeyPreference
from batches.models.review import ReviewStep
from batches.models.run import PileRun, Quarantined, RunState, SyncRun, ThumbnailRun
from batches.models.token import Scope, Token
from batches.models.view import SavedView

__all__ = [
    "Action",
    "Approval",
    "Assignment",
    "AssignmentChange",
    "Batch",
    "BulkRun",
    "BulkTarget",
    "Certificate",
    "CertifiedPart",
    "Comment",
    "CommentKind",
    "Connection",
    "Conversation",
    "Decision",
    "Event",
    "EventPayload",
    "Item",
    "KeyPreference",
    "Likeness",
    "Membership",
    "Mention",
    "PileRun",
    "Quarantined",
    "ReviewStatus",
    "ReviewStep",
    "Role",
    "RunState",
    "SavedView",
    "Scope",
    "SyncRun",
    "ThumbnailRun",
    "Token",
    "Vendor",
]

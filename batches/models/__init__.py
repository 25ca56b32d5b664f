"""The models: data of vendors (Connection, Batch, Item, Event) and decisions of people (Action, Decision)."""

from batches.models.addition import AdditionRun
from batches.models.agent import AgentTraining, TrainedAgent
from batches.models.assignment import Assignment, AssignmentChange
from batches.models.batch import Batch, Item
from batches.models.batch_metadata import (
    MetadataChange,
    MetadataEdit,
    MetadataEntry,
    MetadataPush,
    MetadataState,
    SummaryChoice,
)
from batches.models.bulk import BulkRun, BulkTarget
from batches.models.cache_entry import CacheEntry
from batches.models.certificate import Certificate, CertifiedPart
from batches.models.cloud_import import CloudImport, CloudProvider, ImportedVideo
from batches.models.comment import Comment, CommentKind, Conversation
from batches.models.comparison import Comparison, ComparisonRun, EventPair, VideoPair
from batches.models.connection import Connection, Membership, Vendor
from batches.models.counters import DecidedCount, EventCount, FilterCount, ItemCount, WorkTime
from batches.models.decision import Action, Decision
from batches.models.event import Approval, Event, EventPayload
from batches.models.imports import ColumnMapping, ImportPhase, ImportRun
from batches.models.link import Link, RevokedWhy
from batches.models.notification import MailWhen, Notification, NotificationKind, NotificationPreference
from batches.models.odd_table import OddColumns, OddRun, OddTable
from batches.models.open_page import Lease, OpenPage
from batches.models.opinion import Consensus, Opinion, Stage
from batches.models.past import EventPast
from batches.models.people import Invitation, Profile, TeamRole, Theme, UserSession
from batches.models.picture_hash import PictureHash
from batches.models.poll import Poll, Schedule, VendorWebhookReceipt
from batches.models.preference import KeyPreference
from batches.models.recall_certificate import RecallCertificate
from batches.models.review import ReviewStep
from batches.models.review_status import ReviewStatus
from batches.models.role import Rights, Role
from batches.models.run import ExportRun, PileRun, Quarantined, RunState, SyncRun, ThumbnailRun
from batches.models.setup_code import SetupCode
from batches.models.start import BatchStart
from batches.models.tag import BatchTag
from batches.models.tally import Tally
from batches.models.token import Scope, Token
from batches.models.upload import VideoUpload
from batches.models.video import AccountVideo, AccountVideoQuerySet, Folder, FolderScope, VideoListing
from batches.models.video_search import SearchMatch, VideoSearch
from batches.models.view import SavedView
from batches.models.watched import WatchAssignment, WatchedItem, WatchedParts
from batches.models.webhook import Delivery, DeliveryState, HookEvent, HookFormat, Notice, Webhook

__all__ = [
    "AccountVideo",
    "AccountVideoQuerySet",
    "Action",
    "AdditionRun",
    "AgentTraining",
    "Approval",
    "Assignment",
    "AssignmentChange",
    "Batch",
    "BatchStart",
    "BatchTag",
    "BulkRun",
    "BulkTarget",
    "CacheEntry",
    "Certificate",
    "CertifiedPart",
    "CloudImport",
    "CloudProvider",
    "ColumnMapping",
    "Comment",
    "CommentKind",
    "Comparison",
    "ComparisonRun",
    "Connection",
    "Consensus",
    "Conversation",
    "DecidedCount",
    "Decision",
    "Delivery",
    "DeliveryState",
    "Event",
    "EventCount",
    "EventPair",
    "EventPast",
    "EventPayload",
    "ExportRun",
    "FilterCount",
    "Folder",
    "FolderScope",
    "HookEvent",
    "HookFormat",
    "ImportPhase",
    "ImportRun",
    "ImportedVideo",
    "Invitation",
    "Item",
    "ItemCount",
    "KeyPreference",
    "Lease",
    "Link",
    "MailWhen",
    "Membership",
    "MetadataChange",
    "MetadataEdit",
    "MetadataEntry",
    "MetadataPush",
    "MetadataState",
    "Notice",
    "Notification",
    "NotificationKind",
    "NotificationPreference",
    "OddColumns",
    "OddRun",
    "OddTable",
    "OpenPage",
    "Opinion",
    "PictureHash",
    "PileRun",
    "Poll",
    "Profile",
    "Quarantined",
    "RecallCertificate",
    "ReviewStatus",
    "ReviewStep",
    "RevokedWhy",
    "Rights",
    "Role",
    "RunState",
    "SavedView",
    "Schedule",
    "Scope",
    "SearchMatch",
    "SetupCode",
    "Stage",
    "SummaryChoice",
    "SyncRun",
    "Tally",
    "TeamRole",
    "Theme",
    "ThumbnailRun",
    "Token",
    "TrainedAgent",
    "UserSession",
    "Vendor",
    "VendorWebhookReceipt",
    "VideoListing",
    "VideoPair",
    "VideoSearch",
    "VideoUpload",
    "WatchAssignment",
    "WatchedItem",
    "WatchedParts",
    "Webhook",
    "WorkTime",
]

"""The verbs: what people do to the data. Each is one transaction, keyword-only, and says who did it (`by=`)."""

from batches.actions.batches import add_batch, rename_batch
from batches.actions.bulk import Page, decide_many, decide_matching, resume, stop
from batches.actions.compare import carry_over, link_videos, request_comparison
from batches.actions.decide import Outcome, decide
from batches.actions.details import ask_details
from batches.actions.flags import flag
from batches.actions.keys import save_keys
from batches.actions.runs import request_sync, request_thumbnails
from batches.actions.tokens import make_token, revoke_token, scopes_for
from batches.actions.undo import redo, undo
from batches.bulk.steps import Seen

__all__ = [
    "Outcome",
    "Page",
    "Seen",
    "add_batch",
    "ask_details",
    "carry_over",
    "decide",
    "decide_many",
    "decide_matching",
    "flag",
    "link_videos",
    "make_token",
    "redo",
    "rename_batch",
    "request_comparison",
    "request_sync",
    "request_thumbnails",
    "resume",
    "revoke_token",
    "save_keys",
    "scopes_for",
    "stop",
    "undo",
]

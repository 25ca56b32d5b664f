"""The verbs: what people do to the data. Each is one transaction, keyword-only, and says who did it (`by=`)."""

from batches.actions.batches import add_batch, rename_batch
from batches.actions.bulk import Page, decide_many, decide_matching, resume, stop
from batches.actions.decide import Outcome, decide
from batches.actions.flags import flag
from batches.actions.keys import save_keys
from batches.actions.metadata import SeenKey, edit_many, edit_metadata, push_again, resolve_key
from batches.actions.runs import request_sync, request_thumbnails
from batches.actions.summary import choose_summary, publish_summary
from batches.actions.tokens import make_token, revoke_token, scopes_for
from batches.actions.undo import redo, undo
from batches.bulk.steps import Seen

__all__ = [
    "Outcome",
    "Page",
    "Seen",
    "SeenKey",
    "add_batch",
    "choose_summary",
    "decide",
    "decide_many",
    "decide_matching",
    "edit_many",
    "edit_metadata",
    "flag",
    "make_token",
    "publish_summary",
    "push_again",
    "redo",
    "rename_batch",
    "request_sync",
    "request_thumbnails",
    "resolve_key",
    "resume",
    "revoke_token",
    "save_keys",
    "scopes_for",
    "stop",
    "undo",
]

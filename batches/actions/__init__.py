"""The verbs: what people do to the data. Each is one transaction, keyword-only, and says who did it (`by=`)."""

from batches.actions.batches import add_batch, rename_batch
from batches.actions.decide import Outcome, decide
from batches.actions.exports import request_export
from batches.actions.flags import flag
from batches.actions.keys import save_keys
from batches.actions.links import make_link, revoke_link, rotate_link
from batches.actions.runs import request_sync, request_thumbnails
from batches.actions.undo import redo, undo

__all__ = [
    "Outcome",
    "add_batch",
    "decide",
    "flag",
    "make_link",
    "redo",
    "rename_batch",
    "request_export",
    "request_sync",
    "request_thumbnails",
    "revoke_link",
    "rotate_link",
    "save_keys",
    "undo",
]

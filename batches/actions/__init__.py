"""The verbs: what people do to the data. Each is one transaction, keyword-only, and says who did it (`by=`)."""

from batches.actions.batches import add_batch, rename_batch
from batches.actions.bulk import Page, decide_many, decide_matching, stop
from batches.actions.certify import certify
from batches.actions.decide import Outcome, decide
from batches.actions.flags import flag
from batches.actions.keys import save_keys
from batches.actions.runs import request_sync, request_thumbnails
from batches.actions.undo import redo, undo

__all__ = [
    "Outcome",
    "Page",
    "add_batch",
    "certify",
    "decide",
    "decide_many",
    "decide_matching",
    "flag",
    "redo",
    "rename_batch",
    "request_sync",
    "request_thumbnails",
    "save_keys",
    "stop",
    "undo",
]

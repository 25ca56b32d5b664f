"""The verbs: what people do to the data. Each is one transaction, keyword-only, and says who did it (`by=`)."""

from batches.actions.batches import add_batch, rename_batch
from batches.actions.decide import Outcome, decide
from batches.actions.details import ask_details
from batches.actions.runs import request_sync, request_thumbnails
from batches.actions.undo import undo

__all__ = [
    "Outcome",
    "add_batch",
    "ask_details",
    "decide",
    "rename_batch",
    "request_sync",
    "request_thumbnails",
    "undo",
]

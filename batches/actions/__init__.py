"""The verbs: what people do to the data. Each is one transaction, keyword-only, and says who did it (`by=`)."""

from batches.actions.batches import add_batch, rename_batch
from batches.actions.decide import Outcome, decide
from batches.actions.flags import flag
from batches.actions.keys import save_keys
from batches.actions.leases import Leases, give_back, leave, look, take
from batches.actions.opinions import ask_opinions
from batches.actions.runs import request_sync, request_thumbnails
from batches.actions.undo import redo, undo

__all__ = [
    "Leases",
    "Outcome",
    "add_batch",
    "ask_opinions",
    "decide",
    "flag",
    "give_back",
    "leave",
    "look",
    "redo",
    "rename_batch",
    "request_sync",
    "request_thumbnails",
    "save_keys",
    "take",
    "undo",
]

"""The verbs: what people do to the data. Each is one transaction, keyword-only, and says who did it (`by=`)."""

from batches.actions.batches import add_batch, add_batches, rename_batch
from batches.actions.bulk import Page, decide_many, decide_matching, resume, stop
from batches.actions.decide import Outcome, decide
from batches.actions.details import ask_details
from batches.actions.flags import flag
from batches.actions.keys import save_keys
from batches.actions.runs import request_sync, request_thumbnails
from batches.actions.schedules import hint, list_now, set_hint_secret, set_schedule
from batches.actions.tokens import make_token, revoke_token, scopes_for
from batches.actions.undo import redo, undo
from batches.actions.webhooks import (
    change_webhook,
    delete_webhook,
    deliver_again,
    make_webhook,
    pause_webhook,
    resume_webhook,
    rotate_secret,
)
from batches.bulk.steps import Seen

__all__ = [
    "Outcome",
    "Page",
    "Seen",
    "add_batch",
    "add_batches",
    "ask_details",
    "change_webhook",
    "decide",
    "decide_many",
    "decide_matching",
    "delete_webhook",
    "deliver_again",
    "flag",
    "hint",
    "list_now",
    "make_token",
    "make_webhook",
    "pause_webhook",
    "redo",
    "rename_batch",
    "request_sync",
    "request_thumbnails",
    "resume",
    "resume_webhook",
    "revoke_token",
    "rotate_secret",
    "save_keys",
    "scopes_for",
    "set_hint_secret",
    "set_schedule",
    "stop",
    "undo",
]

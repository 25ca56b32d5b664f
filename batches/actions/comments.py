"""Comments on events: adds and withdraws them, resolves and reopens discussions. Append-only."""

import re
from collections.abc import Container, Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import OuterRef, Q
from django.utils.translation import gettext as _

from batches.actions.idempotency import first_result
from batches.actions.ledger import check_reviewer, locked, request_digest
from batches.actions.limits import COMMENTS, spend
from batches.models import Comment, CommentKind, Conversation, Event, Membership
from batches.models.comment import MAX_COMMENT
from batches.models.drawing import clean
from batches.notify.people import notify_mentioned, withdraw_mentions

if TYPE_CHECKING:
    from django.db.models import QuerySet

MENTION = re.compile(r"(?<![\w@.+-])@([\w@.+-]+)")


def comment(
    *,
    event_id: int,
    by: User,
    idempotency_key: UUID,
    kind: str = CommentKind.SAY,
    text: str = "",
    target: UUID | None = None,
    drawing: str = "",
) -> Conversation:
    """Add one step to the discussion of the event. Returns its state afterwards.

    `text` is for `say`, with a `drawing` (the JSON of `batches.models.drawing`) or without; `target` (the key of the
    person's own comment) for `withdraw`. The same key again writes nothing, and neither does a step without effect.
    Raises ValueError with a message, KeyReused, NotAllowed, TooMany, Event.DoesNotExist.
    """
    text = text.strip()
    if kind not in CommentKind.values:
        raise ValueError(
            _("A comment is one of {names}, not {kind}.").format(names=", ".join(CommentKind.values), kind=repr(kind))
        )
    if kind == CommentKind.SAY and not 0 < len(text) <= MAX_COMMENT:
        raise ValueError(_("A comment has 1 to {max_comment} characters.").format(max_comment=f"{MAX_COMMENT:,}"))
    drawing = clean(drawing) if drawing and kind == CommentKind.SAY else ""
    parameters = {"event": event_id, "kind": kind, "text": text, "target": str(target or "")}
    digest = request_digest(**parameters, **({"drawing": drawing} if drawing else {}))
    with transaction.atomic(durable=True):
        first = first_result(Comment.objects.all(), idempotency_key, author_id=by.pk, request=digest)
        event = locked(event_id)
        check_reviewer(by, event.batch.connection_id)
        step = None if first else _step(event, by, kind, text, target)
        if step is None:
            return _conversation(event_id)
        spend(COMMENTS, by)
        step.idempotency_key, step.request, step.drawing = idempotency_key, digest, drawing or None
        step.save()
        _mention(step, event)
        return _update_conversation(event)


def people_of(connection_id: int | OuterRef) -> "QuerySet[User]":
    """Those who see the connection's batches, who can be mentioned: its members, and staff, who see all of them."""
    members = Membership.objects.filter(connection=connection_id).order_by().values("user")
    return User.objects.filter(Q(is_staff=True) | Q(pk__in=members), is_active=True).order_by("username")


def mentioned(text: str, names: Iterable[str]) -> set[str]:
    """Those of the names that stand after an `@`."""
    by_lower_name = {name.lower(): name for name in names}
    return {by_lower_name[name] for mention in MENTION.findall(text) if (name := written_name(mention, by_lower_name))}


def unknown_names(text: str, names: Iterable[str]) -> list[str]:
    """What stands after an `@` and is none of the names: whoever is meant is not notified."""
    lower_names = {name.lower() for name in names}
    unknown = (mention for mention in MENTION.findall(text) if not written_name(mention, lower_names))
    return list(dict.fromkeys(name.rstrip("@.+-_") for name in unknown if name[0].isalnum()))


def written_name(mention: str, lower_names: Container[str]) -> str:
    """Which of the names is written after an `@`, without punctuation after it: `maya.` is maya. Empty: none."""
    name = mention.lower()
    while name and name not in lower_names and not name[-1].isalnum():
        name = name[:-1]
    return name if name in lower_names else ""


def _step(event: Event, by: User, kind: str, text: str, target: UUID | None) -> Comment | None:
    """The row to add; None if it would have no effect."""
    if kind in (CommentKind.RESOLVE, CommentKind.REOPEN):
        current = _conversation(event.pk)
        if not current.comments or current.unresolved == (kind == CommentKind.REOPEN):
            return None
    withdraws = None
    if kind == CommentKind.WITHDRAW:
        own_comments = event.comments.filter(kind=CommentKind.SAY, author=by)
        withdraws = own_comments.filter(idempotency_key=target).first() if target else None
        if withdraws is None:
            raise ValueError(_("You can only withdraw your own comments."))
        if hasattr(withdraws, "withdrawn_by"):
            return None
    return Comment(event=event, author=by, kind=kind, text=text if kind == CommentKind.SAY else "", withdraws=withdraws)


def _mention(step: Comment, event: Event) -> None:
    if step.withdraws_id:
        withdraw_mentions(step.withdraws_id)
    if "@" not in step.text:
        return
    people = {user.username: user for user in people_of(event.batch.connection_id)}
    names = mentioned(step.text, people) - {step.author.username}
    notify_mentioned(step, [people[name] for name in names])


def _update_conversation(event: Event) -> Conversation:
    standing = event.comments.exclude(kind=CommentKind.WITHDRAW).filter(withdrawn_by__isnull=True)
    count = standing.filter(kind=CommentKind.SAY).count()
    last = standing.order_by("-id").first()
    unresolved = bool(count and last and last.kind != CommentKind.RESOLVE)
    state = {"batch": event.batch, "comments": count, "unresolved": unresolved}
    return Conversation.objects.update_or_create(event=event, defaults=state)[0]


def _conversation(event_id: int) -> Conversation:
    return Conversation.objects.filter(event=event_id).first() or Conversation(event_id=event_id)

"""Second opinions: one row of the ledger each. The event is decided when all agree, or when an editor settles it.

If a batch asks for k > 1 opinions, a verdict on an undecided event is an opinion. It does not change the event, so that
reviewers do not conflict with each other. After k opinions, equal ones become a decision in the same transaction; else
the event waits for an editor, whose verdict settles it.
"""

from collections import Counter
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batches.actions.ledger import advance_version, locked
from batches.errors import Conflict, NotAllowed
from batches.models import Action, Approval, Batch, Consensus, Decision, Event, Membership, Opinion, Stage
from batches.models.batch import MAX_OPINIONS
from batches.models.corrections import columns_under, read, values_before
from batches.models.opinion import stage_of, standing
from batches.notify.notices import noting_decisions
from batches.notify.people import notify_opinions_wanted

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ALL_GIVEN = gettext_lazy("All opinions on this event are in. An editor must settle it.")


def ask_opinions(*, batch_id: int, wanted: int, by: "User") -> None:
    """Set the number of reviewers per event; 1: no second opinions. Events with an opinion keep their number.

    Raises ValueError, NotAllowed.
    """
    if not 1 <= wanted <= MAX_OPINIONS:
        raise ValueError(
            _("Reviewers per event: from 1 to {most}, not {wanted}.").format(most=MAX_OPINIONS, wanted=wanted)
        )
    batch = Batch.objects.only("connection").get(pk=batch_id)
    if not Membership.rights_of(by, batch.connection_id).can_edit:
        raise NotAllowed(_("Only an editor of this connection can ask for second opinions."))
    with transaction.atomic():
        changed = Batch.objects.filter(pk=batch_id).exclude(opinions_wanted=wanted).update(opinions_wanted=wanted)
        if changed and wanted > 1:
            batch.opinions_wanted = wanted
            notify_opinions_wanted(batch, by)


def is_opinion(event: Event, by: "User") -> bool:
    """Whether this person's verdict on the locked event is an opinion, and not a decision.

    Raises Conflict if it can be neither.
    """
    consensus = Consensus.objects.filter(event=event).first()
    blind = event.batch.opinions_wanted > 1
    if consensus is None:
        return blind and event.decided_at is None
    settles = Membership.rights_of(by, event.batch.connection_id).can_settle
    if consensus.stage == Stage.OPEN:
        return blind or not settles
    if not settles and (consensus.stage != Stage.DISPUTED or by.pk not in standing(event.opinions.order_by("number"))):
        raise Conflict(str(ALL_GIVEN), event=event)
    return not settles


def give_opinion(
    *, action: Action, event: Event, verdict: dict[str, Any], amended: Action | None = None
) -> tuple[Opinion, Decision | None, Counter[str]]:
    """Append this person's opinion on a locked event, and the decision if all agree now.

    `verdict`: approval, reason, note, corrections. Raises Conflict if k others have given their opinions.
    """
    opinions = _opinions_on(event)
    consensus = Consensus.objects.filter(event=event).first() or Consensus(
        event=event, batch=event.batch, wanted=event.batch.opinions_wanted
    )
    if action.user_id not in opinions and len(opinions) >= consensus.wanted:
        raise Conflict(str(ALL_GIVEN), event=event)
    opinion = opinions[action.user_id] = _append(action, event, verdict)
    decision, counters = None, Counter[str]()
    agreed = len(opinions) == consensus.wanted and len({opinion.verdict for opinion in opinions.values()}) == 1
    if agreed and (event.decided_at is None or amended is not None):
        decision, counters = _decide(action, event, list(opinions.values()))
    _save_consensus(consensus, event, opinions)
    return opinion, decision, counters


def redo_opinion(opinion: Opinion, action: Action) -> tuple[Opinion, Decision | None, Counter[str]]:
    """Redo an opinion that was taken back. Raises Conflict if the event has changed meanwhile."""
    event = locked(opinion.event_id)
    if event.decided_at is not None or event.fingerprint != opinion.fingerprint:
        raise Conflict(_("This event changed since you took your opinion back."), event=event)
    names = ("approval", "reason", "note", "corrections")
    verdict = {name: getattr(opinion, name) for name in names}
    return give_opinion(action=action, event=event, verdict=verdict)


def withdraw_opinion(opinion: Opinion, action: Action) -> Opinion:
    """Append that this opinion no longer counts. Decisions of its action must be undone before. Raises Conflict."""
    event = locked(opinion.event_id)
    opinions = _opinions_on(event)
    if event.decided_at is not None:
        raise Conflict(
            _("All opinions on this event are in, and they decided it. An editor can change that."), event=event
        )
    if opinions.get(opinion.user_id) != opinion:
        raise Conflict(_("This opinion is no longer current."), event=event)
    row = _append(action, event, {"approval": None, "reason": "", "note": "", "corrections": None})
    del opinions[opinion.user_id]
    _save_consensus(Consensus.objects.get(event=event), event, opinions)
    return row


def update_stages(action: Action) -> None:
    """Update the stage of the events with opinions that an action decided, undid or redid."""
    for consensus in Consensus.objects.filter(event__decisions__action=action).select_related("event"):
        _save_consensus(consensus, consensus.event, _opinions_on(consensus.event))


def _opinions_on(event: Event) -> dict[int, Opinion]:
    return standing(event.opinions.select_related("user").order_by("number"))


def _append(action: Action, event: Event, verdict: dict[str, Any]) -> Opinion:
    last = event.opinions.order_by("-number").values_list("number", flat=True).first() or 0
    return Opinion.objects.create(
        action=action, event=event, user_id=action.user_id, number=last + 1, version=event.version,
        fingerprint=event.fingerprint, **verdict,
    )  # fmt: skip


def _save_consensus(consensus: Consensus, event: Event, opinions: dict[int, Opinion]) -> None:
    consensus.given, consensus.stage = len(opinions), stage_of(event, opinions.values(), consensus.wanted)
    consensus.save()


def _decide(action: Action, event: Event, opinions: list[Opinion]) -> tuple[Decision, Counter[str]]:
    """The decision of all opinions, in the name of the last reviewer; every note is kept."""
    approval, reasons = str(opinions[0].approval), {opinion.reason for opinion in opinions}
    notes = [
        f"{opinion.user.get_username()}: {opinion.note}"
        for opinion in sorted(opinions, key=lambda opinion: opinion.number)
        if opinion.note
    ]
    verdict = {
        "approval": approval,
        "reason": reasons.pop() if len(reasons) == 1 else "",
        "note": "\n".join(notes),
    }
    now, before = timezone.now(), Approval(event.approval)
    columns = columns_under(event, read(opinions[0].corrections))
    values = values_before(event, columns)
    changes = {**verdict, **columns, "decided_by": action.user, "decided_at": now, "bulk_decided": None,
               "changed_since": False}  # fmt: skip
    counters = advance_version(event, version=event.version, fingerprint=event.fingerprint, changes=changes)
    with noting_decisions(action):
        decision = Decision.objects.create(
            action=action, event=event, version=event.version, before=before, **verdict,
            corrections=event.corrections, values_before=values, fingerprint=event.fingerprint,
            vendor_approval=event.vendor_approval, created_at=now,
        )  # fmt: skip
    return decision, counters

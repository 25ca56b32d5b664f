"""Events as of a moment in the past: the decisions until then, from the ledger.

The vendor's values of an event (label, span, confidence) are today's, because only people's steps are kept for ever;
people's corrections are those of the moment. A
verdict that stood then on other content than today's is not a verdict on what is shown, so the event is pending. The
vendor's approval before the first later step is stored in that step.
"""

from datetime import datetime
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Exists,
    F,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from batches.models import Approval, Decision, Event
from batches.models.severity import Severity

# Field of an event → its name in `as_of`.
THEN = {
    "approval": "then_approval",
    "decided_by__username": "then_reviewer",
    "decided_at": "then_decided_at",
    "decided_by_id": "then_standing",
    "reason": "then_reason",
    "note": "then_note",
    "changed_since": "then_changed_since",
    "corrections": "then_corrections",
    "category": "then_category",
    "severity_rank": "then_severity_rank",
}
DECIDED_THEN = Q(then_standing__isnull=False)
CHANGED_THEN = DECIDED_THEN & ~Q(then_fingerprint=F("fingerprint"))
# Fields of the vendor that a condition about the past may use; their values are today's.
AS_TODAY = frozenset({"pk", "item", "confidence", "thumbnail_url", "vendor_approval"})


def then(condition: Q) -> Q:
    """The condition rewritten for the events of `as_of`.

    Raises LookupError if it uses a field whose past is not stored.
    """
    children: list[Any] = [_child_then(child) for child in condition.children]
    return Q.create(children, connector=condition.connector, negated=condition.negated)


def _child_then(child: Any) -> Q | tuple[str, Any]:
    match child:
        case Q():
            return then(child)
        case (str(path), F() as field):
            return _path_then(path), F(_path_then(field.name))  # type: ignore[attr-defined]  # the stubs lack it
        case (str(path), value) if not hasattr(value, "resolve_expression"):
            return _path_then(path), value
    raise LookupError(f"{child!r}: not a comparison of a field, so its past is not stored.")


def _path_then(path: str) -> str:
    for field, past in THEN.items():
        if path == field or path.startswith(f"{field}__"):
            return past + path.removeprefix(field)
    if path.split("__")[0] in AS_TODAY:
        return path
    raise LookupError(f"{path}: its past is not stored.")


def as_of(events: QuerySet[Event], moment: datetime) -> QuerySet[Event]:
    """The events that were listed for review at this moment, with the fields of THEN in addition to today's.

    `then_changed`: the ledger has steps of the event, so `then_approval` comes from it even without a standing verdict.
    """
    steps = Decision.objects.using(events.db).filter(event=OuterRef("pk"))
    last = steps.filter(created_at__lte=moment).order_by("-version")
    later = steps.filter(created_at__gt=moment).order_by("version")

    def standing(path: str) -> Subquery:
        """A value of the verdict that stands after the last step."""
        return Subquery(last.annotate(stands=of_verdict(path)).values("stands")[:1])

    own_corrections = Case(When(undoes__isnull=True, then="corrections"), default="restores__corrections")

    undecided = Coalesce(Subquery(last.values("approval")[:1]), Subquery(later.values("before")[:1]), "approval")
    existing = events.filter(created_at__lte=moment).annotate(
        then_changed=Exists(steps),
        then_standing=standing("id"),
        then_fingerprint=standing("fingerprint"),
        then_verdict=standing("approval"),
        then_corrections=Subquery(last.annotate(stands=own_corrections).values("stands")[:1]),
        then_changed_since=Case(When(CHANGED_THEN, then=True), default=False, output_field=BooleanField()),
        then_approval=Case(
            When(CHANGED_THEN, then=Value(Approval.PENDING)),
            When(DECIDED_THEN, then="then_verdict"),
            default=undecided,
            output_field=CharField(),
        ),
        then_reviewer=standing("action__user__username"),
        then_decided_at=standing("created_at"),
        then_reason=Coalesce(standing("reason"), Value("")),
        then_note=Coalesce(standing("note"), Value("", output_field=TextField())),
        then_category=_value_then("category"),
        then_severity=_value_then("severity"),
        then_severity_rank=Case(
            *(When(then_severity__iexact=rank.name, then=Value(rank.value)) for rank in Severity if rank),
            default=Value(Severity.OTHER.value),
        ),
    )
    return existing.filter(Q(gone_at__isnull=True) | Q(gone_at__gt=moment) | DECIDED_THEN)


def of_verdict(path: str) -> Case:
    """A value of the decision whose verdict stands after a step: of a correction, the one that it left standing."""
    given, kept = Q(undoes__isnull=True), Q(is_correction=True)
    return Case(
        When(given & kept, then=F(f"verdict__{path}")),
        When(given, then=F(path)),
        When(restores__is_correction=True, then=F(f"restores__verdict__{path}")),
        default=F(f"restores__{path}"),
    )


def _value_then(name: str) -> Coalesce:
    corrected = KeyTextTransform(name, Cast("then_corrections", JSONField()))
    return Coalesce(corrected, f"vendor_{name}", name, output_field=TextField())

"""Edits custom metadata: values, history and outbox change in one transaction. All edits go through this module."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.actions.idempotency import first_result
from batches.actions.ledger import request_digest
from batches.actions.runs import request_push
from batches.errors import BadMetadata, MetadataChanged, NotAllowed
from batches.models import Batch, Membership, MetadataChange, MetadataEdit, MetadataEntry, MetadataPush, MetadataState
from batches.models.batch_metadata import EditKind
from batches.models.run import UNFINISHED, RunState
from batches.sync.metadata_values import KEY_LIMIT, Value, alike, check_metadata
from batches.sync.push import lock_batch
from batches.sync.vendors import vendor_of
from batches.tasks import enqueue

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SETTLED = (MetadataState.LOCAL, MetadataState.WAITING, MetadataState.PUSHED)


@dataclass(frozen=True, slots=True)
class SeenKey:
    """A key as the editor saw it: the step of our value (0: none), and the vendor's value (None: none)."""

    step: int
    theirs: Value | None


@dataclass(frozen=True, slots=True)
class By:
    """The editor, the source of the edit, and its idempotency key."""

    user: "User"
    idempotency_key: UUID
    source: str = "page"
    ip_address: str | None = None
    kind: EditKind = EditKind.EDIT


def edit_metadata(
    *,
    batch_id: int,
    values: Mapping[str, Any],
    by: "User",
    drop: Collection[str] = (),
    seen: Mapping[str, SeenKey] | None = None,
    idempotency_key: UUID | None = None,
    source: str = "page",
    ip_address: str | None = None,
    kind: EditKind = EditKind.EDIT,
) -> MetadataEdit:
    """Merge `values` into the batch's metadata and push them; remove those of `drop` that never reached the vendor.

    With `seen`, a key that somebody else has changed since rejects the whole edit. Raises BadMetadata, MetadataChanged,
    KeyReused, NotAllowed, Batch.DoesNotExist.
    """
    checked = check_metadata(values)
    who = By(by, idempotency_key or uuid4(), source, ip_address, kind)
    with transaction.atomic(durable=True):
        return _edit(batch_id, checked, who, seen or {}, drop)


def edit_many(
    *,
    batch_ids: Iterable[int],
    values: Mapping[str, Any],
    by: "User",
    idempotency_key: UUID,
    ip_address: str | None = None,
) -> list[MetadataEdit]:
    """Write the same values into several batches, all or none. Raises what `edit_metadata` raises."""
    checked, who = check_metadata(values), By(by, idempotency_key, ip_address=ip_address)
    with transaction.atomic(durable=True):
        return [_edit(batch_id, checked, who, {}, ()) for batch_id in sorted(set(batch_ids))]


def _edit(
    batch_id: int, values: Mapping[str, Value], who: By, seen: Mapping[str, SeenKey], drop: Collection[str]
) -> MetadataEdit:
    digest = request_digest(values=values, drop=sorted(drop), kind=who.kind)
    edits = MetadataEdit.objects.filter(batch=batch_id)
    if first := first_result(edits, who.idempotency_key, user_id=who.user.pk, request=digest):
        return first
    batch = lock_batch(batch_id)
    _check_editor(who.user, batch)
    entries = {entry.name: entry for entry in MetadataEntry.objects.filter(batch=batch)}
    if len({*entries, *batch.vendor_metadata, *values}) > KEY_LIMIT:
        raise BadMetadata({"": _("A batch has at most {count} keys.").format(count=f"{KEY_LIMIT:,}")})
    _check_seen(batch, entries, {**values, **dict.fromkeys(drop)}, seen)
    edit = _record(batch, who, digest)
    for name, value in values.items():
        _set(edit, batch, entries.get(name), name, value, seen.get(name))
    for name in drop:
        _drop(edit, batch, entries.get(name), name)
    _push_if_waiting(batch, who.user)
    return edit


def resolve_key(
    *, batch_id: int, name: str, ours: bool, seen: SeenKey, by: "User", ip_address: str | None = None
) -> MetadataEdit:
    """Resolve a conflict: `ours` replaces the vendor's value that the editor saw, otherwise the vendor's value is kept.

    Raises MetadataChanged if either value is no longer what the editor saw, NotAllowed, Batch.DoesNotExist.
    """
    who = By(by, uuid4(), ip_address=ip_address, kind=EditKind.KEEP if ours else EditKind.TAKE)
    with transaction.atomic(durable=True):
        batch = lock_batch(batch_id)
        _check_editor(by, batch)
        entry = MetadataEntry.objects.filter(batch=batch, name=name).first()
        theirs = batch.vendor_metadata.get(name)
        if entry is None or entry.step_id != seen.step or not alike(theirs, seen.theirs):
            raise MetadataChanged({name: (theirs if entry is None else entry.value, seen.theirs or "")})
        edit = _record(batch, who, "")
        if ours:
            _write(edit, batch, entry, name, entry.value, base=theirs)
        elif theirs is None:
            raise BadMetadata({name: _("The vendor has no value to take.")})
        else:
            MetadataChange.objects.create(edit=edit, name=name, before=entry.value, value=theirs)
            entry.delete()
        _push_if_waiting(batch, by)
        return edit


def push_again(*, batch_id: int, by: "User") -> None:
    """Retry refused keys and push at once, unless the vendor named a time to wait for. Raises NotAllowed."""
    with transaction.atomic(durable=True):
        batch = lock_batch(batch_id)
        _check_editor(by, batch)
        entries = MetadataEntry.objects.filter(batch=batch, state=MetadataState.REFUSED)
        entries.update(state=MetadataState.WAITING, message="")
        parked = MetadataPush.objects.filter(batch=batch, state=RunState.WAITING, named=False).first()
        if parked:
            MetadataPush.objects.filter(pk=parked.pk).update(retry_at=timezone.now())
            enqueue(parked)
        _push_if_waiting(batch, by)


def _check_editor(by: "User", batch: Batch) -> None:
    if not Membership.rights_of(by, batch.connection_id).can_edit:
        raise NotAllowed(_("Only an editor of this connection can change metadata."))


def _check_seen(
    batch: Batch, entries: Mapping[str, MetadataEntry], values: Mapping[str, Value | None], seen: Mapping[str, SeenKey]
) -> None:
    """Raise MetadataChanged if our value has changed since, unless it equals the sent one (None: removal)."""
    sides = {}
    for name in values.keys() & seen.keys():
        entry = entries.get(name)
        now = entry.value if entry else batch.vendor_metadata.get(name)
        if (entry.step_id if entry else 0) != seen[name].step and not alike(now, values[name]):
            sides[name] = (now, values[name])
    if sides:
        raise MetadataChanged(sides)


def _record(batch: Batch, who: By, digest: str) -> MetadataEdit:
    return MetadataEdit.objects.create(
        idempotency_key=who.idempotency_key,
        batch=batch,
        user=who.user,
        kind=who.kind,
        request=digest,
        source=who.source,
        ip_address=who.ip_address,
    )


def _set(
    edit: MetadataEdit, batch: Batch, entry: MetadataEntry | None, name: str, value: Value, seen: SeenKey | None
) -> None:
    theirs = batch.vendor_metadata.get(name)
    if entry is None and alike(theirs, value):
        return  # the vendor already has this value
    if entry and alike(entry.value, value) and entry.state in SETTLED:
        return
    # An edit without `seen` must not overwrite a newer value of the vendor: such a change stays a conflict.
    blind = entry.base if entry else theirs
    base = seen.theirs if seen else blind
    _write(edit, batch, entry, name, value, base=base)


def _write(
    edit: MetadataEdit, batch: Batch, entry: MetadataEntry | None, name: str, value: Value, *, base: Value | None
) -> None:
    before = entry.value if entry else batch.vendor_metadata.get(name)
    entry = entry or MetadataEntry(batch=batch, name=name)
    entry.step = MetadataChange.objects.create(edit=edit, name=name, before=before, value=value)
    entry.value, entry.base, entry.message = value, base, ""
    entry.state = MetadataState.WAITING if vendor_of(batch.connection.vendor).has_metadata else MetadataState.LOCAL
    entry.save()


def may_drop(entry: MetadataEntry, theirs: Value | None) -> bool:
    """Whether our key can still be removed: the vendor never had it, and it is not being sent."""
    return theirs is None and entry.base is None and not entry.sent


def _drop(edit: MetadataEdit, batch: Batch, entry: MetadataEntry | None, name: str) -> None:
    if entry is None or not may_drop(entry, batch.vendor_metadata.get(name)):
        raise BadMetadata({name: _("The vendor has this key, or may have it, and has no way to remove one.")})
    MetadataChange.objects.create(edit=edit, name=name, before=entry.value, value=None)
    entry.delete()


def _push_if_waiting(batch: Batch, by: "User") -> None:
    waiting = MetadataEntry.objects.filter(batch=batch, state=MetadataState.WAITING)
    if waiting.exists() and not MetadataPush.objects.filter(batch=batch, state__in=UNFINISHED).exists():
        request_push(batch_id=batch.pk, by=by)

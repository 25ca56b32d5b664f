"""Puts batches in order: a project, tags, the archive, removal. Only our own columns change, which no sync writes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.actions.batches import rename_batch
from batches.models import Batch, BatchTag, Link
from batches.models.batch import MAX_PROJECT
from batches.models.tag import MAX_TAG, MAX_TAGS

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def split_tags(text: str) -> list[str]:
    """The tags of a text with commas between them, each once. Raises ValueError for one that is too long."""
    tags = list(dict.fromkeys(filter(None, (" ".join(part.split()) for part in text.split(",")))))
    if any(len(tag) > MAX_TAG for tag in tags):
        raise ValueError(_("A tag has at most {max_tag} characters.").format(max_tag=MAX_TAG))
    return tags


@dataclass(frozen=True, slots=True)
class OrderChanges:
    """What changes; None stays as it is. `tags` replace those of a batch if `replace_tags`, else they are added."""

    name: str | None = None
    project: str | None = None
    tags: Collection[str] | None = None
    replace_tags: bool = False


@transaction.atomic
def organize_batches(*, batches: Collection[Batch], changes: OrderChanges, by: "User") -> None:
    """Change all of the batches or none. Raises ValueError if one would have too many tags."""
    # The lock: two people together cannot add more tags than a batch may have.
    rows = Batch.objects.filter(pk__in=_keys(batches))
    list(rows.select_for_update().order_by("pk").values_list("pk"))
    if changes.name is not None:
        for batch in batches:
            rename_batch(batch_id=batch.pk, name=changes.name, by=by)
    if changes.project is not None:
        rows.update(project=" ".join(changes.project.split())[:MAX_PROJECT])
    if changes.tags is not None:
        if changes.replace_tags:
            BatchTag.objects.filter(batch__in=_keys(batches)).exclude(name__in=changes.tags).delete()
        _add_tags(batches, changes.tags)


def archive_batches(*, batches: Collection[Batch], by: "User") -> int:
    """Take the batches out of lists and queues; nothing is deleted. Returns how many were not archived before."""
    listed = Batch.objects.filter(pk__in=_keys(batches), archived_at=None)
    return listed.update(archived_at=timezone.now(), archived_by=by)


def restore_batches(*, batches: Collection[Batch], by: "User") -> int:
    """Put archived batches back into lists and queues, removed ones too. Returns how many were archived."""
    return Batch.objects.filter(pk__in=_keys(batches), archived_at__isnull=False).bring_back()


@transaction.atomic
def remove_batch(*, batch: Batch, confirmation: str, by: "User") -> None:
    """Take the batch from everybody and end its links. Its ledger and results stay, and come back if it is added again.

    Raises ValueError if `confirmation` is not what people have to type.
    """
    if not batch.is_confirmed_by(confirmation):
        raise ValueError(_("Nothing was removed: the text is not “{name}”.").format(name=batch.confirmation))
    now = timezone.now()
    row = Batch.objects.not_removed().filter(pk=batch.pk)
    row.filter(archived_at=None).update(archived_at=now, archived_by=by)
    row.update(removed_at=now, removed_by=by)
    Link.objects.filter(batch=batch, revoked_at=None).update(revoked_at=now, revoked_by=by)


def _keys(batches: Iterable[Batch]) -> list[int]:
    return [batch.pk for batch in batches]


def _add_tags(batches: Collection[Batch], tags: Collection[str]) -> None:
    rows = [BatchTag(batch=batch, name=tag) for batch in batches for tag in tags]
    BatchTag.objects.bulk_create(rows, ignore_conflicts=True)
    totals = BatchTag.objects.filter(batch__in=_keys(batches)).order_by().values("batch")
    if totals.annotate(total=models.Count("pk")).filter(total__gt=MAX_TAGS).exists():
        raise ValueError(_("A batch has at most {max_tags} tags.").format(max_tags=MAX_TAGS))

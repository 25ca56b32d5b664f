"""Mark the events that were decided in bulk, some at a time, then count each batch, each in its own transaction.

A run that was stopped begins again. What people write meanwhile is counted by the triggers of 0067.
"""

from django.db import migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Exists, OuterRef, Q

from batches.counters import count_anew

EVENTS_A_TRANSACTION = 2_000
# The decision whose verdict stands: the last one, what it restored, or what a correction left standing.
IN_BULK = (
    Q(undoes=None, is_correction=None, action__bulk_run__isnull=False)
    | Q(undoes=None, is_correction=True, verdict__action__bulk_run__isnull=False)
    | Q(undoes__isnull=False, restores__is_correction=None, restores__action__bulk_run__isnull=False)
    | Q(undoes__isnull=False, restores__is_correction=True, restores__verdict__action__bulk_run__isnull=False)
)


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    using = editor.connection.alias
    batch, bulk_run = (apps.get_model("batches", name).objects.using(using) for name in ("Batch", "BulkRun"))
    for pk in bulk_run.values_list("batch", flat=True).distinct().order_by("batch"):
        _mark_bulk(apps, pk, using)
    for pk in batch.order_by("pk").values_list("pk", flat=True):
        count_anew(pk, using)


def _mark_bulk(apps: StateApps, batch_id: int, using: str) -> None:
    event, decision = (apps.get_model("batches", name).objects.using(using) for name in ("Event", "Decision"))
    latest = decision.filter(IN_BULK, event=OuterRef("pk"), version=OuterRef("version"))
    after: int | None = 0
    while after is not None:
        with transaction.atomic(using):
            events = event.filter(batch=batch_id, pk__gt=after).order_by("pk")
            pks = list(events.values_list("pk", flat=True)[:EVENTS_A_TRANSACTION])
            decided = event.filter(pk__in=pks, decided_at__isnull=False)
            decided.filter(Exists(latest), bulk_decided=None).update(bulk_decided=True)
            after = pks[-1] if pks else None


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("batches", "0067_counters")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

"""Mentions become notifications. Batches that are here already are noted, so that nobody is notified of them."""

from typing import Any

from django.db import migrations
from django.db.models import F
from django.utils import timezone

FINAL_STATES = ("completed", "partial", "failed", "canceled")
MAX_ROWS = 1000  # written at one time


def copy_mentions(apps: Any, schema_editor: Any) -> None:
    mention, notification = (apps.get_model("batches", name) for name in ("Mention", "Notification"))
    written = notification.objects.using(schema_editor.connection.alias)
    rows = mention.objects.using(schema_editor.connection.alias).order_by("pk").values_list(
        "user", "read_at", "comment", "comment__author", "comment__created_at", "comment__event",
        "comment__event__batch", "comment__event__batch__connection", "comment__withdrawn_by",
    )  # fmt: skip
    now, waiting = timezone.now(), []
    for user, read_at, comment, author, created_at, event, batch, connection, withdrawn in rows.iterator(MAX_ROWS):
        waiting.append(
            notification(
                user_id=user, kind="mention", connection_id=connection, batch_id=batch, event_id=event,
                comment_id=comment, actor_id=author, cause=f"comment-{comment}", created_at=created_at,
                read_at=now if withdrawn else read_at, replaced_at=now if withdrawn else None,
            )
        )  # fmt: skip
        if len(waiting) == MAX_ROWS:
            written.bulk_create(waiting)
            waiting = []
    written.bulk_create(waiting)


def note_ready(apps: Any, schema_editor: Any) -> None:
    batches = apps.get_model("batches", "Batch").objects.using(schema_editor.connection.alias)
    batches.filter(synced_at__isnull=False, state__in=FINAL_STATES).update(ready_noted=True)
    batches.filter(expires_at__isnull=False).update(expiry_noted=F("expires_at"))


class Migration(migrations.Migration):
    dependencies = [("batches", "0063_notifications")]

    operations = [
        migrations.RunPython(copy_mentions, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(note_ready, migrations.RunPython.noop, elidable=True),
        migrations.DeleteModel("Mention"),
    ]

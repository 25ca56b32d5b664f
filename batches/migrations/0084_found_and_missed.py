"""What people added is compared as what it is: found now, or still missed. So far it was like a vendor's finding."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Count, Q


def tell_found_and_missed(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Only what is stored: the next comparison matches every video again."""
    pairs = apps.get_model("batches", "EventPair").objects
    added = apps.get_model("batches", "Event").objects.filter(origin__isnull=False, approval="approved").values("pk")
    of_earlier, of_later = Q(earlier__in=added), Q(later__in=added)
    changed = set(pairs.filter(of_earlier | of_later).values_list("comparison", flat=True))
    pairs.filter(of_later, earlier__isnull=False, match__in=["same", "moved", "changed"]).update(match="vanished")
    pairs.filter(of_earlier, match__in=["same", "moved", "changed"]).update(match="found")
    pairs.filter(of_earlier, match="vanished").update(match="missed")
    pairs.filter(of_later, match="new").update(match="missed")
    for comparison in apps.get_model("batches", "Comparison").objects.filter(pk__in=changed):
        counted = pairs.filter(comparison=comparison.pk).order_by().values_list("match").annotate(count=Count("pk"))
        names = ["same", "moved", "changed", "new", "vanished", "found", "missed"]
        comparison.counts = dict.fromkeys(names, 0) | dict(counted)
        comparison.save(update_fields=["counts"])


class Migration(migrations.Migration):
    dependencies = [("batches", "0083_watched_parts_name")]

    operations = [
        migrations.AlterField(
            "eventpair",
            "match",
            models.CharField(
                choices=[
                    ("same", "Same"),
                    ("moved", "Moved"),
                    ("changed", "Changed"),
                    ("new", "New"),
                    ("vanished", "Vanished"),
                    ("found", "Found now"),
                    ("missed", "Still missed"),
                ],
                max_length=8,
            ),
        ),
        migrations.RemoveConstraint("eventpair", "eventpair_has_its_sides"),
        migrations.AddConstraint(
            "eventpair",
            models.CheckConstraint(
                condition=Q(("earlier__isnull", True), ("later__isnull", False), ("match", "new"))
                | Q(("earlier__isnull", False), ("match", "vanished"))
                | Q(
                    ("match", "missed"),
                    Q(("earlier__isnull", False), ("later__isnull", False), _connector="OR"),
                )
                | Q(
                    ("earlier__isnull", False),
                    ("later__isnull", False),
                    ("match__in", ["same", "moved", "changed", "found"]),
                ),
                name="eventpair_has_its_sides",
            ),
        ),
        migrations.RunPython(tell_found_and_missed, migrations.RunPython.noop),
    ]

"""Plain names for two columns, and plain titles and help texts in the console."""

from typing import Any

from django.db import migrations, models

from batches.migrations._alter_texts import AlterTexts


def name_label(apps: Any, schema_editor: Any) -> None:
    """The preview of an import calls the format's description its label."""
    runs = apps.get_model("batches", "ImportRun").objects.using(schema_editor.connection.alias)
    for run in runs.exclude(summary={}).only("summary").iterator():
        if "words" in run.summary:
            run.summary["label"] = run.summary.pop("words")
            run.save(update_fields=["summary"])


TEXTS = [
    migrations.AlterField(
        model_name="assignment",
        name="version",
        field=models.PositiveIntegerField(default=1, help_text="Number of times it was assigned or unassigned."),
    ),
    migrations.AlterField(
        model_name="assignmentchange",
        name="events",
        field=models.PositiveIntegerField(help_text="Number of events assigned."),
    ),
    migrations.AlterField(
        model_name="batch",
        name="gone_at",
        field=models.DateTimeField(
            blank=True, help_text="When the vendor had deleted them; it is not asked again.", null=True
        ),
    ),
    migrations.AlterField(
        model_name="batch",
        name="opinions_wanted",
        field=models.PositiveSmallIntegerField(
            default=1, help_text="Reviewers per event; more than one: opinions stay hidden until all are given."
        ),
    ),
    migrations.AlterField(
        model_name="bulkrun",
        name="after",
        field=models.BigIntegerField(default=0, help_text="The last event or decision handled."),
    ),
    migrations.AlterField(
        model_name="bulkrun",
        name="approval",
        field=models.CharField(
            blank=True,
            choices=[
                ("pending", "Pending"),
                ("approved", "Approved"),
                ("rejected", "Rejected"),
                ("invalid", "Invalid"),
            ],
            default="",
            help_text="Empty: an undo, a redo or a comparison gives each event its own.",
            max_length=8,
        ),
    ),
    migrations.AlterField(
        model_name="bulkrun",
        name="expected",
        field=models.PositiveIntegerField(default=0, help_text="How many events matched on the person's page."),
    ),
    migrations.AlterField(
        model_name="bulkrun",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Steps done: a killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="bulkrun",
        name="query",
        field=models.TextField(blank=True, default="", help_text="The filter of the request."),
    ),
    migrations.AlterField(
        model_name="bulkrun",
        name="skipped",
        field=models.PositiveIntegerField(
            default=0, help_text="Decided or changed by others meanwhile, and not touched."
        ),
    ),
    migrations.AlterField(
        model_name="comparison",
        name="counts",
        field=models.JSONField(blank=True, default=dict, help_text="Findings by result."),
    ),
    migrations.AlterField(
        model_name="comparisonrun",
        name="after",
        field=models.BigIntegerField(default=0, help_text="The last pair of videos handled."),
    ),
    migrations.AlterField(
        model_name="comparisonrun",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Steps done: a killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="connection",
        name="account",
        field=models.CharField(
            blank=True, default="", help_text="Owner of the key, according to the vendor.", max_length=255
        ),
    ),
    migrations.AlterField(
        model_name="connection",
        name="name",
        field=models.CharField(help_text="Used by people and commands.", max_length=80, unique=True),
    ),
    migrations.AlterField(
        model_name="connection",
        name="wait_until",
        field=models.DateTimeField(blank=True, help_text="The vendor asked for no calls before this time.", null=True),
    ),
    migrations.AlterField(
        model_name="decision",
        name="restores",
        field=models.ForeignKey(
            blank=True,
            help_text="After an undo or redo: the decision that stands again; none: the vendor's opinion stands.",
            null=True,
            on_delete=models.PROTECT,
            related_name="+",
            to="batches.decision",
        ),
    ),
    migrations.AlterField(
        model_name="delivery",
        name="answer",
        field=models.CharField(blank=True, default="", help_text="Beginning of the receiver's answer.", max_length=200),
    ),
    migrations.AlterField(
        model_name="delivery",
        name="body",
        field=models.TextField(help_text="JSON, ASCII: exactly the bytes that are signed and sent."),
    ),
    migrations.AlterField(
        model_name="event",
        name="approval",
        field=models.CharField(
            choices=[
                ("pending", "Pending"),
                ("approved", "Approved"),
                ("rejected", "Rejected"),
                ("invalid", "Invalid"),
            ],
            default="pending",
            help_text=(
                "Current state: a person's verdict on its present content, else the vendor's opinion, else pending."
            ),
            max_length=8,
        ),
    ),
    migrations.AlterField(
        model_name="event",
        name="changed_since",
        field=models.BooleanField(
            default=False, help_text="Its content changed after the verdict: it is pending again."
        ),
    ),
    migrations.AlterField(
        model_name="event",
        name="digest",
        field=models.CharField(help_text="Of everything the vendor sent about it.", max_length=32),
    ),
    migrations.AlterField(
        model_name="event",
        name="flagged_at",
        field=models.DateTimeField(blank=True, help_text="Since when a second review is requested.", null=True),
    ),
    migrations.AlterField(
        model_name="event",
        name="raw_index",
        field=models.PositiveIntegerField(help_text="Position in the vendor's own array, from 0."),
    ),
    migrations.AlterField(
        model_name="eventpair",
        name="overlap",
        field=models.PositiveSmallIntegerField(
            help_text="Of the spans, in per cent; none: in one batch only.", null=True
        ),
    ),
    migrations.AlterField(
        model_name="exportrun",
        name="idempotency_key",
        field=models.UUIDField(help_text="Made by the client: a repeated request gets the same run.", unique=True),
    ),
    migrations.AlterField(
        model_name="exportrun",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Steps done: a killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="importrun",
        name="batch_text",
        field=models.CharField(
            blank=True, default="", help_text="Name of the batch, if the file names none.", max_length=255
        ),
    ),
    migrations.AlterField(
        model_name="importrun",
        name="decide",
        field=models.BooleanField(default=False, help_text="Approvals become decisions of the person who imports."),
    ),
    migrations.AlterField(
        model_name="importrun",
        name="file",
        field=models.CharField(blank=True, default="", help_text="Its path in the storage.", max_length=255),
    ),
    migrations.AlterField(
        model_name="importrun",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Steps done: a killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="importrun",
        name="summary",
        field=models.JSONField(blank=True, default=dict, help_text="The preview that the check made."),
    ),
    migrations.AlterField(
        model_name="item",
        name="details",
        field=models.TextField(
            blank=True, default="", help_text="The vendor's answer when a person asked for details."
        ),
    ),
    migrations.AlterField(
        model_name="item",
        name="digest",
        field=models.CharField(
            blank=True, default="", help_text="Of everything the vendor sent about it.", max_length=32
        ),
    ),
    migrations.AlterField(
        model_name="item",
        name="position",
        field=models.PositiveIntegerField(help_text="Position in the vendor's list, from 0."),
    ),
    migrations.AlterField(
        model_name="item",
        name="repeats",
        field=models.JSONField(blank=True, default=list, help_text="Further positions of the same id in that list."),
    ),
    migrations.AlterField(
        model_name="link",
        name="idempotency_key",
        field=models.UUIDField(help_text="Made by the client: a repeated request gets the same link.", unique=True),
    ),
    migrations.AlterField(
        model_name="metadataentry",
        name="sent",
        field=models.JSONField(default=list, help_text="Values sent since then: each may have arrived."),
    ),
    migrations.AlterField(
        model_name="metadatapush",
        name="named",
        field=models.BooleanField(default=False, help_text="The vendor named the time of the next attempt."),
    ),
    migrations.AlterField(
        model_name="metadatapush",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Steps done: a killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="metadatapush",
        name="tries",
        field=models.PositiveIntegerField(default=0, help_text="Attempts in a row that failed."),
    ),
    migrations.AlterField(
        model_name="opinion",
        name="number",
        field=models.PositiveIntegerField(help_text="Of the step among those of the event, from 1."),
    ),
    migrations.AlterField(
        model_name="picturehash",
        name="difference_hash",
        field=models.BigIntegerField(
            blank=True, help_text="Perceptual hash, 64 bits; none: the picture was not available.", null=True
        ),
    ),
    migrations.AlterField(
        model_name="picturehash",
        name="picture",
        field=models.CharField(help_text="Digest of the address of the picture that was hashed.", max_length=32),
    ),
    migrations.AlterField(
        model_name="pilerun",
        name="after",
        field=models.IntegerField(
            default=-1, help_text="Position of the last item handled: a killed run resumes after it."
        ),
    ),
    migrations.AlterField(
        model_name="pilerun",
        name="again",
        field=models.BooleanField(default=False, help_text="Requested while it ran: it starts again when it ends."),
    ),
    migrations.AlterField(
        model_name="pilerun",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Steps done: a killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="poll",
        name="message",
        field=models.CharField(blank=True, default="", help_text="Result of the last poll.", max_length=500),
    ),
    migrations.AlterField(
        model_name="poll",
        name="quiet",
        field=models.PositiveSmallIntegerField(default=0, help_text="Polls in a row without anything new."),
    ),
    migrations.AlterField(
        model_name="poll",
        name="troubled",
        field=models.PositiveSmallIntegerField(default=0, help_text="Polls in a row without a usable answer."),
    ),
    migrations.AlterField(
        model_name="schedule",
        name="message",
        field=models.CharField(blank=True, default="", help_text="Result of the last listing.", max_length=500),
    ),
    migrations.AlterField(
        model_name="schedule",
        name="quiet",
        field=models.PositiveSmallIntegerField(default=0, help_text="Listings in a row without anything new."),
    ),
    migrations.AlterField(
        model_name="schedule",
        name="watching",
        field=models.BooleanField(default=True, help_text="Poll unfinished batches."),
    ),
    migrations.AlterField(
        model_name="schedule",
        name="webhook_at",
        field=models.DateTimeField(
            blank=True, help_text="When the last webhook of the vendor was followed.", null=True
        ),
    ),
    migrations.AlterField(
        model_name="syncrun",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Steps done: a killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="thumbnailrun",
        name="after",
        field=models.IntegerField(
            default=-1, help_text="Position of the last item asked about: a killed run resumes after it."
        ),
    ),
    migrations.AlterField(
        model_name="thumbnailrun",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Steps done: a killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="token",
        name="name",
        field=models.CharField(help_text="What it is for.", max_length=80),
    ),
    migrations.AlterField(
        model_name="additionrun",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Steps done: a killed run resumes here."),
    ),
]


class Migration(migrations.Migration):
    dependencies = [("batches", "0030_tally")]

    operations = [
        migrations.RenameField("ImportRun", "found", "summary"),
        migrations.RunPython(name_label, migrations.RunPython.noop),
        # In the database an index follows its column; only Django's state has to be told.
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveIndex("EventPair", "eventpair_in_order")]
        ),
        migrations.RenameField("EventPair", "place", "position"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddIndex("EventPair", models.Index(fields=["video", "position"], name="eventpair_in_order"))
            ]
        ),
        migrations.AlterModelOptions(
            name="eventpair",
            options={"ordering": ["video", "position"]},
        ),
        migrations.AlterModelOptions(
            name="metadatapush",
            options={"ordering": ["-id"], "verbose_name_plural": "metadata pushes"},
        ),
        migrations.AlterModelOptions(
            name="picturehash",
            options={"verbose_name_plural": "picture hashes"},
        ),
        migrations.AlterModelOptions(
            name="quarantined",
            options={
                "ordering": ["batch", "item_id_text", "id"],
                "verbose_name": "unreadable record",
                "verbose_name_plural": "unreadable records",
            },
        ),
        AlterTexts(TEXTS),
    ]

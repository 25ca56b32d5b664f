"""Every table as of 0078, for a new database: the files it replaces run only where some of them have run already."""

import uuid

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import batches.models.agent
import batches.models.box
import batches.models.connection
import batches.models.fields
import batches.models.people
import batches.models.poll
import batches.models.random_rank
import batches.models.search_words
import batches.models.source_end
import batches.models.start
import batches.models.token
from batches.counter_triggers import drop_counter_triggers, make_counter_triggers
from batches.migrations._create_models import CreateModels
from batches.migrations._search_words import drop_search_words, index_search_words_of_new_table
from batches.migrations._triggers import append_only, rewritable

LEDGERS = (
    "batches_action",
    "batches_decision",
    "batches_comment",
    "batches_assignmentchange",
    "batches_reviewstep",
    "batches_certificate",
    "batches_certifiedpart",
    "batches_opinion",
    "batches_metadataedit",
    "batches_metadatachange",
    "batches_watcheditem",
    "batches_recallcertificate",
)

MODELS = [
    migrations.CreateModel(
        name="Connection",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "vendor",
                models.CharField(
                    choices=[
                        ("nomadic", "NomadicML"),
                        ("twelvelabs", "TwelveLabs"),
                        ("wickson", "Wickson"),
                        ("open", "Other detector"),
                    ],
                    max_length=20,
                ),
            ),
            (
                "name",
                models.CharField(help_text="Unique name, used on pages and in commands.", max_length=80, unique=True),
            ),
            (
                "base_url",
                models.CharField(
                    blank=True,
                    help_text="Empty for connections that only import files.",
                    max_length=500,
                    verbose_name="base URL",
                ),
            ),
            ("api_key", batches.models.fields.EncryptedTextField(blank=True, default="", editable=False)),
            ("key_hint", models.CharField(blank=True, default="", editable=False, max_length=4)),
            ("paused", models.BooleanField(default=False, help_text="While this is on, the vendor is not called.")),
            (
                "account",
                models.CharField(
                    blank=True, default="", help_text="Owner of the key, according to the vendor.", max_length=255
                ),
            ),
            ("verified_at", models.DateTimeField(blank=True, null=True)),
            ("refused_at", models.DateTimeField(blank=True, null=True)),
            ("refused_reason", models.CharField(blank=True, default="", max_length=500)),
            (
                "wait_until",
                models.DateTimeField(
                    blank=True, help_text="The vendor asked not to be called before this time.", null=True
                ),
            ),
            (
                "reject_reasons",
                models.TextField(
                    blank=True,
                    default=(
                        "Not what was asked for\nNothing happens here\nToo far away to tell\n"
                        "Ordinary, not worth a look\nSame event as another\nWrong road user\nWrong severity\n"
                        "Span is wrong\nAnother reason"
                    ),
                    help_text="Preset reasons for a rejection, one per line, selected with the keys 1 to 9.",
                    validators=[batches.models.connection.check_reasons],
                ),
            ),
            (
                "invalid_reasons",
                models.TextField(
                    blank=True,
                    default=(
                        "Clip does not play\nPicture is black or frozen\nCamera blocked or dirty\nToo dark to see\n"
                        "Not a road scene\nTest or parked vehicle\nWrong video\nBoxes do not fit\nAnother reason"
                    ),
                    help_text="Preset reasons for “invalid”, one per line, selected with the keys 1 to 9.",
                    validators=[batches.models.connection.check_reasons],
                ),
            ),
            (
                "free_values",
                models.BooleanField(
                    default=True,
                    help_text="Whether corrections may use new labels, categories and severities.",
                    verbose_name="allow new values",
                ),
            ),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("is_sample", models.BooleanField(default=False, editable=False)),
            (
                "removed_at",
                models.DateTimeField(
                    blank=True,
                    editable=False,
                    help_text="When it was hidden from everybody. Its ledger is kept.",
                    null=True,
                ),
            ),
            (
                "footage",
                models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    editable=False,
                    help_text="Template of the address at which the video of an item lies.",
                    max_length=500,
                ),
            ),
            (
                "footage_folder",
                models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text=(
                        "Folder in FOOTAGE_FILES with the videos of this connection; “.” is all of it, empty none."
                    ),
                    max_length=500,
                    validators=[batches.models.connection.check_folder],
                    verbose_name="folder of footage",
                ),
            ),
        ],
        options={
            "ordering": ["name"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("refused_at__isnull", True), ("refused_reason", "")),
                        models.Q(("refused_at__isnull", False), models.Q(("refused_reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="connection_refused_has_a_reason",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Membership",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "user",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="batches.connection"
                ),
            ),
            (
                "role",
                models.CharField(
                    choices=[
                        ("viewer", "Viewer"),
                        ("reviewer", "Reviewer"),
                        ("editor", "Editor"),
                        ("manager", "Manager"),
                    ],
                    max_length=10,
                ),
            ),
            (
                "own_role",
                models.CharField(
                    blank=True,
                    editable=False,
                    help_text="The person's own role, if a team has raised it. Empty if the person had none.",
                    max_length=10,
                    null=True,
                ),
            ),
            ("created_at", models.DateTimeField(auto_now_add=True)),
        ],
        options={
            "ordering": ["connection", "user"],
            "constraints": [
                models.UniqueConstraint(fields=("user", "connection"), name="membership_one_role_a_connection"),
                models.CheckConstraint(
                    condition=models.Q(("role__in", ["viewer", "reviewer", "editor", "manager"])),
                    name="membership_role_known",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Batch",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="batches", to="batches.connection"
                ),
            ),
            ("external_id", models.CharField(max_length=255, verbose_name="external ID")),
            (
                "name",
                models.CharField(
                    blank=True, default="", help_text="Name given here. Empty: the prompt is shown.", max_length=200
                ),
            ),
            ("batch_type", models.CharField(default="unknown", max_length=20)),
            ("analysis_type", models.CharField(blank=True, max_length=255, null=True)),
            ("viewer_url", models.CharField(blank=True, default="", max_length=2000, verbose_name="viewer URL")),
            ("prompt", models.TextField(blank=True, default="")),
            ("category", models.CharField(blank=True, default="", max_length=255)),
            (
                "state",
                models.CharField(
                    choices=[
                        ("waiting", "Waiting"),
                        ("processing", "Processing"),
                        ("completed", "Completed"),
                        ("partial", "Partially completed"),
                        ("failed", "Failed"),
                        ("canceled", "Canceled"),
                        ("unknown", "Unknown"),
                    ],
                    default="unknown",
                    max_length=12,
                ),
            ),
            ("raw_status", models.CharField(blank=True, default="", max_length=255)),
            (
                "vendor_created_at",
                models.CharField(blank=True, default="", help_text="Time as the vendor wrote it.", max_length=64),
            ),
            ("vendor_total", models.PositiveIntegerField(blank=True, null=True)),
            ("vendor_completed", models.PositiveIntegerField(blank=True, null=True)),
            ("vendor_failed", models.PositiveIntegerField(blank=True, null=True)),
            ("vendor_canceled", models.PositiveIntegerField(blank=True, null=True)),
            ("vendor_error", models.TextField(blank=True, default="")),
            ("vendor_name", models.CharField(blank=True, default="", max_length=255)),
            (
                "vendor_report",
                models.JSONField(blank=True, default=dict, help_text="Facts and kinds of errors for the sync page."),
            ),
            (
                "stored_items",
                models.PositiveIntegerField(
                    default=0, help_text="Items whose results are stored here, after the last sync."
                ),
            ),
            (
                "expires_at",
                models.DateTimeField(blank=True, help_text="When the vendor deletes the results.", null=True),
            ),
            (
                "gone_at",
                models.DateTimeField(
                    blank=True,
                    help_text="When the results were deleted at the vendor. It is not called again for this batch.",
                    null=True,
                ),
            ),
            ("vendor_metadata", models.JSONField(blank=True, default=dict)),
            ("vendor_review_status", models.CharField(blank=True, max_length=255, null=True)),
            ("vendor_reviewed_at", models.CharField(blank=True, max_length=64, null=True)),
            (
                "odd_cells",
                models.TextField(
                    blank=True, help_text="JSON: CSV cells that cannot be rebuilt from the columns.", null=True
                ),
            ),
            (
                "raw",
                models.TextField(
                    blank=True, default="", help_text="The vendor's status response without its list, as JSON text."
                ),
            ),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("synced_at", models.DateTimeField(blank=True, help_text="End of the last complete sync.", null=True)),
            (
                "rarest",
                models.JSONField(
                    blank=True, default=list, editable=False, help_text="Categories after the last sync, rarest first."
                ),
            ),
            (
                "strata",
                models.JSONField(
                    blank=True,
                    default=dict,
                    editable=False,
                    help_text="Number of events by category, after the last sync.",
                ),
            ),
            (
                "opinions_wanted",
                models.PositiveSmallIntegerField(
                    default=1,
                    help_text="Reviewers per event. With more than one, opinions stay hidden until all are given.",
                ),
            ),
            ("pending", models.PositiveIntegerField(default=0)),
            ("approved", models.PositiveIntegerField(default=0)),
            ("rejected", models.PositiveIntegerField(default=0)),
            ("invalid", models.PositiveIntegerField(default=0)),
            (
                "review_status",
                models.PositiveSmallIntegerField(
                    choices=[(0, "Not started"), (1, "In progress"), (2, "Reviewed")], default=0
                ),
            ),
            (
                "review_status_by",
                models.ForeignKey(
                    blank=True,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            ("review_status_updated_at", models.DateTimeField(blank=True, null=True)),
            (
                "reviewed_noted",
                models.BooleanField(
                    default=False,
                    editable=False,
                    help_text="Whether webhooks were notified that it is reviewed, and it still is.",
                ),
            ),
            (
                "archived_at",
                models.DateTimeField(
                    blank=True,
                    help_text="Since when it is out of lists and queues. Everything in it is kept.",
                    null=True,
                ),
            ),
            (
                "archived_by",
                models.ForeignKey(
                    blank=True,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            ("project", models.CharField(blank=True, db_index=True, default="", max_length=80)),
            (
                "expiry_noted",
                models.DateTimeField(
                    editable=False, help_text="The end of the results that people were notified of.", null=True
                ),
            ),
            (
                "ready_noted",
                models.BooleanField(
                    default=False, editable=False, help_text="Whether people were notified that it is ready for review."
                ),
            ),
        ],
        options={
            "verbose_name_plural": "batches",
            "ordering": ["-created_at", "-id"],
            "constraints": [
                models.UniqueConstraint(fields=("connection", "external_id"), name="batch_once_a_connection"),
                models.CheckConstraint(
                    condition=models.Q(
                        (
                            "state__in",
                            ["waiting", "processing", "completed", "partial", "failed", "canceled", "unknown"],
                        )
                    ),
                    name="batch_state_known",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("review_status", 0),
                            ("review_status_by__isnull", True),
                            ("review_status_updated_at__isnull", True),
                        ),
                        models.Q(("review_status_by__isnull", False), ("review_status_updated_at__isnull", False)),
                        _connector="OR",
                    ),
                    name="batch_review_status_who_and_when",
                ),
                models.CheckConstraint(
                    condition=models.Q(("opinions_wanted__range", (1, 5))), name="batch_opinions_wanted"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("archived_at", None), ("archived_by", None)),
                        models.Q(("archived_at__isnull", False), ("archived_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="batch_archived_who_and_when",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Item",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="items", to="batches.batch"
                ),
            ),
            ("external_id", models.CharField(max_length=255, verbose_name="external ID")),
            ("position", models.PositiveIntegerField(help_text="Position in the vendor's list, from 0.")),
            (
                "repeats",
                models.JSONField(
                    blank=True, default=list, help_text="Further positions of the same id in the vendor's list."
                ),
            ),
            ("analysis_id", models.CharField(blank=True, max_length=255, null=True, verbose_name="analysis ID")),
            ("name", models.CharField(blank=True, default="", max_length=255)),
            ("source_uri", models.CharField(blank=True, default="", max_length=2000, verbose_name="source URI")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("waiting", "Waiting"),
                        ("processing", "Processing"),
                        ("completed", "Completed"),
                        ("partial", "Partially completed"),
                        ("failed", "Failed"),
                        ("canceled", "Canceled"),
                        ("unknown", "Unknown"),
                    ],
                    default="unknown",
                    max_length=12,
                ),
            ),
            (
                "status",
                models.CharField(
                    blank=True, default="", help_text="Status that the vendor's SDK shows.", max_length=255
                ),
            ),
            ("raw_status", models.CharField(blank=True, default="", max_length=255)),
            ("error", models.TextField(blank=True, default="")),
            ("summary", models.TextField(blank=True, default="")),
            (
                "details",
                models.TextField(
                    blank=True, default="", help_text="The vendor's response when a person requested details."
                ),
            ),
            ("mode", models.CharField(blank=True, default="", max_length=20)),
            (
                "answered",
                models.BooleanField(
                    default=False, help_text="Whether the vendor's last response contained a document for it."
                ),
            ),
            ("gone_at", models.DateTimeField(blank=True, help_text="When the vendor stopped listing it.", null=True)),
            (
                "digest",
                models.CharField(
                    blank=True, default="", help_text="Digest of everything the vendor sent about it.", max_length=32
                ),
            ),
            (
                "odd_cells",
                models.TextField(
                    blank=True, help_text="JSON: CSV cells that cannot be rebuilt from the columns.", null=True
                ),
            ),
            (
                "raw",
                models.TextField(
                    blank=True, default="", help_text="The vendor's document without its events, as JSON text."
                ),
            ),
        ],
        options={
            "ordering": ["batch", "position", "id"],
            "indexes": [
                models.Index(fields=["batch", "position", "id"], name="item_in_order"),
                models.Index(fields=["external_id"], name="item_by_external_id"),
                models.Index(batches.models.source_end.SourceEnd("source_uri"), name="item_by_source_end"),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("batch", "external_id"), name="item_once_a_batch"),
                models.CheckConstraint(
                    condition=models.Q(
                        (
                            "state__in",
                            ["waiting", "processing", "completed", "partial", "failed", "canceled", "unknown"],
                        )
                    ),
                    name="item_state_known",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Event",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "batch",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="events",
                    to="batches.batch",
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="events",
                    to="batches.item",
                ),
            ),
            (
                "identity",
                models.CharField(
                    help_text="The vendor's event id, or its content if it has none, with an ordinal.", max_length=300
                ),
            ),
            ("external_id", models.CharField(blank=True, default="", max_length=255, verbose_name="external ID")),
            ("fingerprint", models.CharField(help_text="Digest of span, category, label and AI text.", max_length=32)),
            ("digest", models.CharField(help_text="Digest of everything the vendor sent about it.", max_length=32)),
            ("sequence", models.BigIntegerField(help_text="Item position × 1,000,000 + position in the item.")),
            ("raw_index", models.PositiveIntegerField(help_text="Position in the vendor's array, from 0.")),
            ("start_s", models.FloatField(blank=True, null=True)),
            ("end_s", models.FloatField(blank=True, null=True)),
            ("timestamp", models.CharField(blank=True, default="", max_length=255)),
            ("unix_start", models.CharField(blank=True, default="", max_length=255)),
            ("unix_end", models.CharField(blank=True, default="", max_length=255)),
            ("category", models.CharField(blank=True, default="", max_length=255)),
            ("label", models.TextField(blank=True, default="")),
            ("severity", models.CharField(blank=True, default="", max_length=255)),
            (
                "severity_rank",
                models.PositiveSmallIntegerField(
                    choices=[(0, "Other"), (1, "Low"), (2, "Medium"), (3, "High"), (4, "Critical")], default=0
                ),
            ),
            ("confidence", models.FloatField(blank=True, null=True)),
            ("confidence_given", models.BooleanField(default=True)),
            (
                "uncertainty",
                models.GeneratedField(
                    db_persist=True,
                    expression=django.db.models.functions.math.Abs(
                        django.db.models.expressions.CombinedExpression(models.F("confidence"), "-", models.Value(0.5))
                    ),
                    help_text="Distance of the confidence from 0.5: 0 is most uncertain, 0.5 is certain.",
                    output_field=models.FloatField(null=True),
                ),
            ),
            ("ai_text", models.TextField(blank=True, default="", verbose_name="AI text")),
            ("thumbnail_url", models.CharField(blank=True, default="", max_length=2000, verbose_name="thumbnail URL")),
            (
                "vendor_approval",
                models.CharField(
                    blank=True,
                    choices=[
                        ("pending", "Pending"),
                        ("approved", "Approved"),
                        ("rejected", "Rejected"),
                        ("invalid", "Invalid"),
                    ],
                    max_length=8,
                    null=True,
                ),
            ),
            ("raw_approval", models.CharField(blank=True, default="", max_length=255)),
            (
                "odd_cells",
                models.TextField(
                    blank=True, help_text="JSON: CSV cells that cannot be rebuilt from the columns.", null=True
                ),
            ),
            ("gone_at", models.DateTimeField(blank=True, help_text="When the vendor stopped listing it.", null=True)),
            (
                "unread_at",
                models.DateTimeField(
                    blank=True,
                    help_text="Time since which the vendor's newest version of it could not be read.",
                    null=True,
                ),
            ),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("search_words", batches.models.search_words.SearchWordsField(editable=False, null=True)),
            ("vendor_category", models.CharField(blank=True, editable=False, max_length=255, null=True)),
            ("vendor_label", models.TextField(blank=True, editable=False, null=True)),
            ("vendor_severity", models.CharField(blank=True, editable=False, max_length=255, null=True)),
            ("vendor_start_s", models.FloatField(blank=True, editable=False, null=True)),
            ("vendor_end_s", models.FloatField(blank=True, editable=False, null=True)),
            ("vendor_timestamp", models.CharField(blank=True, editable=False, max_length=255, null=True)),
            (
                "approval",
                models.CharField(
                    choices=[
                        ("pending", "Pending"),
                        ("approved", "Approved"),
                        ("rejected", "Rejected"),
                        ("invalid", "Invalid"),
                    ],
                    default="pending",
                    help_text="A person's verdict on this content, otherwise the vendor's opinion, otherwise pending.",
                    max_length=8,
                ),
            ),
            (
                "version",
                models.PositiveIntegerField(default=1, help_text="1 plus the number of its rows in the ledger."),
            ),
            (
                "decided_by",
                models.ForeignKey(
                    blank=True,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            ("decided_at", models.DateTimeField(blank=True, null=True)),
            ("reason", models.CharField(blank=True, default="", max_length=80)),
            ("note", models.TextField(blank=True, default="")),
            (
                "changed_since",
                models.BooleanField(
                    default=False,
                    help_text="Whether its content changed after the verdict, so that it is pending again.",
                ),
            ),
            (
                "corrections",
                models.TextField(blank=True, help_text="JSON: the values that people corrected, by field.", null=True),
            ),
            (
                "correction_changed",
                models.BooleanField(
                    help_text="The vendor changed a corrected field after the last verdict or correction.", null=True
                ),
            ),
            (
                "origin",
                models.CharField(
                    blank=True,
                    choices=[("reviewer", "Added by a reviewer")],
                    editable=False,
                    help_text="Empty for a finding of the vendor.",
                    max_length=8,
                    null=True,
                ),
            ),
            (
                "flagged_at",
                models.DateTimeField(blank=True, help_text="When a second review was requested.", null=True),
            ),
            (
                "flagged_by",
                models.ForeignKey(
                    blank=True,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "box",
                batches.models.box.BoxField(
                    blank=True, help_text="Left, top, width and height as parts of the picture.", null=True
                ),
            ),
            ("vendor_box", batches.models.box.BoxField(blank=True, editable=False, null=True)),
            (
                "bulk_decided",
                models.BooleanField(
                    editable=False,
                    help_text="Its verdict was given to all events of a filter, so that nobody looked at this one.",
                    null=True,
                ),
            ),
        ],
        options={
            "ordering": ["batch", "sequence", "id"],
            "indexes": [
                models.Index(fields=["batch", "sequence", "id"], name="event_in_order"),
                models.Index(fields=["batch", "approval", "sequence", "id"], name="event_by_approval"),
                models.Index(fields=["batch", "id"], name="event_by_age"),
                models.Index(fields=["batch", "confidence", "id"], name="event_by_confidence"),
                models.Index(fields=["batch", "uncertainty", "id"], name="event_by_uncertainty"),
                models.Index(fields=["batch", "severity_rank", "id"], name="event_by_severity"),
                models.Index(fields=["batch", "category", "sequence"], name="event_by_category"),
                models.Index(
                    models.F("batch"),
                    models.F("category"),
                    batches.models.random_rank.RandomRank("id"),
                    models.F("id"),
                    models.F("approval"),
                    models.F("decided_at"),
                    models.F("gone_at"),
                    models.F("severity_rank"),
                    models.F("confidence"),
                    name="event_by_random_rank",
                ),
                models.Index(
                    condition=models.Q(("decided_at__isnull", False)),
                    fields=["batch", "decided_at"],
                    name="event_decided",
                ),
                models.Index(
                    condition=models.Q(("flagged_at__isnull", False)),
                    fields=["batch", "sequence", "id"],
                    name="event_flagged",
                ),
                models.Index(
                    condition=models.Q(("corrections__isnull", False)),
                    fields=["batch", "sequence", "id"],
                    name="event_corrected",
                ),
                models.Index(
                    condition=models.Q(("origin__isnull", False)),
                    fields=["batch", "sequence", "id"],
                    name="event_added",
                ),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("item", "identity"), name="event_once_an_item"),
                models.CheckConstraint(
                    condition=models.Q(("approval__in", ["pending", "approved", "rejected", "invalid"])),
                    name="event_approval_known",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("vendor_approval__isnull", True),
                        ("vendor_approval__in", ["pending", "approved", "rejected", "invalid"]),
                        _connector="OR",
                    ),
                    name="event_vendor_approval_known",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("changed_since", False),
                            ("decided_at__isnull", True),
                            ("decided_by__isnull", True),
                            ("note", ""),
                            ("reason", ""),
                        ),
                        models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="event_decided_who_and_when",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("decided_at__isnull", False),
                        models.Q(("approval", "pending"), ("vendor_approval__isnull", True)),
                        ("vendor_approval", models.F("approval")),
                        _connector="OR",
                    ),
                    name="event_undecided_is_the_vendors",
                ),
                models.CheckConstraint(
                    condition=models.Q(("changed_since", False), ("approval", "pending"), _connector="OR"),
                    name="event_changed_is_pending",
                ),
                models.CheckConstraint(condition=models.Q(("version__gte", 1)), name="event_version_from_one"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("flagged_at__isnull", True), ("flagged_by__isnull", True)),
                        models.Q(("flagged_at__isnull", False), ("flagged_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="event_flagged_who_and_when",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="EventPayload",
        fields=[
            (
                "event",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    primary_key=True,
                    related_name="payload",
                    serialize=False,
                    to="batches.event",
                ),
            ),
            ("sdk", models.TextField(help_text="The event exactly as the vendor's SDK returns it, as JSON text.")),
            ("raw", models.TextField(help_text="The event exactly as the vendor sent it, as JSON text.")),
        ],
    ),
    migrations.CreateModel(
        name="AssignmentChange",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("idempotency_key", models.UUIDField(unique=True)),
            (
                "request",
                models.CharField(
                    help_text="Digest of the request: its key cannot be reused for another one.", max_length=64
                ),
            ),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="assignment_changes", to="batches.batch"
                ),
            ),
            (
                "by",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            ("query", models.CharField(blank=True, help_text="Event filter, as a query string.", max_length=2000)),
            (
                "people",
                models.JSONField(
                    blank=True, default=list, help_text="User names, in the order in which the events are split."
                ),
            ),
            ("events", models.PositiveIntegerField(help_text="Number of events assigned.")),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
        ],
        options={
            "ordering": ["-id"],
        },
    ),
    migrations.CreateModel(
        name="Assignment",
        fields=[
            (
                "event",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    primary_key=True,
                    related_name="assignment",
                    serialize=False,
                    to="batches.event",
                ),
            ),
            (
                "batch",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="assignments",
                    to="batches.batch",
                ),
            ),
            (
                "user",
                models.ForeignKey(
                    blank=True,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "version",
                models.PositiveIntegerField(default=1, help_text="How often the event was assigned or unassigned."),
            ),
            (
                "change",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="batches.assignmentchange",
                ),
            ),
        ],
        options={
            "ordering": ["event"],
            "indexes": [models.Index(fields=["batch", "user", "event"], name="assignment_by_person")],
        },
    ),
    migrations.CreateModel(
        name="ThumbnailRun",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "Queued"),
                        ("running", "Running"),
                        ("waiting", "Waiting"),
                        ("done", "Done"),
                        ("incomplete", "Incomplete"),
                        ("failed", "Failed"),
                    ],
                    default="queued",
                    max_length=10,
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "claim",
                models.CharField(
                    blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(
                    default=0, help_text="Number of finished steps. A killed run resumes here."
                ),
            ),
            ("total", models.PositiveIntegerField(blank=True, null=True)),
            ("calls", models.PositiveIntegerField(default=0)),
            ("message", models.TextField(blank=True, default="")),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="thumbnail_runs", to="batches.batch"
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    blank=True,
                    help_text="The item that a script requested. Empty: all items of the batch.",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="thumbnail_runs",
                    to="batches.item",
                ),
            ),
            ("made", models.PositiveIntegerField(default=0)),
            (
                "after",
                models.IntegerField(
                    default=-1, help_text="Position of the last requested item. A killed run resumes after it."
                ),
            ),
        ],
        options={
            "ordering": ["-id"],
            "abstract": False,
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("item__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                    fields=("batch",),
                    name="thumbnails_one_a_batch",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("state__in", ("queued", "running", "waiting"))),
                    fields=("item",),
                    name="thumbnails_one_an_item",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                        models.Q(
                            models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                            ("finished_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="thumbnails_finished_when",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="PileRun",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "Queued"),
                        ("running", "Running"),
                        ("waiting", "Waiting"),
                        ("done", "Done"),
                        ("incomplete", "Incomplete"),
                        ("failed", "Failed"),
                    ],
                    default="queued",
                    max_length=10,
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "claim",
                models.CharField(
                    blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(
                    default=0, help_text="Number of finished steps. A killed run resumes here."
                ),
            ),
            ("total", models.PositiveIntegerField(blank=True, null=True)),
            ("calls", models.PositiveIntegerField(default=0)),
            ("message", models.TextField(blank=True, default="")),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="pile_runs", to="batches.batch"
                ),
            ),
            (
                "after",
                models.IntegerField(
                    default=-1, help_text="Position of the last processed item. A killed run resumes after it."
                ),
            ),
            (
                "again",
                models.BooleanField(
                    default=False, help_text="Whether it was requested again while it ran. Then it restarts at its end."
                ),
            ),
        ],
        options={
            "ordering": ["-id"],
            "abstract": False,
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("state__in", ("queued", "running", "waiting"))),
                    fields=("batch",),
                    name="piles_one_a_batch",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                        models.Q(
                            models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                            ("finished_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="piles_finished_when",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ExportRun",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "Queued"),
                        ("running", "Running"),
                        ("waiting", "Waiting"),
                        ("done", "Done"),
                        ("incomplete", "Incomplete"),
                        ("failed", "Failed"),
                    ],
                    default="queued",
                    max_length=10,
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "claim",
                models.CharField(
                    blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(
                    default=0, help_text="Number of finished steps. A killed run resumes here."
                ),
            ),
            ("total", models.PositiveIntegerField(blank=True, null=True)),
            ("calls", models.PositiveIntegerField(default=0)),
            ("message", models.TextField(blank=True, default="")),
            (
                "idempotency_key",
                models.UUIDField(
                    help_text="Created by the client. A repeated request returns the same run.", unique=True
                ),
            ),
            (
                "batch",
                models.ForeignKey(
                    blank=True,
                    help_text="Empty for several batches.",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="exports",
                    to="batches.batch",
                ),
            ),
            ("batches", models.JSONField(default=list, help_text="Ids of the batches, in the order of the file.")),
            ("file", models.CharField(help_text="Rows and format, for example events.csv.", max_length=30)),
            (
                "query",
                models.CharField(
                    blank=True, help_text="Filter, columns and as_of, as a query string.", max_length=4000
                ),
            ),
            ("name", models.CharField(help_text="File name for the person who downloads it.", max_length=200)),
            ("size", models.BigIntegerField(blank=True, help_text="Size of the finished file in bytes.", null=True)),
            ("sha256", models.CharField(blank=True, default="", max_length=64)),
            ("expires_at", models.DateTimeField(blank=True, help_text="When the file is deleted.", null=True)),
        ],
        options={
            "ordering": ["-id"],
            "abstract": False,
            "indexes": [models.Index(fields=["requested_by", "-id"], name="export_of_person")],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                        models.Q(
                            models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                            ("finished_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="export_finished_when",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "done"), _negated=True),
                        models.Q(
                            ("expires_at__isnull", False),
                            ("size__isnull", False),
                            models.Q(("sha256", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="export_done_has_a_file",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Quarantined",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="quarantine", to="batches.batch"
                ),
            ),
            (
                "item_id_text",
                models.CharField(
                    blank=True, default="", help_text="Empty for the status response of the batch.", max_length=255
                ),
            ),
            ("path", models.CharField(max_length=500)),
            ("reason", models.CharField(max_length=500)),
            ("raw", models.TextField(blank=True, default="")),
            ("seen_at", models.DateTimeField(auto_now_add=True)),
        ],
        options={
            "verbose_name": "unreadable record",
            "verbose_name_plural": "unreadable records",
            "ordering": ["batch", "item_id_text", "id"],
        },
    ),
    migrations.CreateModel(
        name="Comparison",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "earlier",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="batches.batch"),
            ),
            (
                "later",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="batches.batch"),
            ),
            (
                "created_by",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            (
                "read_at",
                models.DateTimeField(blank=True, help_text="When the run that found these results started.", null=True),
            ),
            ("counts", models.JSONField(blank=True, default=dict, help_text="Number of findings by kind of match.")),
            (
                "by_name",
                models.BooleanField(default=True, help_text="Whether videos may be paired by their file name alone."),
            ),
        ],
        options={
            "ordering": ["-id"],
            "constraints": [models.UniqueConstraint(fields=("earlier", "later"), name="comparison_once")],
        },
    ),
    migrations.CreateModel(
        name="ComparisonRun",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "Queued"),
                        ("running", "Running"),
                        ("waiting", "Waiting"),
                        ("done", "Done"),
                        ("incomplete", "Incomplete"),
                        ("failed", "Failed"),
                    ],
                    default="queued",
                    max_length=10,
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "claim",
                models.CharField(
                    blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(
                    default=0, help_text="Number of finished steps. A killed run resumes here."
                ),
            ),
            ("total", models.PositiveIntegerField(blank=True, null=True)),
            ("calls", models.PositiveIntegerField(default=0)),
            ("message", models.TextField(blank=True, default="")),
            (
                "comparison",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="batches.comparison"
                ),
            ),
            (
                "batch",
                models.ForeignKey(
                    help_text="The later batch of the comparison.",
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="batches.batch",
                ),
            ),
            ("after", models.BigIntegerField(default=0, help_text="Id of the last processed pair of videos.")),
        ],
        options={
            "ordering": ["-id"],
            "abstract": False,
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("state__in", ("queued", "running", "waiting"))),
                    fields=("comparison",),
                    name="comparison_one_run",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                        models.Q(
                            models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                            ("finished_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="comparison_finished_when",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="VideoPair",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "comparison",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="videos",
                    to="batches.comparison",
                ),
            ),
            (
                "earlier",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="batches.item"),
            ),
            (
                "later",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="batches.item"),
            ),
            (
                "known_by",
                models.CharField(
                    choices=[
                        ("id", "the vendor's id"),
                        ("source", "where it was imported from"),
                        ("path", "the path of the file"),
                        ("name", "the file name only"),
                        ("person", "a person"),
                    ],
                    max_length=8,
                ),
            ),
            (
                "linked_by",
                models.ForeignKey(
                    blank=True,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            ("position", models.PositiveIntegerField(help_text="Position of the later item in its batch.")),
            (
                "digest",
                models.CharField(blank=True, default="", help_text="Digest of the matched findings.", max_length=32),
            ),
            ("events", models.PositiveIntegerField(default=0, help_text="Number of rows; a matched pair is one row.")),
            (
                "differing",
                models.PositiveIntegerField(
                    default=0, help_text="Number of rows that are not the same in both batches."
                ),
            ),
        ],
        options={
            "ordering": ["comparison", "position", "id"],
            "indexes": [models.Index(fields=["comparison", "position", "id"], name="videopair_in_order")],
            "constraints": [
                models.UniqueConstraint(fields=("comparison", "earlier"), name="videopair_earlier_once"),
                models.UniqueConstraint(fields=("comparison", "later"), name="videopair_later_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("known_by", "person"), ("linked_by__isnull", False)),
                        models.Q(models.Q(("known_by", "person"), _negated=True), ("linked_by__isnull", True)),
                        _connector="OR",
                    ),
                    name="videopair_linked_by_whom",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="EventPair",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "comparison",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="batches.comparison",
                ),
            ),
            (
                "video",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="pairs",
                    to="batches.videopair",
                ),
            ),
            (
                "earlier",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.DO_NOTHING,
                    related_name="+",
                    to="batches.event",
                ),
            ),
            (
                "later",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.DO_NOTHING,
                    related_name="+",
                    to="batches.event",
                ),
            ),
            (
                "match",
                models.CharField(
                    choices=[
                        ("same", "Same"),
                        ("moved", "Moved"),
                        ("changed", "Changed"),
                        ("new", "New"),
                        ("vanished", "Vanished"),
                    ],
                    max_length=8,
                ),
            ),
            (
                "overlap",
                models.PositiveSmallIntegerField(
                    help_text="Overlap of the two spans in per cent. Empty for an event of one batch only.", null=True
                ),
            ),
            ("position", models.PositiveIntegerField(help_text="Position in the video by time, from 0.")),
        ],
        options={
            "ordering": ["video", "position"],
            "indexes": [
                models.Index(fields=["comparison", "match"], name="eventpair_by_match"),
                models.Index(fields=["video", "position"], name="eventpair_in_order"),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("earlier", "comparison"), name="eventpair_earlier_once"),
                models.UniqueConstraint(fields=("later", "comparison"), name="eventpair_later_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("earlier__isnull", True), ("later__isnull", False), ("match", "new")),
                        models.Q(("earlier__isnull", False), ("later__isnull", True), ("match", "vanished")),
                        models.Q(
                            ("earlier__isnull", False),
                            ("later__isnull", False),
                            ("match__in", ["same", "moved", "changed"]),
                        ),
                        _connector="OR",
                    ),
                    name="eventpair_has_its_sides",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Action",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("idempotency_key", models.UUIDField(unique=True)),
            (
                "kind",
                models.CharField(
                    choices=[("decide", "Decide"), ("correct", "Correct"), ("undo", "Undo"), ("redo", "Redo")],
                    max_length=10,
                ),
            ),
            (
                "user",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="actions", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="actions", to="batches.batch"
                ),
            ),
            (
                "undoes",
                models.ForeignKey(
                    blank=True,
                    help_text=(
                        "The action that it undoes or redoes. Several undos can each reverse a part of one action."
                    ),
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="undone_by",
                    to="batches.action",
                ),
            ),
            (
                "amends",
                models.OneToOneField(
                    blank=True,
                    help_text="The verdict that this one adds a reason to. One undo reverses both.",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="amended_by",
                    to="batches.action",
                ),
            ),
            (
                "request",
                models.CharField(
                    help_text="Digest of the request: its key cannot be reused for another one.", max_length=64
                ),
            ),
            (
                "source",
                models.CharField(
                    default="page", help_text="page, api, command, or token followed by its number", max_length=20
                ),
            ),
            ("ip_address", models.GenericIPAddressField(blank=True, null=True, verbose_name="IP address")),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
        ],
        options={
            "ordering": ["id"],
            "indexes": [
                models.Index(fields=["user", "batch", "-id"], name="action_latest_of_user"),
                models.Index(fields=["batch", "-created_at"], name="action_latest_of_batch"),
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("kind__in", ["undo", "redo"]), ("undoes__isnull", False)),
                        models.Q(("kind__in", ("decide", "correct")), ("undoes__isnull", True)),
                        _connector="OR",
                    ),
                    name="action_undo_names_what",
                ),
                models.CheckConstraint(
                    condition=models.Q(("amends__isnull", True), ("kind", "decide"), _connector="OR"),
                    name="action_only_a_verdict_amends",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Decision",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "action",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="batches.action"
                ),
            ),
            (
                "event",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="decisions",
                    to="batches.event",
                ),
            ),
            ("version", models.PositiveIntegerField(help_text="Version of the event after the decision.")),
            (
                "before",
                models.CharField(
                    choices=[
                        ("pending", "Pending"),
                        ("approved", "Approved"),
                        ("rejected", "Rejected"),
                        ("invalid", "Invalid"),
                    ],
                    max_length=8,
                ),
            ),
            (
                "approval",
                models.CharField(
                    choices=[
                        ("pending", "Pending"),
                        ("approved", "Approved"),
                        ("rejected", "Rejected"),
                        ("invalid", "Invalid"),
                    ],
                    help_text="Approval after the decision.",
                    max_length=8,
                ),
            ),
            ("reason", models.CharField(blank=True, default="", max_length=80)),
            ("note", models.TextField(blank=True, default="")),
            ("fingerprint", models.CharField(help_text="Fingerprint of the event that the person saw.", max_length=32)),
            (
                "vendor_approval",
                models.CharField(
                    blank=True,
                    choices=[
                        ("pending", "Pending"),
                        ("approved", "Approved"),
                        ("rejected", "Rejected"),
                        ("invalid", "Invalid"),
                    ],
                    max_length=8,
                    null=True,
                ),
            ),
            (
                "undoes",
                models.OneToOneField(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="undone_by",
                    to="batches.decision",
                ),
            ),
            (
                "restores",
                models.ForeignKey(
                    blank=True,
                    help_text="For an undo or redo: the decision that is restored. Empty: the vendor's opinion is.",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="batches.decision",
                ),
            ),
            (
                "corrections",
                models.TextField(blank=True, help_text="JSON: all corrected values after the decision.", null=True),
            ),
            (
                "values_before",
                models.TextField(
                    blank=True, help_text="JSON: the previous values of the fields that it changed.", null=True
                ),
            ),
            (
                "is_correction",
                models.BooleanField(help_text="Whether it only corrects values and gives no verdict.", null=True),
            ),
            (
                "verdict",
                models.ForeignKey(
                    blank=True,
                    db_index=False,
                    help_text="For a correction: the decision whose verdict still stands. Empty if there is none.",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="batches.decision",
                ),
            ),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
        ],
        options={
            "ordering": ["event", "version"],
            "constraints": [
                models.UniqueConstraint(fields=("event", "version"), name="decision_one_a_version"),
                models.CheckConstraint(condition=models.Q(("version__gte", 2)), name="decision_version_from_two"),
                models.CheckConstraint(
                    condition=models.Q(("restores__isnull", True), ("undoes__isnull", False), _connector="OR"),
                    name="decision_only_an_undo_restores",
                ),
                models.CheckConstraint(
                    condition=models.Q(("approval__in", ["pending", "approved", "rejected", "invalid"])),
                    name="decision_approval_known",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="BulkRun",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "Queued"),
                        ("running", "Running"),
                        ("waiting", "Waiting"),
                        ("done", "Done"),
                        ("incomplete", "Incomplete"),
                        ("failed", "Failed"),
                    ],
                    default="queued",
                    max_length=10,
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "claim",
                models.CharField(
                    blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(
                    default=0, help_text="Number of finished steps. A killed run resumes here."
                ),
            ),
            ("total", models.PositiveIntegerField(blank=True, null=True)),
            ("calls", models.PositiveIntegerField(default=0)),
            ("message", models.TextField(blank=True, default="")),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="bulk_runs", to="batches.batch"
                ),
            ),
            (
                "action",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="bulk_run", to="batches.action"
                ),
            ),
            (
                "approval",
                models.CharField(
                    blank=True,
                    choices=[
                        ("pending", "Pending"),
                        ("approved", "Approved"),
                        ("rejected", "Rejected"),
                        ("invalid", "Invalid"),
                    ],
                    default="",
                    help_text="Empty for an undo, a redo or copied verdicts, where each event gets its own.",
                    max_length=8,
                ),
            ),
            (
                "comparison",
                models.ForeignKey(
                    blank=True,
                    db_index=False,
                    help_text="For copied verdicts: each event gets the verdict of its partner in the earlier batch.",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="copy_runs",
                    to="batches.comparison",
                ),
            ),
            ("reason", models.CharField(blank=True, default="", max_length=80)),
            ("note", models.TextField(blank=True, default="")),
            (
                "corrections",
                models.TextField(blank=True, help_text="JSON: the corrected values that each event gets.", null=True),
            ),
            (
                "query",
                models.TextField(blank=True, default="", help_text="Event filter of the request, as a query string."),
            ),
            (
                "expected",
                models.PositiveIntegerField(default=0, help_text="Number of matching events on the person's page."),
            ),
            ("after", models.BigIntegerField(default=0, help_text="Id of the last processed event or decision.")),
            ("decided", models.PositiveIntegerField(default=0)),
            (
                "skipped",
                models.PositiveIntegerField(
                    default=0,
                    help_text="Events left unchanged because somebody else decided or changed them meanwhile.",
                ),
            ),
        ],
        options={
            "ordering": ["-id"],
            "abstract": False,
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                        models.Q(
                            models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                            ("finished_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="bulk_finished_when",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="BulkTarget",
        fields=[
            (
                "pk",
                models.CompositePrimaryKey(
                    "run", "event", blank=True, editable=False, primary_key=True, serialize=False
                ),
            ),
            (
                "run",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="targets",
                    to="batches.bulkrun",
                ),
            ),
            (
                "event",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.DO_NOTHING,
                    related_name="+",
                    to="batches.event",
                ),
            ),
            ("version", models.PositiveIntegerField()),
            ("fingerprint", models.CharField(max_length=32)),
            ("stale", models.BooleanField(default=False)),
        ],
    ),
    migrations.CreateModel(
        name="Certificate",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("idempotency_key", models.UUIDField(unique=True)),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="certificates", to="batches.batch"
                ),
            ),
            (
                "category",
                models.CharField(blank=True, help_text="Empty for the whole batch.", max_length=255, null=True),
            ),
            (
                "method",
                models.CharField(choices=[("sample", "Random sample"), ("census", "All decided")], max_length=6),
            ),
            ("events", models.PositiveIntegerField(help_text="Events for review at that time.")),
            ("approved", models.PositiveIntegerField(help_text="Approved events in the sample.")),
            ("rejected", models.PositiveIntegerField()),
            (
                "invalid",
                models.PositiveIntegerField(
                    help_text="Invalid events in the sample; they do not count for the precision."
                ),
            ),
            (
                "precision",
                models.FloatField(help_text="Estimated share of approved events among approved and rejected ones."),
            ),
            ("low", models.FloatField()),
            ("high", models.FloatField()),
            ("after_action", models.BigIntegerField(help_text="Id of the batch's last action that it includes.")),
            ("moved", models.PositiveIntegerField(help_text="Events that syncs had added or removed by that time.")),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
        ],
        options={
            "ordering": ["id"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("method__in", ["sample", "census"])), name="certificate_method_known"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("high__gte", models.F("precision")),
                        ("high__lte", 1),
                        ("low__gte", 0),
                        ("low__lte", models.F("precision")),
                    ),
                    name="certificate_interval_in_order",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="CertifiedPart",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "certificate",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="parts",
                    to="batches.certificate",
                ),
            ),
            ("category", models.CharField(blank=True, max_length=255)),
            ("upto", models.BigIntegerField()),
            ("events", models.PositiveIntegerField()),
            ("approved", models.PositiveIntegerField()),
            ("rejected", models.PositiveIntegerField()),
            ("invalid", models.PositiveIntegerField()),
        ],
        options={
            "ordering": ["certificate", "category"],
            "constraints": [
                models.UniqueConstraint(fields=("certificate", "category"), name="certified_part_one_a_category")
            ],
        },
    ),
    migrations.CreateModel(
        name="Comment",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("idempotency_key", models.UUIDField(unique=True)),
            (
                "request",
                models.CharField(
                    help_text="Digest of the request: its key cannot be reused for another one.", max_length=64
                ),
            ),
            (
                "event",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="comments", to="batches.event"
                ),
            ),
            (
                "author",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("say", "Comment"),
                        ("resolve", "Resolve"),
                        ("reopen", "Reopen"),
                        ("withdraw", "Withdraw"),
                    ],
                    default="say",
                    max_length=8,
                ),
            ),
            ("text", models.TextField(blank=True, default="", max_length=2000)),
            (
                "withdraws",
                models.OneToOneField(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="withdrawn_by",
                    to="batches.comment",
                ),
            ),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            (
                "drawing",
                models.TextField(
                    blank=True, editable=False, help_text="JSON: a drawing on the frame at its moment.", null=True
                ),
            ),
        ],
        options={
            "ordering": ["id"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("kind__in", ["say", "resolve", "reopen", "withdraw"])),
                    name="comment_kind_known",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("kind", "say"), models.Q(("text", ""), _negated=True)),
                        models.Q(models.Q(("kind", "say"), _negated=True), ("text", "")),
                        _connector="OR",
                    ),
                    name="comment_says_something",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("kind", "withdraw"), ("withdraws__isnull", False)),
                        models.Q(models.Q(("kind", "withdraw"), _negated=True), ("withdraws__isnull", True)),
                        _connector="OR",
                    ),
                    name="comment_withdraws_what",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Conversation",
        fields=[
            (
                "event",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    primary_key=True,
                    related_name="conversation",
                    serialize=False,
                    to="batches.event",
                ),
            ),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="conversations", to="batches.batch"
                ),
            ),
            (
                "comments",
                models.PositiveIntegerField(default=0, help_text="Number of comments, without withdrawn ones."),
            ),
            ("unresolved", models.BooleanField(default=False)),
        ],
    ),
    migrations.CreateModel(
        name="ImportRun",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "Queued"),
                        ("running", "Running"),
                        ("waiting", "Waiting"),
                        ("done", "Done"),
                        ("incomplete", "Incomplete"),
                        ("failed", "Failed"),
                    ],
                    default="queued",
                    max_length=10,
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "claim",
                models.CharField(
                    blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(
                    default=0, help_text="Number of finished steps. A killed run resumes here."
                ),
            ),
            ("total", models.PositiveIntegerField(blank=True, null=True)),
            ("calls", models.PositiveIntegerField(default=0)),
            ("message", models.TextField(blank=True, default="")),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="imports", to="batches.connection"
                ),
            ),
            (
                "phase",
                models.CharField(
                    choices=[("check", "Checking"), ("import", "Importing")], default="check", max_length=6
                ),
            ),
            (
                "file",
                models.CharField(blank=True, default="", help_text="Path of the file in the storage.", max_length=255),
            ),
            ("file_name", models.CharField(max_length=255)),
            ("size", models.PositiveBigIntegerField(default=0, help_text="Size of the file in bytes.")),
            (
                "batch_text",
                models.CharField(
                    blank=True, default="", help_text="Name of the batch if the file contains none.", max_length=255
                ),
            ),
            ("mapping", models.JSONField(blank=True, default=dict, help_text="Column by field, for the open format.")),
            (
                "options",
                models.JSONField(
                    blank=True, default=dict, help_text="Reading options: separator, encoding, list, units, scale, gap."
                ),
            ),
            (
                "decide",
                models.BooleanField(
                    default=False, help_text="Whether approvals become decisions of the person who imports the file."
                ),
            ),
            ("summary", models.JSONField(blank=True, default=dict, help_text="Preview made by the check.")),
            ("events_created", models.PositiveIntegerField(default=0)),
            ("events_updated", models.PositiveIntegerField(default=0)),
            ("events_gone", models.PositiveIntegerField(default=0)),
            ("decided", models.PositiveIntegerField(default=0)),
            ("refused", models.PositiveIntegerField(default=0)),
        ],
        options={
            "ordering": ["-id"],
            "abstract": False,
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                        models.Q(
                            models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                            ("finished_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="import_finished_when",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="SyncRun",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "Queued"),
                        ("running", "Running"),
                        ("waiting", "Waiting"),
                        ("done", "Done"),
                        ("incomplete", "Incomplete"),
                        ("failed", "Failed"),
                    ],
                    default="queued",
                    max_length=10,
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "claim",
                models.CharField(
                    blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(
                    default=0, help_text="Number of finished steps. A killed run resumes here."
                ),
            ),
            ("total", models.PositiveIntegerField(blank=True, null=True)),
            ("calls", models.PositiveIntegerField(default=0)),
            ("message", models.TextField(blank=True, default="")),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="syncs", to="batches.batch"
                ),
            ),
            (
                "upload",
                models.ForeignKey(
                    blank=True,
                    help_text="The uploaded file that it reads instead of calling the vendor.",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="syncs",
                    to="batches.importrun",
                ),
            ),
            (
                "listing",
                models.CharField(
                    blank=True, default="", help_text="Digest of the list in which `position` counts.", max_length=32
                ),
            ),
            (
                "lost",
                models.JSONField(
                    blank=True, default=list, help_text="Ids of items that are missing in the vendor's response."
                ),
            ),
            ("events_seen", models.PositiveIntegerField(default=0)),
            ("events_created", models.PositiveIntegerField(default=0)),
            ("events_updated", models.PositiveIntegerField(default=0)),
            ("events_gone", models.PositiveIntegerField(default=0)),
            ("quarantined", models.PositiveIntegerField(default=0)),
        ],
        options={
            "ordering": ["-id"],
            "abstract": False,
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("state__in", ("queued", "running", "waiting"))),
                    fields=("batch",),
                    name="sync_one_a_batch",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                        models.Q(
                            models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                            ("finished_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="sync_finished_when",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="SavedView",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "connection",
                models.ForeignKey(
                    blank=True,
                    help_text="None: over several batches.",
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="views",
                    to="batches.connection",
                ),
            ),
            (
                "owner",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            ("name", models.CharField(max_length=80)),
            ("query", models.CharField(blank=True, max_length=2000)),
            ("shared", models.BooleanField(default=False)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
        ],
        options={
            "ordering": ["name", "id"],
            "constraints": [
                models.UniqueConstraint(fields=("owner", "connection", "name"), name="view_one_name_a_person"),
                models.UniqueConstraint(
                    condition=models.Q(("connection", None)),
                    fields=("owner", "name"),
                    name="view_one_queue_name_a_person",
                ),
                models.CheckConstraint(
                    condition=models.Q(("connection__isnull", False), ("shared", False), _connector="OR"),
                    name="view_queue_is_own",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Link",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "idempotency_key",
                models.UUIDField(
                    help_text="Created by the client. A repeated request returns the same link.", unique=True
                ),
            ),
            ("name", models.CharField(max_length=80)),
            (
                "batch",
                models.ForeignKey(
                    blank=True,
                    help_text="Empty for the board.",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="links",
                    to="batches.batch",
                ),
            ),
            (
                "created_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="links", to=settings.AUTH_USER_MODEL
                ),
            ),
            ("digest", models.CharField(max_length=64, unique=True)),
            ("prefix", models.CharField(max_length=6)),
            ("file", models.CharField(help_text="Rows and format, for example events.csv.", max_length=30)),
            ("columns", models.CharField(default="documented", max_length=1000)),
            (
                "query",
                models.CharField(blank=True, default="", help_text="Filter, as a query string.", max_length=2000),
            ),
            (
                "view",
                models.ForeignKey(
                    blank=True,
                    help_text="The saved view that the filter was copied from.",
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="links",
                    to="batches.savedview",
                ),
            ),
            (
                "vendor_thumbnails",
                models.BooleanField(default=False, help_text="Thumbnail addresses of the vendor instead of our own."),
            ),
            (
                "clips",
                models.BooleanField(
                    default=False, help_text="Whether the link also opens the page with thumbnails and clips."
                ),
            ),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("expires_at", models.DateTimeField()),
            ("rotated_at", models.DateTimeField(blank=True, null=True)),
            ("revoked_at", models.DateTimeField(blank=True, null=True)),
            (
                "revoked_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            ("last_used_at", models.DateTimeField(blank=True, null=True)),
            ("uses", models.PositiveIntegerField(default=0)),
            (
                "revoked_why",
                models.CharField(
                    blank=True,
                    choices=[
                        ("right", "Ended when its creator lost the right to make links"),
                        ("access", "Ended when its creator was deactivated or activated again"),
                    ],
                    db_default="",
                    default="",
                    help_text="Why it ended without a person.",
                    max_length=10,
                ),
            ),
        ],
        options={
            "ordering": ["-id"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("revoked_at__isnull", True), ("revoked_by__isnull", True), ("revoked_why", "")),
                        models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False), ("revoked_why", "")),
                        models.Q(
                            ("revoked_at__isnull", False),
                            ("revoked_by__isnull", True),
                            models.Q(("revoked_why", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="link_revoked_when_and_by_whom_or_why",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("batch__isnull", True), ("file", "board.csv")),
                        models.Q(("batch__isnull", False), models.Q(("file", "board.csv"), _negated=True)),
                        _connector="OR",
                    ),
                    name="link_of_a_batch_or_the_board",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="MetadataEdit",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "idempotency_key",
                models.UUIDField(
                    help_text="Created by the client. A repeated request with the same key changes nothing."
                ),
            ),
            (
                "batch",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="metadata_edits",
                    to="batches.batch",
                ),
            ),
            (
                "user",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("edit", "Edited"),
                        ("keep", "Kept ours"),
                        ("take", "Took the vendor's"),
                        ("drop", "Removed"),
                        ("summary", "Review summary"),
                    ],
                    max_length=10,
                ),
            ),
            ("request", models.CharField(help_text="Digest of the request.", max_length=64)),
            (
                "source",
                models.CharField(default="page", help_text="page, api, or token followed by its number", max_length=20),
            ),
            ("ip_address", models.GenericIPAddressField(blank=True, null=True, verbose_name="IP address")),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
        ],
        options={
            "ordering": ["id"],
            "constraints": [models.UniqueConstraint(fields=("batch", "idempotency_key"), name="metadata_edit_once")],
        },
    ),
    migrations.CreateModel(
        name="MetadataChange",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "edit",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="batches.metadataedit"
                ),
            ),
            ("name", models.CharField(max_length=255)),
            ("before", models.JSONField(null=True)),
            ("value", models.JSONField(null=True)),
        ],
        options={
            "ordering": ["id"],
        },
    ),
    migrations.CreateModel(
        name="MetadataEntry",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "batch",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="metadata_entries",
                    to="batches.batch",
                ),
            ),
            ("name", models.CharField(max_length=255)),
            ("value", models.JSONField()),
            (
                "base",
                models.JSONField(
                    help_text="The vendor's value when ours was written, or the one it has confirmed since.", null=True
                ),
            ),
            (
                "sent",
                models.JSONField(
                    default=list,
                    help_text="Values sent since the vendor's value was last confirmed. Each may have arrived.",
                ),
            ),
            (
                "state",
                models.CharField(
                    choices=[
                        ("local", "Kept here only"),
                        ("waiting", "Waiting"),
                        ("pushed", "At the vendor"),
                        ("refused", "Refused"),
                        ("conflict", "Changed on both sides"),
                    ],
                    max_length=10,
                ),
            ),
            (
                "message",
                models.TextField(blank=True, default="", help_text="Why the vendor refused it: the vendor's message."),
            ),
            ("pushed_at", models.DateTimeField(blank=True, null=True)),
            (
                "step",
                models.ForeignKey(
                    help_text="The change that set the value; its id is the version of the entry.",
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="batches.metadatachange",
                ),
            ),
        ],
        options={
            "verbose_name_plural": "metadata entries",
            "ordering": ["name"],
            "constraints": [
                models.UniqueConstraint(fields=("batch", "name"), name="metadata_one_a_name"),
                models.CheckConstraint(
                    condition=models.Q(("state__in", ["local", "waiting", "pushed", "refused", "conflict"])),
                    name="metadata_state_known",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="MetadataPush",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "Queued"),
                        ("running", "Running"),
                        ("waiting", "Waiting"),
                        ("done", "Done"),
                        ("incomplete", "Incomplete"),
                        ("failed", "Failed"),
                    ],
                    default="queued",
                    max_length=10,
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "claim",
                models.CharField(
                    blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(
                    default=0, help_text="Number of finished steps. A killed run resumes here."
                ),
            ),
            ("total", models.PositiveIntegerField(blank=True, null=True)),
            ("calls", models.PositiveIntegerField(default=0)),
            ("message", models.TextField(blank=True, default="")),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="metadata_pushes", to="batches.batch"
                ),
            ),
            ("tries", models.PositiveIntegerField(default=0, help_text="Consecutive failed attempts.")),
            (
                "named",
                models.BooleanField(default=False, help_text="Whether the vendor set the time of the next attempt."),
            ),
            (
                "read_at",
                models.DateTimeField(blank=True, help_text="When the vendor's metadata was last read.", null=True),
            ),
        ],
        options={
            "verbose_name_plural": "metadata pushes",
            "ordering": ["-id"],
            "abstract": False,
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("state__in", ("queued", "running", "waiting"))),
                    fields=("batch",),
                    name="metadata_push_one",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                        models.Q(
                            models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                            ("finished_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="metadata_push_finished_when",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="SummaryChoice",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "connection",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE, related_name="summary_choice", to="batches.connection"
                ),
            ),
            (
                "names",
                models.JSONField(
                    default=dict, help_text="Metadata key by name: approved, rejected, invalid, pending, reviewed_at."
                ),
            ),
            (
                "automatic_since",
                models.DateTimeField(
                    blank=True,
                    help_text="When automatic publishing was switched on. Empty: published on request only.",
                    null=True,
                ),
            ),
            (
                "chosen_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
    ),
    migrations.CreateModel(
        name="Opinion",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "action",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="opinions", to="batches.action"
                ),
            ),
            (
                "event",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="opinions",
                    to="batches.event",
                ),
            ),
            (
                "user",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            ("number", models.PositiveIntegerField(help_text="Position among the opinions on the event, from 1.")),
            ("version", models.PositiveIntegerField(help_text="Version of the event that the person saw.")),
            ("fingerprint", models.CharField(help_text="Fingerprint of the event that the person saw.", max_length=32)),
            (
                "approval",
                models.CharField(
                    blank=True,
                    choices=[
                        ("pending", "Pending"),
                        ("approved", "Approved"),
                        ("rejected", "Rejected"),
                        ("invalid", "Invalid"),
                    ],
                    max_length=8,
                    null=True,
                ),
            ),
            ("reason", models.CharField(blank=True, default="", max_length=80)),
            ("note", models.TextField(blank=True, default="")),
            (
                "corrections",
                models.TextField(blank=True, help_text="JSON: all corrected values in this opinion.", null=True),
            ),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
        ],
        options={
            "ordering": ["event", "number"],
            "constraints": [
                models.UniqueConstraint(fields=("event", "number"), name="opinion_one_a_number"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("approval__isnull", True), ("note", ""), ("reason", "")),
                        ("approval__in", ["approved", "rejected", "invalid"]),
                        _connector="OR",
                    ),
                    name="opinion_approval_known",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Consensus",
        fields=[
            (
                "event",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    primary_key=True,
                    related_name="consensus",
                    serialize=False,
                    to="batches.event",
                ),
            ),
            (
                "batch",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="batches.batch"
                ),
            ),
            (
                "wanted",
                models.PositiveSmallIntegerField(help_text="Number of opinions required when the first one was given."),
            ),
            ("given", models.PositiveSmallIntegerField(default=0)),
            (
                "stage",
                models.CharField(
                    choices=[
                        ("open", "Waiting for opinions"),
                        ("agreed", "All agree"),
                        ("disputed", "Opinions differ"),
                        ("settled", "Settled by an editor"),
                    ],
                    default="open",
                    max_length=8,
                ),
            ),
        ],
        options={
            "indexes": [models.Index(fields=["batch", "stage"], name="consensus_stage")],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("given__lte", models.F("wanted"))), name="consensus_no_more_than_wanted"
                ),
                models.CheckConstraint(
                    condition=models.Q(("stage__in", ["open", "agreed", "disputed", "settled"])),
                    name="consensus_stage_known",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="EventPast",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "event",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="past", to="batches.event"
                ),
            ),
            ("fingerprint", models.CharField(max_length=32)),
            ("timestamp", models.CharField(blank=True, default="", max_length=255)),
            ("category", models.CharField(blank=True, default="", max_length=255)),
            ("label", models.TextField(blank=True, default="")),
            ("severity", models.CharField(blank=True, default="", max_length=255)),
            ("ai_text", models.TextField(blank=True, default="", verbose_name="AI text")),
            ("start_s", models.FloatField(blank=True, null=True)),
            ("end_s", models.FloatField(blank=True, null=True)),
            ("confidence", models.FloatField(blank=True, null=True)),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("event", "fingerprint"), name="past_once_a_fingerprint")],
        },
    ),
    migrations.CreateModel(
        name="KeyPreference",
        fields=[
            (
                "user",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE,
                    primary_key=True,
                    related_name="key_preference",
                    serialize=False,
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            ("single_keys", models.BooleanField(default=True, help_text="Whether single-key shortcuts are enabled.")),
            ("keys", models.JSONField(blank=True, default=dict, help_text="Key by name of the command.")),
        ],
    ),
    migrations.CreateModel(
        name="ReviewStep",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="review_steps", to="batches.batch"
                ),
            ),
            (
                "status",
                models.PositiveSmallIntegerField(choices=[(0, "Not started"), (1, "In progress"), (2, "Reviewed")]),
            ),
            (
                "by",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            ("pending", models.PositiveIntegerField(help_text="Events that were pending at that time.")),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
        ],
        options={
            "ordering": ["-id"],
            "constraints": [
                models.CheckConstraint(condition=models.Q(("status__in", [0, 1, 2])), name="review_step_status_known")
            ],
        },
    ),
    migrations.CreateModel(
        name="OpenPage",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "user",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "batch",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="open_pages",
                    to="batches.batch",
                ),
            ),
            ("token", models.UUIDField(help_text="Id of the open page. A reload creates another one.")),
            (
                "event",
                models.ForeignKey(
                    blank=True,
                    help_text="The event on screen.",
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="batches.event",
                ),
            ),
            ("seen_at", models.DateTimeField()),
        ],
        options={
            "indexes": [models.Index(fields=["batch", "seen_at"], name="screen_seen")],
            "constraints": [models.UniqueConstraint(fields=("user", "batch", "token"), name="screen_once_a_page")],
        },
    ),
    migrations.CreateModel(
        name="Lease",
        fields=[
            (
                "event",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE,
                    primary_key=True,
                    related_name="lease",
                    serialize=False,
                    to="batches.event",
                ),
            ),
            (
                "open_page",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="leases", to="batches.openpage"
                ),
            ),
            (
                "user",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            ("until", models.DateTimeField()),
        ],
    ),
    migrations.CreateModel(
        name="Token",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "user",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to=settings.AUTH_USER_MODEL
                ),
            ),
            ("name", models.CharField(help_text="Purpose of the token.", max_length=80)),
            (
                "scope",
                models.CharField(
                    choices=[
                        ("read", "Read: batches, events, media"),
                        ("review", "Review: read, decide and undo"),
                        ("meta", "Metadata: see batches and edit their metadata"),
                        ("start", "Start: see batches and start new ones"),
                    ],
                    max_length=10,
                ),
            ),
            (
                "prefix",
                models.CharField(
                    help_text="The characters after rev_; also the salt of the digest.", max_length=12, unique=True
                ),
            ),
            ("digest", models.CharField(max_length=64)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            (
                "expires_at",
                models.DateTimeField(
                    default=batches.models.token.longest_life, help_text="At most 366 days after its creation."
                ),
            ),
            ("last_used_at", models.DateTimeField(blank=True, help_text="Last use, rounded to the minute.", null=True)),
            ("revoked_at", models.DateTimeField(blank=True, null=True)),
        ],
        options={
            "ordering": ["-id"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("scope__in", ["read", "review", "meta", "start"])), name="token_scope_known"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Schedule",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "connection",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE, related_name="schedule", to="batches.connection"
                ),
            ),
            ("watching", models.BooleanField(default=True, help_text="Poll unfinished batches.")),
            ("discovering", models.BooleanField(default=True, help_text="Find new batches, if the vendor lists them.")),
            ("next_list_at", models.DateTimeField(default=django.utils.timezone.now)),
            ("listed_at", models.DateTimeField(blank=True, null=True)),
            (
                "quiet",
                models.PositiveSmallIntegerField(default=0, help_text="Consecutive listings without a new batch."),
            ),
            (
                "message",
                models.CharField(blank=True, default="", help_text="Result of the last listing.", max_length=500),
            ),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
            (
                "hook_key",
                models.CharField(
                    default=batches.models.poll.new_hook_key,
                    help_text="Secret part of the address of the vendor's webhook.",
                    max_length=32,
                    serialize=False,
                    unique=True,
                ),
            ),
            ("hook_secret", batches.models.fields.EncryptedTextField(blank=True, default="", editable=False)),
            (
                "webhook_at",
                models.DateTimeField(blank=True, help_text="When the vendor's last webhook caused a poll.", null=True),
            ),
        ],
    ),
    migrations.CreateModel(
        name="Webhook",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="webhooks", to="batches.connection"
                ),
            ),
            ("url", models.CharField(help_text="As shown: of a secret address only the host.", max_length=2000)),
            ("events", models.JSONField(default=list)),
            ("secret", batches.models.fields.EncryptedTextField(editable=False)),
            ("old_secret", batches.models.fields.EncryptedTextField(blank=True, default="", editable=False)),
            (
                "old_until",
                models.DateTimeField(
                    blank=True,
                    help_text="Messages are also signed with the previous secret until this time.",
                    null=True,
                ),
            ),
            (
                "created_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ("paused_at", models.DateTimeField(blank=True, null=True)),
            ("paused_reason", models.CharField(blank=True, default="", max_length=500)),
            (
                "failing_since",
                models.DateTimeField(blank=True, help_text="Time since which no delivery has succeeded.", null=True),
            ),
            (
                "claim",
                models.CharField(
                    blank=True,
                    default="",
                    help_text="Id of the claim of the worker that is sending its deliveries.",
                    max_length=36,
                ),
            ),
            ("claimed_at", models.DateTimeField(blank=True, null=True)),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
            (
                "format",
                models.CharField(
                    choices=[
                        ("signed", "JSON, signed"),
                        ("slack", "Slack or compatible"),
                        ("teams", "Microsoft Teams (workflow with an Adaptive Card)"),
                    ],
                    default="signed",
                    max_length=10,
                ),
            ),
            ("secret_url", batches.models.fields.EncryptedTextField(blank=True, default="", editable=False)),
        ],
        options={
            "ordering": ["id"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("paused_at__isnull", True), ("paused_reason", "")),
                        models.Q(("paused_at__isnull", False), models.Q(("paused_reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="webhook_paused_has_a_reason",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Notice",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "webhook",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="notices", to="batches.webhook"
                ),
            ),
            (
                "batch",
                models.ForeignKey(
                    blank=True,
                    help_text="Empty for what is about the whole connection.",
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="batches.batch",
                ),
            ),
            ("event", models.CharField(max_length=40)),
            ("facts", models.JSONField(blank=True, default=dict)),
            (
                "action",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="batches.action",
                ),
            ),
            ("after", models.BigIntegerField(default=0)),
            ("upto", models.BigIntegerField(default=0)),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
        ],
        options={
            "ordering": ["id"],
            "indexes": [models.Index(fields=["webhook", "batch", "id"], name="notice_in_order")],
        },
    ),
    migrations.CreateModel(
        name="Delivery",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "webhook",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="batches.webhook"
                ),
            ),
            (
                "batch",
                models.ForeignKey(
                    blank=True,
                    help_text="Empty for what is about the whole connection.",
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="batches.batch",
                ),
            ),
            ("uuid", models.UUIDField(default=uuid.uuid4)),
            ("event", models.CharField(max_length=40)),
            ("body", models.TextField(help_text="The JSON that is signed and sent, in ASCII.")),
            (
                "state",
                models.CharField(
                    choices=[("waiting", "Waiting"), ("delivered", "Delivered"), ("parked", "Given up")],
                    default="waiting",
                    max_length=10,
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ("retry_at", models.DateTimeField(default=django.utils.timezone.now)),
            ("tried_at", models.DateTimeField(blank=True, null=True)),
            (
                "status",
                models.PositiveSmallIntegerField(blank=True, help_text="HTTP status of the last response.", null=True),
            ),
            ("took_ms", models.PositiveIntegerField(blank=True, null=True)),
            (
                "answer",
                models.CharField(
                    blank=True, default="", help_text="Beginning of the receiver's response.", max_length=200
                ),
            ),
            ("problem", models.CharField(blank=True, default="", help_text="Why the delivery failed.", max_length=300)),
        ],
        options={
            "verbose_name_plural": "deliveries",
            "ordering": ["-id"],
            "indexes": [
                models.Index(fields=["webhook", "state", "retry_at"], name="delivery_due"),
                models.Index(
                    condition=models.Q(("state", "waiting")),
                    fields=["webhook", "batch", "id"],
                    name="delivery_in_order",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="AdditionRun",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "Queued"),
                        ("running", "Running"),
                        ("waiting", "Waiting"),
                        ("done", "Done"),
                        ("incomplete", "Incomplete"),
                        ("failed", "Failed"),
                    ],
                    default="queued",
                    max_length=10,
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "claim",
                models.CharField(
                    blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(
                    default=0, help_text="Number of finished steps. A killed run resumes here."
                ),
            ),
            ("total", models.PositiveIntegerField(blank=True, null=True)),
            ("calls", models.PositiveIntegerField(default=0)),
            ("message", models.TextField(blank=True, default="")),
            (
                "idempotency_key",
                models.UUIDField(
                    help_text="Created by the client. A repeated request returns the same run.", unique=True
                ),
            ),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="additions", to="batches.connection"
                ),
            ),
            ("texts", models.JSONField(default=list, help_text="The ids as they were entered.")),
            (
                "entries",
                models.JSONField(default=list, help_text="One entry per text: its id, state, reason and batch."),
            ),
        ],
        options={
            "ordering": ["-id"],
            "abstract": False,
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                        models.Q(
                            models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                            ("finished_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="addition_finished_when",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="ColumnMapping",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "connection",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="column_mappings",
                    to="batches.connection",
                ),
            ),
            ("name", models.CharField(max_length=80)),
            ("columns", models.JSONField(default=list, help_text="The names of all columns of the file, sorted.")),
            (
                "mapping",
                models.JSONField(default=dict, help_text="Our field → column, empty for a field that stays empty."),
            ),
            ("options", models.JSONField(default=dict, help_text="How the file is read: units, scale, separator.")),
            ("changed_at", models.DateTimeField(auto_now=True)),
        ],
        options={
            "ordering": ["name", "id"],
            "constraints": [
                models.UniqueConstraint(fields=("connection", "name"), name="mapping_one_name_a_connection")
            ],
        },
    ),
    migrations.CreateModel(
        name="Profile",
        fields=[
            (
                "user",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE,
                    primary_key=True,
                    related_name="profile",
                    serialize=False,
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            ("initials", models.CharField(blank=True, default="", max_length=3)),
            (
                "time_zone",
                models.CharField(default="UTC", max_length=64, validators=[batches.models.people.check_time_zone]),
            ),
            (
                "theme",
                models.CharField(
                    blank=True,
                    choices=[("", "Same as the system"), ("light", "Light"), ("dark", "Dark")],
                    default="",
                    max_length=5,
                ),
            ),
            (
                "language",
                models.CharField(
                    blank=True,
                    choices=[("", "Same as the browser"), ("en", "English"), ("de", "Deutsch"), ("ar", "العربية")],
                    default="",
                    max_length=5,
                ),
            ),
        ],
    ),
    migrations.CreateModel(
        name="UserSession",
        fields=[
            (
                "session_key",
                models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key"),
            ),
            ("session_data", models.TextField(verbose_name="session data")),
            ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
            (
                "user",
                models.ForeignKey(
                    db_constraint=False,
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="sessions",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            ("ip_address", models.GenericIPAddressField(null=True, verbose_name="IP address")),
            ("user_agent", models.CharField(default="", max_length=300)),
            ("began_at", models.DateTimeField(null=True)),
            ("seen_at", models.DateTimeField(help_text="Last use, rounded to the hour.", null=True)),
        ],
        options={
            "verbose_name": "session",
            "verbose_name_plural": "sessions",
            "abstract": False,
        },
    ),
    migrations.CreateModel(
        name="Invitation",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("digest", models.CharField(max_length=64, unique=True)),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="batches.connection"
                ),
            ),
            (
                "role",
                models.CharField(
                    choices=[
                        ("viewer", "Viewer"),
                        ("reviewer", "Reviewer"),
                        ("editor", "Editor"),
                        ("manager", "Manager"),
                    ],
                    max_length=10,
                ),
            ),
            (
                "email",
                models.EmailField(
                    blank=True,
                    default="",
                    help_text="Email address the invitation was sent to. The new account gets it.",
                    max_length=254,
                ),
            ),
            (
                "created_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="invitations", to=settings.AUTH_USER_MODEL
                ),
            ),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ("expires_at", models.DateTimeField()),
            ("accepted_at", models.DateTimeField(blank=True, null=True)),
            (
                "accepted_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            ("revoked_at", models.DateTimeField(blank=True, null=True)),
        ],
        options={
            "ordering": ["-id"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("role__in", ["viewer", "reviewer", "editor", "manager"])),
                    name="invitation_role_known",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("accepted_at", None), ("accepted_by", None)),
                        models.Q(("accepted_at__isnull", False), ("accepted_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="invitation_accepted_who_and_when",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="TeamRole",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "group",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="team_roles", to="auth.group"
                ),
            ),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="team_roles", to="batches.connection"
                ),
            ),
            (
                "role",
                models.CharField(
                    choices=[
                        ("viewer", "Viewer"),
                        ("reviewer", "Reviewer"),
                        ("editor", "Editor"),
                        ("manager", "Manager"),
                    ],
                    max_length=10,
                ),
            ),
        ],
        options={
            "ordering": ["group", "connection"],
            "constraints": [
                models.UniqueConstraint(fields=("group", "connection"), name="team_role_one_a_connection"),
                models.CheckConstraint(
                    condition=models.Q(("role__in", ["viewer", "reviewer", "editor", "manager"])),
                    name="team_role_known",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="PictureHash",
        fields=[
            (
                "event",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE,
                    primary_key=True,
                    related_name="picture_hash",
                    serialize=False,
                    to="batches.event",
                ),
            ),
            (
                "batch",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="batches.batch"
                ),
            ),
            ("picture", models.CharField(help_text="Digest of the address of the hashed picture.", max_length=32)),
            (
                "difference_hash",
                models.BigIntegerField(
                    blank=True, help_text="Perceptual hash, 64 bits. Empty if the picture was not available.", null=True
                ),
            ),
            (
                "pile",
                models.BigIntegerField(
                    blank=True, help_text="Id of the pile's first event. Empty for an event without a pile.", null=True
                ),
            ),
        ],
        options={
            "verbose_name_plural": "picture hashes",
            "indexes": [
                models.Index(
                    condition=models.Q(("pile__isnull", False)), fields=["batch", "pile"], name="likeness_piled"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Poll",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "batch",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE, related_name="poll", to="batches.batch"
                ),
            ),
            ("next_at", models.DateTimeField(default=django.utils.timezone.now)),
            ("polled_at", models.DateTimeField(blank=True, null=True)),
            ("quiet", models.PositiveSmallIntegerField(default=0, help_text="Consecutive polls without a change.")),
            (
                "troubled",
                models.PositiveSmallIntegerField(default=0, help_text="Consecutive polls without a usable response."),
            ),
            ("message", models.CharField(blank=True, default="", help_text="Result of the last poll.", max_length=500)),
            ("ended_at", models.DateTimeField(blank=True, null=True)),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
        ],
        options={
            "ordering": ["next_at", "id"],
            "indexes": [
                models.Index(condition=models.Q(("ended_at__isnull", True)), fields=["next_at"], name="poll_due")
            ],
        },
    ),
    migrations.CreateModel(
        name="VendorWebhookReceipt",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "schedule",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="receipts", to="batches.schedule"
                ),
            ),
            ("signature", models.CharField(max_length=64)),
            ("at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("schedule", "signature"), name="webhook_receipt_once")],
        },
    ),
    migrations.CreateModel(
        name="SetupCode",
        fields=[
            ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
        ],
    ),
    migrations.CreateModel(
        name="BatchStart",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "Queued"),
                        ("running", "Running"),
                        ("waiting", "Waiting"),
                        ("done", "Done"),
                        ("incomplete", "Incomplete"),
                        ("failed", "Failed"),
                    ],
                    default="queued",
                    max_length=10,
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "claim",
                models.CharField(
                    blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(
                    default=0, help_text="Number of finished steps. A killed run resumes here."
                ),
            ),
            ("total", models.PositiveIntegerField(blank=True, null=True)),
            ("calls", models.PositiveIntegerField(default=0)),
            ("message", models.TextField(blank=True, default="")),
            (
                "idempotency_key",
                models.UUIDField(
                    help_text="Created by the client. A repeated request returns the same start.", unique=True
                ),
            ),
            (
                "client_batch_id",
                models.CharField(default=batches.models.start.new_client_batch_id, max_length=32, unique=True),
            ),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="starts", to="batches.connection"
                ),
            ),
            (
                "parent",
                models.ForeignKey(
                    blank=True,
                    help_text="The batch whose videos are analysed again.",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="next_starts",
                    to="batches.batch",
                ),
            ),
            ("question", models.JSONField(help_text="Prompt or agent, with the options.")),
            ("videos", models.JSONField(help_text="The vendor's video ids, in the order in which they are sent.")),
            (
                "sent_at",
                models.DateTimeField(
                    blank=True,
                    help_text="When the request was sent. From then on the vendor may have started the batch.",
                    null=True,
                ),
            ),
            (
                "batch",
                models.OneToOneField(
                    blank=True,
                    help_text="The batch that was started.",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="start",
                    to="batches.batch",
                ),
            ),
        ],
        options={
            "ordering": ["-id"],
            "abstract": False,
            "indexes": [models.Index(fields=["connection", "-id"], name="start_of_connection")],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                        models.Q(
                            models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                            ("finished_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="start_finished_when",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "done"), _negated=True), ("batch__isnull", False), _connector="OR"
                    ),
                    name="start_done_has_a_batch",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Tally",
        fields=[
            ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
            ("count", models.PositiveIntegerField()),
            ("counted_at", models.DateTimeField()),
            ("ends_at", models.DateTimeField(db_index=True)),
        ],
    ),
    migrations.CreateModel(
        name="Folder",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="folders", to="batches.connection"
                ),
            ),
            ("external_id", models.CharField(max_length=255, verbose_name="external ID")),
            ("name", models.CharField(blank=True, default="", help_text="Empty while it is unknown.", max_length=255)),
            (
                "scope",
                models.CharField(choices=[("user", "Personal"), ("org", "Organization")], default="user", max_length=4),
            ),
            ("org_id", models.CharField(blank=True, default="", max_length=255)),
            ("description", models.TextField(blank=True, default="")),
            (
                "vendor_created_at",
                models.CharField(blank=True, default="", help_text="Time as the vendor wrote it.", max_length=64),
            ),
            ("created_at", models.DateTimeField(auto_now_add=True)),
        ],
        options={
            "ordering": ["name", "id"],
            "constraints": [
                models.UniqueConstraint(fields=("connection", "external_id"), name="folder_once_a_connection"),
                models.CheckConstraint(condition=models.Q(("scope__in", ["user", "org"])), name="folder_scope_known"),
            ],
        },
    ),
    migrations.CreateModel(
        name="AccountVideo",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="videos", to="batches.connection"
                ),
            ),
            ("external_id", models.CharField(max_length=255, verbose_name="external ID")),
            ("name", models.CharField(blank=True, default="", max_length=255)),
            (
                "folder",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="videos",
                    to="batches.folder",
                ),
            ),
            (
                "org_id",
                models.CharField(
                    blank=True, default="", help_text="Id of the organization that shares it.", max_length=255
                ),
            ),
            (
                "status",
                models.CharField(
                    blank=True, default="", help_text="The vendor's status of the upload.", max_length=255
                ),
            ),
            ("seconds", models.FloatField(blank=True, null=True)),
            (
                "vendor_created_at",
                models.CharField(blank=True, default="", help_text="Time as the vendor wrote it.", max_length=64),
            ),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("gone_at", models.DateTimeField(blank=True, help_text="When the vendor stopped listing it.", null=True)),
            (
                "deleted_by",
                models.ForeignKey(
                    blank=True,
                    db_index=False,
                    help_text="Person who deleted it at the vendor.",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "ordering": ["-id"],
            "indexes": [models.Index(fields=["connection", "-id"], name="video_of_connection")],
            "constraints": [
                models.UniqueConstraint(fields=("connection", "external_id"), name="video_once_a_connection")
            ],
        },
    ),
    migrations.CreateModel(
        name="VideoListing",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "Queued"),
                        ("running", "Running"),
                        ("waiting", "Waiting"),
                        ("done", "Done"),
                        ("incomplete", "Incomplete"),
                        ("failed", "Failed"),
                    ],
                    default="queued",
                    max_length=10,
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "claim",
                models.CharField(
                    blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(
                    default=0, help_text="Number of finished steps. A killed run resumes here."
                ),
            ),
            ("total", models.PositiveIntegerField(blank=True, null=True)),
            ("calls", models.PositiveIntegerField(default=0)),
            ("message", models.TextField(blank=True, default="")),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="listings", to="batches.connection"
                ),
            ),
        ],
        options={
            "verbose_name": "listing of videos",
            "verbose_name_plural": "listings of videos",
            "ordering": ["-id"],
            "abstract": False,
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("state__in", ("queued", "running", "waiting"))),
                    fields=("connection",),
                    name="listing_one_a_connection",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                        models.Q(
                            models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                            ("finished_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="listing_finished_when",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="CacheEntry",
        fields=[
            (
                "key",
                models.CharField(
                    help_text="A digest: it may be about a person.", max_length=64, primary_key=True, serialize=False
                ),
            ),
            ("value", models.JSONField()),
            ("ends_at", models.DateTimeField(db_index=True)),
        ],
    ),
    migrations.CreateModel(
        name="WatchedItem",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("idempotency_key", models.UUIDField(unique=True)),
            (
                "playable",
                models.BooleanField(
                    default=True,
                    help_text="False: it could not be watched, and counts neither as watched nor as missing.",
                ),
            ),
            (
                "findings_hidden",
                models.BooleanField(default=False, help_text="Whether the findings were hidden meanwhile."),
            ),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            (
                "batch",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="watched_items",
                    to="batches.batch",
                ),
            ),
            (
                "by",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="watched",
                    to="batches.item",
                ),
            ),
        ],
        options={
            "ordering": ["id"],
            "indexes": [models.Index(fields=["batch", "item"], name="watched_of_batch")],
        },
    ),
    migrations.CreateModel(
        name="RecallCertificate",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("idempotency_key", models.UUIDField(unique=True)),
            ("videos", models.PositiveIntegerField(help_text="Videos that could be watched at that time.")),
            ("sampled", models.PositiveIntegerField(help_text="Videos of the sample.")),
            ("hits", models.PositiveIntegerField(help_text="Approved findings in the sample.")),
            ("missed", models.PositiveIntegerField(help_text="Missed events in the sample that people added.")),
            ("recall", models.FloatField(help_text="Share of findings among findings and missed events.")),
            ("low", models.FloatField()),
            ("high", models.FloatField()),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="recall_certificates", to="batches.batch"
                ),
            ),
            (
                "by",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "category",
                models.CharField(blank=True, help_text="Empty for the whole batch.", max_length=255, null=True),
            ),
        ],
        options={
            "ordering": ["id"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("high__gte", models.F("recall")),
                        ("high__lte", 1),
                        ("low__gte", 0),
                        ("low__lte", models.F("recall")),
                    ),
                    name="recall_certificate_interval_in_order",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="TrainedAgent",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("external_id", models.CharField(max_length=255, verbose_name="external ID")),
            ("name", models.CharField(blank=True, default="", max_length=255)),
            ("status", models.CharField(blank=True, default="", help_text="The vendor's own status.", max_length=255)),
            (
                "scope",
                models.CharField(
                    choices=[("user", "Personal"), ("org", "Organization")],
                    default="user",
                    help_text="Whose list of agents has it.",
                    max_length=4,
                ),
            ),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("listed_at", models.DateTimeField(blank=True, help_text="When the vendor last listed it.", null=True)),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="agents", to="batches.connection"
                ),
            ),
        ],
        options={
            "ordering": ["name", "id"],
            "constraints": [
                models.UniqueConstraint(fields=("connection", "external_id"), name="agent_once_a_connection"),
                models.CheckConstraint(condition=models.Q(("scope__in", ["user", "org"])), name="agent_scope_known"),
            ],
        },
    ),
    migrations.CreateModel(
        name="AgentTraining",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "Queued"),
                        ("running", "Running"),
                        ("waiting", "Waiting"),
                        ("done", "Done"),
                        ("incomplete", "Incomplete"),
                        ("failed", "Failed"),
                    ],
                    default="queued",
                    max_length=10,
                ),
            ),
            (
                "claim",
                models.CharField(
                    blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(
                    default=0, help_text="Number of finished steps. A killed run resumes here."
                ),
            ),
            ("total", models.PositiveIntegerField(blank=True, null=True)),
            ("calls", models.PositiveIntegerField(default=0)),
            ("message", models.TextField(blank=True, default="")),
            (
                "idempotency_key",
                models.UUIDField(
                    help_text="Created by the client. A repeated request returns the same training.", unique=True
                ),
            ),
            (
                "client_id",
                models.CharField(
                    default=batches.models.agent.new_client_id,
                    help_text="Names the intent to the vendor.",
                    max_length=36,
                    unique=True,
                ),
            ),
            (
                "name",
                models.CharField(
                    blank=True, default="", help_text="Of a new agent. Empty for an update.", max_length=255
                ),
            ),
            (
                "batches",
                models.JSONField(help_text="The vendor's ids of the batches, in the order in which they are sent."),
            ),
            (
                "sent_at",
                models.DateTimeField(
                    blank=True,
                    help_text="When the request was sent. From then on the training may have started.",
                    null=True,
                ),
            ),
            (
                "update_type",
                models.CharField(blank=True, default="", help_text="The vendor's kind of update.", max_length=255),
            ),
            ("job_id", models.CharField(blank=True, default="", max_length=255, verbose_name="job ID")),
            (
                "total_approved",
                models.PositiveIntegerField(
                    blank=True, help_text="Approved events that the vendor counted.", null=True
                ),
            ),
            (
                "total_rejected",
                models.PositiveIntegerField(
                    blank=True, help_text="Rejected events that the vendor counted.", null=True
                ),
            ),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="trainings", to="batches.connection"
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "agent",
                models.ForeignKey(
                    blank=True,
                    help_text="The agent that is updated, or that was created.",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="trainings",
                    to="batches.trainedagent",
                ),
            ),
        ],
        options={
            "ordering": ["-id"],
            "abstract": False,
            "indexes": [models.Index(fields=["connection", "-id"], name="training_of_connection")],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                        models.Q(
                            models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                            ("finished_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="training_finished_when",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("name", ""), _negated=True), ("agent__isnull", False), _connector="OR"
                    ),
                    name="training_names_an_agent",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="CloudImport",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "Queued"),
                        ("running", "Running"),
                        ("waiting", "Waiting"),
                        ("done", "Done"),
                        ("incomplete", "Incomplete"),
                        ("failed", "Failed"),
                    ],
                    default="queued",
                    max_length=10,
                ),
            ),
            (
                "claim",
                models.CharField(
                    blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(
                    default=0, help_text="Number of finished steps. A killed run resumes here."
                ),
            ),
            ("total", models.PositiveIntegerField(blank=True, null=True)),
            ("calls", models.PositiveIntegerField(default=0)),
            ("message", models.TextField(blank=True, default="")),
            (
                "idempotency_key",
                models.UUIDField(
                    help_text="Created by the client. A repeated request returns the same import.", unique=True
                ),
            ),
            (
                "provider",
                models.CharField(choices=[("gcs", "Google Cloud Storage"), ("s3", "Amazon S3")], max_length=3),
            ),
            ("bucket", models.CharField(max_length=222)),
            (
                "keys",
                models.JSONField(help_text="Names of the objects in the bucket, in the order in which they are sent."),
            ),
            (
                "integration",
                models.CharField(
                    blank=True, default="", help_text="The vendor's ID of the access to the bucket.", max_length=255
                ),
            ),
            (
                "scope",
                models.CharField(choices=[("user", "Personal"), ("org", "Organization")], default="user", max_length=4),
            ),
            (
                "sent_at",
                models.DateTimeField(
                    blank=True,
                    help_text="When the request was sent. From then on the vendor may have started the import.",
                    null=True,
                ),
            ),
            (
                "job_id",
                models.CharField(
                    blank=True, default="", help_text="The vendor's ID.", max_length=255, verbose_name="job ID"
                ),
            ),
            (
                "changed_at",
                models.DateTimeField(
                    blank=True, help_text="When the vendor's list of its videos last changed.", null=True
                ),
            ),
            (
                "retried_at",
                models.DateTimeField(blank=True, help_text="When failed videos were last requested again.", null=True),
            ),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="cloud_imports", to="batches.connection"
                ),
            ),
            (
                "folder",
                models.ForeignKey(
                    blank=True,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="cloud_imports",
                    to="batches.folder",
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "ordering": ["-id"],
            "abstract": False,
            "indexes": [models.Index(fields=["connection", "-id"], name="cloud_import_of_connection")],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                        models.Q(
                            models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                            ("finished_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="cloud_import_finished_when",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "done"), _negated=True),
                        models.Q(("job_id", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="cloud_import_done_has_a_job",
                ),
                models.CheckConstraint(
                    condition=models.Q(("provider__in", ["gcs", "s3"])), name="cloud_import_provider_known"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ImportedVideo",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("external_id", models.CharField(max_length=255, verbose_name="external ID")),
            (
                "status",
                models.CharField(
                    blank=True, default="", help_text="The vendor's status, in lower case.", max_length=255
                ),
            ),
            ("source_uri", models.CharField(blank=True, default="", max_length=2000)),
            (
                "cloud_import",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="videos",
                    to="batches.cloudimport",
                ),
            ),
        ],
        options={
            "ordering": ["id"],
            "constraints": [
                models.UniqueConstraint(fields=("cloud_import", "external_id"), name="imported_video_once_an_import")
            ],
        },
    ),
    migrations.CreateModel(
        name="BatchTag",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=40)),
            (
                "batch",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="tags", to="batches.batch"
                ),
            ),
        ],
        options={
            "ordering": ["name"],
            "indexes": [models.Index(fields=["name"], name="batch_tag_by_name")],
            "constraints": [models.UniqueConstraint(fields=("batch", "name"), name="batch_tag_once")],
        },
    ),
    migrations.CreateModel(
        name="VideoSearch",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "Queued"),
                        ("running", "Running"),
                        ("waiting", "Waiting"),
                        ("done", "Done"),
                        ("incomplete", "Incomplete"),
                        ("failed", "Failed"),
                    ],
                    default="queued",
                    max_length=10,
                ),
            ),
            (
                "claim",
                models.CharField(
                    blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(
                    default=0, help_text="Number of finished steps. A killed run resumes here."
                ),
            ),
            ("total", models.PositiveIntegerField(blank=True, null=True)),
            ("calls", models.PositiveIntegerField(default=0)),
            ("message", models.TextField(blank=True, default="")),
            (
                "idempotency_key",
                models.UUIDField(
                    help_text="Created by the client. A repeated request returns the same search.", unique=True
                ),
            ),
            ("question", models.TextField(help_text="What is searched for, in the person's own words.")),
            ("session", models.JSONField(blank=True, default=dict, help_text="Where the vendor keeps the search.")),
            ("sent_at", models.DateTimeField(blank=True, help_text="When the vendor was told to search.", null=True)),
            ("summary", models.TextField(blank=True, default="", help_text="The vendor's summary of what it found.")),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="searches", to="batches.connection"
                ),
            ),
            (
                "folder",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="searches", to="batches.folder"
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "verbose_name": "search",
            "verbose_name_plural": "searches",
            "ordering": ["-id"],
            "abstract": False,
            "indexes": [models.Index(fields=["connection", "-id"], name="search_of_connection")],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("state__in", ("queued", "running", "waiting"))),
                    fields=("connection",),
                    name="search_one_a_connection",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                        models.Q(
                            models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                            ("finished_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="search_finished_when",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="SearchMatch",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("position", models.PositiveIntegerField(help_text="Place in the vendor's order, from 0.")),
            ("video_id", models.CharField(max_length=255, verbose_name="video ID")),
            ("analysis_id", models.CharField(max_length=255, verbose_name="analysis ID")),
            ("external_id", models.CharField(blank=True, default="", max_length=255, verbose_name="external ID")),
            (
                "raw_index",
                models.PositiveIntegerField(blank=True, help_text="Position in the vendor's array, from 0.", null=True),
            ),
            (
                "similarity",
                models.FloatField(blank=True, help_text="The vendor's number; its scale is not documented.", null=True),
            ),
            ("reason", models.TextField(blank=True, default="")),
            (
                "event",
                models.ForeignKey(
                    blank=True,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="search_matches",
                    to="batches.event",
                ),
            ),
            (
                "search",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="matches",
                    to="batches.videosearch",
                ),
            ),
        ],
        options={
            "verbose_name": "match of a search",
            "verbose_name_plural": "matches of searches",
            "ordering": ["search", "position"],
            "indexes": [
                models.Index(
                    condition=models.Q(("event__isnull", True)), fields=["analysis_id"], name="search_match_not_here"
                )
            ],
            "constraints": [
                models.UniqueConstraint(fields=("search", "position"), name="search_match_once_a_place"),
                models.UniqueConstraint(
                    condition=models.Q(("event__isnull", False)),
                    fields=("event", "search"),
                    name="search_match_once_an_event",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="VideoUpload",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "Queued"),
                        ("running", "Running"),
                        ("waiting", "Waiting"),
                        ("done", "Done"),
                        ("incomplete", "Incomplete"),
                        ("failed", "Failed"),
                    ],
                    default="queued",
                    max_length=10,
                ),
            ),
            (
                "claim",
                models.CharField(
                    blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(
                    default=0, help_text="Number of finished steps. A killed run resumes here."
                ),
            ),
            ("total", models.PositiveIntegerField(blank=True, null=True)),
            ("calls", models.PositiveIntegerField(default=0)),
            ("message", models.TextField(blank=True, default="")),
            (
                "idempotency_key",
                models.UUIDField(
                    help_text=(
                        "Made from the client's and the address, or from the file's name, size and time. A repeated "
                        "request returns the same upload."
                    ),
                    unique=True,
                ),
            ),
            (
                "address",
                models.CharField(blank=True, help_text="Without its query. Empty for a file.", max_length=2000),
            ),
            (
                "scope",
                models.CharField(choices=[("user", "Personal"), ("org", "Organization")], default="user", max_length=4),
            ),
            (
                "sent_at",
                models.DateTimeField(
                    blank=True,
                    help_text="When the request was sent. From then on the vendor may have the video.",
                    null=True,
                ),
            ),
            (
                "video_id",
                models.CharField(
                    blank=True, default="", help_text="The vendor's ID.", max_length=255, verbose_name="video ID"
                ),
            ),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="uploads", to="batches.connection"
                ),
            ),
            (
                "folder",
                models.ForeignKey(
                    blank=True,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="uploads",
                    to="batches.folder",
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "query",
                batches.models.fields.EncryptedTextField(
                    blank=True,
                    default="",
                    help_text="Of the address, often a signature. Removed once the video is uploaded.",
                ),
            ),
            ("file_name", models.CharField(blank=True, default="", help_text="Empty for an address.", max_length=255)),
            (
                "part_bytes",
                models.PositiveBigIntegerField(default=0, help_text="Size of the parts in which the file is stored."),
            ),
            (
                "received",
                models.PositiveBigIntegerField(default=0, help_text="Bytes of the file that have arrived here."),
            ),
            (
                "sent",
                models.PositiveBigIntegerField(
                    default=0,
                    help_text="Bytes of the file that were sent to the vendor. Equal to the size before the last go.",
                ),
            ),
            (
                "sidecar",
                models.TextField(blank=True, default="", help_text="Metadata of the file, JSON of at most 1 MB."),
            ),
            ("size", models.PositiveBigIntegerField(default=0, help_text="Bytes of the file; 0 for an address.")),
            (
                "in_place",
                models.BooleanField(
                    default=False,
                    help_text="Read by a command where it lies on this machine; nothing of it is stored here.",
                ),
            ),
        ],
        options={
            "ordering": ["-id"],
            "abstract": False,
            "indexes": [models.Index(fields=["connection", "-id"], name="upload_of_connection")],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                        models.Q(
                            models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                            ("finished_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="upload_finished_when",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "done"), _negated=True),
                        models.Q(("video_id", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="upload_done_has_a_video",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("address", ""), ("part_bytes__gt", 0), ("size__gt", 0)),
                        models.Q(("file_name", ""), ("size", 0)),
                        _connector="OR",
                    ),
                    name="upload_of_address_or_file",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Notification",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("kind", models.CharField(max_length=20)),
            ("count", models.PositiveIntegerField(default=1, help_text="Number of events or batches.")),
            ("message", models.CharField(blank=True, default="", max_length=300)),
            ("cause", models.CharField(help_text="What caused it. A cause notifies a person once.", max_length=80)),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ("read_at", models.DateTimeField(blank=True, null=True)),
            ("replaced_at", models.DateTimeField(blank=True, help_text="When a newer one took its place.", null=True)),
            (
                "mail_at",
                models.DateTimeField(
                    blank=True, help_text="When it is due by email. Empty: no email is due.", null=True
                ),
            ),
            ("mailed_at", models.DateTimeField(blank=True, null=True)),
            (
                "user",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="notifications",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="+", to="batches.connection"
                ),
            ),
            (
                "batch",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="batches.batch",
                ),
            ),
            (
                "event",
                models.ForeignKey(
                    blank=True,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="batches.event",
                ),
            ),
            (
                "comment",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="notifications",
                    to="batches.comment",
                ),
            ),
            (
                "actor",
                models.ForeignKey(
                    blank=True,
                    db_index=False,
                    help_text="Who caused it. Empty: a background job did.",
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "ordering": ["-id"],
            "indexes": [
                models.Index(fields=["user", "-id"], name="notification_latest"),
                models.Index(condition=models.Q(("read_at", None)), fields=["user"], name="notification_unread"),
                models.Index(
                    condition=models.Q(("mail_at__isnull", False)), fields=["mail_at"], name="notification_mail_due"
                ),
            ],
            "constraints": [models.UniqueConstraint(fields=("user", "cause"), name="notification_once_a_cause")],
        },
    ),
    migrations.CreateModel(
        name="NotificationPreference",
        fields=[
            (
                "user",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE,
                    primary_key=True,
                    related_name="notification_preference",
                    serialize=False,
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            ("mail", models.JSONField(blank=True, default=dict, help_text="When, by name of the kind.")),
        ],
    ),
    migrations.CreateModel(
        name="OddColumns",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("columns", models.JSONField(help_text="Each with name, prompt, type, literals, and whether it is used.")),
            ("updated_at", models.DateTimeField(auto_now=True)),
            (
                "connection",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE, related_name="odd_columns", to="batches.connection"
                ),
            ),
        ],
        options={
            "verbose_name": "columns of the structured ODD",
            "verbose_name_plural": "columns of the structured ODD",
        },
    ),
    migrations.CreateModel(
        name="OddTable",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "idempotency_key",
                models.UUIDField(
                    help_text="Created by the client. A repeated request returns the same table.", unique=True
                ),
            ),
            ("columns", models.JSONField(help_text="As they were sent, in the order of the file.")),
            ("videos", models.JSONField(help_text="The vendor's video ids, in the order of the file.")),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            (
                "connection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="odd_tables", to="batches.connection"
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "verbose_name": "structured ODD",
            "verbose_name_plural": "structured ODDs",
            "ordering": ["-id"],
            "indexes": [models.Index(fields=["connection", "-id"], name="odd_table_of_connection")],
        },
    ),
    migrations.CreateModel(
        name="OddRun",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "Queued"),
                        ("running", "Running"),
                        ("waiting", "Waiting"),
                        ("done", "Done"),
                        ("incomplete", "Incomplete"),
                        ("failed", "Failed"),
                    ],
                    default="queued",
                    max_length=10,
                ),
            ),
            (
                "claim",
                models.CharField(
                    blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "enqueued_at",
                models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(
                    default=0, help_text="Number of finished steps. A killed run resumes here."
                ),
            ),
            ("total", models.PositiveIntegerField(blank=True, null=True)),
            ("calls", models.PositiveIntegerField(default=0)),
            ("message", models.TextField(blank=True, default="")),
            ("video_id", models.CharField(max_length=255, verbose_name="video ID")),
            ("video_name", models.CharField(blank=True, default="", max_length=255)),
            (
                "sent_at",
                models.DateTimeField(
                    blank=True,
                    help_text="When the request was sent. From then on the vendor may have worked on it.",
                    null=True,
                ),
            ),
            (
                "problems",
                models.JSONField(
                    blank=True, default=list, help_text="What the check of the table found, as sentences."
                ),
            ),
            (
                "share_url",
                models.CharField(
                    blank=True,
                    default="",
                    help_text="Where the vendor shares the table.",
                    max_length=2000,
                    verbose_name="share URL",
                ),
            ),
            ("seconds", models.FloatField(blank=True, help_text="How long the vendor says that it worked.", null=True)),
            (
                "size",
                models.PositiveBigIntegerField(
                    blank=True, help_text="Size of the stored file in bytes; empty once it is removed.", null=True
                ),
            ),
            (
                "connection",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="odd_runs",
                    to="batches.connection",
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "table",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="batches.oddtable"
                ),
            ),
        ],
        options={
            "verbose_name": "ODD of a video",
            "verbose_name_plural": "ODDs of videos",
            "ordering": ["id"],
            "abstract": False,
            "indexes": [models.Index(fields=["connection", "id"], name="odd_run_of_connection")],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                        models.Q(
                            models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                            ("finished_at__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="odd_finished_when",
                ),
                models.UniqueConstraint(fields=("table", "video_id"), name="odd_once_a_video"),
            ],
        },
    ),
    migrations.CreateModel(
        name="EventCount",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "week",
                models.DateField(
                    help_text="Monday of the week (UTC) of a person's verdict; empty without one.", null=True
                ),
            ),
            ("category", models.CharField(max_length=255)),
            (
                "severity_rank",
                models.PositiveSmallIntegerField(
                    choices=[(0, "Other"), (1, "Low"), (2, "Medium"), (3, "High"), (4, "Critical")]
                ),
            ),
            (
                "approval",
                models.CharField(
                    choices=[
                        ("pending", "Pending"),
                        ("approved", "Approved"),
                        ("rejected", "Rejected"),
                        ("invalid", "Invalid"),
                    ],
                    max_length=8,
                ),
            ),
            ("is_added", models.BooleanField(help_text="Whether people added them.")),
            ("is_corrected", models.BooleanField()),
            ("bulk_decided", models.BooleanField()),
            ("events", models.IntegerField(help_text="Less than 0 in a change that is not merged yet.")),
            (
                "is_change",
                models.BooleanField(help_text="Whether it waits to be merged with the rows of the same values."),
            ),
            (
                "batch",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="batches.batch",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["batch", "week", "category", "approval"], name="event_count_of_batch"),
                models.Index(condition=models.Q(("is_change", True)), fields=["batch"], name="event_count_changes"),
            ],
        },
    ),
    migrations.CreateModel(
        name="WorkTime",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("week", models.DateField(help_text="Monday of the week (UTC) of the verdicts.")),
            ("category", models.CharField(help_text="Category of the events when they were decided.", max_length=255)),
            (
                "pauses",
                models.IntegerField(help_text="Number of verdicts, without the first one of each person in the batch."),
            ),
            ("milliseconds", models.BigIntegerField()),
            (
                "is_change",
                models.BooleanField(help_text="Whether it waits to be merged with the rows of the same values."),
            ),
            (
                "batch",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="batches.batch",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["batch", "week", "category"], name="work_time_of_batch"),
                models.Index(condition=models.Q(("is_change", True)), fields=["batch"], name="work_time_changes"),
            ],
        },
    ),
    migrations.CreateModel(
        name="FilterCount",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("category", models.CharField(max_length=255)),
            (
                "approval",
                models.CharField(
                    choices=[
                        ("pending", "Pending"),
                        ("approved", "Approved"),
                        ("rejected", "Rejected"),
                        ("invalid", "Invalid"),
                    ],
                    max_length=8,
                ),
            ),
            (
                "severity_rank",
                models.PositiveSmallIntegerField(
                    choices=[(0, "Other"), (1, "Low"), (2, "Medium"), (3, "High"), (4, "Critical")]
                ),
            ),
            ("band", models.PositiveSmallIntegerField(help_text="Of the confidence: 0 to 9, and 10 without one.")),
            ("is_decided", models.BooleanField(help_text="Whether a person decided them.")),
            ("bulk_decided", models.BooleanField()),
            ("differs", models.BooleanField(help_text="Whether the verdict is not the vendor's.")),
            ("is_changed", models.BooleanField(help_text="Whether they changed after a verdict or a correction.")),
            ("is_corrected", models.BooleanField()),
            ("is_added", models.BooleanField(help_text="Whether people added them.")),
            ("is_flagged", models.BooleanField()),
            ("has_thumbnail", models.BooleanField()),
            ("events", models.IntegerField(help_text="Less than 0 in a change that is not merged yet.")),
            (
                "is_change",
                models.BooleanField(help_text="Whether it waits to be merged with the rows of the same values."),
            ),
            (
                "batch",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="batches.batch",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(
                    fields=["batch", "category", "approval", "severity_rank", "band"], name="filter_count_of_batch"
                ),
                models.Index(condition=models.Q(("is_change", True)), fields=["batch"], name="filter_count_changes"),
            ],
        },
    ),
    migrations.CreateModel(
        name="ItemCount",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("events", models.IntegerField(help_text="Less than 0 in a change that is not merged yet.")),
            (
                "is_change",
                models.BooleanField(help_text="Whether it waits to be merged with the rows of the same item."),
            ),
            (
                "batch",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="batches.batch",
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.DO_NOTHING,
                    related_name="+",
                    to="batches.item",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["batch", "item", "events"], name="item_count_of_batch"),
                models.Index(condition=models.Q(("is_change", True)), fields=["batch"], name="item_count_changes"),
            ],
        },
    ),
    migrations.CreateModel(
        name="WatchedParts",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "parts",
                models.TextField(
                    default="[]", help_text="JSON: [[from, to], …] in seconds, in order, without overlaps."
                ),
            ),
            ("updated_at", models.DateTimeField(auto_now=True)),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="watched_parts",
                    to="batches.item",
                ),
            ),
        ],
        options={
            "ordering": ["id"],
            "constraints": [models.UniqueConstraint(fields=("item", "by"), name="watched_parts_one_each")],
        },
    ),
    migrations.CreateModel(
        name="WatchAssignment",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="watch_assignments", to="batches.batch"
                ),
            ),
            (
                "by",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "item",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE, related_name="watch_assignment", to="batches.item"
                ),
            ),
            (
                "user",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={
            "ordering": ["id"],
        },
    ),
]


class Migration(migrations.Migration):
    replaces = [
        ("batches", "0001_initial"),
        ("batches", "0002_append_only"),
        ("batches", "0003_redo"),
        ("batches", "0004_search_and_views"),
        ("batches", "0005_tokens"),
        ("batches", "0006_bulk"),
        ("batches", "0007_vendors"),
        ("batches", "0008_piles"),
        ("batches", "0009_talk"),
        ("batches", "0010_insights"),
        ("batches", "0011_team"),
        ("batches", "0012_downloads"),
        ("batches", "0013_metadata"),
        ("batches", "0014_imports"),
        ("batches", "0015_webhooks"),
        ("batches", "0016_compare"),
        ("batches", "0017_connection_wait_until"),
        ("batches", "0018_hints"),
        ("batches", "0019_columns_of_other_rows"),
        ("batches", "0020_plain_names"),
        ("batches", "0021_search_words"),
        ("batches", "0022_fill_search_words"),
        ("batches", "0023_verdicts_on_what_was_seen"),
        ("batches", "0024_match_by_name"),
        ("batches", "0025_fixed_links"),
        ("batches", "0026_partial_failure"),
        ("batches", "0027_import_options"),
        ("batches", "0028_idempotency_keys"),
        ("batches", "0029_additions"),
        ("batches", "0030_tally"),
        ("batches", "0031_plain_words"),
        ("batches", "0032_reviewed_noted"),
        ("batches", "0033_tokens_end"),
        ("batches", "0034_batch_start"),
        ("batches", "0035_undo_what_is_left"),
        ("batches", "0036_thumbnails_of_an_item"),
        ("batches", "0037_start_scope"),
        ("batches", "0038_managers_and_set_up"),
        ("batches", "0039_corrections"),
        ("batches", "0040_people"),
        ("batches", "0041_videos"),
        ("batches", "0042_expiry"),
        ("batches", "0043_help_texts"),
        ("batches", "0044_queues_over_batches"),
        ("batches", "0045_column_mappings"),
        ("batches", "0046_search_triggers"),
        ("batches", "0047_trigger_names"),
        ("batches", "0048_shared_cache"),
        ("batches", "0049_console_texts"),
        ("batches", "0050_watched_items"),
        ("batches", "0051_recall_certificates"),
        ("batches", "0052_trained_agents"),
        ("batches", "0053_box"),
        ("batches", "0054_fill_boxes"),
        ("batches", "0055_cloud_imports"),
        ("batches", "0056_link_revoked_why"),
        ("batches", "0057_batch_order"),
        ("batches", "0058_comment_drawing"),
        ("batches", "0059_video_searches"),
        ("batches", "0060_uploads"),
        ("batches", "0061_footage"),
        ("batches", "0062_query_of_upload"),
        ("batches", "0063_notifications"),
        ("batches", "0064_mentions_are_notifications"),
        ("batches", "0065_structured_odd"),
        ("batches", "0066_upload_files"),
        ("batches", "0067_counters"),
        ("batches", "0068_fill_counters"),
        ("batches", "0069_same_video"),
        ("batches", "0070_recall_of_categories"),
        ("batches", "0071_profile_language"),
        ("batches", "0072_link_of_the_board"),
        ("batches", "0073_uploads_in_place"),
        ("batches", "0074_filter_counters"),
        ("batches", "0075_fill_filter_counters"),
        ("batches", "0076_footage_folder"),
        ("batches", "0077_watched_parts"),
        ("batches", "0078_watch_assignments"),
    ]

    initial = True

    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        CreateModels(MODELS),
        migrations.RunPython(append_only(*LEDGERS), rewritable(*LEDGERS)),
        migrations.RunPython(index_search_words_of_new_table, drop_search_words),
        migrations.RunPython(make_counter_triggers, drop_counter_triggers),
    ]

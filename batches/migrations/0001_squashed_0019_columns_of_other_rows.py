"""Every table as of 0019, for a new database: the files it replaces run only where some of them have run already."""

import uuid

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import batches.models.connection
import batches.models.fields
import batches.models.poll
import batches.models.random_rank
from batches.migrations._create_models import CreateModels
from batches.migrations._triggers import append_only, rewritable
from batches.migrations._words import drop_words, index_words

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
    "batches_metadatastep",
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
            ("name", models.CharField(help_text="How people and commands call it.", max_length=80, unique=True)),
            (
                "base_url",
                models.CharField(blank=True, help_text="Empty where results come in as files only.", max_length=500),
            ),
            ("api_key", batches.models.fields.EncryptedTextField(blank=True, default="", editable=False)),
            ("key_hint", models.CharField(blank=True, default="", editable=False, max_length=4)),
            ("paused", models.BooleanField(default=False, help_text="No calls to the vendor while this is on.")),
            (
                "account",
                models.CharField(blank=True, default="", help_text="Whose key it is, says the vendor.", max_length=255),
            ),
            ("verified_at", models.DateTimeField(blank=True, null=True)),
            ("refused_at", models.DateTimeField(blank=True, null=True)),
            ("refused_reason", models.CharField(blank=True, default="", max_length=500)),
            (
                "wait_until",
                models.DateTimeField(blank=True, help_text="The vendor asked for no call before this.", null=True),
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
                    help_text="Preset reasons after a rejection, one a line: the keys 1 to 9.",
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
                    help_text="Preset reasons after “invalid”, one a line: the keys 1 to 9.",
                    validators=[batches.models.connection.check_reasons],
                ),
            ),
            ("created_at", models.DateTimeField(auto_now_add=True)),
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
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="memberships",
                    to=settings.AUTH_USER_MODEL,
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
                    choices=[("viewer", "Viewer"), ("reviewer", "Reviewer"), ("editor", "Editor")], max_length=10
                ),
            ),
            ("created_at", models.DateTimeField(auto_now_add=True)),
        ],
        options={
            "ordering": ["connection", "user"],
            "constraints": [
                models.UniqueConstraint(fields=("user", "connection"), name="membership_one_role_a_connection"),
                models.CheckConstraint(
                    condition=models.Q(("role__in", ["viewer", "reviewer", "editor"])), name="membership_role_known"
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
            ("external_id", models.CharField(max_length=255)),
            (
                "name",
                models.CharField(blank=True, default="", help_text="Ours; empty: the prompt is shown.", max_length=200),
            ),
            ("batch_type", models.CharField(default="unknown", max_length=20)),
            ("analysis_type", models.CharField(blank=True, max_length=255, null=True)),
            ("viewer_url", models.CharField(blank=True, default="", max_length=2000)),
            ("prompt", models.TextField(blank=True, default="")),
            ("category", models.CharField(blank=True, default="", max_length=255)),
            (
                "state",
                models.CharField(
                    choices=[
                        ("waiting", "Waiting"),
                        ("processing", "Processing"),
                        ("completed", "Completed"),
                        ("partial", "Partly completed"),
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
                models.CharField(blank=True, default="", help_text="The vendor's own text.", max_length=64),
            ),
            ("vendor_total", models.PositiveIntegerField(blank=True, null=True)),
            ("vendor_completed", models.PositiveIntegerField(blank=True, null=True)),
            ("vendor_failed", models.PositiveIntegerField(blank=True, null=True)),
            ("vendor_canceled", models.PositiveIntegerField(blank=True, null=True)),
            ("vendor_error", models.TextField(blank=True, default="")),
            ("vendor_name", models.CharField(blank=True, default="", max_length=255)),
            (
                "vendor_report",
                models.JSONField(blank=True, default=dict, help_text="Facts and kinds of errors, to be shown."),
            ),
            (
                "kept",
                models.PositiveIntegerField(
                    default=0, help_text="Items whose results we hold, at the end of the last sync."
                ),
            ),
            (
                "leaves_at",
                models.DateTimeField(blank=True, help_text="When the vendor deletes the results.", null=True),
            ),
            (
                "gone_at",
                models.DateTimeField(
                    blank=True, help_text="When the vendor had deleted them; never asked again.", null=True
                ),
            ),
            ("vendor_metadata", models.JSONField(blank=True, default=dict)),
            ("vendor_review_status", models.CharField(blank=True, max_length=255, null=True)),
            ("vendor_reviewed_at", models.CharField(blank=True, max_length=64, null=True)),
            (
                "odd_cells",
                models.TextField(blank=True, help_text="JSON: CSV cells that the columns cannot rebuild.", null=True),
            ),
            (
                "raw",
                models.TextField(blank=True, default="", help_text="The status answer without its list, as JSON text."),
            ),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("synced_at", models.DateTimeField(blank=True, help_text="End of the last complete sync.", null=True)),
            (
                "rarest",
                models.JSONField(
                    blank=True,
                    default=list,
                    editable=False,
                    help_text="Categories, rarest first, as the last sync left them.",
                ),
            ),
            (
                "strata",
                models.JSONField(
                    blank=True,
                    default=dict,
                    editable=False,
                    help_text="Category → events, as the last sync left them.",
                ),
            ),
            (
                "opinions_wanted",
                models.PositiveSmallIntegerField(
                    default=1,
                    help_text="Reviewers an event; more than one: blind until all have said what they think.",
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
            ("external_id", models.CharField(max_length=255)),
            ("position", models.PositiveIntegerField(help_text="Place in the vendor's list, from 0.")),
            (
                "repeats",
                models.JSONField(blank=True, default=list, help_text="Further places of the same id in that list."),
            ),
            ("analysis_id", models.CharField(blank=True, max_length=255, null=True)),
            ("name", models.CharField(blank=True, default="", max_length=255)),
            ("source_uri", models.CharField(blank=True, default="", max_length=2000)),
            (
                "state",
                models.CharField(
                    choices=[
                        ("waiting", "Waiting"),
                        ("processing", "Processing"),
                        ("completed", "Completed"),
                        ("partial", "Partly completed"),
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
                    blank=True, default="", help_text="The word the vendor's SDK would show.", max_length=255
                ),
            ),
            ("raw_status", models.CharField(blank=True, default="", max_length=255)),
            ("error", models.TextField(blank=True, default="")),
            ("summary", models.TextField(blank=True, default="")),
            (
                "details",
                models.TextField(blank=True, default="", help_text="What the vendor told of it when a person asked."),
            ),
            ("mode", models.CharField(blank=True, default="", max_length=20)),
            (
                "answered",
                models.BooleanField(default=False, help_text="The vendor's last answer had a document for it."),
            ),
            (
                "gone_at",
                models.DateTimeField(blank=True, help_text="When the vendor's list stopped naming it.", null=True),
            ),
            (
                "digest",
                models.CharField(
                    blank=True, default="", help_text="Of everything the vendor said about it.", max_length=32
                ),
            ),
            (
                "odd_cells",
                models.TextField(blank=True, help_text="JSON: CSV cells that the columns cannot rebuild.", null=True),
            ),
            (
                "raw",
                models.TextField(blank=True, default="", help_text="The document without its events, as JSON text."),
            ),
        ],
        options={
            "ordering": ["batch", "position", "id"],
            "indexes": [models.Index(fields=["batch", "position", "id"], name="item_in_order")],
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
                models.CharField(help_text="The vendor's event id, else its content, with an ordinal.", max_length=300),
            ),
            ("external_id", models.CharField(blank=True, default="", max_length=255)),
            ("fingerprint", models.CharField(help_text="Of span, category, label and AI text.", max_length=32)),
            ("digest", models.CharField(help_text="Of everything the vendor said about it.", max_length=32)),
            ("sequence", models.BigIntegerField(help_text="Item position × 1,000,000 + position in the item.")),
            ("raw_index", models.PositiveIntegerField(help_text="Place in the vendor's own array, from 0.")),
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
                    help_text="0: as uncertain as can be; 0.5: certain.",
                    output_field=models.FloatField(null=True),
                ),
            ),
            ("ai_text", models.TextField(blank=True, default="")),
            ("thumbnail_url", models.CharField(blank=True, default="", max_length=2000)),
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
                models.TextField(blank=True, help_text="JSON: CSV cells that the columns cannot rebuild.", null=True),
            ),
            (
                "gone_at",
                models.DateTimeField(blank=True, help_text="When the vendor stopped listing it.", null=True),
            ),
            ("created_at", models.DateTimeField(auto_now_add=True)),
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
                    max_length=8,
                ),
            ),
            ("version", models.PositiveIntegerField(default=1, help_text="1 + rows in the ledger.")),
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
                models.BooleanField(default=False, help_text="The vendor changed it after a person decided."),
            ),
            (
                "flagged_at",
                models.DateTimeField(blank=True, help_text="Since when a second look is asked for.", null=True),
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
                    name="event_by_lot",
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
            ("sdk", models.TextField(help_text="The event exactly as the vendor's SDK returns it.")),
            ("raw", models.TextField(help_text="The event exactly as the vendor sent it.")),
        ],
    ),
    migrations.CreateModel(
        name="AssignmentChange",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.UUIDField(unique=True)),
            (
                "request",
                models.CharField(
                    help_text="Digest of what was asked: a key cannot be used for another.", max_length=64
                ),
            ),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="assignment_changes",
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
                "query",
                models.CharField(blank=True, help_text="The event filter, as a query string.", max_length=2000),
            ),
            (
                "people",
                models.JSONField(blank=True, default=list, help_text="User names, in the order of their parts."),
            ),
            ("events", models.PositiveIntegerField(help_text="How many it was about.")),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
        ],
        options={"ordering": ["-id"]},
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
                models.PositiveIntegerField(default=1, help_text="How often it was given to somebody or taken away."),
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
                models.CharField(blank=True, default="", help_text="Of the worker that holds it now.", max_length=36),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "rung_at",
                models.DateTimeField(blank=True, help_text="When the queue was last told about it.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(default=0, help_text="Steps done: where a killed run goes on."),
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
            ("made", models.PositiveIntegerField(default=0)),
            (
                "after",
                models.IntegerField(
                    default=-1, help_text="Place of the last item asked about: a killed run goes on behind."
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
                    name="thumbnails_one_a_batch",
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
                models.CharField(blank=True, default="", help_text="Of the worker that holds it now.", max_length=36),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "rung_at",
                models.DateTimeField(blank=True, help_text="When the queue was last told about it.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(default=0, help_text="Steps done: where a killed run goes on."),
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
                    default=-1, help_text="Place of the last item looked at: a killed run goes on behind."
                ),
            ),
            (
                "again",
                models.BooleanField(default=False, help_text="Asked for while it ran: it starts over at its end."),
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
                models.CharField(blank=True, default="", help_text="Of the worker that holds it now.", max_length=36),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "rung_at",
                models.DateTimeField(blank=True, help_text="When the queue was last told about it.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(default=0, help_text="Steps done: where a killed run goes on."),
            ),
            ("total", models.PositiveIntegerField(blank=True, null=True)),
            ("calls", models.PositiveIntegerField(default=0)),
            ("message", models.TextField(blank=True, default="")),
            ("key", models.UUIDField(help_text="Made by the client: asked again, the same run.", unique=True)),
            (
                "batch",
                models.ForeignKey(
                    blank=True,
                    help_text="None: several.",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="exports",
                    to="batches.batch",
                ),
            ),
            (
                "batches",
                models.JSONField(default=list, help_text="Ids of the batches, in the order they are written."),
            ),
            ("file", models.CharField(help_text="What is a row, and the format: events.csv", max_length=30)),
            (
                "query",
                models.CharField(blank=True, help_text="Filter, columns and as_of, as in an address.", max_length=4000),
            ),
            ("name", models.CharField(help_text="Of the file, for people.", max_length=200)),
            ("size", models.BigIntegerField(blank=True, help_text="Bytes of the finished file.", null=True)),
            ("sha256", models.CharField(blank=True, default="", max_length=64)),
            ("expires_at", models.DateTimeField(blank=True, help_text="Until when the file is kept.", null=True)),
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
                models.CharField(blank=True, default="", help_text="Empty: the batch's own answer.", max_length=255),
            ),
            ("path", models.CharField(max_length=500)),
            ("reason", models.CharField(max_length=500)),
            ("raw", models.TextField(blank=True, default="")),
            ("seen_at", models.DateTimeField(auto_now_add=True)),
        ],
        options={"verbose_name_plural": "quarantine", "ordering": ["batch", "item_id_text", "id"]},
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
                models.DateTimeField(blank=True, help_text="When the run began that gave these results.", null=True),
            ),
            ("counts", models.JSONField(blank=True, default=dict, help_text="Findings by what became of them.")),
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
                models.CharField(blank=True, default="", help_text="Of the worker that holds it now.", max_length=36),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "rung_at",
                models.DateTimeField(blank=True, help_text="When the queue was last told about it.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(default=0, help_text="Steps done: where a killed run goes on."),
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
                    help_text="The later one.",
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="batches.batch",
                ),
            ),
            ("after", models.BigIntegerField(default=0, help_text="The last pair of videos gone through.")),
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
                        ("name", "the file name"),
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
            ("position", models.PositiveIntegerField(help_text="Of the later item in its batch.")),
            (
                "digest",
                models.CharField(blank=True, default="", help_text="Of the findings that were matched.", max_length=32),
            ),
            ("events", models.PositiveIntegerField(default=0, help_text="Rows: a matched pair is one.")),
            ("differing", models.PositiveIntegerField(default=0, help_text="Of these, all that are not the same.")),
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
                models.PositiveSmallIntegerField(help_text="Of the spans, in per cent; none: only in one.", null=True),
            ),
            ("place", models.PositiveIntegerField(help_text="In its video, by time, from 0.")),
        ],
        options={
            "ordering": ["video", "place"],
            "indexes": [
                models.Index(fields=["comparison", "match"], name="eventpair_by_match"),
                models.Index(fields=["video", "place"], name="eventpair_in_order"),
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
            ("key", models.UUIDField(unique=True)),
            (
                "kind",
                models.CharField(choices=[("decide", "Decide"), ("undo", "Undo"), ("redo", "Redo")], max_length=10),
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
                models.OneToOneField(
                    blank=True,
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
                    help_text="The verdict this one adds a reason to: both are undone as one.",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="amended_by",
                    to="batches.action",
                ),
            ),
            (
                "request",
                models.CharField(
                    help_text="Digest of what was asked: a key cannot be used for another.", max_length=64
                ),
            ),
            (
                "source",
                models.CharField(
                    default="page", help_text="page, api, command, or token and its number", max_length=20
                ),
            ),
            ("address", models.GenericIPAddressField(blank=True, null=True)),
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
                        models.Q(("kind", "decide"), ("undoes__isnull", True)),
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
            ("version", models.PositiveIntegerField(help_text="The event's version after this step.")),
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
                    help_text="After this step.",
                    max_length=8,
                ),
            ),
            ("reason", models.CharField(blank=True, default="", max_length=80)),
            ("note", models.TextField(blank=True, default="")),
            ("fingerprint", models.CharField(help_text="What the person saw.", max_length=32)),
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
                    help_text=(
                        "After an undo or redo: the decision that stands again; none: the vendor's opinion does."
                    ),
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
                models.CharField(blank=True, default="", help_text="Of the worker that holds it now.", max_length=36),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "rung_at",
                models.DateTimeField(blank=True, help_text="When the queue was last told about it.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(default=0, help_text="Steps done: where a killed run goes on."),
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
                    help_text="Empty: an undo, a redo or a comparison says it by event.",
                    max_length=8,
                ),
            ),
            (
                "comparison",
                models.ForeignKey(
                    blank=True,
                    db_index=False,
                    help_text="Where each event gets the verdict of its partner in the earlier batch.",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="carried",
                    to="batches.comparison",
                ),
            ),
            ("reason", models.CharField(blank=True, default="", max_length=80)),
            ("note", models.TextField(blank=True, default="")),
            ("query", models.TextField(blank=True, default="", help_text="The filter as it was asked.")),
            (
                "expected",
                models.PositiveIntegerField(default=0, help_text="How many events fitted when the person looked."),
            ),
            ("after", models.BigIntegerField(default=0, help_text="The last event or decision gone through.")),
            ("decided", models.PositiveIntegerField(default=0)),
            (
                "skipped",
                models.PositiveIntegerField(default=0, help_text="Decided or changed by others meanwhile: left alone."),
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
            ("key", models.UUIDField(unique=True)),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="certificates", to="batches.batch"
                ),
            ),
            (
                "category",
                models.CharField(blank=True, help_text="None: the whole batch.", max_length=255, null=True),
            ),
            (
                "method",
                models.CharField(choices=[("sample", "Random sample"), ("census", "All decided")], max_length=6),
            ),
            ("events", models.PositiveIntegerField(help_text="For review at that time.")),
            ("approved", models.PositiveIntegerField(help_text="Of the sample, as are the next two.")),
            ("rejected", models.PositiveIntegerField()),
            ("invalid", models.PositiveIntegerField(help_text="In the sample, but neither for nor against.")),
            ("precision", models.FloatField(help_text="Estimated share of approved among approved and rejected.")),
            ("low", models.FloatField()),
            ("high", models.FloatField()),
            (
                "after_action",
                models.BigIntegerField(help_text="The batch's last action that it takes into account."),
            ),
            ("moved", models.PositiveIntegerField(help_text="Events that syncs had brought or taken by then.")),
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
            ("key", models.UUIDField(unique=True)),
            (
                "request",
                models.CharField(
                    help_text="Digest of what was asked: a key cannot be used for another.", max_length=64
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
            ("comments", models.PositiveIntegerField(default=0, help_text="Without those that were withdrawn.")),
            ("unresolved", models.BooleanField(default=False)),
        ],
    ),
    migrations.CreateModel(
        name="Mention",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "comment",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="mentions",
                    to="batches.comment",
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
            ("read_at", models.DateTimeField(blank=True, null=True)),
        ],
        options={
            "ordering": ["-id"],
            "indexes": [
                models.Index(fields=["user", "-id"], name="mention_latest"),
                models.Index(condition=models.Q(("read_at__isnull", True)), fields=["user"], name="mention_unread"),
            ],
            "constraints": [models.UniqueConstraint(fields=("comment", "user"), name="mention_once_a_comment")],
        },
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
                models.CharField(blank=True, default="", help_text="Of the worker that holds it now.", max_length=36),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "rung_at",
                models.DateTimeField(blank=True, help_text="When the queue was last told about it.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(default=0, help_text="Steps done: where a killed run goes on."),
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
                models.CharField(blank=True, default="", help_text="Where it waits in the storage.", max_length=255),
            ),
            ("file_name", models.CharField(max_length=255)),
            ("size", models.PositiveBigIntegerField(default=0, help_text="Bytes.")),
            (
                "batch_text",
                models.CharField(
                    blank=True, default="", help_text="The batch, where the file names none.", max_length=255
                ),
            ),
            (
                "mapping",
                models.JSONField(blank=True, default=dict, help_text="Our field → column, for the open format."),
            ),
            ("decide", models.BooleanField(default=False, help_text="Approvals become decisions of who imports.")),
            ("found", models.JSONField(blank=True, default=dict, help_text="What the check saw.")),
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
                models.CharField(blank=True, default="", help_text="Of the worker that holds it now.", max_length=36),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "rung_at",
                models.DateTimeField(blank=True, help_text="When the queue was last told about it.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(default=0, help_text="Steps done: where a killed run goes on."),
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
                    help_text="The file it reads instead of asking the vendor.",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="syncs",
                    to="batches.importrun",
                ),
            ),
            (
                "listing",
                models.CharField(
                    blank=True, default="", help_text="Digest of the list `position` counts.", max_length=32
                ),
            ),
            (
                "lost",
                models.JSONField(blank=True, default=list, help_text="Item ids the vendor gave no answer about."),
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
        name="Likeness",
        fields=[
            (
                "event",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE,
                    primary_key=True,
                    related_name="likeness",
                    serialize=False,
                    to="batches.event",
                ),
            ),
            (
                "batch",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="batches.batch",
                ),
            ),
            (
                "picture",
                models.CharField(help_text="Digest of the address of the picture that was looked at.", max_length=32),
            ),
            (
                "looks",
                models.BigIntegerField(
                    blank=True, help_text="Perceptual hash, 64 bits; none: no picture there.", null=True
                ),
            ),
            (
                "pile",
                models.BigIntegerField(blank=True, help_text="Id of the pile's first event; none: alone.", null=True),
            ),
        ],
        options={
            "verbose_name_plural": "likenesses",
            "indexes": [
                models.Index(
                    condition=models.Q(("pile__isnull", False)), fields=["batch", "pile"], name="likeness_piled"
                )
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
                    on_delete=django.db.models.deletion.CASCADE, related_name="views", to="batches.connection"
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
                models.UniqueConstraint(fields=("owner", "connection", "name"), name="view_one_name_a_person")
            ],
        },
    ),
    migrations.CreateModel(
        name="Link",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.UUIDField(help_text="Made by the client: sent again, the same link.", unique=True)),
            ("name", models.CharField(max_length=80)),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="links", to="batches.batch"
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
            ("file", models.CharField(help_text="What is a row, and the format: events.csv", max_length=30)),
            ("columns", models.CharField(default="documented", max_length=1000)),
            (
                "query",
                models.CharField(blank=True, default="", help_text="The filter, as in an address.", max_length=2000),
            ),
            (
                "view",
                models.ForeignKey(
                    blank=True,
                    help_text="The filter is this view's, whatever it is changed to.",
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="links",
                    to="batches.savedview",
                ),
            ),
            (
                "vendor_thumbnails",
                models.BooleanField(default=False, help_text="The vendor's addresses instead of ours."),
            ),
            (
                "clips",
                models.BooleanField(default=False, help_text="The page with pictures and clips is open as well."),
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
        ],
        options={
            "ordering": ["-id"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("revoked_at__isnull", True), ("revoked_by__isnull", True)),
                        models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="link_revoked_who_and_when",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="MetadataEdit",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.UUIDField(help_text="Made by the client: the same request again does nothing.")),
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
            ("request", models.CharField(help_text="Digest of what was asked.", max_length=64)),
            (
                "source",
                models.CharField(default="page", help_text="page, api, or token and its number", max_length=20),
            ),
            ("address", models.GenericIPAddressField(blank=True, null=True)),
            ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
        ],
        options={
            "ordering": ["id"],
            "constraints": [models.UniqueConstraint(fields=("batch", "key"), name="metadata_edit_once")],
        },
    ),
    migrations.CreateModel(
        name="MetadataStep",
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
        options={"ordering": ["id"]},
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
                    help_text="What the vendor had when ours was written, or has confirmed since.", null=True
                ),
            ),
            (
                "sent",
                models.JSONField(default=list, help_text="Values on their way since then: each may have arrived."),
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
                models.TextField(blank=True, default="", help_text="Why the vendor refused it, in its own words."),
            ),
            ("pushed_at", models.DateTimeField(blank=True, null=True)),
            (
                "step",
                models.ForeignKey(
                    help_text="Also its version.",
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="batches.metadatastep",
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
                models.CharField(blank=True, default="", help_text="Of the worker that holds it now.", max_length=36),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            (
                "rung_at",
                models.DateTimeField(blank=True, help_text="When the queue was last told about it.", null=True),
            ),
            ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
            ("retry_at", models.DateTimeField(blank=True, null=True)),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            (
                "position",
                models.PositiveIntegerField(default=0, help_text="Steps done: where a killed run goes on."),
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
            (
                "tries",
                models.PositiveIntegerField(default=0, help_text="Turns without success, one after the other."),
            ),
            ("named", models.BooleanField(default=False, help_text="The vendor named the time of the next turn.")),
            (
                "read_at",
                models.DateTimeField(blank=True, help_text="When the vendor's map was last read.", null=True),
            ),
        ],
        options={
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
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="summary_choice",
                    to="batches.connection",
                ),
            ),
            (
                "names",
                models.JSONField(default=dict, help_text="approved, rejected, invalid, pending, reviewed_at → key."),
            ),
            ("automatic_since", models.DateTimeField(blank=True, help_text="Empty: only on demand.", null=True)),
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
            ("number", models.PositiveIntegerField(help_text="Among the steps of the event, from 1.")),
            ("version", models.PositiveIntegerField(help_text="The event's version that the person saw.")),
            ("fingerprint", models.CharField(help_text="What the person saw.", max_length=32)),
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
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="batches.batch",
                ),
            ),
            ("wanted", models.PositiveSmallIntegerField(help_text="Opinions asked for when the first one came.")),
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
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="past",
                    to="batches.event",
                ),
            ),
            ("fingerprint", models.CharField(max_length=32)),
            ("timestamp", models.CharField(blank=True, default="", max_length=255)),
            ("category", models.CharField(blank=True, default="", max_length=255)),
            ("label", models.TextField(blank=True, default="")),
            ("severity", models.CharField(blank=True, default="", max_length=255)),
            ("ai_text", models.TextField(blank=True, default="")),
            ("start_s", models.FloatField(blank=True, null=True)),
            ("end_s", models.FloatField(blank=True, null=True)),
            ("confidence", models.FloatField(blank=True, null=True)),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("event", "fingerprint"), name="past_once_a_fingerprint")]
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
            ("single_keys", models.BooleanField(default=True, help_text="Off: no single key does anything.")),
            ("keys", models.JSONField(blank=True, default=dict, help_text="Name of the command → its key.")),
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
            ("pending", models.PositiveIntegerField(help_text="Events without a verdict at that moment.")),
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
        name="Screen",
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
                    related_name="screens",
                    to="batches.batch",
                ),
            ),
            ("token", models.UUIDField(help_text="Of the page; a reload has another.")),
            (
                "event",
                models.ForeignKey(
                    blank=True,
                    help_text="What it shows.",
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
                "screen",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="leases", to="batches.screen"
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
            ("name", models.CharField(help_text="What it is for, in its owner's words.", max_length=80)),
            (
                "scope",
                models.CharField(
                    choices=[
                        ("read", "Read: batches, events, media"),
                        ("review", "Review: read, decide and undo"),
                        ("meta", "Metadata: see batches and edit their metadata"),
                    ],
                    max_length=10,
                ),
            ),
            (
                "prefix",
                models.CharField(help_text="How it begins after rev_; salt of the digest.", max_length=12, unique=True),
            ),
            ("digest", models.CharField(max_length=64)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("expires_at", models.DateTimeField(blank=True, help_text="Empty: never.", null=True)),
            ("last_used_at", models.DateTimeField(blank=True, help_text="To the minute.", null=True)),
            ("revoked_at", models.DateTimeField(blank=True, null=True)),
        ],
        options={
            "ordering": ["-id"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("scope__in", ["read", "review", "meta"])), name="token_scope_known"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Watch",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "batch",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE, related_name="watch", to="batches.batch"
                ),
            ),
            ("next_at", models.DateTimeField(default=django.utils.timezone.now)),
            ("looked_at", models.DateTimeField(blank=True, null=True)),
            (
                "quiet",
                models.PositiveSmallIntegerField(default=0, help_text="Looks in a row that found nothing new."),
            ),
            (
                "troubled",
                models.PositiveSmallIntegerField(default=0, help_text="Looks in a row without a usable answer."),
            ),
            (
                "said",
                models.CharField(blank=True, default="", help_text="What the last look found.", max_length=500),
            ),
            ("ended_at", models.DateTimeField(blank=True, null=True)),
            (
                "rung_at",
                models.DateTimeField(blank=True, help_text="When the queue was last told about it.", null=True),
            ),
        ],
        options={
            "verbose_name_plural": "watches",
            "ordering": ["next_at", "id"],
            "indexes": [
                models.Index(condition=models.Q(("ended_at__isnull", True)), fields=["next_at"], name="watch_due")
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
            ("watching", models.BooleanField(default=True, help_text="Look at unfinished batches.")),
            (
                "discovering",
                models.BooleanField(default=True, help_text="Find new batches, where the vendor lists them."),
            ),
            ("next_list_at", models.DateTimeField(default=django.utils.timezone.now)),
            ("listed_at", models.DateTimeField(blank=True, null=True)),
            (
                "quiet",
                models.PositiveSmallIntegerField(default=0, help_text="Lists in a row that held nothing new."),
            ),
            (
                "said",
                models.CharField(blank=True, default="", help_text="What the last list brought.", max_length=500),
            ),
            (
                "rung_at",
                models.DateTimeField(blank=True, help_text="When the queue was last told about it.", null=True),
            ),
            (
                "hook_key",
                models.CharField(
                    default=batches.models.poll.new_hook_key,
                    help_text="Part of the address.",
                    max_length=32,
                    unique=True,
                ),
            ),
            ("hook_secret", batches.models.fields.EncryptedTextField(blank=True, default="", editable=False)),
            (
                "hinted_at",
                models.DateTimeField(blank=True, help_text="The last hint that was followed.", null=True),
            ),
        ],
    ),
    migrations.CreateModel(
        name="Hint",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "schedule",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="hints", to="batches.schedule"
                ),
            ),
            ("signature", models.CharField(max_length=64)),
            ("at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
        ],
        options={"constraints": [models.UniqueConstraint(fields=("schedule", "signature"), name="hint_once")]},
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
            ("url", models.CharField(max_length=2000)),
            ("events", models.JSONField(default=list)),
            ("secret", batches.models.fields.EncryptedTextField(editable=False)),
            ("old_secret", batches.models.fields.EncryptedTextField(blank=True, default="", editable=False)),
            (
                "old_until",
                models.DateTimeField(blank=True, help_text="Until then the old secret signs as well.", null=True),
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
                models.DateTimeField(blank=True, help_text="No delivery has succeeded since.", null=True),
            ),
            (
                "claim",
                models.CharField(
                    blank=True, default="", help_text="Of the worker that sends for it now.", max_length=36
                ),
            ),
            ("claimed_at", models.DateTimeField(blank=True, null=True)),
            (
                "rung_at",
                models.DateTimeField(blank=True, help_text="When the queue was last told about it.", null=True),
            ),
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
                models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="batches.batch"),
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
                models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="batches.batch"),
            ),
            ("uuid", models.UUIDField(default=uuid.uuid4)),
            ("event", models.CharField(max_length=40)),
            ("body", models.TextField(help_text="JSON, ASCII: the very bytes that are signed and sent.")),
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
                models.PositiveSmallIntegerField(blank=True, help_text="HTTP status of the last answer.", null=True),
            ),
            ("took_ms", models.PositiveIntegerField(blank=True, null=True)),
            (
                "answer",
                models.CharField(
                    blank=True, default="", help_text="Beginning of the receiver's words.", max_length=200
                ),
            ),
            (
                "problem",
                models.CharField(blank=True, default="", help_text="Why there was no good answer.", max_length=300),
            ),
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
    ]

    initial = True

    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        CreateModels(MODELS),
        migrations.RunPython(append_only(*LEDGERS), rewritable(*LEDGERS)),
        migrations.RunPython(index_words, drop_words),
    ]

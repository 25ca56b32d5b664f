"""Help texts of the console in plain English."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
from django.conf import settings
from django.db import migrations, models

import batches.models.connection
import batches.models.poll
import batches.models.token
from batches.migrations._alter_texts import AlterTexts

TEXTS = [
    migrations.AlterField(
        model_name="accountvideo",
        name="deleted_by",
        field=models.ForeignKey(
            blank=True,
            db_index=False,
            help_text="Person who deleted it at the vendor.",
            null=True,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="+",
            to=settings.AUTH_USER_MODEL,
        ),
    ),
    migrations.AlterField(
        model_name="accountvideo",
        name="gone_at",
        field=models.DateTimeField(blank=True, help_text="When the vendor stopped listing it.", null=True),
    ),
    migrations.AlterField(
        model_name="accountvideo",
        name="org_id",
        field=models.CharField(
            blank=True, default="", help_text="Id of the organization that shares it.", max_length=255
        ),
    ),
    migrations.AlterField(
        model_name="accountvideo",
        name="status",
        field=models.CharField(blank=True, default="", help_text="The vendor's status of the upload.", max_length=255),
    ),
    migrations.AlterField(
        model_name="accountvideo",
        name="vendor_created_at",
        field=models.CharField(blank=True, default="", help_text="Time as the vendor wrote it.", max_length=64),
    ),
    migrations.AlterField(
        model_name="action",
        name="amends",
        field=models.OneToOneField(
            blank=True,
            help_text="The verdict that this one adds a reason to. One undo reverses both.",
            null=True,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="amended_by",
            to="batches.action",
        ),
    ),
    migrations.AlterField(
        model_name="action",
        name="request",
        field=models.CharField(
            help_text="Digest of the request: its key cannot be reused for another one.", max_length=64
        ),
    ),
    migrations.AlterField(
        model_name="action",
        name="source",
        field=models.CharField(
            default="page", help_text="page, api, command, or token followed by its number", max_length=20
        ),
    ),
    migrations.AlterField(
        model_name="action",
        name="undoes",
        field=models.ForeignKey(
            blank=True,
            help_text="The action that it undoes or redoes. Several undos can each reverse a part of one action.",
            null=True,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="undone_by",
            to="batches.action",
        ),
    ),
    migrations.AlterField(
        model_name="additionrun",
        name="claim",
        field=models.CharField(
            blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
        ),
    ),
    migrations.AlterField(
        model_name="additionrun",
        name="enqueued_at",
        field=models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
    ),
    migrations.AlterField(
        model_name="additionrun",
        name="entries",
        field=models.JSONField(default=list, help_text="One entry per text: its id, state, reason and batch."),
    ),
    migrations.AlterField(
        model_name="additionrun",
        name="idempotency_key",
        field=models.UUIDField(
            help_text="Created by the client. A repeated request returns the same run.", unique=True
        ),
    ),
    migrations.AlterField(
        model_name="additionrun",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Number of finished steps. A killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="additionrun",
        name="texts",
        field=models.JSONField(default=list, help_text="The ids as they were entered."),
    ),
    migrations.AlterField(
        model_name="assignment",
        name="version",
        field=models.PositiveIntegerField(default=1, help_text="How often the event was assigned or unassigned."),
    ),
    migrations.AlterField(
        model_name="assignmentchange",
        name="people",
        field=models.JSONField(
            blank=True, default=list, help_text="User names, in the order in which the events are split."
        ),
    ),
    migrations.AlterField(
        model_name="assignmentchange",
        name="query",
        field=models.CharField(blank=True, help_text="Event filter, as a query string.", max_length=2000),
    ),
    migrations.AlterField(
        model_name="assignmentchange",
        name="request",
        field=models.CharField(
            help_text="Digest of the request: its key cannot be reused for another one.", max_length=64
        ),
    ),
    migrations.AlterField(
        model_name="batch",
        name="gone_at",
        field=models.DateTimeField(
            blank=True,
            help_text="When the results were deleted at the vendor. It is not called again for this batch.",
            null=True,
        ),
    ),
    migrations.AlterField(
        model_name="batch",
        name="name",
        field=models.CharField(
            blank=True, default="", help_text="Name given here. Empty: the prompt is shown.", max_length=200
        ),
    ),
    migrations.AlterField(
        model_name="batch",
        name="odd_cells",
        field=models.TextField(
            blank=True, help_text="JSON: CSV cells that cannot be rebuilt from the columns.", null=True
        ),
    ),
    migrations.AlterField(
        model_name="batch",
        name="opinions_wanted",
        field=models.PositiveSmallIntegerField(
            default=1,
            help_text="Reviewers per event. With more than one, opinions stay hidden until all are given.",
        ),
    ),
    migrations.AlterField(
        model_name="batch",
        name="rarest",
        field=models.JSONField(
            blank=True, default=list, editable=False, help_text="Categories after the last sync, rarest first."
        ),
    ),
    migrations.AlterField(
        model_name="batch",
        name="raw",
        field=models.TextField(
            blank=True, default="", help_text="The vendor's status response without its list, as JSON text."
        ),
    ),
    migrations.AlterField(
        model_name="batch",
        name="reviewed_noted",
        field=models.BooleanField(
            default=False,
            editable=False,
            help_text="Whether webhooks were notified that it is reviewed, and it still is.",
        ),
    ),
    migrations.AlterField(
        model_name="batch",
        name="stored_items",
        field=models.PositiveIntegerField(
            default=0, help_text="Items whose results are stored here, after the last sync."
        ),
    ),
    migrations.AlterField(
        model_name="batch",
        name="strata",
        field=models.JSONField(
            blank=True, default=dict, editable=False, help_text="Number of events by category, after the last sync."
        ),
    ),
    migrations.AlterField(
        model_name="batch",
        name="vendor_created_at",
        field=models.CharField(blank=True, default="", help_text="Time as the vendor wrote it.", max_length=64),
    ),
    migrations.AlterField(
        model_name="batch",
        name="vendor_report",
        field=models.JSONField(blank=True, default=dict, help_text="Facts and kinds of errors for the sync page."),
    ),
    migrations.AlterField(
        model_name="batchstart",
        name="batch",
        field=models.OneToOneField(
            blank=True,
            help_text="The batch that was started.",
            null=True,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="start",
            to="batches.batch",
        ),
    ),
    migrations.AlterField(
        model_name="batchstart",
        name="claim",
        field=models.CharField(
            blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
        ),
    ),
    migrations.AlterField(
        model_name="batchstart",
        name="enqueued_at",
        field=models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
    ),
    migrations.AlterField(
        model_name="batchstart",
        name="idempotency_key",
        field=models.UUIDField(
            help_text="Created by the client. A repeated request returns the same start.", unique=True
        ),
    ),
    migrations.AlterField(
        model_name="batchstart",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Number of finished steps. A killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="batchstart",
        name="question",
        field=models.JSONField(help_text="Prompt or agent, with the options."),
    ),
    migrations.AlterField(
        model_name="batchstart",
        name="sent_at",
        field=models.DateTimeField(
            blank=True,
            help_text="When the request was sent. From then on the vendor may have started the batch.",
            null=True,
        ),
    ),
    migrations.AlterField(
        model_name="batchstart",
        name="videos",
        field=models.JSONField(help_text="The vendor's video ids, in the order in which they are sent."),
    ),
    migrations.AlterField(
        model_name="bulkrun",
        name="after",
        field=models.BigIntegerField(default=0, help_text="Id of the last processed event or decision."),
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
            help_text="Empty for an undo, a redo or copied verdicts, where each event gets its own.",
            max_length=8,
        ),
    ),
    migrations.AlterField(
        model_name="bulkrun",
        name="claim",
        field=models.CharField(
            blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
        ),
    ),
    migrations.AlterField(
        model_name="bulkrun",
        name="comparison",
        field=models.ForeignKey(
            blank=True,
            db_index=False,
            help_text="For copied verdicts: each event gets the verdict of its partner in the earlier batch.",
            null=True,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="copy_runs",
            to="batches.comparison",
        ),
    ),
    migrations.AlterField(
        model_name="bulkrun",
        name="corrections",
        field=models.TextField(blank=True, help_text="JSON: the corrected values that each event gets.", null=True),
    ),
    migrations.AlterField(
        model_name="bulkrun",
        name="enqueued_at",
        field=models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
    ),
    migrations.AlterField(
        model_name="bulkrun",
        name="expected",
        field=models.PositiveIntegerField(default=0, help_text="Number of matching events on the person's page."),
    ),
    migrations.AlterField(
        model_name="bulkrun",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Number of finished steps. A killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="bulkrun",
        name="query",
        field=models.TextField(blank=True, default="", help_text="Event filter of the request, as a query string."),
    ),
    migrations.AlterField(
        model_name="bulkrun",
        name="skipped",
        field=models.PositiveIntegerField(
            default=0, help_text="Events left unchanged because somebody else decided or changed them meanwhile."
        ),
    ),
    migrations.AlterField(
        model_name="certificate",
        name="after_action",
        field=models.BigIntegerField(help_text="Id of the batch's last action that it includes."),
    ),
    migrations.AlterField(
        model_name="certificate",
        name="approved",
        field=models.PositiveIntegerField(help_text="Approved events in the sample."),
    ),
    migrations.AlterField(
        model_name="certificate",
        name="category",
        field=models.CharField(blank=True, help_text="Empty for the whole batch.", max_length=255, null=True),
    ),
    migrations.AlterField(
        model_name="certificate",
        name="events",
        field=models.PositiveIntegerField(help_text="Events for review at that time."),
    ),
    migrations.AlterField(
        model_name="certificate",
        name="invalid",
        field=models.PositiveIntegerField(
            help_text="Invalid events in the sample; they do not count for the precision."
        ),
    ),
    migrations.AlterField(
        model_name="certificate",
        name="moved",
        field=models.PositiveIntegerField(help_text="Events that syncs had added or removed by that time."),
    ),
    migrations.AlterField(
        model_name="certificate",
        name="precision",
        field=models.FloatField(help_text="Estimated share of approved events among approved and rejected ones."),
    ),
    migrations.AlterField(
        model_name="comment",
        name="request",
        field=models.CharField(
            help_text="Digest of the request: its key cannot be reused for another one.", max_length=64
        ),
    ),
    migrations.AlterField(
        model_name="comparison",
        name="by_name",
        field=models.BooleanField(default=True, help_text="Whether videos may be paired by their file name alone."),
    ),
    migrations.AlterField(
        model_name="comparison",
        name="counts",
        field=models.JSONField(blank=True, default=dict, help_text="Number of findings by kind of match."),
    ),
    migrations.AlterField(
        model_name="comparison",
        name="read_at",
        field=models.DateTimeField(blank=True, help_text="When the run that found these results started.", null=True),
    ),
    migrations.AlterField(
        model_name="comparisonrun",
        name="after",
        field=models.BigIntegerField(default=0, help_text="Id of the last processed pair of videos."),
    ),
    migrations.AlterField(
        model_name="comparisonrun",
        name="batch",
        field=models.ForeignKey(
            help_text="The later batch of the comparison.",
            on_delete=django.db.models.deletion.PROTECT,
            related_name="+",
            to="batches.batch",
        ),
    ),
    migrations.AlterField(
        model_name="comparisonrun",
        name="claim",
        field=models.CharField(
            blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
        ),
    ),
    migrations.AlterField(
        model_name="comparisonrun",
        name="enqueued_at",
        field=models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
    ),
    migrations.AlterField(
        model_name="comparisonrun",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Number of finished steps. A killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="connection",
        name="base_url",
        field=models.CharField(blank=True, help_text="Empty for connections that only import files.", max_length=500),
    ),
    migrations.AlterField(
        model_name="connection",
        name="free_values",
        field=models.BooleanField(
            default=True, help_text="Whether corrections may use new labels, categories and severities."
        ),
    ),
    migrations.AlterField(
        model_name="connection",
        name="invalid_reasons",
        field=models.TextField(
            blank=True,
            default=batches.models.connection.INVALID_REASONS,
            help_text="Preset reasons for “invalid”, one per line, selected with the keys 1 to 9.",
            validators=[batches.models.connection.check_reasons],
        ),
    ),
    migrations.AlterField(
        model_name="connection",
        name="name",
        field=models.CharField(help_text="Unique name, used on pages and in commands.", max_length=80, unique=True),
    ),
    migrations.AlterField(
        model_name="connection",
        name="paused",
        field=models.BooleanField(default=False, help_text="While this is on, the vendor is not called."),
    ),
    migrations.AlterField(
        model_name="connection",
        name="reject_reasons",
        field=models.TextField(
            blank=True,
            default=batches.models.connection.REJECT_REASONS,
            help_text="Preset reasons for a rejection, one per line, selected with the keys 1 to 9.",
            validators=[batches.models.connection.check_reasons],
        ),
    ),
    migrations.AlterField(
        model_name="connection",
        name="removed_at",
        field=models.DateTimeField(
            blank=True,
            editable=False,
            help_text="When it was hidden from everybody. Its ledger is kept.",
            null=True,
        ),
    ),
    migrations.AlterField(
        model_name="connection",
        name="wait_until",
        field=models.DateTimeField(
            blank=True, help_text="The vendor asked not to be called before this time.", null=True
        ),
    ),
    migrations.AlterField(
        model_name="consensus",
        name="wanted",
        field=models.PositiveSmallIntegerField(help_text="Number of opinions required when the first one was given."),
    ),
    migrations.AlterField(
        model_name="conversation",
        name="comments",
        field=models.PositiveIntegerField(default=0, help_text="Number of comments, without withdrawn ones."),
    ),
    migrations.AlterField(
        model_name="decision",
        name="approval",
        field=models.CharField(
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
    migrations.AlterField(
        model_name="decision",
        name="corrections",
        field=models.TextField(blank=True, help_text="JSON: all corrected values after the decision.", null=True),
    ),
    migrations.AlterField(
        model_name="decision",
        name="fingerprint",
        field=models.CharField(help_text="Fingerprint of the event that the person saw.", max_length=32),
    ),
    migrations.AlterField(
        model_name="decision",
        name="is_correction",
        field=models.BooleanField(help_text="Whether it only corrects values and gives no verdict.", null=True),
    ),
    migrations.AlterField(
        model_name="decision",
        name="restores",
        field=models.ForeignKey(
            blank=True,
            help_text="For an undo or redo: the decision that is restored. Empty: the vendor's opinion is.",
            null=True,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="+",
            to="batches.decision",
        ),
    ),
    migrations.AlterField(
        model_name="decision",
        name="values_before",
        field=models.TextField(
            blank=True, help_text="JSON: the previous values of the fields that it changed.", null=True
        ),
    ),
    migrations.AlterField(
        model_name="decision",
        name="verdict",
        field=models.ForeignKey(
            blank=True,
            db_index=False,
            help_text="For a correction: the decision whose verdict still stands. Empty if there is none.",
            null=True,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="+",
            to="batches.decision",
        ),
    ),
    migrations.AlterField(
        model_name="decision",
        name="version",
        field=models.PositiveIntegerField(help_text="Version of the event after the decision."),
    ),
    migrations.AlterField(
        model_name="delivery",
        name="answer",
        field=models.CharField(
            blank=True, default="", help_text="Beginning of the receiver's response.", max_length=200
        ),
    ),
    migrations.AlterField(
        model_name="delivery",
        name="body",
        field=models.TextField(help_text="The JSON that is signed and sent, in ASCII."),
    ),
    migrations.AlterField(
        model_name="delivery",
        name="problem",
        field=models.CharField(blank=True, default="", help_text="Why the delivery failed.", max_length=300),
    ),
    migrations.AlterField(
        model_name="delivery",
        name="status",
        field=models.PositiveSmallIntegerField(blank=True, help_text="HTTP status of the last response.", null=True),
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
            help_text="A person's verdict on this content, otherwise the vendor's opinion, otherwise pending.",
            max_length=8,
        ),
    ),
    migrations.AlterField(
        model_name="event",
        name="changed_since",
        field=models.BooleanField(
            default=False, help_text="Whether its content changed after the verdict, so that it is pending again."
        ),
    ),
    migrations.AlterField(
        model_name="event",
        name="digest",
        field=models.CharField(help_text="Digest of everything the vendor sent about it.", max_length=32),
    ),
    migrations.AlterField(
        model_name="event",
        name="fingerprint",
        field=models.CharField(help_text="Digest of span, category, label and AI text.", max_length=32),
    ),
    migrations.AlterField(
        model_name="event",
        name="flagged_at",
        field=models.DateTimeField(blank=True, help_text="When a second review was requested.", null=True),
    ),
    migrations.AlterField(
        model_name="event",
        name="identity",
        field=models.CharField(
            help_text="The vendor's event id, or its content if it has none, with an ordinal.", max_length=300
        ),
    ),
    migrations.AlterField(
        model_name="event",
        name="odd_cells",
        field=models.TextField(
            blank=True, help_text="JSON: CSV cells that cannot be rebuilt from the columns.", null=True
        ),
    ),
    migrations.AlterField(
        model_name="event",
        name="origin",
        field=models.CharField(
            blank=True,
            choices=[("reviewer", "Added by a reviewer")],
            editable=False,
            help_text="Empty for a finding of the vendor.",
            max_length=8,
            null=True,
        ),
    ),
    migrations.AlterField(
        model_name="event",
        name="raw_index",
        field=models.PositiveIntegerField(help_text="Position in the vendor's array, from 0."),
    ),
    migrations.AlterField(
        model_name="event",
        name="uncertainty",
        field=models.GeneratedField(
            db_persist=True,
            expression=django.db.models.functions.math.Abs(
                django.db.models.expressions.CombinedExpression(models.F("confidence"), "-", models.Value(0.5))
            ),
            help_text="Distance of the confidence from 0.5: 0 is most uncertain, 0.5 is certain.",
            output_field=models.FloatField(null=True),
        ),
    ),
    migrations.AlterField(
        model_name="event",
        name="unread_at",
        field=models.DateTimeField(
            blank=True, help_text="Time since which the vendor's newest version of it could not be read.", null=True
        ),
    ),
    migrations.AlterField(
        model_name="event",
        name="version",
        field=models.PositiveIntegerField(default=1, help_text="1 plus the number of its rows in the ledger."),
    ),
    migrations.AlterField(
        model_name="eventpair",
        name="overlap",
        field=models.PositiveSmallIntegerField(
            help_text="Overlap of the two spans in per cent. Empty for an event of one batch only.", null=True
        ),
    ),
    migrations.AlterField(
        model_name="eventpair",
        name="position",
        field=models.PositiveIntegerField(help_text="Position in the video by time, from 0."),
    ),
    migrations.AlterField(
        model_name="eventpayload",
        name="raw",
        field=models.TextField(help_text="The event exactly as the vendor sent it, as JSON text."),
    ),
    migrations.AlterField(
        model_name="eventpayload",
        name="sdk",
        field=models.TextField(help_text="The event exactly as the vendor's SDK returns it, as JSON text."),
    ),
    migrations.AlterField(
        model_name="exportrun",
        name="batch",
        field=models.ForeignKey(
            blank=True,
            help_text="Empty for several batches.",
            null=True,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="exports",
            to="batches.batch",
        ),
    ),
    migrations.AlterField(
        model_name="exportrun",
        name="batches",
        field=models.JSONField(default=list, help_text="Ids of the batches, in the order of the file."),
    ),
    migrations.AlterField(
        model_name="exportrun",
        name="claim",
        field=models.CharField(
            blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
        ),
    ),
    migrations.AlterField(
        model_name="exportrun",
        name="enqueued_at",
        field=models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
    ),
    migrations.AlterField(
        model_name="exportrun",
        name="expires_at",
        field=models.DateTimeField(blank=True, help_text="When the file is deleted.", null=True),
    ),
    migrations.AlterField(
        model_name="exportrun",
        name="file",
        field=models.CharField(help_text="Rows and format, for example events.csv.", max_length=30),
    ),
    migrations.AlterField(
        model_name="exportrun",
        name="idempotency_key",
        field=models.UUIDField(
            help_text="Created by the client. A repeated request returns the same run.", unique=True
        ),
    ),
    migrations.AlterField(
        model_name="exportrun",
        name="name",
        field=models.CharField(help_text="File name for the person who downloads it.", max_length=200),
    ),
    migrations.AlterField(
        model_name="exportrun",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Number of finished steps. A killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="exportrun",
        name="query",
        field=models.CharField(blank=True, help_text="Filter, columns and as_of, as a query string.", max_length=4000),
    ),
    migrations.AlterField(
        model_name="exportrun",
        name="size",
        field=models.BigIntegerField(blank=True, help_text="Size of the finished file in bytes.", null=True),
    ),
    migrations.AlterField(
        model_name="folder",
        name="name",
        field=models.CharField(blank=True, default="", help_text="Empty while it is unknown.", max_length=255),
    ),
    migrations.AlterField(
        model_name="folder",
        name="vendor_created_at",
        field=models.CharField(blank=True, default="", help_text="Time as the vendor wrote it.", max_length=64),
    ),
    migrations.AlterField(
        model_name="importrun",
        name="batch_text",
        field=models.CharField(
            blank=True, default="", help_text="Name of the batch if the file contains none.", max_length=255
        ),
    ),
    migrations.AlterField(
        model_name="importrun",
        name="claim",
        field=models.CharField(
            blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
        ),
    ),
    migrations.AlterField(
        model_name="importrun",
        name="decide",
        field=models.BooleanField(
            default=False, help_text="Whether approvals become decisions of the person who imports the file."
        ),
    ),
    migrations.AlterField(
        model_name="importrun",
        name="enqueued_at",
        field=models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
    ),
    migrations.AlterField(
        model_name="importrun",
        name="file",
        field=models.CharField(blank=True, default="", help_text="Path of the file in the storage.", max_length=255),
    ),
    migrations.AlterField(
        model_name="importrun",
        name="mapping",
        field=models.JSONField(blank=True, default=dict, help_text="Column by field, for the open format."),
    ),
    migrations.AlterField(
        model_name="importrun",
        name="options",
        field=models.JSONField(
            blank=True, default=dict, help_text="Reading options: separator, encoding, list, units, scale, gap."
        ),
    ),
    migrations.AlterField(
        model_name="importrun",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Number of finished steps. A killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="importrun",
        name="size",
        field=models.PositiveBigIntegerField(default=0, help_text="Size of the file in bytes."),
    ),
    migrations.AlterField(
        model_name="importrun",
        name="summary",
        field=models.JSONField(blank=True, default=dict, help_text="Preview made by the check."),
    ),
    migrations.AlterField(
        model_name="invitation",
        name="email",
        field=models.EmailField(
            blank=True,
            default="",
            help_text="Address the invitation was sent to. The new account gets it.",
            max_length=254,
        ),
    ),
    migrations.AlterField(
        model_name="item",
        name="answered",
        field=models.BooleanField(
            default=False, help_text="Whether the vendor's last response contained a document for it."
        ),
    ),
    migrations.AlterField(
        model_name="item",
        name="details",
        field=models.TextField(
            blank=True, default="", help_text="The vendor's response when a person requested details."
        ),
    ),
    migrations.AlterField(
        model_name="item",
        name="digest",
        field=models.CharField(
            blank=True, default="", help_text="Digest of everything the vendor sent about it.", max_length=32
        ),
    ),
    migrations.AlterField(
        model_name="item",
        name="gone_at",
        field=models.DateTimeField(blank=True, help_text="When the vendor stopped listing it.", null=True),
    ),
    migrations.AlterField(
        model_name="item",
        name="odd_cells",
        field=models.TextField(
            blank=True, help_text="JSON: CSV cells that cannot be rebuilt from the columns.", null=True
        ),
    ),
    migrations.AlterField(
        model_name="item",
        name="raw",
        field=models.TextField(
            blank=True, default="", help_text="The vendor's document without its events, as JSON text."
        ),
    ),
    migrations.AlterField(
        model_name="item",
        name="repeats",
        field=models.JSONField(
            blank=True, default=list, help_text="Further positions of the same id in the vendor's list."
        ),
    ),
    migrations.AlterField(
        model_name="item",
        name="status",
        field=models.CharField(blank=True, default="", help_text="Status that the vendor's SDK shows.", max_length=255),
    ),
    migrations.AlterField(
        model_name="keypreference",
        name="keys",
        field=models.JSONField(blank=True, default=dict, help_text="Key by name of the command."),
    ),
    migrations.AlterField(
        model_name="keypreference",
        name="single_keys",
        field=models.BooleanField(default=True, help_text="Whether single-key shortcuts are enabled."),
    ),
    migrations.AlterField(
        model_name="link",
        name="clips",
        field=models.BooleanField(
            default=False, help_text="Whether the link also opens the page with thumbnails and clips."
        ),
    ),
    migrations.AlterField(
        model_name="link",
        name="file",
        field=models.CharField(help_text="Rows and format, for example events.csv.", max_length=30),
    ),
    migrations.AlterField(
        model_name="link",
        name="idempotency_key",
        field=models.UUIDField(
            help_text="Created by the client. A repeated request returns the same link.", unique=True
        ),
    ),
    migrations.AlterField(
        model_name="link",
        name="query",
        field=models.CharField(blank=True, default="", help_text="Filter, as a query string.", max_length=2000),
    ),
    migrations.AlterField(
        model_name="link",
        name="vendor_thumbnails",
        field=models.BooleanField(default=False, help_text="Thumbnail addresses of the vendor instead of our own."),
    ),
    migrations.AlterField(
        model_name="link",
        name="view",
        field=models.ForeignKey(
            blank=True,
            help_text="The saved view that the filter was copied from.",
            null=True,
            on_delete=django.db.models.deletion.SET_NULL,
            related_name="links",
            to="batches.savedview",
        ),
    ),
    migrations.AlterField(
        model_name="membership",
        name="own_role",
        field=models.CharField(
            blank=True,
            editable=False,
            help_text="The person's own role, if a team has raised it. Empty if the person had none.",
            max_length=10,
            null=True,
        ),
    ),
    migrations.AlterField(
        model_name="metadataedit",
        name="idempotency_key",
        field=models.UUIDField(
            help_text="Created by the client. A repeated request with the same key changes nothing."
        ),
    ),
    migrations.AlterField(
        model_name="metadataedit",
        name="request",
        field=models.CharField(help_text="Digest of the request.", max_length=64),
    ),
    migrations.AlterField(
        model_name="metadataedit",
        name="source",
        field=models.CharField(default="page", help_text="page, api, or token followed by its number", max_length=20),
    ),
    migrations.AlterField(
        model_name="metadataentry",
        name="base",
        field=models.JSONField(
            help_text="The vendor's value when ours was written, or the one it has confirmed since.", null=True
        ),
    ),
    migrations.AlterField(
        model_name="metadataentry",
        name="message",
        field=models.TextField(blank=True, default="", help_text="Why the vendor refused it: the vendor's message."),
    ),
    migrations.AlterField(
        model_name="metadataentry",
        name="sent",
        field=models.JSONField(
            default=list,
            help_text="Values sent since the vendor's value was last confirmed. Each may have arrived.",
        ),
    ),
    migrations.AlterField(
        model_name="metadataentry",
        name="step",
        field=models.ForeignKey(
            help_text="The change that set the value; its id is the version of the entry.",
            on_delete=django.db.models.deletion.PROTECT,
            related_name="+",
            to="batches.metadatachange",
        ),
    ),
    migrations.AlterField(
        model_name="metadatapush",
        name="claim",
        field=models.CharField(
            blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
        ),
    ),
    migrations.AlterField(
        model_name="metadatapush",
        name="enqueued_at",
        field=models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
    ),
    migrations.AlterField(
        model_name="metadatapush",
        name="named",
        field=models.BooleanField(default=False, help_text="Whether the vendor set the time of the next attempt."),
    ),
    migrations.AlterField(
        model_name="metadatapush",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Number of finished steps. A killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="metadatapush",
        name="read_at",
        field=models.DateTimeField(blank=True, help_text="When the vendor's metadata was last read.", null=True),
    ),
    migrations.AlterField(
        model_name="metadatapush",
        name="tries",
        field=models.PositiveIntegerField(default=0, help_text="Consecutive failed attempts."),
    ),
    migrations.AlterField(
        model_name="openpage",
        name="event",
        field=models.ForeignKey(
            blank=True,
            help_text="The event on screen.",
            null=True,
            on_delete=django.db.models.deletion.CASCADE,
            related_name="+",
            to="batches.event",
        ),
    ),
    migrations.AlterField(
        model_name="openpage",
        name="token",
        field=models.UUIDField(help_text="Id of the open page. A reload creates another one."),
    ),
    migrations.AlterField(
        model_name="opinion",
        name="fingerprint",
        field=models.CharField(help_text="Fingerprint of the event that the person saw.", max_length=32),
    ),
    migrations.AlterField(
        model_name="opinion",
        name="number",
        field=models.PositiveIntegerField(help_text="Position among the opinions on the event, from 1."),
    ),
    migrations.AlterField(
        model_name="opinion",
        name="version",
        field=models.PositiveIntegerField(help_text="Version of the event that the person saw."),
    ),
    migrations.AlterField(
        model_name="picturehash",
        name="difference_hash",
        field=models.BigIntegerField(
            blank=True, help_text="Perceptual hash, 64 bits. Empty if the picture was not available.", null=True
        ),
    ),
    migrations.AlterField(
        model_name="picturehash",
        name="picture",
        field=models.CharField(help_text="Digest of the address of the hashed picture.", max_length=32),
    ),
    migrations.AlterField(
        model_name="picturehash",
        name="pile",
        field=models.BigIntegerField(
            blank=True, help_text="Id of the pile's first event. Empty for an event without a pile.", null=True
        ),
    ),
    migrations.AlterField(
        model_name="pilerun",
        name="after",
        field=models.IntegerField(
            default=-1, help_text="Position of the last processed item. A killed run resumes after it."
        ),
    ),
    migrations.AlterField(
        model_name="pilerun",
        name="again",
        field=models.BooleanField(
            default=False, help_text="Whether it was requested again while it ran. Then it restarts at its end."
        ),
    ),
    migrations.AlterField(
        model_name="pilerun",
        name="claim",
        field=models.CharField(
            blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
        ),
    ),
    migrations.AlterField(
        model_name="pilerun",
        name="enqueued_at",
        field=models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
    ),
    migrations.AlterField(
        model_name="pilerun",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Number of finished steps. A killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="poll",
        name="enqueued_at",
        field=models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
    ),
    migrations.AlterField(
        model_name="poll",
        name="quiet",
        field=models.PositiveSmallIntegerField(default=0, help_text="Consecutive polls without a change."),
    ),
    migrations.AlterField(
        model_name="poll",
        name="troubled",
        field=models.PositiveSmallIntegerField(default=0, help_text="Consecutive polls without a usable response."),
    ),
    migrations.AlterField(
        model_name="quarantined",
        name="item_id_text",
        field=models.CharField(
            blank=True, default="", help_text="Empty for the status response of the batch.", max_length=255
        ),
    ),
    migrations.AlterField(
        model_name="reviewstep",
        name="pending",
        field=models.PositiveIntegerField(help_text="Events that were pending at that time."),
    ),
    migrations.AlterField(
        model_name="schedule",
        name="discovering",
        field=models.BooleanField(default=True, help_text="Find new batches, if the vendor lists them."),
    ),
    migrations.AlterField(
        model_name="schedule",
        name="enqueued_at",
        field=models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
    ),
    migrations.AlterField(
        model_name="schedule",
        name="hook_key",
        field=models.CharField(
            default=batches.models.poll.new_hook_key,
            help_text="Secret part of the address of the vendor's webhook.",
            max_length=32,
            serialize=False,
            unique=True,
        ),
    ),
    migrations.AlterField(
        model_name="schedule",
        name="quiet",
        field=models.PositiveSmallIntegerField(default=0, help_text="Consecutive listings without a new batch."),
    ),
    migrations.AlterField(
        model_name="schedule",
        name="webhook_at",
        field=models.DateTimeField(blank=True, help_text="When the vendor's last webhook caused a poll.", null=True),
    ),
    migrations.AlterField(
        model_name="summarychoice",
        name="automatic_since",
        field=models.DateTimeField(
            blank=True,
            help_text="When automatic publishing was switched on. Empty: published on request only.",
            null=True,
        ),
    ),
    migrations.AlterField(
        model_name="summarychoice",
        name="names",
        field=models.JSONField(
            default=dict, help_text="Metadata key by name: approved, rejected, invalid, pending, reviewed_at."
        ),
    ),
    migrations.AlterField(
        model_name="syncrun",
        name="claim",
        field=models.CharField(
            blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
        ),
    ),
    migrations.AlterField(
        model_name="syncrun",
        name="enqueued_at",
        field=models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
    ),
    migrations.AlterField(
        model_name="syncrun",
        name="listing",
        field=models.CharField(
            blank=True, default="", help_text="Digest of the list in which `position` counts.", max_length=32
        ),
    ),
    migrations.AlterField(
        model_name="syncrun",
        name="lost",
        field=models.JSONField(
            blank=True, default=list, help_text="Ids of items that are missing in the vendor's response."
        ),
    ),
    migrations.AlterField(
        model_name="syncrun",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Number of finished steps. A killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="syncrun",
        name="upload",
        field=models.ForeignKey(
            blank=True,
            help_text="The uploaded file that it reads instead of calling the vendor.",
            null=True,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="syncs",
            to="batches.importrun",
        ),
    ),
    migrations.AlterField(
        model_name="thumbnailrun",
        name="after",
        field=models.IntegerField(
            default=-1, help_text="Position of the last requested item. A killed run resumes after it."
        ),
    ),
    migrations.AlterField(
        model_name="thumbnailrun",
        name="claim",
        field=models.CharField(
            blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
        ),
    ),
    migrations.AlterField(
        model_name="thumbnailrun",
        name="enqueued_at",
        field=models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
    ),
    migrations.AlterField(
        model_name="thumbnailrun",
        name="item",
        field=models.ForeignKey(
            blank=True,
            help_text="The item that a script requested. Empty: all items of the batch.",
            null=True,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="thumbnail_runs",
            to="batches.item",
        ),
    ),
    migrations.AlterField(
        model_name="thumbnailrun",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Number of finished steps. A killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="token",
        name="expires_at",
        field=models.DateTimeField(
            default=batches.models.token.longest_life, help_text="At most 366 days after its creation."
        ),
    ),
    migrations.AlterField(
        model_name="token",
        name="last_used_at",
        field=models.DateTimeField(blank=True, help_text="Last use, rounded to the minute.", null=True),
    ),
    migrations.AlterField(
        model_name="token",
        name="name",
        field=models.CharField(help_text="Purpose of the token.", max_length=80),
    ),
    migrations.AlterField(
        model_name="token",
        name="prefix",
        field=models.CharField(
            help_text="The characters after rev_; also the salt of the digest.", max_length=12, unique=True
        ),
    ),
    migrations.AlterField(
        model_name="usersession",
        name="seen_at",
        field=models.DateTimeField(help_text="Last use, rounded to the hour.", null=True),
    ),
    migrations.AlterField(
        model_name="videolisting",
        name="claim",
        field=models.CharField(
            blank=True, default="", help_text="Id of the claim of the worker that is running it.", max_length=36
        ),
    ),
    migrations.AlterField(
        model_name="videolisting",
        name="enqueued_at",
        field=models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
    ),
    migrations.AlterField(
        model_name="videolisting",
        name="position",
        field=models.PositiveIntegerField(default=0, help_text="Number of finished steps. A killed run resumes here."),
    ),
    migrations.AlterField(
        model_name="videopair",
        name="differing",
        field=models.PositiveIntegerField(default=0, help_text="Number of rows that are not the same in both batches."),
    ),
    migrations.AlterField(
        model_name="videopair",
        name="digest",
        field=models.CharField(blank=True, default="", help_text="Digest of the matched findings.", max_length=32),
    ),
    migrations.AlterField(
        model_name="videopair",
        name="events",
        field=models.PositiveIntegerField(default=0, help_text="Number of rows; a matched pair is one row."),
    ),
    migrations.AlterField(
        model_name="videopair",
        name="position",
        field=models.PositiveIntegerField(help_text="Position of the later item in its batch."),
    ),
    migrations.AlterField(
        model_name="webhook",
        name="claim",
        field=models.CharField(
            blank=True,
            default="",
            help_text="Id of the claim of the worker that is sending its deliveries.",
            max_length=36,
        ),
    ),
    migrations.AlterField(
        model_name="webhook",
        name="enqueued_at",
        field=models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
    ),
    migrations.AlterField(
        model_name="webhook",
        name="failing_since",
        field=models.DateTimeField(blank=True, help_text="Time since which no delivery has succeeded.", null=True),
    ),
    migrations.AlterField(
        model_name="webhook",
        name="old_until",
        field=models.DateTimeField(
            blank=True, help_text="Until this time the previous secret signs as well.", null=True
        ),
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0042_expiry"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AlterTexts(TEXTS),
    ]

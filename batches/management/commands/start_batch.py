"""`start_batch --connection NAME --videos ID… --ask TEXT`: has the vendor analyse videos, once for each intent."""

from argparse import ArgumentParser
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from django.core.management.base import BaseCommand, CommandError

from batches.actions import request_sync, start_batch, uploaded_videos
from batches.errors import KeyReused, SyncError
from batches.management.commands.grant import connection_named
from batches.management.outcomes import outcome_of
from batches.models import BatchStart, Connection
from batches.models.run import RunState
from batches.sync.questions import FAST, THINKING, Question
from batches.sync.run import sync
from batches.sync.start import start
from batches.sync.vendors import vendor_of


class Command(BaseCommand):
    help = (
        "Starts a batch at the vendor, once for each intent. The last line is OUR_ID VENDORS_ID. "
        "Exit 0: started; 1: refused, put off, or unknown (says which); 2: bad arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--connection", required=True, metavar="NAME")
        videos = parser.add_mutually_exclusive_group(required=True)
        videos.add_argument("--videos", nargs="+", metavar="ID")
        videos.add_argument("--folder", metavar="NAME", help="every video of this folder")
        parser.add_argument("--scope", choices=("user", "org"), default="", help="of the folder")
        question = parser.add_mutually_exclusive_group(required=True)
        question.add_argument("--ask", metavar="TEXT", help="a prompt")
        question.add_argument("--agent", help="general, lane_change, turn, relative_motion, driving_violations")
        parser.add_argument(
            "--mode", choices=(THINKING, FAST), default="", help="a prompt only, which takes no options"
        )
        parser.add_argument("--category", default="driving")
        parser.add_argument("--confidence", choices=("low", "high"), default="low")
        parser.add_argument("--overlay", default="", metavar="M")
        parser.add_argument("--thumbnails", action="store_true")
        parser.add_argument("--intent", default="", metavar="KEY", help="a repeated key starts nothing again")
        parser.add_argument("--wait", action="store_true", help="sync the batch once after it has started")

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connection_named(options["connection"])
        run = self._intent(connection, options)
        if run.unfinished:
            run = start(run.pk) or BatchStart.objects.get(pk=run.pk)
        if run.state != RunState.DONE or run.batch is None:
            raise CommandError(outcome_of(run), returncode=1)
        request = request_sync(batch_id=run.batch.pk, by=None, background=not options["wait"])
        if options["wait"]:
            sync(request.pk)
        self.stdout.write(f"{run.batch.pk} {run.batch.external_id}")

    def _intent(self, connection: Connection, options: dict[str, Any]) -> BatchStart:
        question = Question.from_fields(
            agent=options["agent"] or "", prompt=options["ask"] or "", category=options["category"],
            confidence=options["confidence"], overlay=options["overlay"], thumbnails=options["thumbnails"],
            mode=options["mode"],
        )  # fmt: skip
        key = uuid5(NAMESPACE_URL, f"{connection.pk} {options['intent']}") if options["intent"] else uuid4()
        if vendor_of(connection.vendor).choices is None:
            raise CommandError(f"{connection.get_vendor_display()} batches cannot be started here.", returncode=2)
        try:
            videos = options["videos"] or uploaded_videos(
                connection=connection, folder=options["folder"], scope=options["scope"], idempotency_key=key
            )
            return start_batch(
                connection=connection, question=question, videos=videos, by=None, idempotency_key=key, background=False
            )
        except (ValueError, KeyReused) as error:
            raise CommandError(str(error), returncode=2) from error
        except SyncError as error:
            raise CommandError(f"Refused: {error}", returncode=1) from error

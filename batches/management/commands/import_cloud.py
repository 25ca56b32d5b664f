"""`import_cloud --connection NAME --integration ID LIST`: has the vendor fetch videos from cloud storage, once."""

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from batches.actions import list_integrations, start_cloud_import
from batches.errors import KeyReused, SyncError
from batches.management.commands.grant import connection_named
from batches.models import CloudImport, Connection, Folder, FolderScope, RunState
from batches.sync.cloud_imports import import_from_cloud

LOOK_AGAIN = 1.0  # seconds


class Command(BaseCommand):
    help = (
        "Imports videos from cloud storage into a vendor's account, once for each intent. The last line is "
        "OUR_ID VENDORS_ID UPLOADED FAILED. Exit 0: started, or with --wait all uploaded; 1: refused, unknown, or "
        "imported in part (says which); 2: bad arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--connection", required=True, metavar="NAME")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument(
            "list", nargs="?", metavar="LIST",
            help="a file with one gs:// or s3:// address per line; - for standard input",
        )  # fmt: skip
        what.add_argument("--integrations", action="store_true", help="list those of the account, and end")
        parser.add_argument("--integration", default="", metavar="ID", help="needed for gs://")
        parser.add_argument("--folder", default="", metavar="NAME", help="a folder that is known here")
        parser.add_argument("--scope", choices=FolderScope.values, default=FolderScope.USER)
        parser.add_argument("--intent", default="", metavar="KEY", help="a repeated key starts nothing again")
        parser.add_argument("--wait", action="store_true", help="until every video is uploaded or has failed")

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connection_named(options["connection"])
        try:
            if options["integrations"]:
                for row in list_integrations(connection=connection):
                    self.stdout.write(f"{row.external_id}\t{row.provider}\t{row.bucket}\t{row.name}")
                return
            run = self._intent(connection, options)
        except (ValueError, KeyReused) as error:
            raise CommandError(str(error), returncode=2) from error
        except SyncError as error:
            raise CommandError(f"Refused: {error}", returncode=1) from error
        run = self._carried_out(run, options["wait"])
        if not run.job_id or (options["wait"] and run.state != RunState.DONE):
            word = "Imported in part" if run.job_id else "Unknown" if run.may_have_started else "Refused"
            raise CommandError(f"{word}: {run.message or run.get_state_display()}", returncode=1)
        uploaded, failed = run.videos.uploaded().count(), run.videos.failed().count()
        self.stdout.write(f"{run.pk} {run.job_id} {uploaded} {failed}")

    def _intent(self, connection: Connection, options: dict[str, Any]) -> CloudImport:
        key = uuid5(NAMESPACE_URL, f"cloud {connection.pk} {options['intent']}") if options["intent"] else uuid4()
        folder = None
        if options["folder"]:
            folder = Folder.objects.filter(
                connection=connection, name=options["folder"], scope=options["scope"]
            ).first()
            if folder is None:
                raise ValueError(f"No folder {options['folder']!r} is known here in this scope.")
        return start_cloud_import(
            connection=connection, addresses=_read(options["list"]), integration=options["integration"],
            folder=folder, scope=options["scope"], by=None, idempotency_key=key, background=False,
        )  # fmt: skip

    def _carried_out(self, run: CloudImport, wait: bool) -> CloudImport:
        """The run after the call that starts it, or after its last pass. A sweep follows it too where one runs."""
        while run.unfinished and (wait or not run.job_id):
            if run.retry_at and (pause := (run.retry_at - timezone.now()).total_seconds()) > 0:
                if not wait:
                    break
                time.sleep(min(pause, 5))
            if (after := import_from_cloud(run.pk)) is None:
                time.sleep(LOOK_AGAIN)  # a worker of the service has it
            run = after or CloudImport.objects.get(pk=run.pk)
        return run


def _read(name: str) -> str:
    if name == "-":
        return sys.stdin.read()
    try:
        return Path(name).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{name} cannot be read: {error}") from error

"""`sync --connection NAME BATCH_ID…`: syncs in the foreground, with a progress bar."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from batches.actions import add_batch, request_sync
from batches.errors import SyncError
from batches.management.commands.grant import connection_named
from batches.models import Batch, Connection, SyncRun
from batches.models.run import RunState
from batches.sync.http import Limits
from batches.sync.records import FINAL_STATES
from batches.sync.run import sync

POLL = 10.0  # seconds between polls of a batch that is still processing
BAR = "{desc}: {percentage:3.0f}% {bar:24} {n}/{total} items{postfix} [{elapsed}<{remaining}]"


class Command(BaseCommand):
    help = "Syncs batches now. Exit 0: all synced; 1: some were not (says which); 2: bad arguments."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", nargs="*", metavar="BATCH_ID", help="the vendor's id, or a pasted viewer URL")
        parser.add_argument("--connection", required=True, metavar="NAME")
        parser.add_argument("--all", action="store_true", help="every batch of the connection that was added")
        parser.add_argument("--wait", action="store_true", help="poll until the vendor has finished the batch")

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connection_named(options["connection"])
        batches, failed = self._batches(connection, options["batch"], options["all"])
        failed += [batch.external_id for batch in batches if not self._sync(batch, wait=options["wait"])]
        if failed:
            raise CommandError(f"Not synced: {', '.join(failed)}", returncode=1)

    def _batches(self, connection: Connection, texts: list[str], everything: bool) -> tuple[list[Batch], list[str]]:
        """The batches to sync, and the ids that the vendor refused. Raises CommandError for a text that is no id."""
        if bool(texts) == everything:
            raise CommandError("Give batch ids or --all, not both.", returncode=2)
        if everything:
            return list(connection.batches.order_by("id")), []
        # All ids are checked first: a wrong one is reported before the long work begins, and stops none of the others.
        batches: dict[int, Batch] = {}
        refused = []
        for text in texts:
            try:
                batch = add_batch(connection=connection, text=text, by=None, background=False, limits=Limits())
                batches[batch.pk] = batch
            except ValueError as error:
                raise CommandError(f"{text!r}: {error}", returncode=2) from error
            except SyncError as error:
                self.stderr.write(f"{text}: {error}")
                refused.append(text)
        return list(batches.values()), refused

    def _sync(self, batch: Batch, *, wait: bool) -> bool:
        while True:
            run = self._once(batch)
            if run is None or run.state != RunState.DONE:
                return False
            state = Batch.objects.values_list("state", flat=True).get(pk=batch.pk)
            if not wait or state in FINAL_STATES:
                return True
            self.stderr.write(f"{batch.external_id}: the vendor is still {state}; polling again in {POLL:.0f} s")
            time.sleep(POLL)

    def _once(self, batch: Batch) -> SyncRun | None:
        run = request_sync(batch_id=batch.pk, by=None, background=False)
        with tqdm(desc=batch.external_id[:32], bar_format=BAR, total=run.total, leave=True) as bar:
            started, before = time.monotonic(), run.events_seen

            def show(run: SyncRun) -> None:
                rate = (run.events_seen - before) / max(time.monotonic() - started, 0.001)
                bar.total = run.total
                bar.set_postfix_str(f"{run.events_seen} events, {rate:,.0f} events/s", refresh=False)
                bar.update(run.position - bar.n)

            done = sync(run.pk, progress=show, patient=False)
        if done is None:
            self.stderr.write(f"{batch.external_id}: another worker is syncing it now.")
            return None
        self.stderr.write(self._report(batch, done))
        return done

    def _report(self, batch: Batch, run: SyncRun) -> str:
        counts = (
            f"events: {run.events_seen}, new: {run.events_created}, changed: {run.events_updated}, "
            f"gone: {run.events_gone}; unreadable records: {run.quarantined}"
        )
        return f"{batch.external_id}: {run.get_state_display().lower()}. {run.message or counts}"

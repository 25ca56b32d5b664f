"""`sync --connection NAME BATCH_ID…`: syncs in the foreground, with a progress bar."""

import time
from argparse import ArgumentParser
from itertools import batched
from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from batches.actions import add_batch, request_addition, request_sync
from batches.actions.batches import MAX_LIST_IDS
from batches.errors import Conflict, SyncError
from batches.management.commands.grant import connection_named
from batches.models import Batch, Connection, SyncRun
from batches.models.addition import AddState
from batches.models.run import RunState
from batches.sync.http import Limits
from batches.sync.records import FINAL_STATES
from batches.sync.run import sync

POLL = 10.0  # seconds between polls of a batch that is still processing
BAR = "{desc}: {percentage:3.0f}% {bar:24} {n}/{total} items{postfix} [{elapsed}<{remaining}]"


def _check_arguments(texts: list[str], everything: bool) -> None:
    if bool(texts) == everything:
        raise CommandError("Give batch ids or --all, not both.", returncode=2)


class Command(BaseCommand):
    help = "Syncs batches now. Exit 0: all synced; 1: some were not (says which); 2: bad arguments."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", nargs="*", metavar="BATCH_ID", help="the vendor's id, or a pasted viewer URL")
        parser.add_argument("--connection", required=True, metavar="NAME")
        parser.add_argument("--all", action="store_true", help="every batch of the connection that was added")
        parser.add_argument("--wait", action="store_true", help="poll until the vendor has finished the batch")
        parser.add_argument(
            "--background", action="store_true", help="only request it; a worker adds and syncs the batches"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connection_named(options["connection"])
        if options["background"]:
            return self._request(connection, options["batch"], options["all"])
        batches, failed = self._batches(connection, options["batch"], options["all"])
        failed += [batch.external_id for batch in batches if not self._sync(batch, wait=options["wait"])]
        if failed:
            raise CommandError(f"Not synced: {', '.join(failed)}", returncode=1)

    def _batches(self, connection: Connection, texts: list[str], everything: bool) -> tuple[list[Batch], list[str]]:
        """The batches to sync, and the texts that name none, each with its reason on standard error."""
        _check_arguments(texts, everything)
        if everything:
            return list(connection.batches.not_removed().filter(vendor_deleted_at=None).order_by("id")), []
        # All ids are checked first: a wrong one is reported before the long work begins, and stops none of the others.
        batches: dict[int, Batch] = {}
        refused, malformed = [], 0
        for text in texts:
            try:
                batch = add_batch(connection=connection, text=text, by=None, background=False, limits=Limits())
                batches[batch.pk] = batch
            except (ValueError, SyncError) as error:
                self.stderr.write(f"{text!r}: {error}")
                refused.append(text)
                malformed += isinstance(error, ValueError)
        if malformed == len(texts):
            raise CommandError("None of these is a batch ID.", returncode=2)
        return list(batches.values()), refused

    def _request(self, connection: Connection, texts: list[str], everything: bool) -> None:
        _check_arguments(texts, everything)
        if everything:
            batches = connection.batches.not_removed().filter(vendor_deleted_at=None).order_by("id")
            for batch in batches:
                request_sync(batch_id=batch.pk, by=None)
            self.stderr.write(f"The syncs of {len(batches):,} batches are queued.")
            return
        refused = []
        # Each list has a limit; the command has none.
        for part in batched(dict.fromkeys(texts), MAX_LIST_IDS, strict=False):
            try:
                run = request_addition(connection=connection, texts=list(part), by=None, idempotency_key=uuid4())
            except SyncError as error:
                raise CommandError(str(error), returncode=1) from error
            refused += [row for row in run.rows() if row.state == AddState.REFUSED]
        for row in refused:
            self.stderr.write(f"{row.text!r}: {row.reason}")
        self.stderr.write(f"{len(set(texts)) - len(refused):,} batches are being added and synced in the background.")
        if refused:
            raise CommandError(f"Not added: {', '.join(row.text for row in refused)}", returncode=1)

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
        try:
            run = request_sync(batch_id=batch.pk, by=None, background=False)
        except Conflict as refusal:
            self.stderr.write(f"{batch.external_id}: {refusal}")
            return None
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

"""`demo`: the whole product on this machine: stand-ins for the vendors, synced batches, accounts, server."""

import os
import secrets
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from functools import partial
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError

from batches.actions import Seen, add_batch, decide_many, request_comparison
from batches.actions.connections import save_connection, verify_connection
from batches.compare.run import compare
from batches.errors import SyncError
from batches.management import tied as tied_program
from batches.management.commands.up import Command as Up
from batches.management.commands.up import address_of, begin_anew, listen, serve
from batches.management.prepare import prepare
from batches.management.supervise import GRACE
from batches.models import Batch, Comparison, Connection, Membership, Role, Vendor
from batches.sandbox.demo import DEMO_BATCHES
from batches.sandbox.demo_vendors import TWELVELABS_BATCHES, WICKSON_BATCHES
from batches.sandbox.world import DEMO_KEY
from batches.sync.run import sync
from reviewer import settings as product

SANDBOX_PORT = 8901
PEOPLE = {"ana": Role.REVIEWER, "ben": Role.REVIEWER, "eva": Role.EDITOR, "vic": Role.VIEWER}
VENDORS = {
    "sandbox": (Vendor.NOMADIC, "", DEMO_BATCHES),
    "sandbox TwelveLabs": (Vendor.TWELVELABS, "/v1.3", TWELVELABS_BATCHES),
    "sandbox Wickson": (Vendor.WICKSON, "", WICKSON_BATCHES),
}  # connection → vendor, path, batches
NAMES = {"first pass": "Near misses, first prompt", "near misses": "Near misses, October fleet",
         "processing": "Lane changes, still running",
         "failures": "Test drives with failures", "odd records": "Records the SDK cannot read",
         "segments": "Risk segments by Pegasus", "descriptions": "", "files": ""}  # fmt: skip
BROKEN = {"failures", "odd records"}  # they show what a batch with problems looks like
PASSWORDS = product.VAR / "demo-passwords"


def stored_passwords() -> dict[str, str]:
    """Account → password, as far as they were made here."""
    return dict(line.split(" ", 1) for line in PASSWORDS.read_text().splitlines()) if PASSWORDS.exists() else {}


class Command(Up):
    help = "Prepares what is missing, then serves everything until Ctrl+C. Later starts are quick."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--prepare", action="store_true", help="only prepare, do not serve")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["prepared"]:
            with self._sandbox_port() as port:  # kept open: no other demo's sandbox can take its place
                sandbox = partial(call_command, "sandbox", listener=port.fileno(), verbosity=0)
                serve(self, {"sandbox": sandbox}, options, lambda: self._announce(stored_passwords(), options))
            return
        self._prepare()
        if options["prepare"]:
            self._announce(stored_passwords(), options)
            return
        os.environ.setdefault("LOG_LEVEL", "WARNING")  # so that the accounts stay the last lines on the screen
        begin_anew(self, options)

    def _sandbox_port(self) -> socket.socket:
        """The socket of the stand-ins. Whoever else answers there would be taken for them."""
        return listen(self, {"host": "127.0.0.1", "port": SANDBOX_PORT}, "such as another demo")

    def _prepare(self) -> None:
        with self._sandbox_port() as port:
            listener = port.fileno()
            sandbox_command = [sys.executable, sys.argv[0], "sandbox", "--listener", str(listener), "--verbosity", "0"]
            tied = [sys.executable, "-I", tied_program.__file__, str(os.getpid())]  # it ends with this process
            sandbox = subprocess.Popen(
                [*tied, *sandbox_command], stdout=subprocess.DEVNULL, start_new_session=True, pass_fds=[listener]
            )
        try:
            prepare()
            connections = {name: self._connection(sandbox, name) for name in VENDORS}
            self._people(list(connections.values()))
            # The main account comes last: lists show the newest batches on top.
            for name, connection in reversed(connections.items()):
                self._batches(connection, VENDORS[name][2])
            self._first_pass(connections["sandbox"], connections["sandbox TwelveLabs"])
        finally:
            sandbox.terminate()
            try:
                sandbox.wait(GRACE)
            except subprocess.TimeoutExpired:  # it renders a clip
                sandbox.kill()
                sandbox.wait()

    def _connection(self, sandbox: "subprocess.Popen[bytes]", name: str) -> Connection:
        vendor, path, _ = VENDORS[name]
        connection = save_connection(
            vendor=vendor, name=name, base_url=f"http://127.0.0.1:{SANDBOX_PORT}{path}", api_key=DEMO_KEY
        )
        for _ in range(120):
            try:
                verify_connection(connection=connection)
                return connection
            except SyncError as error:
                if sandbox.poll() is not None:
                    raise CommandError("The sandbox exited at once.") from error
                time.sleep(0.5)
        raise CommandError("The sandbox did not answer within a minute.")

    def _people(self, connections: list[Connection]) -> None:
        """Accounts with random passwords, stored beside the database so that they can be shown again."""
        passwords = stored_passwords()
        for name in ["admin", *PEOPLE]:
            if not User.objects.filter(username=name).exists():
                passwords[name] = secrets.token_urlsafe(9)
                make = User.objects.create_superuser if name == "admin" else User.objects.create_user
                make(name, password=passwords[name])
        for name, role in PEOPLE.items():
            user = User.objects.get(username=name)
            for connection in connections:
                Membership.objects.get_or_create(user=user, connection=connection, defaults={"role": role})
        PASSWORDS.touch(mode=0o600)
        PASSWORDS.write_text("".join(f"{name} {password}\n" for name, password in passwords.items()))

    def _batches(self, connection: Connection, batches: dict[str, str]) -> None:
        for title, external_id in batches.items():
            if Batch.objects.filter(connection=connection, external_id=external_id).exists():
                continue
            batch = add_batch(connection=connection, text=external_id, by=None)
            Batch.objects.filter(pk=batch.pk).update(name=NAMES[title])
            run = sync(batch.syncs.get().pk)
            if run is None or run.message:
                why = f"{NAMES[title] or title}: {run.message if run else 'another worker is syncing it'}"
                self.stderr.write(f"{why} (Broken on purpose, as an example.)" if title in BROKEN else why)

    def _first_pass(self, sandbox: Connection, other: Connection) -> None:
        """Record Ben's verdicts on the first batch, and compare the newer batch with it and with another vendor's."""
        names = {"first pass": sandbox, "near misses": sandbox, "segments": other}
        ids = DEMO_BATCHES | TWELVELABS_BATCHES
        batches = [Batch.objects.filter(connection=at, external_id=ids[name]).first() for name, at in names.items()]
        first, newer, segments = batches
        if not (first and newer and segments) or Comparison.objects.exists():
            return
        ben = User.objects.get(username="ben")
        events = first.events.filter(decided_at=None).order_by("pk").exclude(confidence=None)
        for approval, selected, reason in [("approved", events.filter(confidence__gte=0.7), ""),
                                        ("rejected", events.filter(confidence__lt=0.6),
                                            "Not what was asked for")]:  # fmt: skip
            seen = {event.pk: Seen(event.version, event.fingerprint) for event in selected[:400]}
            if seen:
                decide_many(
                    batch_id=first.pk,
                    seen=seen,
                    approval=approval,
                    reason=reason,
                    by=ben,
                    idempotency_key=uuid4(),
                    source="command",
                )
        for earlier in (first, segments):
            compare(request_comparison(batch=newer, other=earlier, by=ben, background=False).pk)

    def _announce(self, passwords: dict[str, str], options: dict[str, Any]) -> None:
        url = address_of(options)
        lines = [
            "", f"  The reviewer: {url}", "",
            *(f"    {name:<6} {passwords.get(name, '(password not stored)'):<14} {role}"
              for name, role in {"ana": "reviewer", "ben": "reviewer", "eva": "editor", "vic": "viewer",
                                 "admin": f"administrator, {url}/admin/"}.items()),
            "", f"  Sign in, open “{NAMES['near misses']}”, press Review, then A, R or I; ? shows every key.",
            "  Clips are rendered once, in the background; the first may take a few seconds to appear. Press Ctrl+C to "
            "stop.",
            "",
        ]  # fmt: skip
        self.stdout.write("\n".join(lines))
        self.stdout.flush()

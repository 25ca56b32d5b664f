"""Start batches, imports or uploads in processes that are killed at random moments, each then once more to its end.

    python -m tests.killing.start_victims KIND URL KEY KILLS SEED

Prints one JSON line: kills, and for each intent its number, its state and the vendor's id of what was started.
"""

import json
import os
import random
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import django

django.setup()

from django.db import connection as database  # noqa: E402  (after django.setup)

from batches.actions import begin_upload, start_batch, start_cloud_import  # noqa: E402
from batches.models import BatchStart, CloudImport, Connection, VideoUpload  # noqa: E402
from batches.sync.cloud_imports import import_from_cloud  # noqa: E402
from batches.sync.questions import Question  # noqa: E402
from batches.sync.start import start  # noqa: E402
from batches.sync.uploads import upload_video  # noqa: E402

STATEMENTS = 9  # a start makes about so many
FILM = Path(tempfile.mkdtemp()) / "film.mp4"
FILM.write_bytes(bytes(2_000_000))


def new_start(account: Connection) -> BatchStart:
    return start_batch(
        connection=account, question=Question(prompt="near misses"), videos=["video0"], by=None,
        idempotency_key=uuid4(), background=False,
    )  # fmt: skip


def new_import(account: Connection) -> CloudImport:
    """Its object's name holds the intent: the vendor's call has no id of it."""
    key = uuid4()
    return start_cloud_import(
        connection=account, addresses=f"s3://fleet-uploads/{key.hex}.mp4", integration="", folder=None, scope="user",
        by=None, idempotency_key=key, background=False,
    )  # fmt: skip


def new_upload(account: Connection) -> VideoUpload:
    """A file that is read where it lies; its name holds the intent."""
    return begin_upload(
        connection=account, name=f"{uuid4().hex}.mp4", size=FILM.stat().st_size, modified=1, folder=None, scope="user",
        by=None, in_place=True,
    )  # fmt: skip


# kind → makes an intent, carries it out
KINDS: dict[str, tuple[Callable[[Connection], Any], Callable[[int], Any]]] = {
    "start": (new_start, start),
    "import": (new_import, import_from_cloud),
    "upload": (new_upload, lambda pk: upload_video(pk, path=FILM)),
}


def fate(statements: int, moment: float) -> Callable[..., Any]:
    """Kill the process after so many statements and so many seconds more: on a slow machine as on a fast one."""

    def strike(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal statements
        statements -= 1
        if statements == 0:
            threading.Timer(moment, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return execute(*arguments)

    return strike


def main(kind: str, url: str, key: str, kills: int, seed: int) -> None:
    account = Connection(vendor="nomadic", name="kill", base_url=url)
    account.set_key(key)
    account.save()
    make, carry_out = KINDS[kind]
    dice, killed, intents = random.Random(seed), 0, []
    while killed < kills:
        run = make(account)
        intents.append(run)
        database.close()
        if database.vendor == "postgresql":
            database.close_pool()  # its sockets must not be shared with the child
        statements, moment = dice.randint(1, STATEMENTS), dice.uniform(0, 0.03)
        child = os.fork()
        if child == 0:
            with database.execute_wrapper(fate(statements, moment)):
                carry_out(run.pk)
            os._exit(0)
        killed += os.WIFSIGNALED(os.waitpid(child, 0)[1])
        carry_out(run.pk)
    print(json.dumps({"killed": killed, "runs": [_described(run) for run in intents]}))


def _described(run: Any) -> tuple[str, str, str]:
    run.refresh_from_db()
    if isinstance(run, BatchStart):
        return run.client_batch_id, run.state, run.batch.external_id if run.batch else ""
    if isinstance(run, VideoUpload):
        return run.name, run.state, run.video_id
    return run.idempotency_key.hex, run.state, run.job_id


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:]))

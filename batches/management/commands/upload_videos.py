"""`upload_videos --connection NAME VIDEO…`: uploads files and addresses into a vendor's account, each once."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from batches.actions import begin_upload, upload_addresses
from batches.errors import KeyReused
from batches.management.commands.grant import connection_named
from batches.models import Connection, Folder, FolderScope, RunState, VideoUpload
from batches.sync.joins import join_views
from batches.sync.uploads import UNKNOWN, upload_video
from batches.sync.video_files import HEAD_BYTES, check_head, unreadable
from batches.sync.views import ViewFile, recordings_of

LOOK_AGAIN = 1.0  # seconds


class Command(BaseCommand):
    help = (
        "Uploads videos, files of this machine or https addresses, into a vendor's account, each once. A file's "
        "metadata is the .json file with its base name beside it. One line for each: OUR_ID VENDORS_ID NAME. Exit 0: "
        "all are uploaded; 1: some were refused or are unknown (says which); 2: bad arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("videos", nargs="+", metavar="VIDEO", help="a file, or an https:// address")
        parser.add_argument("--connection", required=True, metavar="NAME")
        parser.add_argument("--folder", default="", metavar="NAME", help="a folder that is known here")
        parser.add_argument("--scope", choices=FolderScope.values, default=FolderScope.USER)
        parser.add_argument(
            "--views", action="store_true",
            help="files are views of recordings: run7_front.mp4, run7_left.mp4; front is needed",
        )  # fmt: skip
        parser.add_argument(
            "--intent", default="", metavar="KEY", help="of addresses: a repeated key uploads nothing again"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connection_named(options["connection"])
        addresses = [video for video in options["videos"] if "://" in video]
        paths = [Path(video) for video in options["videos"] if "://" not in video]
        try:
            views = _views(options) if options["views"] else ()
            target = {"folder": _folder(connection, options), "scope": options["scope"], "by": None}
            runs: list[tuple[VideoUpload, Path | None]] = [
                (_begun(connection, path, views=views, **target), path) for path in paths
            ]
            if addresses:
                key = uuid5(NAMESPACE_URL, f"upload {connection.pk} {options['intent']}")
                key = key if options["intent"] else uuid4()
                text = "\n".join(addresses)
                uploads = upload_addresses(connection=connection, addresses=text, idempotency_key=key, **target)
                runs += [(run, None) for run in uploads]
        except (ValueError, KeyReused) as error:
            raise CommandError(str(error), returncode=2) from error
        failed = []
        for begun, path in runs:
            run = _carried_out(begun, path)
            if run.state == RunState.DONE:
                self.stdout.write(f"{run.pk} {run.video_id} {run.name}")
            else:
                failed.append(f"{run.name}: {run.message}")
        failed += [sentence for begun, _ in runs if begun.is_front and (sentence := _join(begun))]
        if failed:
            raise CommandError("\n".join(failed), returncode=1)


def _views(options: dict[str, Any]) -> list[ViewFile]:
    """Raises ValueError."""
    if address := next((video for video in options["videos"] if "://" in video), None):
        raise ValueError(f"--views takes files of this machine, not {address.partition('?')[0]}.")
    recordings_of(Path(video).name for video in options["videos"])  # before any of them is looked at
    return [_known_by(Path(video)) for video in options["videos"]]


def _join(front: VideoUpload) -> str:
    """Join the views of a recording. Returns what went wrong as a sentence, or an empty text."""
    join_views(front.pk)
    front.refresh_from_db()
    if front.joined_at:
        return ""
    reason = front.join_message or "Not all of them are uploaded, or the vendor cannot be reached."
    return f"The views of {front.name} are not joined. {reason} The same command joins them, and uploads none again."


def _folder(connection: Connection, options: dict[str, Any]) -> Folder | None:
    if not options["folder"]:
        return None
    folder = Folder.objects.filter(connection=connection, name=options["folder"], scope=options["scope"]).first()
    if folder is None:
        raise ValueError(f"No folder {options['folder']!r} is known here in this scope.")
    return folder


def _known_by(path: Path) -> ViewFile:
    """Raises ValueError if the file cannot be read."""
    try:
        stat = path.stat()
    except OSError as error:
        raise ValueError(unreadable(path, error)) from error
    return ViewFile(path.name, stat.st_size, stat.st_mtime_ns // 1_000_000)


def _begun(connection: Connection, path: Path, **target: Any) -> VideoUpload:
    looked_at = _known_by(path)
    try:
        with path.open("rb") as file:
            check_head(path.name, file.read(HEAD_BYTES))
    except OSError as error:
        raise ValueError(unreadable(path, error)) from error
    sidecar = _metadata(path.with_suffix(".json"))
    return begin_upload(connection=connection, in_place=True, **looked_at._asdict(), **target, **sidecar)


def _metadata(sidecar: Path) -> dict[str, Any]:
    try:
        return {"sidecar_name": sidecar.name, "sidecar": sidecar.read_text("utf-8-sig")} if sidecar.exists() else {}
    except OSError as error:
        raise ValueError(unreadable(sidecar, error)) from error


def _carried_out(run: VideoUpload, path: Path | None) -> VideoUpload:
    """The run after its end. A file is read where it lies; a service that runs takes over nothing of it."""
    while run.unfinished:
        if run.retry_at and (pause := (run.retry_at - timezone.now()).total_seconds()) > 0:
            time.sleep(min(pause, 5))
        if (after := upload_video(run.pk, path=path)) is None:
            time.sleep(LOOK_AGAIN)  # a worker has it, or an earlier upload of the connection
        run = after or VideoUpload.objects.get(pk=run.pk)
    if run.state == RunState.INCOMPLETE and not run.message:
        run.message = UNKNOWN
    return run

"""Uploads videos to a vendor's account, from addresses or files, each at most once; see batches/sync/once.py."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.db.models import F, Q
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.errors import SyncError, VendorUnavailable
from batches.jobs.claims import HEARTBEAT, ClaimedRun, ClaimLost
from batches.jobs.turns import in_turn
from batches.models import VideoUpload
from batches.models.run import UNFINISHED, RunState
from batches.sync.http import Limits
from batches.sync.multipart import MultipartBody, Stopped
from batches.sync.once import OneCall, carry_out
from batches.sync.vendors.base import Vendor, VideoFile
from batches.sync.video_files import SUFFIXES, PartsGone, forget_parts, pieces_of, pieces_of_path

CALL_LIMITS = Limits(connect=10, read=3600, total=3600, waiting=5, tries=3)  # the vendor may fetch all of it first
FILE_LIMITS = Limits(connect=60, read=3600, total=6 * 3600, waiting=5, tries=3)  # `connect` also limits each stall
PROGRESS = min(HEARTBEAT, timedelta(seconds=2))
MAX_ADDRESSES = 500  # of one request
ADDRESS_LIMIT = 2000
KEEP = timedelta(days=7)  # files, and queries of addresses, of uploads that have ended or are not continued
UNKNOWN = (
    "The video may have been uploaded. Check before trying again: list the account's videos; if it is not among them, "
    "upload it again."
)
CANCELED = "Canceled."
IN_TURN = in_turn(VideoUpload, ready=Q(received=F("size")))


def read_addresses(text: str) -> list[str]:
    """The addresses of a list, one a line; repeated ones once. Raises ValueError with a message to show."""
    lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if not lines:
        raise ValueError(_("Enter at least one address, for example https://media.example/drive.mp4."))
    if len(lines) > MAX_ADDRESSES:
        raise ValueError(
            _("At most {most:,} addresses at once, not {count:,}.").format(most=MAX_ADDRESSES, count=len(lines))
        )
    for line in lines:
        _check_address(line)
    return lines


def _check_address(line: str) -> None:
    shown = repr(line.partition("?")[0][:120])
    try:
        parts = urlsplit(line)
        host = parts.hostname
    except ValueError:
        raise ValueError(_("This is not an address: {shown}.").format(shown=shown)) from None
    if parts.scheme != "https" or not host or parts.username or not line.isprintable() or re.search(r"\s", line):
        raise ValueError(
            _("Expected an https:// address without a user name and spaces, not {shown}.").format(shown=shown)
        )
    if not parts.path.lower().endswith(SUFFIXES):
        raise ValueError(
            _("The path of an address ends in {endings}, not {shown}.").format(endings=", ".join(SUFFIXES), shown=shown)
        )
    if len(line) > ADDRESS_LIMIT:
        raise ValueError(
            _("An address has at most {most:,} characters: {shown}.").format(most=ADDRESS_LIMIT, shown=shown)
        )


def upload_video(
    run_id: int, *, path: Path | None = None, limits: Limits | None = None, **http_options: Any
) -> VideoUpload | None:
    """Carry out an upload. Returns the run afterwards, or None if it is not its turn or another worker holds it.

    `path`: where the file lies on this machine, which is then read from there.
    """
    runs = VideoUpload.objects.filter(pk=run_id)
    run = runs.first() if path else runs.filter(IN_TURN).first()
    if run is None:
        return None
    if limits is None:
        limits = FILE_LIMITS if run.size else CALL_LIMITS
    kind = OneCall(
        VideoUpload, partial(_upload, path=path), _record, UNKNOWN, nothing_done="",
        may_have_arrived=lambda run: run.may_have_arrived,
    )  # fmt: skip
    return carry_out(kind, run_id, limits=limits, waits=True, **http_options)


def _upload(claimed: ClaimedRun, vendor: Vendor, run: VideoUpload, path: Path | None) -> str:
    folder_id = run.folder.external_id if run.folder else ""
    try:
        if not run.size:
            return claimed.call(vendor.upload_address, run.full_address, run.name, folder_id, run.scope)
        pieces = (lambda: pieces_of_path(path)) if path else (lambda: pieces_of(run))
        file = VideoFile(run.name, run.size, pieces, run.sidecar)
        return _send(claimed, vendor, vendor.file_body(file, folder_id, run.scope))
    except PartsGone:
        claimed.assert_claim(received=0)
        forget_parts(run)
        raise
    except SyncError as error:
        # The vendor may repeat the address, whose query may be a signature.
        error.args = (re.sub(r"\?\S+", "?…", str(error)),)
        raise


def _send(claimed: ClaimedRun, vendor: Vendor, body: MultipartBody) -> str:
    """Send a file. Its last bytes go once it is committed that they do: until then the vendor cannot have the video."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(vendor.upload_file, body)
        future.add_done_callback(lambda _: body.changed.set())
        try:
            while not future.done():
                at_gate = body.at_gate.is_set()
                claimed.assert_claim(sent=F("size") if at_gate else body.sent)
                if at_gate:
                    body.finish()
                body.changed.wait(PROGRESS.total_seconds())
                body.changed.clear()
            return future.result()
        except ClaimLost as lost:
            body.stop()
            try:
                return future.result()  # sent whole before the claim was lost: what the vendor has must not be lost
            except (Stopped, SyncError):
                if not body.finished:
                    _end_canceled(claimed.run_id)
                raise lost from None
        except VendorUnavailable as error:
            error.reached = error.reached and body.finished
            raise
        finally:
            body.stop()


def _end_canceled(run_id: int) -> None:
    """A canceled upload ends for certain: its file was not sent whole."""
    run = VideoUpload.objects.filter(pk=run_id, state=RunState.INCOMPLETE, message__startswith=CANCELED).first()
    if run:
        forget_parts(run)
        VideoUpload.objects.filter(pk=run_id).update(state=RunState.FAILED, message=CANCELED, received=0, sent=0)


def _record(claimed: ClaimedRun, run: VideoUpload, video_id: str) -> None:
    """Store the video even if another worker has meanwhile given this run up: the vendor's id must not be lost."""
    VideoUpload.objects.filter(pk=run.pk, video_id="").update(
        video_id=video_id, query="", state=RunState.DONE, message="", claim="", finished_at=timezone.now(),
        received=F("size"), sent=F("size"),
    )  # fmt: skip
    forget_parts(run)


def forget_uploads(now: datetime) -> None:
    """Delete the files of uploads that are not continued, or ended without success a while ago, and queries."""
    runs = VideoUpload.objects.filter(Q(heartbeat_at__lt=now - KEEP) | Q(heartbeat_at=None, created_at__lt=now - KEEP))
    stored = runs.filter(size__gt=0, received__gt=0)
    for run in stored.filter(state__in=(RunState.QUEUED, RunState.FAILED, RunState.INCOMPLETE)):
        forget_parts(run)
        VideoUpload.objects.filter(pk=run.pk, received=run.received).exclude(state=RunState.RUNNING).update(received=0)
    arriving = runs.arriving().exclude(state=RunState.RUNNING)
    arriving.update(state=RunState.FAILED, finished_at=now, message="Not continued. Choose the file again.")
    signed = runs.exclude(state__in=UNFINISHED).annotate(length=Length("query")).filter(length__gt=0)
    signed.update(query="")

"""Uploads videos to a vendor's account from their addresses, each at most once.

No vendor promises that a repeated call uploads only one video. So that the call is about to be made is committed before
it is made; a run that finds this mark and no video ends as "may have been uploaded", for a person to look.
"""

import logging
import re
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from batches.errors import BadRecord, SyncError, VendorRefused, VendorUnavailable
from batches.jobs.claims import ClaimedRun, ClaimLost, claim
from batches.models import RunState, VideoUpload
from batches.sync.connect import open_vendor, record_failure
from batches.sync.http import Limits

logger = logging.getLogger(__name__)

CALL_LIMITS = Limits(connect=10, read=3600, total=3600, waiting=5, tries=3)  # the vendor may fetch all of it first
MAX_ADDRESSES = 500  # of one request
ADDRESS_LIMIT = 2000
SUFFIXES = (".mp4", ".webm", ".mov", ".avi")
UNKNOWN = (
    "The video may have been uploaded. Check before trying again: list the account's videos; if it is not among them, "
    "upload it again."
)
# The uploads of a connection follow each other: each may take as long as the vendor needs to fetch the video, and
# together they would hold all workers.
_BEFORE = VideoUpload.objects.filter(
    Q(state__in=(RunState.RUNNING, RunState.WAITING)) | Q(state=RunState.QUEUED, pk__lt=OuterRef("pk")),
    connection=OuterRef("connection"),
)
IN_TURN = ~Q(Exists(_BEFORE), state=RunState.QUEUED)


def read_addresses(text: str) -> list[str]:
    """The addresses of a list, one a line; repeated ones once. Raises ValueError with a message to show."""
    lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if not lines:
        raise ValueError("Enter at least one address, for example https://media.example/drive.mp4.")
    if len(lines) > MAX_ADDRESSES:
        raise ValueError(f"At most {MAX_ADDRESSES:,} addresses at once, not {len(lines):,}.")
    for line in lines:
        _check_address(line)
    return lines


def _check_address(line: str) -> None:
    shown = repr(line.partition("?")[0][:120])
    try:
        parts = urlsplit(line)
        host = parts.hostname
    except ValueError:
        raise ValueError(f"This is not an address: {shown}.") from None
    if parts.scheme != "https" or not host or parts.username or not line.isprintable() or re.search(r"\s", line):
        raise ValueError(f"Expected an https:// address without a user name and spaces, not {shown}.")
    if not parts.path.lower().endswith(SUFFIXES):
        raise ValueError(f"The path of an address ends in {', '.join(SUFFIXES)}, not {shown}.")
    if len(line) > ADDRESS_LIMIT:
        raise ValueError(f"An address has at most {ADDRESS_LIMIT:,} characters: {shown}.")


def upload_video(run_id: int, *, limits: Limits = CALL_LIMITS, **http_options: Any) -> VideoUpload | None:
    """Carry out an upload. Returns the run afterwards, or None if it is not its turn or another worker holds it."""
    claimed = claim(VideoUpload, run_id) if VideoUpload.objects.filter(IN_TURN, pk=run_id).exists() else None
    if claimed is None:
        return None
    run = VideoUpload.objects.select_related("connection", "folder").get(pk=run_id)
    try:
        if run.sent_at:
            claimed.end(RunState.INCOMPLETE, f"The worker ended during the call. {UNKNOWN}")
        else:
            _upload(claimed, run, limits, http_options)
    except ClaimLost:
        logger.warning("upload %s: another worker took over", run_id)
        return None
    return VideoUpload.objects.get(pk=run_id)


def _upload(claimed: ClaimedRun, run: VideoUpload, limits: Limits, http_options: dict[str, Any]) -> None:
    try:
        vendor = open_vendor(run.connection, limits=limits, **http_options)
    except VendorUnavailable as error:
        claimed.put_off(error)
        return
    except VendorRefused as error:
        claimed.end(RunState.FAILED, str(error))
        return
    with closing(vendor.http):
        claimed.assert_claim(sent_at=timezone.now(), calls=F("calls") + 1)
        try:
            folder_id = run.folder.external_id if run.folder else ""
            video_id = claimed.call(vendor.upload_address, run.full_address, run.name, folder_id, run.scope)
        except SyncError as error:
            record_failure(run.connection, error)
            _not_uploaded(claimed, error)
            return
    # Also if another worker has meanwhile given this run up: the vendor's id must not be lost.
    VideoUpload.objects.filter(pk=run.pk, video_id="").update(
        video_id=video_id, query="", state=RunState.DONE, message="", claim="", finished_at=timezone.now()
    )


def _not_uploaded(claimed: ClaimedRun, error: SyncError) -> None:
    message = re.sub(r"\?\S+", "?…", str(error))  # the vendor may repeat the address, whose query may be a signature
    if isinstance(error, VendorRefused):
        claimed.end(RunState.FAILED, message)
    elif isinstance(error, VendorUnavailable) and not error.reached:
        claimed.put_off(error, sent_at=None)
    elif isinstance(error, BadRecord):
        claimed.end(RunState.INCOMPLETE, f"The vendor's answer could not be read ({message}). {UNKNOWN}")
    else:
        claimed.end(RunState.INCOMPLETE, f"{message} {UNKNOWN}")

"""Lists the videos of an account in the background."""

import logging
from contextlib import closing
from datetime import timedelta
from itertools import batched
from typing import Any

from django.db import transaction
from django.utils import timezone

from batches.errors import SyncError, VendorUnavailable
from batches.jobs.claims import ClaimedRun, ClaimLost, claim
from batches.models import AccountVideo, Connection, Folder, RunState, VideoListing
from batches.models.video import FolderScope
from batches.sync.connect import open_vendor, record_failure
from batches.sync.http import Limits
from batches.sync.questions import Video, VideoFolder

logger = logging.getLogger(__name__)

CALL_LIMITS = Limits(connect=10, read=120, total=300, waiting=30, tries=3)
CHUNK_ROWS = 500
LIST_AGAIN = timedelta(hours=1)
FIELDS = ["name", "folder", "org_id", "status", "seconds", "vendor_created_at", "gone_at"]


def list_videos(run_id: int, *, limits: Limits = CALL_LIMITS, **http_options: Any) -> VideoListing | None:
    """Carry out a listing. Returns the run afterwards, or None if another worker holds it."""
    claimed = claim(VideoListing, run_id)
    if claimed is None:
        return None
    run = VideoListing.objects.select_related("connection").get(pk=run_id)
    try:
        _list(claimed, run, limits, http_options)
    except ClaimLost:
        logger.warning("listing %s: another worker took over", run_id)
        return None
    return VideoListing.objects.get(pk=run_id)


def _list(claimed: ClaimedRun, run: VideoListing, limits: Limits, http_options: dict[str, Any]) -> None:
    try:
        vendor = open_vendor(run.connection, limits=limits, **http_options)
        with closing(vendor.http):
            videos = {video.external_id: video for video in claimed.call(vendor.videos)}
    except VendorUnavailable as error:
        record_failure(run.connection, error)
        claimed.put_off(error)
        return
    except SyncError as error:
        record_failure(run.connection, error)
        claimed.end(RunState.FAILED, str(error))
        return
    claimed.assert_claim(total=len(videos))
    folders = _store_folders(run.connection, videos.values())
    for number, rows in enumerate(batched(videos.values(), CHUNK_ROWS, strict=False)):
        store_videos(run.connection, rows, folders)
        claimed.assert_claim(position=number * CHUNK_ROWS + len(rows))
    listed = set(videos)
    stored = AccountVideo.objects.listed().filter(connection=run.connection).values_list("pk", "external_id")
    gone = [pk for pk, external_id in stored.iterator() if external_id not in listed]
    for keys in batched(gone, CHUNK_ROWS, strict=False):
        AccountVideo.objects.filter(pk__in=keys, gone_at__isnull=True).update(gone_at=timezone.now())
    claimed.end(RunState.DONE)


def _store_folders(connection: Connection, videos: Any) -> dict[str, int]:
    """Folder id → our row. A listing names a folder by its id, and not always by its name."""
    seen: dict[str, VideoFolder] = {}
    for video in videos:
        if video.folder_id and (video.folder_id not in seen or video.folder):
            scope = FolderScope.ORG if video.org_id else FolderScope.USER
            seen[video.folder_id] = VideoFolder(video.folder_id, video.folder, scope, video.org_id)
    stored = dict(Folder.objects.filter(connection=connection).values_list("external_id", "name"))
    for folder_id, folder in seen.items():
        if folder_id not in stored or (folder.name and folder.name != stored[folder_id]):
            store_folder(connection, folder)
    return dict(Folder.objects.filter(connection=connection).values_list("external_id", "pk"))


def store_folder(connection: Connection, folder: VideoFolder) -> Folder:
    """Create or update a folder. What the vendor did not say is kept."""
    stated = {
        name: value for name, value in (
            ("name", folder.name), ("org_id", folder.org_id), ("description", folder.description),
            ("vendor_created_at", folder.created_at), ("scope", folder.scope),
        ) if value
    }  # fmt: skip
    row, _ = Folder.objects.update_or_create(connection=connection, external_id=folder.external_id, defaults=stated)
    return row


def store_videos(connection: Connection, videos: tuple[Video, ...], folders: dict[str, int]) -> None:
    rows = [
        AccountVideo(
            connection=connection, external_id=video.external_id, name=video.name, org_id=video.org_id,
            folder_id=folders.get(video.folder_id), status=video.status, seconds=video.seconds,
            vendor_created_at=video.created_at, gone_at=None,
        ) for video in videos
    ]  # fmt: skip
    with transaction.atomic():
        AccountVideo.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["connection", "external_id"], update_fields=FIELDS
        )

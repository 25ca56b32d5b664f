"""Imports from cloud storage into a vendor's account: stores the request; the calls are made in the background."""

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.actions.batches import PAGE_LIMITS
from batches.actions.idempotency import first_result
from batches.errors import SyncError, VendorUnavailable
from batches.models import CloudImport, CloudProvider, Connection, Folder, FolderScope, RunState
from batches.models.run import UNFINISHED
from batches.sync.clouds import Integration
from batches.sync.connect import calling
from batches.sync.fields import NAME_LIMIT
from batches.sync.http import Limits
from batches.sync.object_lists import read_objects
from batches.sync.vendors import vendor_of
from batches.tasks import enqueue

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def list_integrations(*, connection: Connection, limits: Limits = PAGE_LIMITS) -> list[Integration]:
    """The accesses to cloud storage that are stored at the vendor. Raises ValueError, SyncError."""
    _check(connection)
    with calling(connection, limits=limits) as vendor:
        return vendor.integrations()


def start_cloud_import(
    *,
    connection: Connection,
    addresses: str,
    integration: str,
    folder: Folder | None,
    scope: str,
    by: "User | None",
    idempotency_key: UUID,
    background: bool = True,
) -> CloudImport:
    """Have the vendor fetch the objects of a list, one gs:// or s3:// address a line.

    The same key again returns the same import. Without `background` the caller does the run itself. Raises ValueError
    with a message to show, KeyReused.
    """
    _check(connection)
    objects, integration = read_objects(addresses), integration.strip()
    if objects.provider == CloudProvider.GCS and not integration:
        raise ValueError(_("Choose an integration: the vendor reads Google Cloud Storage only with one."))
    if len(integration) > NAME_LIMIT:
        raise ValueError(_("An integration's ID has at most {most} characters.").format(most=NAME_LIMIT))
    if scope not in FolderScope.values:
        raise ValueError(
            _("Unknown scope {scope!r}. Known: {known}.").format(scope=scope, known=", ".join(FolderScope.values))
        )
    if folder is not None and folder.connection_id != connection.pk:
        raise ValueError(_("That folder belongs to another connection."))
    parameters = {
        "requested_by_id": by.pk if by else None,
        "connection_id": connection.pk,
        "provider": objects.provider,
        "bucket": objects.bucket,
        "keys": list(objects.keys),
        "integration": integration,
        "folder_id": folder.pk if folder else None,
        "scope": folder.scope if folder else scope,
    }
    with transaction.atomic():
        if first := first_result(CloudImport.objects.all(), idempotency_key, **parameters):
            return first
        run = CloudImport.objects.create(idempotency_key=idempotency_key, total=len(objects.keys), **parameters)
        if background:
            enqueue(run)
        return run


def check_cloud_import(*, run: CloudImport) -> None:
    """Read again how far an import is that is no longer followed. Raises ValueError with a message to show."""
    if not run.job_id:
        raise ValueError(_("The vendor's ID of this import is unknown."))
    _follow_again(run)


def retry_cloud_import(*, run: CloudImport, limits: Limits = PAGE_LIMITS) -> int:
    """Have the vendor fetch the failed videos of an import again. Returns how many.

    Raises ValueError with a message to show, SyncError.
    """
    if run.unfinished:
        raise ValueError(_("Wait until the import has ended."))
    failed = list(run.videos.failed().values_list("external_id", flat=True))
    if not failed:
        raise ValueError(_("No video of this import has failed."))
    lost, before = None, run.retried_at
    _begin_retry(run, timedelta(seconds=limits.total))
    try:
        with calling(run.connection, limits=limits) as vendor:
            vendor.retry_import(run.job_id, failed)
    except SyncError as error:
        if not isinstance(error, VendorUnavailable) or not error.reached:
            CloudImport.objects.filter(pk=run.pk).update(retried_at=before)
            raise
        lost = error  # the vendor may fetch them by now; reading its list again shows it, and repeats nothing
    with transaction.atomic():
        run.videos.failed().update(status="")
        _follow_again(run, retried_at=timezone.now())
    if lost:
        raise VendorUnavailable(
            _("{lost} The retry may have started; the list is read again.").format(lost=lost)
        ) from lost
    return len(failed)


def _begin_retry(run: CloudImport, longest: timedelta) -> None:
    """Mark that the call is about to be made. Raises ValueError while another request may be making it."""
    now = timezone.now()
    free = Q(retried_at__isnull=True) | Q(retried_at__lt=now - longest)
    ended = CloudImport.objects.filter(free, pk=run.pk).exclude(state__in=UNFINISHED)
    if not ended.update(retried_at=now):
        raise ValueError(_("The failed videos have just been requested again. Reload the page in a moment."))


def _follow_again(run: CloudImport, **changes: object) -> None:
    now = timezone.now()
    with transaction.atomic():
        ended = CloudImport.objects.filter(pk=run.pk).exclude(state__in=UNFINISHED)
        if ended.update(state=RunState.QUEUED, finished_at=None, message="", attempts=0, changed_at=now, **changes):
            enqueue(run)


def _check(connection: Connection) -> None:
    if not vendor_of(connection.vendor).has_cloud_imports:
        raise ValueError(
            _("{vendor} does not import from cloud storage here.").format(vendor=connection.get_vendor_display())
        )

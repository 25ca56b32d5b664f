"""The videos and folders of an account: lists them, creates and looks up folders, deletes videos permanently."""

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from batches.actions.batches import PAGE_LIMITS
from batches.errors import VendorUnavailable
from batches.models import AccountVideo, Connection, Folder, FolderScope, VideoListing
from batches.sync.connect import calling
from batches.sync.fields import NAME_LIMIT
from batches.sync.http import Limits
from batches.sync.vendors import vendor_of
from batches.sync.videos import store_folder
from batches.tasks import request_listing

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def request_video_list(*, connection: Connection, by: "User") -> VideoListing:
    """Have the account's videos listed in the background; from then on they are listed every hour."""
    _check(connection)
    return request_listing(connection.pk, by)


def make_folder(
    *, connection: Connection, name: str, scope: str, description: str = "", limits: Limits = PAGE_LIMITS
) -> Folder:
    """Create a folder at the vendor. Its name is unique in its scope.

    Raises ValueError with a message to show, SyncError.
    """
    name = _folder_name(connection, name, scope)
    with calling(connection, limits=limits) as vendor:
        try:
            folder = vendor.create_folder(name, scope, description.strip())
        except VendorUnavailable as error:
            if not error.reached:
                raise
            raise VendorUnavailable(
                _("{error} The folder may have been created. Look it up by its name.").format(error=error)
            ) from error
    return store_folder(connection, folder)


def find_folder(*, connection: Connection, name: str, scope: str, limits: Limits = PAGE_LIMITS) -> Folder:
    """Look a folder up by its name, since the vendor lists none.

    Raises ValueError with a message to show, SyncError.
    """
    name = _folder_name(connection, name, scope)
    with calling(connection, limits=limits) as vendor:
        folder = vendor.folder(name, scope)
    return store_folder(connection, folder)


def delete_video(*, video: AccountVideo, typed: str, by: "User", limits: Limits = PAGE_LIMITS) -> None:
    """Delete a video at the vendor, permanently and for everybody. `typed`: its name, as the person typed it.

    Events and decisions stored here are kept. Raises ValueError with a message to show, SyncError.
    """
    _check(video.connection)
    if typed.strip() != str(video).strip():
        raise ValueError(_("Type the name of the video exactly as it is shown. Nothing was deleted."))
    with calling(video.connection, limits=limits) as vendor:
        vendor.delete_video(video.external_id)
    AccountVideo.objects.filter(pk=video.pk).update(gone_at=timezone.now(), deleted_by=by)


def _check(connection: Connection) -> None:
    if not vendor_of(connection.vendor).has_folders:
        raise ValueError(_("{vendor} does not list videos.").format(vendor=connection.get_vendor_display()))


def _folder_name(connection: Connection, name: str, scope: str) -> str:
    _check(connection)
    name = name.strip()
    if not 0 < len(name) <= NAME_LIMIT:
        raise ValueError(_("A folder's name has 1 to {most} characters.").format(most=NAME_LIMIT))
    if scope not in FolderScope.values:
        raise ValueError(
            _("Unknown scope {scope!r}. Known: {known}.").format(scope=scope, known=", ".join(FolderScope.values))
        )
    return name

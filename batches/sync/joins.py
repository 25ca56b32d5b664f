"""Joins the views of a recording at the vendor, once all of them are uploaded."""

from django.utils import timezone

from batches.errors import SyncError, VendorUnavailable
from batches.models import RunState, VideoUpload
from batches.sync.connect import calling
from batches.sync.once import CALL_LIMITS


def join_views(front_id: int) -> None:
    """Join the views of a front view's recording. To join them once more changes nothing, so a kill loses nothing."""
    fronts = VideoUpload.objects.filter(pk=front_id)
    front = fronts.to_join().select_related("connection").first()
    if front is None:
        return
    uploaded = VideoUpload.objects.filter(recording=front.recording, state=RunState.DONE).order_by("pk")
    views = dict(uploaded.values_list("view", "video_id"))
    try:
        with calling(front.connection, limits=CALL_LIMITS) as vendor:
            vendor.join_views(views)
    except SyncError as error:
        if not isinstance(error, VendorUnavailable) or error.reached:
            fronts.update(join_message=f"The views may be apart: {error}")
        return  # otherwise the sweep tries again
    fronts.update(joined_at=timezone.now())

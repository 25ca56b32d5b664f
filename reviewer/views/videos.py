"""The videos of an account: which are there, which are analysed and reviewed, which to analyse next."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.errors import SyncError
from batches.models import Connection
from batches.sync.vendors import vendor_of
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.videos import NEWEST, VideoFilter
from reviewer.ordering import keyset
from reviewer.review.account_videos import video_rows
from reviewer.web.htmx import render_page
from reviewer.web.refusals import answers_refusals, read_do

PAGE_VIDEOS = 100


@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def video_list(request: SignedIn, pk: int) -> HttpResponse:
    """The videos of a connection's account; a POST has them listed, makes a folder, or looks one up."""
    connection = access.connection_for(request.user, pk)
    error = ""
    if request.method == "POST":
        error = _change(request, connection)
        if not error:
            return redirect("video-list", pk)
    video_filter = VideoFilter.of(request.GET, connection)
    listing = connection.listings.order_by("-id").first()
    videos, more = keyset.page(request.GET, NEWEST, video_filter.qs, PAGE_VIDEOS)
    context: dict[str, Any] = {
        "connection": connection,
        "lists": vendor_of(connection.vendor).has_folders,
        "describes": vendor_of(connection.vendor).has_odd,
        "searches": vendor_of(connection.vendor).has_search,
        "filter": video_filter,
        "rows": video_rows(connection, videos),
        "more": more,
        "total": video_filter.qs.count(),
        "unnamed": connection.folders.filter(name="").count(),
        "listing": listing,
        "followed": listing is not None and request.headers.get("HX-Target") == "listing",
        "error": error,
        "typed": request.POST,
    }
    status = 422 if error else 200
    response = render_page(request, "videos/video_list.html", context, partials=["listing", "more"], status=status)
    if listing and context["followed"] and not listing.unfinished and connection.listings.count() == 1:
        response["HX-Redirect"] = request.get_full_path()  # the first list: nothing is selected yet
    return response


def _change(request: SignedIn, connection: Connection) -> str:
    """Carry out the page's forms. Returns an error as a sentence, or an empty text."""
    do = read_do(request, ("list", "make", "find"))
    name, scope = request.POST.get("name", ""), request.POST.get("scope", "")
    try:
        if do == "list":
            actions.request_video_list(connection=connection, by=request.user)
        elif do == "make":
            description = request.POST.get("description", "")[:2000]
            folder = actions.make_folder(connection=connection, name=name, scope=scope, description=description)
            messages.success(request, _("Created the folder {name}.").format(name=folder))
        else:
            folder = actions.find_folder(connection=connection, name=name, scope=scope)
            messages.success(request, _("Found the folder {name}.").format(name=folder))
    except (ValueError, SyncError) as refusal:
        return str(refusal)
    return ""


@require_http_methods(["GET", "HEAD", "POST"])
def video_delete(request: SignedIn, pk: int) -> HttpResponse:
    """Delete a video at the vendor, behind its typed name."""
    video = access.video_for(request.user, pk)
    error = ""
    if request.method == "POST":
        try:
            actions.delete_video(video=video, typed=request.POST.get("typed", ""), by=request.user)
        except (ValueError, SyncError) as refusal:
            error = str(refusal)
        else:
            vendor = video.connection.get_vendor_display()
            messages.success(request, _("{name} is deleted at {vendor}.").format(name=video, vendor=vendor))
            return redirect("video-list", video.connection_id)
    (row,) = video_rows(video.connection, [video])
    context = {"video": video, "connection": video.connection, "row": row, "error": error}
    return render_page(request, "videos/video_delete.html", context, status=422 if error else 200)

"""The answer to a page that wants to play a clip."""

from django.http import JsonResponse
from django.urls import reverse

from batches.errors import SyncError, VendorUnavailable
from batches.models import Item
from reviewer import media
from reviewer.access import SignedIn


def clip_answer(request: SignedIn, item: Item) -> JsonResponse:
    """A signed address to play, and the batch that lends the clip, if any; else the plain reason why there is none."""
    try:
        clip = media.clip(item, request.user)
    except SyncError as error:
        status = 503 if isinstance(error, VendorUnavailable) else 502
        return JsonResponse({"error": str(error)}, status=status if media.has_clips(item.batch.connection) else 404)
    lender = clip.lender and {"title": clip.lender.title, "url": reverse("batch-grid", args=[clip.lender.pk])}
    return JsonResponse({"url": clip.url, "expires_at": clip.expires_at, "lender": lender})

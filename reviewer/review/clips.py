"""The answer to a page that wants to play a clip."""

import math

from django.http import JsonResponse
from django.urls import reverse

from batches.errors import SyncError, VendorUnavailable
from batches.models import Item
from reviewer import media
from reviewer.access import SignedIn


def clip_answer(request: SignedIn, item: Item) -> JsonResponse:
    """A signed address to play, and the batch that lends the clip, if any; else the plain reason why there is none.

    A page that could not play its address sends `failed`; Retry-After says when it is worth another try.
    """
    try:
        clip = media.clip(item, request.user, has_failed="failed" in request.POST)
    except SyncError as error:
        status = 503 if isinstance(error, VendorUnavailable) else 502
        wait = error.retry_after if isinstance(error, VendorUnavailable) else None
        return JsonResponse(
            {"error": str(error)}, status=status if media.has_clips(item.batch.connection) else 404,
            headers={"Retry-After": str(math.ceil(wait))} if wait else None,
        )  # fmt: skip
    lender = clip.lender and {"title": clip.lender.title, "url": reverse("batch-grid", args=[clip.lender.pk])}
    return JsonResponse({"url": clip.url, "expires_at": clip.expires_at, "lender": lender})

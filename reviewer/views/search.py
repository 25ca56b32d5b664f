"""Search by name over everything a person may see: a page, and the list of the dialog that Ctrl+K opens."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from reviewer.access import SignedIn
from reviewer.review.finder import find
from reviewer.web.htmx import render_page

MAX_SEARCH = 200  # characters


@require_safe
def search(request: SignedIn) -> HttpResponse:
    text = request.GET.get("q", "").replace("\0", "").strip()[:MAX_SEARCH]
    context = {"text": text, "groups": find(request.user, text)}
    return render_page(request, "search/search.html", context, partials=["finder-hits"])

"""The prompts a team has tried on the same videos, and what each was worth."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from reviewer import access
from reviewer.access import SignedIn
from reviewer.insights.prompt_history import EVER, prompt_history
from reviewer.web.htmx import render_page


@require_safe
def batch_prompts(request: SignedIn, pk: int) -> HttpResponse:
    batch = access.batch_for(request.user, pk)
    context = {
        "batch": batch,
        "rights": access.rights_in(request.user, batch),
        "steps": prompt_history(batch),
        "ever": EVER,
    }
    return render_page(request, "batches/batch_prompts.html", context)

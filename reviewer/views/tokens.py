"""One's own tokens: make one (shown once), see when each was last used, revoke."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from batches import actions
from batches.errors import NotAllowed
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.named import named_page
from reviewer.forms.connections import TokenForm
from reviewer.forms.fields import sentence
from reviewer.web.htmx import render_page


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def token_list(request: SignedIn) -> HttpResponse:
    """The text of a new token is in the answer to its POST and nowhere else."""
    form, made, error = TokenForm(), None, ""
    if request.method == "POST":
        form = TokenForm(request.POST)
        if form.is_valid():
            try:
                made = actions.make_token(user=request.user, **form.cleaned_data)
                form = TokenForm()
            except NotAllowed as refusal:
                error = str(refusal)
        else:
            error = sentence(form)
    context = {
        "tokens": named_page(request.GET, request.user.tokens.all()),
        "scopes": actions.scopes_for(request.user),
        "form": form,
        "made": made,
        "error": error,
    }
    return render_page(request, "tokens/token_list.html", context, status=422 if error else 200)


@require_POST
def token_revoke(request: SignedIn, pk: int) -> HttpResponse:
    token = access.token_to_revoke(request.user, pk)
    actions.revoke_token(token=token)
    messages.success(request, _("The token “{name}” is revoked.").format(name=token.name))
    return redirect("token-list")

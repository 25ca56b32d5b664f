"""The first administrator of a new installation, made with the code that the server printed."""

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.errors import NotAllowed
from reviewer.forms.people import SetupForm
from reviewer.web.htmx import render_page
from reviewer.web.sign_in import BACKEND


@sensitive_post_parameters()
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    if not actions.nobody_exists():
        raise Http404(_("There is an account already."))
    form = SetupForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            user = actions.make_first_administrator(
                code=data["code"], username=data["username"], email=data["email"], password=data["password1"]
            )
        except NotAllowed as error:
            form.add_error("code", str(error))
        else:
            login(request, user, BACKEND)
            return redirect("connection-new")
    return render_page(request, "people/setup.html", {"form": form}, status=422 if form.errors else 200)

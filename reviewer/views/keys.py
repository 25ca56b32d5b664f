"""The keys somebody chose: saved here, and on every full page for the script that listens to them."""

import json
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from batches import actions
from batches.models import KeyPreference
from reviewer.access import SignedIn
from reviewer.forms.fields import sentence
from reviewer.forms.keys import KeysForm

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@require_POST
def keys_save(request: SignedIn) -> JsonResponse:
    """`single_keys` on or absent, `keys` as a JSON object; the whole choice, not a change of it."""
    form = KeysForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": sentence(form)}, status=422)
    actions.save_keys(by=request.user, **form.cleaned_data)
    return JsonResponse({"saved": True})


def chosen_keys(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `chosen_keys`, JSON text. Asked of the database only by templates that show it."""
    return {"chosen_keys": partial(_as_json, cast("User", request.user))} if hasattr(request, "user") else {}


def _as_json(user: "User") -> str:
    preference = getattr(user, "key_preference", None) or KeyPreference()
    return json.dumps({"single": preference.single_keys, "keys": preference.keys})

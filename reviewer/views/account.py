"""One's own account: the profile, emails, and the sessions with what else is signed in."""

from zoneinfo import available_timezones

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.languages import Language
from batches.models import MailWhen, NotificationKind, NotificationPreference, Profile, Theme, UserSession
from reviewer.access import SignedIn
from reviewer.forms.fields import sentence
from reviewer.forms.people import NotificationMailForm, ProfileForm
from reviewer.web.htmx import render_page
from reviewer.web.refusals import answers_refusals, read_do
from reviewer.web.sessions import stored_key

REGIONS = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def account(request: SignedIn) -> HttpResponse:
    error = ""
    own_session = stored_key(request.session.session_key or "")
    if request.method == "POST":
        error = _change(request, own_session)
        if not error:
            return redirect("account")
    profile = Profile.objects.filter(user=request.user).first() or Profile(user=request.user)
    mail = NotificationPreference.objects.filter(user=request.user).first() or NotificationPreference()
    context = {
        "profile": profile,
        "themes": Theme,
        "languages": Language,
        "zones": sorted({"UTC", profile.time_zone, *filter(_is_place, available_timezones())}),
        "mail_kinds": [(kind, label, mail.when(kind)) for kind, label in NotificationKind.choices],
        "mail_times": MailWhen.choices,
        "mail_is_sent": bool(settings.MAILERS),
        "mail_is_printed": settings.MAIL_IS_PRINTED,
        "sessions": UserSession.objects.filter(user=request.user, expire_date__gt=timezone.now()).order_by("-seen_at"),
        "own_session": own_session,
        "ends": actions.what_ends(request.user),
        "error": error,
    }
    return render_page(request, "people/account.html", context, status=422 if error else 200)


def _ended(sessions: int) -> str:
    return ngettext("Ended: {count} session.", "Ended: {count} sessions.", sessions).format(count=sessions)


def _is_place(zone: str) -> bool:
    return zone.startswith(REGIONS)


def _change(request: SignedIn, own_session: str) -> str:
    """Carry out the page's forms. Returns an error as a sentence, or an empty text."""
    match read_do(request, ["profile", "mail", "end", "end-others"]):
        case "profile":
            form = ProfileForm(request.POST)
            if not form.is_valid():
                return sentence(form)
            actions.save_profile(user=request.user, **form.cleaned_data)
            messages.success(request, _("Profile saved."))
        case "mail":
            mail_form = NotificationMailForm(request.POST)
            if not mail_form.is_valid():
                return sentence(mail_form)
            actions.save_notification_mail(by=request.user, when=mail_form.when())
            messages.success(request, _("Emails saved."))
        case "end":
            ended = actions.end_sessions(request.user, key=request.POST.get("session", "-")[:40], but=own_session)
            messages.success(request, _ended(ended))
        case "end-others":
            ended = actions.end_sessions(request.user, but=own_session)
            messages.success(request, _ended(ended))
    return ""

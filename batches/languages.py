"""The languages that pages are translated into."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Language(TextChoices):
    """Each in its own words, so that whoever is in the wrong one finds theirs."""

    BROWSER = "", _("Same as the browser")
    ENGLISH = "en", "English"
    GERMAN = "de", "Deutsch"
    ARABIC = "ar", "العربية"

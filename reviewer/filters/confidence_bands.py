"""Bands of confidence, as `ConfidenceBand` numbers them: in a query string, as a condition, on pages."""

from django.db.models import Q
from django.utils.translation import gettext as _

from batches.models.confidence_band import BANDS

NONE = "none"
BAND_NAMES = [*(f"{number / BANDS:.1f}" for number in range(BANDS)), NONE]


def band_condition(name: str) -> Q:
    """The events of the band called `name`, one of BAND_NAMES.

    The first and the last band include values beyond them.
    """
    if name == NONE:
        return Q(confidence__isnull=True)
    number = BAND_NAMES.index(name)
    above = Q(confidence__gte=number / BANDS) if number else Q(confidence__isnull=False)
    return above & Q(confidence__lt=(number + 1) / BANDS) if number < BANDS - 1 else above


def band_label(number: int) -> str:
    return _("none given") if number == BANDS else f"{number / BANDS:.1f} – {(number + 1) / BANDS:.1f}"

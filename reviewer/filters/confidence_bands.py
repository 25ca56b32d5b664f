"""Bands of confidence, as `ConfidenceBand` numbers them: in a query string, as a condition, on pages."""

from decimal import Decimal
from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils.translation import gettext as _

from batches.models.confidence_band import BANDS

NONE = "none"
BAND_NAMES = [*(f"{number / BANDS:.1f}" for number in range(BANDS)), NONE]
RANGE = ("confidence_min", "confidence_max")  # the filters that bound it


def band_condition(name: str) -> Q:
    """The events of the band called `name`, one of BAND_NAMES.

    The first and the last band include values beyond them.
    """
    if name == NONE:
        return Q(confidence__isnull=True)
    number = BAND_NAMES.index(name)
    above = Q(confidence__gte=number / BANDS) if number else Q(confidence__isnull=False)
    return above & Q(confidence__lt=(number + 1) / BANDS) if number < BANDS - 1 else above


def whole_bands(confidence_min: Decimal | None = None, confidence_max: Decimal | None = None) -> tuple[range, Q]:
    """The bands that lie in a range as a whole, and the condition on the events of those that it cuts."""
    first, last = (
        None if bound is None else min(int(bound * BANDS), BANDS - 1) for bound in (confidence_min, confidence_max)
    )
    cut = {number for number in (first, last) if number is not None}
    whole = range(0 if first is None else first + 1, BANDS if last is None else last)
    return whole, reduce(or_, [band_condition(BAND_NAMES[number]) for number in sorted(cut)])


def band_label(number: int) -> str:
    return _("none given") if number == BANDS else f"{number / BANDS:.1f} – {(number + 1) / BANDS:.1f}"

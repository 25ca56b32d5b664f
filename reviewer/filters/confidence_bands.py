"""Bands of confidence, as `ConfidenceBand` numbers them: in a query string, as a condition, on pages."""

from collections.abc import Collection
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


def bands_condition(numbers: Collection[int]) -> Q:
    return reduce(or_, [band_condition(BAND_NAMES[number]) for number in numbers])


def whole_bands(
    confidence_min: Decimal | None = None, confidence_max: Decimal | None = None
) -> tuple[range, list[int]]:
    """The bands that lie in a range as a whole, and those that it cuts."""
    first, last = (
        None if bound is None else min(int(bound * BANDS), BANDS - 1) for bound in (confidence_min, confidence_max)
    )
    whole = range(0 if first is None else first + 1, BANDS if last is None else last)
    return whole, sorted({number for number in (first, last) if number is not None})


def least_uncertainty(
    confidence_min: Decimal | None = None, confidence_max: Decimal | None = None, band: Collection[str] = ()
) -> float:
    """What `Event.uncertainty`, the distance of the confidence from 0.5, is at least: it decides an order."""
    above = 0.0 if confidence_min is None else float(confidence_min) - 0.5
    below = 0.0 if confidence_max is None else 0.5 - float(confidence_max)
    numbers = [] if NONE in band else [BAND_NAMES.index(name) for name in band]
    nearest = min((max(number / BANDS - 0.5, 0.5 - (number + 1) / BANDS) for number in numbers), default=0.0)
    return max(0.0, above, below, nearest)


def band_label(number: int) -> str:
    return _("none given") if number == BANDS else f"{number / BANDS:.1f} – {(number + 1) / BANDS:.1f}"

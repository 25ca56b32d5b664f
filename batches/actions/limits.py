"""What one person may make in an hour, and have at once, so that nobody fills the queue or the database for all."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from batches.errors import TooMany
from batches.models import Tally
from batches.models.tally import tally_key

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import Model, QuerySet

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """`at_once`: rows of the person that exist or are unfinished; None: any number."""

    noun: str
    an_hour: int
    at_once: int | None = None


EXPORTS = Limit(gettext_noop("background downloads"), 60, 5)
TOKENS = Limit(gettext_noop("tokens"), 30, 50)
VIEWS = Limit(gettext_noop("saved views"), 120, 200)
LINKS = Limit(gettext_noop("links"), 120, 500)
WEBHOOKS = Limit(gettext_noop("webhooks"), 30, 60)
COMMENTS = Limit(gettext_noop("comments"), 300)
PASSWORDS = Limit(gettext_noop("changes of the password"), 20)
KEY_CHECKS = Limit(gettext_noop("checks of a vendor's key"), 120)
INVITATIONS = Limit(gettext_noop("invitations"), 60, 100)
UPLOADS = Limit(gettext_noop("uploads"), 60, 10)
VIDEO_UPLOADS = Limit(gettext_noop("videos to upload"), 2_000)
BULK_RUNS = Limit(gettext_noop("verdicts on all matching events"), 600, 5)
# These are counted where the request comes in: reviewer/web/limits.py.
DOWNLOADS = Limit(gettext_noop("downloads"), 1_200)
CLIPS = Limit(gettext_noop("clips"), 3_600)
ADDITIONS = Limit(gettext_noop("lists of batches to add"), 60)
STARTS = Limit(gettext_noop("batch starts"), 60)
PREVIEWS = Limit(gettext_noop("previews of forms"), 7_200)
COMPARISONS = Limit(gettext_noop("comparisons"), 240)
CERTIFICATES = Limit(gettext_noop("certificates"), 60)
MISSED = Limit(gettext_noop("missed events"), 3_600)
WATCHED = Limit(gettext_noop("watched videos"), 1_200)
QUESTIONS = Limit(gettext_noop("questions to the vendor"), 240)
STATES = Limit(gettext_noop("questions to the vendor about the state of uploads and searches"), 3_600)
PARTS = Limit(gettext_noop("parts of files"), 20_000)
SYNCS = Limit(gettext_noop("syncs and lists from the vendor"), 240)
METADATA = Limit(gettext_noop("changes of metadata"), 2_400)
IMPORT_STEPS = Limit(gettext_noop("steps of imports"), 300)
CONNECTIONS = Limit(gettext_noop("connections"), 30)
DELIVERIES = Limit(gettext_noop("changes of webhooks and repeated deliveries"), 240)
PEOPLE = Limit(gettext_noop("changes of people"), 600)
SETTINGS = Limit(gettext_noop("changes of settings"), 600)


def spend(limit: Limit, by: "User", rows: "QuerySet[Model] | None" = None, *, count: int = 1) -> None:
    """Count `count` more for this person. `rows`: those that count for `at_once`. Raises TooMany."""
    if limit.at_once is not None and rows is not None and rows.count() >= limit.at_once:
        raise TooMany(
            _("You have {at_once} {noun} already. Remove one, or wait until one is done.").format(
                at_once=limit.at_once, noun=_(limit.noun)
            ),
            60,
        )
    tally = Tally.objects.add(tally_key(limit.noun, by.pk), HOUR, count)
    if tally.count > limit.an_hour:
        raise TooMany(
            _("More than {an_hour} {noun} within an hour. Try again later.").format(
                an_hour=limit.an_hour, noun=_(limit.noun)
            ),
            tally.seconds_left,
        )

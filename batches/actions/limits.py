"""What one person may make in an hour, and have at once, so that nobody fills the queue or the database for all."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

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


EXPORTS = Limit("background downloads", 60, 5)
TOKENS = Limit("tokens", 30, 50)
VIEWS = Limit("saved views", 120, 200)
LINKS = Limit("links", 120, 500)
WEBHOOKS = Limit("webhooks", 30, 60)
COMMENTS = Limit("comments", 300)
PASSWORDS = Limit("changes of the password", 20)
KEY_CHECKS = Limit("checks of a vendor's key", 120)
INVITATIONS = Limit("invitations", 60, 100)
UPLOADS = Limit("uploads", 60, 10)
VIDEO_UPLOADS = Limit("videos to upload", 2_000)
BULK_RUNS = Limit("verdicts on all matching events", 600, 5)
# These are counted where the request comes in: reviewer/web/limits.py.
DOWNLOADS = Limit("downloads", 1_200)
CLIPS = Limit("clips", 3_600)
ADDITIONS = Limit("lists of batches to add", 60)
STARTS = Limit("batch starts", 60)
COMPARISONS = Limit("comparisons", 240)
CERTIFICATES = Limit("certificates", 60)
MISSED = Limit("missed events", 3_600)
WATCHED = Limit("watched videos", 1_200)
QUESTIONS = Limit("questions to the vendor", 240)
STATES = Limit("questions to the vendor about the state of uploads and searches", 3_600)
PARTS = Limit("parts of files", 20_000)
SYNCS = Limit("syncs and lists from the vendor", 240)
METADATA = Limit("changes of metadata", 2_400)
IMPORT_STEPS = Limit("steps of imports", 300)
CONNECTIONS = Limit("connections", 30)
DELIVERIES = Limit("changes of webhooks and repeated deliveries", 240)
PEOPLE = Limit("changes of people", 600)
SETTINGS = Limit("changes of settings", 600)


def spend(limit: Limit, by: "User", rows: "QuerySet[Model] | None" = None, *, count: int = 1) -> None:
    """Count `count` more for this person. `rows`: those that count for `at_once`. Raises TooMany."""
    if limit.at_once is not None and rows is not None and rows.count() >= limit.at_once:
        raise TooMany(f"You have {limit.at_once} {limit.noun} already. Remove one, or wait until one is done.", 60)
    tally = Tally.objects.add(tally_key(limit.noun, by.pk), HOUR, count)
    if tally.count > limit.an_hour:
        raise TooMany(f"More than {limit.an_hour} {limit.noun} within an hour. Try again later.", tally.seconds_left)

"""Comparison of two analyses of the same videos: pairs of videos, pairs of findings, and the run."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from batches.models.batch import Batch, Item
from batches.models.event import FOR_REVIEW, Approval, Event
from batches.models.run import UNFINISHED, Run, SyncRun


class Match(models.TextChoices):
    """What became of a finding of the earlier batch in the later one."""

    SAME = "same", _("Same")
    MOVED = "moved", _("Moved")
    CHANGED = "changed", _("Changed")
    NEW = "new", _("New")
    VANISHED = "vanished", _("Vanished")
    FOUND = "found", _("Found now")  # a person had added it
    MISSED = "missed", _("Still missed")  # only people found it


class KnownBy(models.TextChoices):
    """The identifier by which two videos were recognised as the same."""

    ID = "id", _("the vendor's id")
    SOURCE = "source", _("where it was imported from")
    PATH = "path", _("the path of the file")
    NAME = "name", _("the file name only")
    PERSON = "person", _("a person")


class ComparisonQuerySet(models.QuerySet["Comparison"]):
    def between(self, first: Batch, second: Batch) -> "Comparison | None":
        """The comparison of the two, whichever is the later one."""
        pair = Q(earlier=first, later=second) | Q(earlier=second, later=first)
        return self.filter(pair).select_related("earlier__connection", "later__connection").first()

    def outdated(self) -> "ComparisonQuerySet":
        """Comparisons whose batches a sync has changed since, without an unfinished run."""
        moved = ~Q(events_created=0, events_updated=0, events_gone=0)
        ended = SyncRun.objects.filter(moved, finished_at__gt=models.OuterRef("read_at"))
        ended = ended.filter(Q(batch=models.OuterRef("earlier")) | Q(batch=models.OuterRef("later")))
        busy = ComparisonRun.objects.filter(comparison=models.OuterRef("pk"), state__in=UNFINISHED)
        return self.filter(models.Exists(ended), ~models.Exists(busy))


class Comparison(models.Model):
    """A comparison of two batches. With the same batch twice, it compares replaced events with their replacements."""

    earlier = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="+")
    later = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True, help_text="When the run that found these results started.")
    counts = models.JSONField(default=dict, blank=True, help_text="Number of findings by kind of match.")

    by_name = models.BooleanField(default=True, help_text="Whether videos may be paired by their file name alone.")

    objects = ComparisonQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["earlier", "later"], name="comparison_once")]

    def __str__(self) -> str:
        return f"{self.earlier_id} beside {self.later_id}"

    @property
    def tally(self) -> dict[str, int]:
        """`counts` with every kind of match, in their order."""
        return {match: self.counts.get(match, 0) for match in Match.values}

    @property
    def missed_before(self) -> int:
        """Number of events that the earlier analysis missed and that people added, in either batch."""
        return self.tally[Match.FOUND] + self.tally[Match.MISSED]


class ComparisonRun(Run):
    """A run that compares both batches video by video. `position` counts processed videos."""

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="runs")
    batch = models.ForeignKey(
        Batch, on_delete=models.PROTECT, related_name="+", help_text="The later batch of the comparison."
    )
    after = models.BigIntegerField(default=0, help_text="Id of the last processed pair of videos.")

    class Meta(Run.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["comparison"], condition=Q(state__in=UNFINISHED), name="comparison_one_run"
            ),
            models.CheckConstraint(
                condition=Q(state__in=UNFINISHED, finished_at__isnull=True)
                | ~Q(state__in=UNFINISHED) & Q(finished_at__isnull=False),
                name="comparison_finished_when",
            ),
        ]

    def __str__(self) -> str:
        return f"comparison {self.comparison_id}: {self.state}"


class VideoPair(models.Model):
    """One video in both batches. A pair that a person linked stays, even if a later run finds another one."""

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="videos", db_index=False)
    earlier = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    later = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    known_by = models.CharField(max_length=8, choices=KnownBy)
    linked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    position = models.PositiveIntegerField(help_text="Position of the later item in its batch.")
    digest = models.CharField(max_length=32, blank=True, default="", help_text="Digest of the matched findings.")
    events = models.PositiveIntegerField(default=0, help_text="Number of rows; a matched pair is one row.")
    differing = models.PositiveIntegerField(
        default=0, help_text="Number of rows that are not the same in both batches."
    )

    class Meta:
        ordering = ["comparison", "position", "id"]
        indexes = [models.Index(fields=["comparison", "position", "id"], name="videopair_in_order")]
        constraints = [
            models.UniqueConstraint(fields=["comparison", "earlier"], name="videopair_earlier_once"),
            models.UniqueConstraint(fields=["comparison", "later"], name="videopair_later_once"),
            models.CheckConstraint(
                condition=Q(known_by=KnownBy.PERSON, linked_by__isnull=False)
                | ~Q(known_by=KnownBy.PERSON) & Q(linked_by__isnull=True),
                name="videopair_linked_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"video {self.earlier_id} is {self.later_id}"


class EventPairQuerySet(models.QuerySet["EventPair"]):
    def proposals(self) -> "EventPairQuerySet":
        """Pairs whose earlier finding a person decided, and whose later finding nobody decided yet."""
        waiting = Q(later__decided_at__isnull=True, later__gone_at__isnull=True)
        judged = Q(earlier__decided_at__isnull=False) & ~Q(earlier__approval=Approval.PENDING)
        return self.filter(waiting, judged, later__isnull=False)

    def disagreeing(self) -> "EventPairQuerySet":
        """Pairs whose findings are not the same, and pairs that people decided differently."""
        both = Q(earlier__decided_at__isnull=False, later__decided_at__isnull=False)
        both &= ~Q(earlier__approval=Approval.PENDING) & ~Q(later__approval=Approval.PENDING)
        return self.filter(~Q(match=Match.SAME) | both & ~Q(earlier__approval=F("later__approval")))


class EventPair(models.Model):
    """One finding in both batches. A new one has no `earlier`; a vanished one no `later`, unless a person added it."""

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="+", db_index=False)
    video = models.ForeignKey(VideoPair, on_delete=models.CASCADE, related_name="pairs", db_index=False)
    # No constraints in the database: they would be checked for each row, and events are never deleted.
    earlier = models.ForeignKey(
        Event, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    later = models.ForeignKey(
        Event, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    match = models.CharField(max_length=8, choices=Match)
    overlap = models.PositiveSmallIntegerField(
        null=True, help_text="Overlap of the two spans in per cent. Empty for an event of one batch only."
    )
    position = models.PositiveIntegerField(help_text="Position in the video by time, from 0.")

    objects = EventPairQuerySet.as_manager()

    class Meta:
        ordering = ["video", "position"]
        indexes = [
            models.Index(fields=["comparison", "match"], name="eventpair_by_match"),
            models.Index(fields=["video", "position"], name="eventpair_in_order"),
        ]
        constraints = [
            # These are also the indexes by event.
            models.UniqueConstraint(fields=["earlier", "comparison"], name="eventpair_earlier_once"),
            models.UniqueConstraint(fields=["later", "comparison"], name="eventpair_later_once"),
            models.CheckConstraint(
                condition=Q(match=Match.NEW, earlier__isnull=True, later__isnull=False)
                | Q(match=Match.VANISHED, earlier__isnull=False)
                | Q(match=Match.MISSED) & (Q(earlier__isnull=False) | Q(later__isnull=False))
                | Q(
                    match__in=[Match.SAME, Match.MOVED, Match.CHANGED, Match.FOUND],
                    earlier__isnull=False,
                    later__isnull=False,
                ),
                name="eventpair_has_its_sides",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.match}: {self.earlier_id} → {self.later_id}"

    @property
    def decided_otherwise(self) -> bool:
        """Whether people decided both findings, and differently: the same rule as in `disagreeing`."""
        if not (self.earlier and self.later and self.earlier.decided_at and self.later.decided_at):
            return False
        verdicts = {self.earlier.approval, self.later.approval}
        return len(verdicts) == 2 and Approval.PENDING not in verdicts


# The events of one side of a comparison. Inside one batch, the earlier side is the decided events that the vendor
# replaced, and what people had added before.
def events_on_side(comparison: Comparison, name: str) -> Q:
    """The condition on events: `name` is `earlier` or `later`. Of what people added, only what stands approved."""
    batch = Q(batch=getattr(comparison, f"{name}_id")) & (Q(origin__isnull=True) | Q(approval=Approval.APPROVED))
    if comparison.earlier_id != comparison.later_id:
        return batch & FOR_REVIEW
    if name == "later":
        return batch & Q(gone_at__isnull=True)
    of_item = Event.objects.filter(batch=OuterRef("batch"), item=OuterRef("item"), origin__isnull=True)
    is_earlier = Q(origin__isnull=True) | Q(Exists(of_item.filter(gone_at__gt=OuterRef("created_at"))))
    return batch & Q(gone_at__isnull=False, decided_at__isnull=False) & is_earlier

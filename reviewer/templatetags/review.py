"""Filters and tags for values on a page: icons, clocks, statuses, bars."""

import json
import math
import re
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote_plus, urlsplit

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from batches.actions.comments import MENTION, unknown_names, written_name
from batches.export.download import Rows
from batches.languages import comma_list, date_text
from batches.models import Approval, Batch, Comment, Connection, Decision, Event
from batches.models.batch import EXPIRES_SOON
from batches.models.comparison import Match
from batches.models.corrections import read
from batches.models.decision import ActionKind
from batches.models.people import initials_mark
from batches.models.role import Role
from batches.models.severity import SEVERITY_WORDS, Severity
from batches.models.vendor_outcome import vendor_outcome
from batches.stored_texts import in_language
from batches.sync.files.boxes import track_of
from batches.sync.vendors import vendor_of
from batches.watch.vendor_webhook import reason_not_to_call
from reviewer import access, media
from reviewer.filters.events import EventFilter
from reviewer.formats import clock, span, work_time
from reviewer.review.drawing import picture_of, second_of
from reviewer.review.listed_events import listed

MOMENT = re.compile(r"(?<![\d:.])(\d{2,3}):([0-5]\d\.\d)(?![\d:.]*\d)", re.ASCII)

MAX_MANAGERS = 5

register = template.Library()
register.filter(clock)
register.filter(span)
register.filter(work_time)
register.filter(vendor_outcome)
register.filter(listed)
register.simple_tag(initials_mark, name="initials")

TIMED_LINE = re.compile(r"\[(\d{1,9}(?:\.\d+)?)\] (.+)")
APPROVAL_ICONS = {
    Approval.PENDING: "circle",
    Approval.APPROVED: "check",
    Approval.REJECTED: "cross",
    Approval.INVALID: "ban",
}
MATCH_ICONS = {
    Match.SAME: "check",
    Match.MOVED: "right",
    Match.CHANGED: "differs",
    Match.NEW: "plus",
    Match.VANISHED: "gone",
    Match.FOUND: "mark",
    Match.MISSED: "flag",
}


@register.simple_tag
@lru_cache(maxsize=500)
def icon(name: str, label: str = "") -> SafeString:
    """One icon of the sprite. Screen readers skip it, unless a `label` says what it means."""
    address = f"{static('icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, address)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', address)


@register.filter
def stored(text: str) -> str:
    """What a run or a poll stored of itself, in the reader's language."""
    return in_language(text)


@register.simple_tag
def managers(connection_id: int) -> str:
    """The names of those who give roles on the connection, at most MAX_MANAGERS."""
    names = access.managers_of(connection_id).values_list("username", flat=True)[:MAX_MANAGERS]
    return comma_list(names)


@register.simple_tag
def state(approval: str) -> SafeString:
    """The state as icon and word."""
    return _state(approval, get_language())


@lru_cache(maxsize=500)
def _state(approval: str, language: str | None) -> SafeString:
    verdict = Approval(approval)
    return format_html(
        '<span class="state state-{}" data-state="{}">{}<span>{}</span></span>',
        approval, approval, icon(APPROVAL_ICONS[verdict]), verdict.label,
    )  # fmt: skip


@register.filter
def approval_icon(approval: str) -> str:
    return APPROVAL_ICONS[Approval(approval)]


register.filter("comma_list", comma_list)


@register.filter
def counted_words(counts: dict[str, int]) -> str:
    """`3 approved, 1 rejected`."""
    return comma_list(f"{intcomma(count)} {approval_word(approval)}" for approval, count in counts.items())


@register.filter
def approval_word(approval: str) -> str:
    """`approved`, as it stands in a sentence."""
    return Approval(approval).word


@register.filter
def match_icon(match: str) -> str:
    return MATCH_ICONS[Match(match)]


@register.filter
def match_word(match: str) -> str:
    return str(Match(match).label)


@register.filter
def severity_icon(event: Event) -> str:
    return Severity(event.severity_rank).name.lower()


@register.filter
def severity_word(severity: str) -> str:
    """The vendor's severity in the reader's language where it is one of ours; else, and in English, as it is."""
    ours = SEVERITY_WORDS.get(severity.strip().lower())
    if ours is None or (get_language() or "en").startswith("en"):
        return severity
    return str(ours.label).lower() if severity.islower() else str(ours.label)


@register.simple_tag
def severity_words() -> list[str]:
    """The severities with a rank, the mildest first."""
    return [severity.name.lower() for severity in Severity if severity]


@register.filter
def done_by(step: Decision) -> str:
    """What a step of the ledger did, and who."""
    if step.is_correction:
        text = _("· corrected by {name}")
    elif step.undoes_id is None:
        text = _("· added by {name}") if step.makes_event else _("by {name}")
    else:
        is_redo = step.action.kind == ActionKind.REDO
        text = _("· redone by {name}") if is_redo else _("· undone by {name}")
    return text.format(name=step.action.user)


@register.filter
def vendor_values(event: Event) -> list[tuple[str, Any]]:
    """(field, the vendor's own value) of the corrected fields."""
    return [(_field_name(name), _readable(value)) for name, value in event.vendor_says.items()]


@register.filter
def values(corrections: str | None) -> list[tuple[str, Any]]:
    """(field, value) of a stored text of corrections."""
    return [(_field_name(name), _readable(value)) for name, value in read(corrections).items()]


@register.filter
def changed_values(step: Decision) -> list[tuple[str, Any, Any]]:
    """(field, before, after) of the values that a step of the ledger changed."""
    before, after = read(step.values_before), read(step.corrections)
    return [
        (_field_name(name), _readable(value), _readable(after.get(name, _("the vendor's"))))
        for name, value in before.items()
    ]


def _field_name(name: str) -> str:
    """What people can correct, as it stands in a sentence."""
    names = {
        "category": pgettext("corrected", "category"),
        "label": pgettext("corrected", "label"),
        "severity": pgettext("corrected", "severity"),
        "start_s": pgettext("corrected", "start"),
        "end_s": pgettext("corrected", "end"),
        "box": pgettext("corrected", "box"),
    }
    return names[name]


def _readable(value: Any) -> Any:
    if isinstance(value, list):
        left, top, width, height = (f"{100 * side:.0f} %" for side in value)
        return f"{width} × {height} at {left}, {top}"
    return f"{value:.2f} s" if isinstance(value, float) else value


@register.filter
def moments(text: str, event_id: int) -> SafeString:
    """The text with its times (01:05.3) as links to that moment of the event's video."""

    def link(match: re.Match[str]) -> str:
        second = round(60 * int(match[1]) + float(match[2]), 1)
        address = f"{reverse('event-detail', args=[event_id])}?at={second}"
        return format_html('<a href="{}" data-seek="{}">{}</a>', address, second, match[0])

    return mark_safe(MOMENT.sub(link, escape(text)))  # noqa: S308  # escaped before, and a time has no signs to escape


@register.filter
def mentions(html: SafeString, people: str) -> SafeString:
    """The text with the names of those who are notified marked. `people`: their names, separated by spaces."""
    names = set(people.lower().split())

    def mark(match: re.Match[str]) -> str:
        name = match[1][: len(written_name(match[1], names))]
        return f"<b>@{name}</b>{match[1][len(name) :]}" if name else match[0]

    return mark_safe(MENTION.sub(mark, html))  # noqa: S308  # escaped before, and a name has no signs to escape


@register.filter
def unknown_mentions(text: str, people: str) -> list[str]:
    """The names in the text that are none of those people's."""
    return unknown_names(text, people.split())


@register.filter
def boxes_at_times(event: Event) -> str:
    """JSON of the vendor's boxes at times: [[second, x, y, w, h], …]; empty where a person corrected the box."""
    track = [] if "box" in read(event.corrections) else track_of(getattr(event, "sdk_text", None) or "")
    return json.dumps(track) if track else ""


@register.filter
def drawing_link(step: Comment) -> SafeString:
    """The drawing of a comment as a small picture, which leads to the frame that it is about."""
    if not step.drawing:
        return SafeString()
    second = second_of(step.drawing)
    address, picture = reverse("event-detail", args=[step.event_id]), picture_of(step.drawing)
    if second is None:
        link = '<a class="drawing-link" href="{}" data-on-still aria-label="{}">{}</a>'
        return format_html(link, address, _("Show the drawing on the picture"), picture)
    link = '<a class="drawing-link" href="{}?at={}" data-seek="{}" aria-label="{}">{}</a>'
    return format_html(link, address, second, second, _("Show the drawing on its frame"), picture)


@register.filter
def web_url(text: str) -> str:
    """The text if it is an http or https URL with a host, else nothing: text from vendors is not trusted."""
    if any(ord(sign) <= 32 or sign == "\\" for sign in text):
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.netloc else ""


@register.filter
def media_fragment(event: Event) -> str:
    """`#t=start,end` (seconds) for the URL of a video, so that it plays the event's span; empty without a start."""
    if event.start_s is None:
        return ""
    end = "" if event.end_s is None else f",{event.end_s:.3f}"
    return f"#t={event.start_s:.3f}{end}"


@register.filter
def has_pictures(batch: Batch) -> bool:
    """Whether the batch's vendor has pictures. If it has none, the page shows text instead of an empty frame."""
    return vendor_of(batch.connection.vendor).has_thumbnails


@register.filter
def starts_batches(connection: Connection) -> bool:
    """Whether batches can be started at this connection's vendor."""
    return vendor_of(connection.vendor).choices is not None


@register.filter
def lists_videos(connection: Connection | None) -> bool:
    """Whether the videos of this connection's account have a page."""
    return connection is not None and vendor_of(connection.vendor).has_folders


@register.filter
def trains_agents(connection: Connection) -> bool:
    """Whether this connection's vendor trains agents."""
    return vendor_of(connection.vendor).has_agents


@register.filter
def can_start(connections: Iterable[Connection]) -> bool:
    """Whether batches can be started at the vendor of any of these connections."""
    return any(starts_batches(each) or vendor_of(each.vendor).file_limits for each in connections)


@register.filter
def has_clips(batch: Batch) -> bool:
    return media.has_clips(batch.connection)


@register.filter
def details_noun(batch: Batch) -> str:
    """What a person can request of the vendor about an item: `file details`."""
    return _(vendor_of(batch.connection.vendor).details_noun)


class TimedLine(NamedTuple):
    second: str
    clock: str
    text: str


@register.filter
def timed_lines(details: str) -> list[TimedLine]:
    """The lines `[12.4] Text` of an item's details, if all are such lines."""
    matches = [TIMED_LINE.fullmatch(line) for line in details.splitlines()]
    lines = [TimedLine(match[1], clock(float(match[1])), match[2]) for match in matches if match]
    return lines if len(lines) == len(matches) else []


@register.filter
def stopped(connection: Connection) -> str:
    """Why the vendor is not called for this connection, as a sentence; empty if it is called."""
    return "" if files_only(connection) else reason_not_to_call(connection)


@register.filter
def files_only(connection: Connection) -> bool:
    """Whether this connection gets its results only from files."""
    return not vendor_of(connection.vendor).answers


@register.filter
def all_files_only(connections: Iterable[Connection]) -> bool:
    return all(map(files_only, connections))


@register.filter
def retention(batch: Batch) -> dict[str, Any]:
    """When the results expire at the vendor and how many are stored here; empty while a vendor keeps them, and of a
    batch that people deleted there.

    `urgent`: the day is near and some results are not stored here yet.
    """
    if batch.vendor_deleted_at or not (ends := batch.expires_at or batch.gone_at):
        return {}
    missing = batch.vendor_total is None or batch.stored_items < batch.vendor_total
    vendor, stored = batch.connection.get_vendor_display(), _stored(batch)
    if batch.expires_at is None:
        gone = _("No longer at {vendor} since {day}").format(vendor=vendor, day=date_text(ends, "j F Y"))
        return {"label": _("{when}; {stored}").format(when=gone, stored=stored), "urgent": False, "when": ends}
    remaining = batch.expires_at - timezone.now()
    if batch.gone_at or remaining <= timedelta():
        day = date_text(batch.expires_at, "j F Y")
        when = _("Results expired at {vendor} on {day}").format(vendor=vendor, day=day)
    else:
        days = max(1, math.ceil(remaining / timedelta(days=1)))
        text = ngettext("Results expire at {vendor} within a day", "Results expire at {vendor} in {days} days", days)
        when = text.format(vendor=vendor, days=days)
    urgent = missing and remaining < EXPIRES_SOON
    return {"label": _("{when}; {stored}").format(when=when, stored=stored), "urgent": urgent, "when": batch.expires_at}


def _stored(batch: Batch) -> str:
    if batch.vendor_total is None:
        return _("{count} stored here").format(count=intcomma(batch.stored_items))
    text = _("{count} of {total} stored here")
    return text.format(count=intcomma(batch.stored_items), total=intcomma(batch.vendor_total))


@register.inclusion_tag("parts/progress.html")
def progress(counts: dict[str, int]) -> dict[str, Any]:
    """A stacked bar of events by approval, decided ones first."""
    total = sum(counts.values())
    order = ["approved", "rejected", "invalid", "pending"]
    segments, x = [], 0.0
    for name in order:
        width = 100 * counts[name] / total if total else 0.0
        segments.append({"name": name, "count": counts[name], "x": f"{x:.3f}", "width": f"{width:.3f}"})
        x += width
    decided = total - counts["pending"]
    label = comma_list(f"{segment['count']} {approval_word(str(segment['name']))}" for segment in segments)
    return {"segments": segments, "total": total, "decided": decided, "label": label}


@register.simple_tag
def sorted_by(event_filter: EventFilter, sort: str) -> str:
    """The query string of the page in another order."""
    return event_filter.query_with(sort=None if sort == event_filter.default_sort else sort)


@register.filter
def percent(part: float | None) -> str:
    """0.9134 → `91`, for the width of a bar."""
    return f"{max(0.0, min(1.0, part or 0.0)) * 100:.0f}"


@register.filter
def file_kind(file: str) -> str:
    """`events.csv` → `csv`, `dataset.coco.json` → `coco.json`."""
    return file.partition(".")[2]


@register.filter
def readable_query(query: str) -> str:
    """`category=Lane+Change&sort=newest` → `category=Lane Change, sort=newest`, for people."""
    return unquote_plus(query.replace("&", ", "))


@register.inclusion_tag("parts/columns.html")
def column_names() -> dict[str, Any]:
    """Buttons for the form around them: the columns that can be chosen, by kind of rows."""
    return {"kinds": list(Rows)}


@register.filter
def at(rows: dict[Any, Any], key: Any) -> Any:
    """The entry of a dictionary under a key that is a variable; None where there is none."""
    return rows.get(key)


@register.filter
def role_word(role: str) -> str:
    """A role as it stands in a sentence."""
    return Role(role).word

"""What runs and polls store of themselves is English, for scripts too. Pages show it in the reader's language."""

import re
from functools import cache

from django.utils.translation import get_language, gettext, gettext_noop

WHY = "why"  # another such text
# The sentences, as they are stored; those that go on after another one come first.
FORMATS = (
    gettext_noop("No answer for {lost} of {total} items; results stored here are kept. {why}"),
    gettext_noop("{why} Polled {count} times. Sync the batch to poll again."),
    gettext_noop("{why} Results stored here are kept."),
    gettext_noop("{why} The request may have reached the vendor: check there before trying again."),
    gettext_noop("{why} The request may have reached the vendor: check there before you request it again."),
    gettext_noop("The vendor cannot be reached."),
    gettext_noop("The vendor did not answer in time."),
    gettext_noop("The vendor broke off the connection."),
    gettext_noop("The vendor asked for a pause."),
    gettext_noop("The vendor's rate limit is reached."),
    gettext_noop("The vendor's certificate cannot be trusted."),
    gettext_noop("The vendor answered with status {status}."),
    gettext_noop("The vendor answered with status {status}: {answer}"),
    gettext_noop("The vendor refused with status {status}."),
    gettext_noop("The vendor refused with status {status}: {answer}"),
    gettext_noop("The vendor's answer left them out."),
    gettext_noop("The list of videos arrived as null."),
    gettext_noop("The vendor has deleted the results."),
    gettext_noop("The first sync was requested."),
    gettext_noop("A sync is already running or queued."),
    gettext_noop("No change in {count} polls. Sync the batch to poll again."),
    gettext_noop("The vendor's status is {status}; something has changed."),
    gettext_noop("The vendor's status is {status}; nothing has changed."),
    gettext_noop("The vendor's status is {status}, an unknown status."),
    gettext_noop("Stopped."),
    gettext_noop("Discarded."),
    gettext_noop("Stopped by {name}."),
    gettext_noop("Given up: the worker died {count} times without progress."),
    gettext_noop("Not continued. Choose the file again."),
    gettext_noop("The import of the file ended early."),
    gettext_noop("The request may have reached the vendor: check there before trying again."),
    gettext_noop("The request may have reached the vendor: check there before you request it again."),
)


def in_language(text: str) -> str:
    """The text in the reader's language, where it is one of these sentences; as it is stored, where it is another."""
    if (get_language() or "en").startswith("en"):
        return text
    for pattern, message in _patterns():
        if match := pattern.fullmatch(text):
            parts = match.groupdict()
            return gettext(message).format_map({**parts, WHY: in_language(parts.get(WHY, ""))})
    return text


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(text))), text) for text in FORMATS)

"""What runs, polls and checks of files store is English, for scripts too. Pages show it in the reader's language."""

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
    # What the check of a file asks, and from what it guessed a column, a unit, a scale or the form of a box.
    gettext_noop("Choose the column that names the video."),
    gettext_noop("Choose the start of the recording: the column {column} holds times of day."),
    gettext_noop("Choose the frame rate: the column {column} counts frames."),
    gettext_noop("Choose the frame rate: the file counts frames."),
    gettext_noop("Choose the scale of the confidence: all values are from 1 to 10."),
    gettext_noop("Choose the scale of the confidence: some values are above 1, others below."),
    gettext_noop("Choose the list of records: {lists}."),
    gettext_noop(
        "Choose what the column {column} holds, the length of an event or of its video: it is the same for all events"
        " of a video."
    ),
    gettext_noop("its name"),
    gettext_noop("its names"),
    gettext_noop("its name, and two values"),
    gettext_noop("its values, which look like video files"),
    gettext_noop("its values, which look like clock times"),
    gettext_noop("the names of four columns"),
    gettext_noop("the line above the header says so"),
    gettext_noop("the column's name says so"),
    gettext_noop("as the start"),
    gettext_noop("the numbers are {why}"),
    gettext_noop("seconds since 1970"),
    gettext_noop("milliseconds since 1970"),
    gettext_noop("microseconds since 1970"),
    gettext_noop("nanoseconds since 1970"),
    gettext_noop("the values are words"),
    gettext_noop("there are values above 1"),
    gettext_noop("most values are above 1"),
    gettext_noop("box_2d is how Gemini names it"),
    gettext_noop("all numbers are at most 1"),
    gettext_noop("by its values"),
    gettext_noop("the third and fourth number are too small"),
    gettext_noop("the third and fourth number are always larger"),
    gettext_noop("as most files have it; look at the boxes"),
    gettext_noop("Open format"),
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

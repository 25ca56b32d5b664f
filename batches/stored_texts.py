"""What runs, polls and checks of files store is English, for scripts too. Pages show it in the reader's language."""

import re
from decimal import Decimal
from functools import cache

from django.utils.formats import number_format
from django.utils.translation import get_language, gettext, gettext_noop

# What cannot be read: where it is, and why.
BAD_RECORD = re.compile(r"([^:]+: )((?:expected|is|has|holds|cannot be) .+)")
NUMBERS = ("verdicts", "precision", "low", "high", "corrected", "missed")  # parts with the separators of English
NESTED = ("why", "expected", "received")  # parts that are such texts themselves
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
    gettext_noop("{count} batches listed, {new} of them new."),
    gettext_noop("an account the vendor does not name"),
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
    # The summary of a week.
    gettext_noop(
        "{verdicts} verdicts, precision {precision} % ({low} – {high}), {corrected} corrected, {missed} missed events"
        " added"
    ),
    gettext_noop("{verdicts} verdicts, {corrected} corrected, {missed} missed events added"),
    # Names in the report of a vendor.
    gettext_noop("Collection"),
    gettext_noop("Succeeded"),
    gettext_noop("Failed"),
    gettext_noop("Success rate"),
    gettext_noop("Processing time"),
    gettext_noop("Media items created"),
    gettext_noop("Files"),
    gettext_noop("Of type {name}"),
    gettext_noop("Queued"),
    gettext_noop("Processing"),
    gettext_noop("Ready"),
    gettext_noop("Canceled"),
    gettext_noop("End of processing"),
    gettext_noop("Canceled at"),
    gettext_noop("Expired at"),
    gettext_noop("Webhook {address}"),
    gettext_noop("not delivered after {count} tries: {answer}"),
    # Why a record cannot be read.
    gettext_noop("{why} ({count} of {most} such answers: the next sync asks again)"),
    gettext_noop("{why} ({count} of {most} such answers: it is not asked for again)"),
    gettext_noop("expected an object; the vendor's SDK leaves it out too"),
    gettext_noop("expected {expected}, got {received}"),
    gettext_noop("expected {expected}"),
    gettext_noop("has no start and end time; the vendor's SDK leaves it out too"),
    gettext_noop("holds a number that is not finite"),
    gettext_noop("holds a number that is too large"),
    gettext_noop("holds a number with too many digits"),
    gettext_noop("is longer than 255 characters or holds characters that cannot be stored"),
    gettext_noop("is missing"),
    gettext_noop("is missing; this does not look like a batch"),
    gettext_noop("is nested too deeply"),
    gettext_noop("is nested too deeply or holds a number with too many digits"),
    gettext_noop("is not JSON: {answer}"),
    gettext_noop("cannot be read: {answer}"),
    gettext_noop("the answer is about another batch, {received}"),
    gettext_noop("the vendor says that there is no such task"),
    gettext_noop("a date and time"),
    gettext_noop("a finite time"),
    gettext_noop("a list"),
    gettext_noop("a number"),
    gettext_noop("a number of {count} digits"),
    gettext_noop("a number of thousands of digits"),
    gettext_noop("a time"),
    gettext_noop("a whole number from 0"),
    gettext_noop("an address"),
    gettext_noop("an id"),
    gettext_noop("an object"),
    gettext_noop("an object with a job_id"),
    gettext_noop("an object with a list of analyses"),
    gettext_noop("intervals of two numbers"),
    gettext_noop("readable JSON text of intervals"),
    gettext_noop("seconds"),
    gettext_noop("text"),
    gettext_noop("text like {example}"),
    gettext_noop("text or a whole number"),
    gettext_noop("the number {number}"),
    gettext_noop("the text {text}"),
)


def in_language(text: str) -> str:
    """The text in the reader's language, where it is one of these sentences; as it is stored, where it is another."""
    if (get_language() or "en").startswith("en"):
        return text
    for pattern, message in _patterns():
        if match := pattern.fullmatch(text):
            parts = match.groupdict()
            nested = {name: in_language(parts[name]) for name in NESTED if name in parts}
            numbers = {name: _number(parts[name]) for name in NUMBERS if name in parts}
            return gettext(message).format_map(parts | nested | numbers)
    if match := BAD_RECORD.fullmatch(text):
        return match[1] + in_language(match[2])
    return text


def _number(text: str) -> str:
    """`1,204.5` with the separators of the reader's language; another text as it is."""
    try:
        return str(number_format(Decimal(text.replace(",", "")), force_grouping=True))
    except ArithmeticError:
        return text


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(text))), text) for text in FORMATS)

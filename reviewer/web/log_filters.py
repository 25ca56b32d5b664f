"""What a log line leaves out: secrets that stand in requests, and where our code refused a mistyped address."""

import logging
import re

from django.core.exceptions import BadRequest

from batches.database_errors import is_unavailable

ADDRESS = re.compile(
    r"(/d/|/invite/|/password/reset/[^/\s]+/|/(?:vendor-webhooks|hints)/[^/\s]+/)[^/\s\"'?]+", re.IGNORECASE
)
RUN = re.compile(r"[A-Za-z0-9_-]{32,}")  # every token, session id, hook key and secret holds such a run
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def redacted(text: str) -> str:
    return RUN.sub(_star, ADDRESS.sub(r"\1***", text))


def _star(run: re.Match[str]) -> str:
    """Long names of our own have one case and no digit; random text hardly ever has."""
    text = run[0]
    name = not re.search(r"\d", text) and (text.islower() or text.isupper())
    return text if name or UUID.fullmatch(text) else "***"


class Redacted(logging.Formatter):
    """Rewrites the finished line with its traceback, whatever it was made of and wherever the secret stood."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


class Refusals(logging.Filter):
    """A BadRequest is the sender's mistake, and a database that is away says so: one line each, no traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, BadRequest):
            record.exc_info = None
        elif is_unavailable(error):
            record.msg, record.args = "%s: %s", (record.getMessage(), str(error).strip())
            record.exc_info = None
        return True

"""What a log line leaves out: the tokens of links, and where in our code a mistyped address was refused."""

import logging
import re

from django.core.exceptions import BadRequest

LINK = re.compile(r"(/d/)[^/\s\"'?]+")


def redacted(text: str) -> str:
    return LINK.sub(r"\1***", text)


class Redact(logging.Filter):
    """Rewrites the finished line, whatever it was made of."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redacted(record.getMessage()), None
        return True


class Refusals(logging.Filter):
    """A BadRequest is the sender's mistake, and its sentence says which: no traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], BadRequest):
            record.exc_info = None
        return True

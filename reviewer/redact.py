"""Keeps the tokens of links out of the logs: a path is written there when something goes wrong."""

import logging
import re

LINK = re.compile(r"(/d/)[^/\s\"'?]+")


def redacted(text: str) -> str:
    return LINK.sub(r"\1***", text)


class Redact(logging.Filter):
    """Rewrites the finished line, whatever it was made of."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redacted(record.getMessage()), None
        return True

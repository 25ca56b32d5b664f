"""The newer way to ask NomadicML: a prompt without options. The older ask has an announced end."""

import json
from collections.abc import Iterator
from typing import Any

from batches.errors import BadRecord, VendorRefused, VendorUnavailable
from batches.sync.fields import clean
from batches.sync.http import IncompleteAnswer
from batches.sync.lines import split_lines
from batches.sync.questions import FAST, Question
from batches.sync.vendors.base import Vendor
from batches.sync.vendors.nomadic_start import read_started

MAX_REASON = 300  # characters


class NomadicPrompts(Vendor):
    """The calls that start a batch from a prompt. Neither is repeated once it may have arrived: they carry no id."""

    def start_prompt(self, question: Question, video_ids: tuple[str, ...]) -> str:
        """Start a batch. Returns the vendor's id of it."""
        body: dict[str, Any] = {"query": question.prompt.strip()}
        body |= {"video_id": video_ids[0]} if len(video_ids) == 1 else {"video_ids": list(video_ids)}
        if question.mode == FAST:
            body |= {"prefer_fast": True, "quick_analysis": True, "use_thinking": False}
            return read_fast(self.http.post("api", "router", "query", json=body, retry=False))
        body |= {"client_info": "sdk-analyze-thinking"}
        answer = self.http.post("api", "router", "v2", "query", "start", json=body, retry=False)
        stream_id = answer.get("stream_id") if isinstance(answer, dict) else None
        if not isinstance(stream_id, str) or not stream_id:
            raise BadRecord("stream_id", "the vendor's answer names no stream of the analysis")
        return self._follow(stream_id)

    def _follow(self, stream_id: str) -> str:
        """The id of the batch, from the stream of the analysis, which each try reads from its beginning.

        The analysis has begun, so whatever goes wrong here leaves open whether there is a batch.
        """
        segments = ("api", "router", "v2", "query", "events", stream_id)
        try:
            return self.http.stream(*segments, params={"last_id": "0"}, read=read_stream)
        except _NotStarted as error:
            raise VendorRefused(str(error)) from error
        except (VendorUnavailable, VendorRefused) as error:
            raise VendorUnavailable(str(error), retry_after=getattr(error, "retry_after", None)) from error


class _NotStarted(Exception):
    """The stream says that the analysis failed."""


def read_fast(answer: Any) -> str:
    """The id of the batch that the fast call started. Raises VendorRefused for a failure, BadRecord without an id."""
    if isinstance(answer, dict) and answer.get("success") is False:
        raise VendorRefused(f"The vendor could not start: {_reason(answer.get('error') or answer.get('message'))}")
    return read_started(answer)


def read_stream(pieces: Iterator[bytes]) -> str:
    """The id of the batch. Raises _NotStarted if the vendor failed, IncompleteAnswer if the stream ends before."""
    for kind, data in _events(pieces):
        if kind == "error":
            raise _NotStarted(f"The vendor could not start: {_reason(data.get('error'))}")
        if kind in ("batch_created", "done") and data.get("batch_id"):
            return read_started(data)
    raise IncompleteAnswer("ended the stream before it named a batch")


def _events(pieces: Iterator[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The kind and the object of each server-sent event; others are skipped."""
    kind, lines = "", list[bytes]()
    for _, line, _ in split_lines(pieces):
        text = (line or b"").rstrip(b"\r")
        if text.startswith(b"event:"):
            kind = text[6:].strip().decode("utf-8", "replace")
        elif text.startswith(b"data:"):
            lines.append(text[5:].strip())
        elif not text:
            yield kind, _object(b"\n".join(lines))
            kind, lines = "", []
    yield kind, _object(b"\n".join(lines))


def _object(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _reason(value: Any) -> str:
    return clean(value, MAX_REASON) if isinstance(value, str) and value else "no reason was given."

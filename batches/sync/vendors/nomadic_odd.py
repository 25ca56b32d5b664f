"""Structured ODD at NomadicML: one call that may take minutes and answers a CSV text."""

import json
from collections.abc import Sequence
from math import isfinite
from typing import Any, ClassVar

from batches.errors import BadRecord, VendorRefused, VendorUnavailable
from batches.sync.fields import clean_url, kind
from batches.sync.odd_columns import Column, OddAnswer
from batches.sync.vendors.base import Vendor

TEST_HOSTS = ("localhost", "127.0.0.1", "dev.", "-dev", "staging", "-stage", "test.", "preview")  # parts of an address


class NomadicOdd(Vendor):
    """The calls about structured ODD."""

    has_odd: ClassVar[bool] = True

    def odd(self, video_id: str, columns: Sequence[Column]) -> OddAnswer:
        """The table of a video. Not retried once it may have arrived: the vendor works on it for minutes."""
        form = {
            "question": "odd_export", "prompt_type": "odd_export", "video_id": video_id,
            "reasoning_trace_path": trace_path(self.http.base_url, self._owner()),
            "custom_columns": json.dumps([column.sent() for column in columns]),
        }  # fmt: skip
        return read_odd(self.http.post("api", "ask-question", data=form, retry=False))

    def _owner(self) -> str:
        """The id of the key's owner. Nothing has been asked for where it cannot be learned."""
        try:
            owner = self.verify()
        except VendorUnavailable as error:
            raise VendorUnavailable(
                str(error), retry_after=error.retry_after, reached=False, tried=error.tried
            ) from error
        except BadRecord as error:
            raise VendorRefused(f"The owner of the API key cannot be read ({error}).") from error
        if not (user_id := owner.get("user_id") or owner.get("uid")):
            raise VendorRefused("The vendor does not say whose API key this is, which a structured ODD needs.")
        return user_id


def trace_path(base_url: str, user_id: str) -> str:
    """Where the vendor keeps the model's reasoning, as its own client names it."""
    environment = "dev" if any(part in base_url.lower() for part in TEST_HOSTS) else "pro"
    return f"user-status/{environment}/users/{user_id}/reasoning-traces/structured-output"


def read_odd(answer: Any) -> OddAnswer:
    """The CSV text and where the vendor shares it. Raises BadRecord if there is no text."""
    text = answer.get("answer") if isinstance(answer, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise BadRecord("answer", f"expected a CSV text, got {kind(text)}")
    share_url, seconds = answer.get("share_url"), answer.get("processing_time")
    usable = isinstance(seconds, int | float) and not isinstance(seconds, bool) and isfinite(seconds) and seconds >= 0
    return OddAnswer(
        csv=text,
        share_url=clean_url(share_url) if isinstance(share_url, str) and share_url.startswith("https://") else "",
        seconds=float(seconds) if usable else None,
    )

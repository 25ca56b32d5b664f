"""Requests and answers as the routes see them, without sockets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from batches.sandbox.forms import Form


@dataclass(frozen=True)
class Request:
    method: str
    path: str  # still percent-encoded
    query: Mapping[str, str]
    headers: Message
    body: bytes
    drop: bool = False  # a fault: lose some of the asked ids
    pairs: tuple[tuple[str, str], ...] = ()  # the query with all its repetitions
    multipart: Form | None = None  # a multipart form, whose body is not kept

    @classmethod
    def read(
        cls, method: str, target: str, headers: Message, body: bytes, *, drop: bool, multipart: Form | None = None
    ) -> "Request":
        parts = urlsplit(target)
        pairs = tuple(parse_qsl(parts.query))
        return cls(method, parts.path, dict(pairs), headers, body, drop, pairs, multipart)

    def values(self, name: str) -> list[str]:
        """Every value of a parameter that may be repeated."""
        return [value for key, value in self.pairs if key == name]

    def fields(self) -> dict[str, str]:
        """The fields of a form of either kind, of repeated ones the first."""
        if self.multipart:
            return self.multipart.fields
        return {name: values[0] for name, values in parse_qs(self.body.decode("utf-8", "replace")).items()}

    def json(self) -> dict[str, Any]:
        """The body as an object; an empty body is an empty one.

        Raises Refusal (422) for anything else.
        """
        try:
            value = json.loads(self.body or b"{}")
        except ValueError:
            raise Refusal(422, [{"loc": ["body"], "msg": "JSON decode error", "type": "json_invalid"}]) from None
        if not isinstance(value, dict):
            raise Refusal(422, [{"loc": ["body"], "msg": "Input should be an object", "type": "dict_type"}])
        return value


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


class Refusal(Exception):
    """Ends a request with an error body as the vendor writes it."""

    def __init__(self, status: int, detail: str | list[dict[str, Any]]) -> None:
        super().__init__(str(detail))
        self.status = status
        self.detail = detail

    def answer(self) -> Answer:
        return Answer(self.status, json.dumps({"detail": self.detail}).encode())


def invalid(where: str, message: str) -> Refusal:
    """422 about one field of the body, in the form of the vendor's framework."""
    return Refusal(422, [{"loc": ["body", where], "msg": message, "type": "value_error"}])

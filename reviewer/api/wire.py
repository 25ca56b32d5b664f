"""JSON in, JSON out, whatever a client's headers ask for."""

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from batches.sync.jsontext import memory_of

MAX_MEMORY = 32 * 1024 * 1024  # bytes that the value of one request may take


class SafeJSON(JSONParser):
    """Django caps the size; endless depth and countless values are refused with a sentence as well."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        body = stream.read()
        if memory_of(body) > MAX_MEMORY:
            raise ParseError("The JSON has too many values.")
        try:
            return super().parse(BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error


class AlwaysJSON(DefaultContentNegotiation):
    """A browser that asks for HTML gets JSON too: there is no browsable page."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type or ""

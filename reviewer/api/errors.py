"""Every refusal as JSON: `detail` is a sentence; `errors` has it by field; `event` is the current one after a
conflict.
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from rest_framework import status
from rest_framework.exceptions import (
    APIException,
    ErrorDetail,
    NotAuthenticated,
    NotFound,
    ParseError,
    PermissionDenied,
    Throttled,
    ValidationError,
)
from rest_framework.response import Response
from rest_framework.views import exception_handler

from batches.errors import (
    BadMetadata,
    BadValues,
    Conflict,
    KeyReused,
    NotAllowed,
    SyncError,
    TooMany,
    VendorUnavailable,
)
from batches.models import Batch, Event
from reviewer.api.serializers import EventSerializer, etag_of

NO_FIELD = "non_field_errors"
SEND_ONE = "Send a token as: Authorization: Bearer TOKEN. Make one on the page /tokens/."


class PreconditionRequired(APIException):
    status_code = 428
    default_detail = "Send If-Match with the etag of the event as you saw it."
    default_code = "precondition_required"


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class Reused(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "key_reused"


class VendorFailed(APIException):
    status_code = status.HTTP_502_BAD_GATEWAY
    default_code = "vendor"


class VendorAway(APIException):
    default_code = "vendor"
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """The response for an exception; None for an unexpected one."""
    if isinstance(error, Conflict):
        return _conflict(error)
    translated = _translated(error)
    response = exception_handler(translated, context)
    if response is not None and isinstance(translated, ValidationError):
        response.data = {"detail": _sentence(translated.detail), "errors": translated.detail}
    if response is not None and isinstance(translated, NotAuthenticated):
        response.data = {"detail": SEND_ONE}
    return response


def _translated(error: Exception) -> Exception:
    text = str(error)
    match error:
        case BadRequest():
            return ParseError(text)
        case Batch.DoesNotExist():
            return NotFound()
        case RequestDataTooBig():
            return TooLarge(f"The body has more than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes.")
        case BadMetadata():
            return ValidationError(error.errors)
        case BadValues():
            return ValidationError({"corrections": [text.removeprefix("corrections: ")]})
        case NotAllowed():
            return PermissionDenied(text)
        case TooMany():
            return Throttled(error.retry_after, text)
        case KeyReused():
            return Reused(text)
        case VendorUnavailable():
            away = VendorAway(text)
            away.wait = error.retry_after  # type: ignore[attr-defined]  # becomes Retry-After
            return away
        case SyncError():
            return VendorFailed(text)
    return error


def _conflict(error: Conflict) -> Response:
    """412 with the current event, read again."""
    body: dict[str, Any] = {"detail": str(error)}
    headers = {}
    if error.event is not None:
        event = Event.objects.select_related("item", "decided_by").get(pk=error.event.pk)
        body["event"], headers["ETag"] = EventSerializer(event).data, etag_of(event)
    return Response(body, status=status.HTTP_412_PRECONDITION_FAILED, headers=headers)


def _sentence(detail: Any, name: str = "") -> str:
    """All errors in one line, each after the name of its field."""
    if isinstance(detail, dict):
        named = {name if key == NO_FIELD else f"{name}.{key}".strip("."): inner for key, inner in detail.items()}
        return " ".join(_sentence(inner, where) for where, inner in named.items())
    if isinstance(detail, list) and not all(isinstance(error, ErrorDetail) for error in detail):
        return " ".join(_sentence(inner, f"{name}.{index}".strip(".")) for index, inner in enumerate(detail) if inner)
    text = " ".join(map(str, detail)) if isinstance(detail, list) else str(detail)
    return f"{name}: {text}" if name else text

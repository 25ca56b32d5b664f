"""The schema, and a page that shows it without a line of script."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reviewer.access import SignedIn
from reviewer.api.auth import TokenAuthentication
from reviewer.web.htmx import render_page

VERBS = ("get", "post")


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes a token."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of yours: page “Tokens”, or `manage.py token`.",
        }


# Refusals of any call: a wrong value, no valid token, missing scope or role, not found, too many calls.
REFUSALS = ("400", "401", "403", "404", "429")
WITH_BODY = ("413", "415")


@cache
def openapi() -> dict[str, Any]:
    """OpenAPI 3 of `/api/v1/`."""
    with override(settings.LANGUAGE_CODE):  # it is kept, whoever asked first
        schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema


def add_refusals(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Hook of drf-spectacular: adds the refusals that are the same for every view."""
    refusal = {"$ref": "#/components/schemas/Refusal"}
    answer = {"description": "Refused", "content": {"application/json": {"schema": refusal}}}
    for verbs in result["paths"].values():
        for operation in verbs.values():
            for status in REFUSALS + (WITH_BODY if "requestBody" in operation else ()):
                operation["responses"].setdefault(status, answer)
    return result


class Schema(APIView):
    schema = None

    def get(self, request: Request) -> Response:
        return Response(openapi())


@require_safe
def api_docs(request: SignedIn) -> HttpResponse:
    operations = [
        _operation(path, verb, operation)
        for path, verbs in openapi()["paths"].items()
        for verb, operation in verbs.items()
        if verb in VERBS
    ]  # fmt: skip
    context = {"operations": operations, "base": settings.PUBLIC_URL, "info": openapi()["info"]}
    return render_page(request, "api/api_docs.html", context)


def _operation(path: str, verb: str, operation: dict[str, Any]) -> dict[str, Any]:
    """The fields that the page shows of an operation."""
    return {
        "id": operation["operationId"],
        "verb": verb.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "parameters": [parameter for parameter in operation.get("parameters", []) if parameter["in"] != "path"],
        "body": _fields(operation.get("requestBody", {})),
        "answers": [(status, _fields(answer)) for status, answer in sorted(operation["responses"].items())],
        "answer": _("Response, by page:") if operation["operationId"] in pages() else _("Answer"),
    }


def pages() -> set[str]:
    """The operations that answer with a page of a list."""
    gets = [verbs["get"] for verbs in openapi()["paths"].values() if "get" in verbs]
    return {get["operationId"] for get in gets if any(named["name"] == "after" for named in get.get("parameters", []))}


def _fields(holder: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of a body: name, type and description."""
    content = holder.get("content", {}).get("application/json", {})
    schema = _resolved(content.get("schema", {}))
    if "next" in schema.get("properties", {}):
        schema = _resolved(schema["properties"]["results"]["items"])
    needed = schema.get("required", [])
    return [
        {"name": name, "type": _type(field), "about": field.get("description", ""), "needed": name in needed}
        for name, field in schema.get("properties", {}).items()
    ]


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    return openapi()["components"]["schemas"][reference.rpartition("/")[2]] if reference else schema


def _type(field: dict[str, Any]) -> str:
    """In a word or two: `integer`, `list of Event`, `pending, approved, …`."""
    for inner in field.get("allOf", []) + field.get("oneOf", []):
        return _type(inner)
    if "$ref" in field:
        schema = _resolved(field)
        return ", ".join(map(str, schema["enum"])) if "enum" in schema else field["$ref"].rpartition("/")[2]
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}"
    return str(field.get("format") or field.get("type", "anything"))

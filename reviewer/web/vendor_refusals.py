"""The JSON of a refusal where a vendor's client asks: that vendor's form, whatever part of the product refuses."""

import re
from typing import Any

from batches.models import Vendor

DEFAULT_CODE = "invalid_request"
CODES = {
    Vendor.TWELVELABS: {
        400: "parameter_invalid", 401: "api_key_invalid", 403: "forbidden", 404: "resource_not_exist",
        405: "method_not_allowed", 409: "conflict", 429: "too_many_requests", 500: "internal_server_error",
        503: "service_unavailable",
    },
    Vendor.WICKSON: {
        400: "validation_error", 401: "authentication_error", 403: "forbidden", 404: "not_found",
        405: "method_not_allowed", 409: "conflict", 429: "rate_limit_error", 500: "processing_error",
        503: "service_unavailable",
    },
}  # fmt: skip
# The addresses that a vendor's client asks begin so, the root of its base URL included.
ROOTS = {
    Vendor.TWELVELABS: re.compile(r"/v1\.3(/|$)"),
    Vendor.WICKSON: re.compile(r"/v1(/|$)"),
    Vendor.NOMADIC: re.compile(r"/api(?!/v1(/|$))(/|$)"),
}


def vendor_at(path: str) -> Vendor | None:
    """Whose clients ask this address; None for the pages and our own API."""
    return next((vendor for vendor, root in ROOTS.items() if root.match(path)), None)


def vendor_refusal(vendor: Vendor, status: int, message: str) -> dict[str, Any]:
    """The body of a refusal in this vendor's form."""
    code = CODES.get(vendor, {}).get(status, DEFAULT_CODE)
    if vendor == Vendor.WICKSON:
        return {"success": False, "message": message, "code": code, "status_code": status}
    if vendor == Vendor.TWELVELABS:
        body = {"code": code, "message": message}
        return {"error": {**body, "details": {}}} if status in (503, 504) else body  # nested, as the vendor's own
    return {"detail": message}

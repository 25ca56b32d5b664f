"""The answer that carries an event's thumbnail."""

from django.http import HttpResponse
from django.utils.html import format_html

from batches.models import Event
from batches.sync import pictures
from reviewer import media

WIDTHS = {str(width) for width in pictures.WIDTHS}


def picture(event: Event, width: str = "") -> HttpResponse:
    """The vendor's picture, or ours that says why there is none. A picture is inert whatever its bytes are.

    `width`: as of `media.thumbnail`; anything else is the vendor's size.
    """
    try:
        data, kind = media.thumbnail(event, int(width) if width in WIDTHS else None)
        response = HttpResponse(data, content_type=kind)
        response["Cache-Control"] = "private, max-age=86400"
    except media.NoPicture as reason:
        status = 503 if reason.later else 404
        response = HttpResponse(_placeholder(str(reason)), content_type="image/svg+xml", status=status)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Content-Disposition"] = "inline"
    return response


def _placeholder(reason: str) -> str:
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 180"><rect width="320" height="180" fill="#22262e"/>'
        '<path d="M122 112l22-26 16 18 12-12 26 20z" fill="none" stroke="#586070" stroke-width="3"/>'
        '<circle cx="186" cy="76" r="7" fill="#586070"/>'
        '<text x="160" y="146" text-anchor="middle" font-family="system-ui,sans-serif" font-size="13" fill="#aab2c0">'
        "{}</text></svg>",
        reason,
    )

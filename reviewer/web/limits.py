"""Which address counts for which limit of a person, over all processes, pages and API alike.

Limits that an action counts itself, because a repeated key is free or because rows of the person count as well, are in
`SPENT_BY_ACTIONS`.
"""

from typing import TYPE_CHECKING

from batches.actions import limits
from batches.actions.limits import Limit, spend

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest

ADDRESSES: dict[Limit, tuple[str, ...]] = {
    limits.DOWNLOADS: (
        "event-download", "batch-download", "batches-download", "events-download", "export-file", "import-refused",
        "batch-metadata-json", "api-batch-download", "api-export-file", "odd-csv", "odd-zip", "odd-run-csv",
        "api-odd-csv", "api-odd-zip",
    ),
    limits.CLIPS: ("event-clip", "item-clip", "api-event-clip", "sdk-signed-url"),
    limits.ADDITIONS: ("batch-list", "api-additions"),
    limits.STARTS: (
        "batch-start", "batch-start-again", "batch-upload", "api-connection-batches", "api-connection-file-batches",
        "sdk-create-batch", "sdk-ask", "sdk-analyze-edge",
        "sdk-prompt-fast", "sdk-prompt-start", "sdk-prompt-stream", "sdk-odd",
        "search-list", "agent-list", "odd-list", "odd-detail", "api-connection-odd",
        "cloud-import-new", "cloud-import-detail", "api-connection-cloud-imports", "api-cloud-import-retry",
        "sdk-gcs", "sdk-s3", "sdk-import-retry",
    ),
    limits.COMPARISONS: ("batch-compare", "batch-link", "batch-match-by-name"),
    limits.CERTIFICATES: ("batch-certify", "batch-certify-recall"),
    limits.MISSED: ("item-missed", "api-item-events"),
    limits.WATCHED: ("item-watched",),
    limits.QUESTIONS: ("event-ask", "sdk-search", "sdk-search-start"),
    limits.STATES: ("sdk-search-session", "sdk-video-status"),
    limits.SYNCS: (
        "batch-sync", "batch-cancel", "batch-delete", "batch-thumbnails", "video-list", "video-delete", "upload-list",
        "api-batch-syncs", "sdk-folder-make", "sdk-folder-create", "sdk-stitch",
    ),
    limits.PARTS: ("upload-part", "api-upload-parts"),
    limits.METADATA: (
        "batch-metadata", "batch-metadata-resolve", "batch-metadata-push", "metadata-many", "batch-summary",
        "api-batch-metadata", "sdk-metadata",
    ),
    limits.IMPORT_STEPS: ("import-detail", "api-import"),
    limits.CONNECTIONS: ("import-connection", "sample-load", "sample-remove"),
    limits.DELIVERIES: ("webhook-detail", "delivery-again"),
    limits.PEOPLE: ("connection-people", "people-list", "person-detail"),
    limits.SETTINGS: (
        "account", "batch-assign", "batch-watch-assign", "batch-opinions", "batch-organize", "batch-rename",
        "batch-status", "connection-detail", "connection-footage", "connection-settings", "keys-save", "link-rotate",
        "api-link-rotate",
    ),
}  # fmt: skip
SPENT_BY_ACTIONS: dict[Limit, tuple[str, ...]] = {
    limits.BULK_RUNS: ("batch-bulk", "batch-copy-verdicts", "batch-consistent-verdict"),
    limits.COMMENTS: ("event-comment",),
    limits.EXPORTS: ("export-list", "api-exports"),
    limits.KEY_CHECKS: ("connection-new", "connection-check"),
    limits.LINKS: ("batch-links", "board-links", "api-batch-links", "api-board-links"),
    limits.PASSWORDS: ("password-change",),
    limits.TOKENS: ("token-list",),
    limits.UPLOADS: ("import-list", "api-imports"),
    limits.VIDEO_UPLOADS: ("upload-begin", "api-connection-uploads", "api-connection-upload-files", "sdk-upload"),
    limits.VIEWS: ("view-save", "event-view-save"),
    limits.WEBHOOKS: ("webhook-list",),
}
# Address → the target for which its POST only shows what the form would do: each change of a field asks for it.
PREVIEW_TARGETS = {
    **dict.fromkeys(("batch-start", "batch-start-again"), "start-effect"),
    **dict.fromkeys(("batch-metadata", "metadata-many"), "effect"),
}
LIMIT_OF = {name: limit for limit, names in ADDRESSES.items() for name in names}
# The others count what changes something.
READ_BY_GET = {*ADDRESSES[limits.DOWNLOADS], *ADDRESSES[limits.STATES], "api-event-clip"}


def is_preview(request: "HttpRequest") -> bool:
    """Whether a page asks what its form would do: nothing is done then."""
    match, target = request.resolver_match, request.headers.get("HX-Target", "")
    return bool(target and match and PREVIEW_TARGETS.get(match.view_name) == target)


def spend_request(method: str | None, name: str | None, by: "User", *, preview: bool = False) -> None:
    """Count a request to the address of this name. Raises TooMany."""
    reads = method in ("GET", "HEAD")
    counts = reads if name in READ_BY_GET else not reads and method != "OPTIONS"
    if counts and name in LIMIT_OF:
        spend(limits.PREVIEWS if preview else LIMIT_OF[name], by)

"""Every address of the pages with its rule, and a world in which each of them names something."""

from typing import Any
from uuid import uuid4

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from batches.export.odd_tables import write_table
from batches.models import (
    AccountVideo,
    Action,
    AdditionRun,
    BatchStart,
    BulkRun,
    CloudImport,
    Connection,
    Delivery,
    Folder,
    ImportRun,
    OddRun,
    OddTable,
    Role,
    SavedView,
    VideoSearch,
    VideoUpload,
    Webhook,
)
from batches.models.role import STAFF_EDIT
from tests.factories import (
    allow,
    make_batch,
    make_connection,
    make_event,
    make_export,
    make_item,
    make_link,
    make_member,
    make_user,
)

ROLES = list(Role)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
READ = {"GET": "viewer", "HEAD": "viewer"}
# URL name → method → the lowest role, or who may at all. What is not named is 405.
POLICY: dict[str, dict[str, str]] = {
    "login": {"GET": "anybody", "HEAD": "anybody", "POST": "anybody", "PUT": "anybody"},
    "healthz": {"GET": "anybody", "HEAD": "anybody"},
    "readyz": {"GET": "anybody", "HEAD": "anybody"},
    "metrics": {"GET": "anybody", "HEAD": "anybody"},  # on this machine; test_health.py has the others
    "favicon": dict.fromkeys(METHODS, "anybody"),
    "logout": {"POST": "signed in"},
    "setup": {},  # nobody's once somebody exists; test_setup.py has before
    "password-change": dict.fromkeys(("GET", "HEAD", "POST"), "signed in"),
    "home": dict.fromkeys(METHODS, "signed in"),
    "search": {"GET": "signed in", "HEAD": "signed in"},
    "desk": {"GET": "signed in", "HEAD": "signed in"},
    "batch-list": {"GET": "signed in", "HEAD": "signed in", "POST": "signed in"},
    "batch-grid": READ,
    "batch-table": READ,
    "batch-count": READ,
    "batch-compare": {**READ, "POST": "reviewer"},
    "batch-copy-verdicts": {"POST": "reviewer"},
    "batch-link": {"POST": "editor"},
    "batch-match-by-name": {"POST": "editor"},
    "batch-bulk": {"POST": "reviewer"},
    "bulk-run": {"GET": "reviewer", "HEAD": "reviewer", "POST": "reviewer"},
    "batch-review": READ,
    "batch-queue": READ,
    "batch-insights": READ,
    "batch-certify": {"POST": "reviewer"},
    "batch-certify-recall": {"POST": "reviewer"},
    "batch-consistent-verdict": {**READ, "POST": "reviewer"},
    "event-download": READ,
    "batch-download": READ,
    "batches-download": READ,
    "batch-links": {**READ, "POST": "reviewer"},
    "link-list": {"GET": "signed in", "HEAD": "signed in"},
    "link-revoke": {"POST": "editor or staff"},  # somebody else's; test_links.py has one's own
    "link-rotate": {"POST": "maker"},  # nobody here made it; test_links.py has who did
    "export-list": {"GET": "signed in", "HEAD": "signed in", "POST": "signed in"},
    "export-file": {"GET": "maker", "HEAD": "maker"},  # nobody else's; test_exports.py has one's own
    "link-download": {"GET": "anybody", "HEAD": "anybody"},
    "link-download-cut": {"GET": "anybody", "HEAD": "anybody"},
    "link-clips": {"GET": "anybody", "HEAD": "anybody"},
    "link-thumbnail": {"GET": "anybody", "HEAD": "anybody"},
    "link-clip": {"GET": "anybody", "HEAD": "anybody"},
    "board": {"GET": "signed in", "HEAD": "signed in"},  # test_board.py has whose figures
    "board-file": {"GET": "signed in", "HEAD": "signed in"},
    "board-links": {"POST": "reviewer anywhere"},  # of no one connection; test_board.py has whose figures
    "event-list": {"GET": "signed in", "HEAD": "signed in"},  # test_event_list.py has whose events
    "event-review": {"GET": "signed in", "HEAD": "signed in"},
    "event-queue": {"GET": "signed in", "HEAD": "signed in"},
    "event-presence": {"POST": "signed in"},
    "event-undo": {"POST": "signed in"},
    "event-redo": {"POST": "signed in"},
    "event-view-save": {"POST": "signed in"},
    "events-download": READ,
    "event-detail": READ,
    "event-cards": READ,
    "event-thumbnail": READ,
    "event-clip": {"POST": "viewer"},
    "event-decide": {"POST": "reviewer"},
    "event-correct": {"POST": "reviewer"},
    "item-missed": {"POST": "reviewer"},
    "item-watched": {"POST": "reviewer"},
    "item-watched-parts": {"POST": "reviewer"},
    "item-clip": {"POST": "viewer"},
    "item-telemetry": READ,
    "batch-watch": READ,
    "batch-watch-assign": {"POST": "editor"},
    "batch-values": READ,
    "event-ask": {"POST": "reviewer"},
    "batch-presence": {"POST": "viewer"},
    "batch-opinions": {**READ, "POST": "editor"},
    "batch-undo": {"POST": "reviewer"},
    "view-save": {"POST": "viewer"},
    "view-list": READ,
    "view-delete": {"POST": "editor"},  # somebody else's; test_views.py has one's own
    "batch-redo": {"POST": "reviewer"},
    "event-flag": {"POST": "reviewer"},
    "token-list": {"GET": "signed in", "HEAD": "signed in", "POST": "signed in"},
    "token-revoke": {"POST": "owner"},
    "api-docs": {"GET": "signed in", "HEAD": "signed in"},
    "event-comment": {"POST": "reviewer"},
    "batch-team": READ,
    "batch-assign": {"POST": "editor"},
    "batch-status": {"POST": "reviewer"},
    "notification-list": {"GET": "signed in", "HEAD": "signed in", "POST": "signed in"},
    "notification-count": {"GET": "signed in", "HEAD": "signed in"},
    "mention-list": dict.fromkeys(METHODS, "signed in"),
    "keys-save": {"POST": "signed in"},
    "upload-begin": {"POST": "editor"},
    "upload-part": {"POST": "editor"},
    "batch-metadata": {**READ, "POST": "editor"},
    "batch-metadata-json": READ,
    "batch-metadata-resolve": {"POST": "editor"},
    "batch-metadata-push": {"POST": "editor"},
    "batch-summary": {"POST": "editor"},
    "batch-organize": dict.fromkeys(("GET", "HEAD", "POST"), "signed in"),  # test_batch_organize.py has the roles
    "metadata-many": {
        "GET": "signed in",
        "HEAD": "signed in",
        "POST": "signed in",
    },  # test_metadata_many.py has the roles
    "import-list": {"GET": "signed in", "HEAD": "signed in", "POST": "signed in"},
    "import-detail": {"GET": "editor", "HEAD": "editor", "POST": "editor"},
    "import-refused": {"GET": "editor", "HEAD": "editor"},
    "import-connection": {"POST": "signed in"},
    "addition-detail": {"GET": "editor", "HEAD": "editor"},
    "batch-start": {"GET": "signed in", "HEAD": "signed in", "POST": "signed in"},  # test_starts.py has the roles
    "batch-upload": dict.fromkeys(("GET", "HEAD", "POST"), "editor"),
    "batch-start-again": dict.fromkeys(("GET", "HEAD", "POST"), "editor"),
    "batch-prompts": READ,
    "start-detail": {"GET": "editor", "HEAD": "editor"},
    "cloud-import-new": dict.fromkeys(("GET", "HEAD", "POST"), "editor"),
    "upload-list": dict.fromkeys(("GET", "HEAD", "POST"), "editor"),
    "odd-list": dict.fromkeys(("GET", "HEAD", "POST"), "editor"),
    "odd-detail": dict.fromkeys(("GET", "HEAD", "POST"), "editor"),
    "odd-csv": {"GET": "editor", "HEAD": "editor"},
    "odd-zip": {"GET": "editor", "HEAD": "editor"},
    "odd-run-csv": {"GET": "editor", "HEAD": "editor"},
    "cloud-import-detail": dict.fromkeys(("GET", "HEAD", "POST"), "editor"),
    "connection-list": {"GET": "signed in", "HEAD": "signed in"},
    "connection-settings": dict.fromkeys(("GET", "HEAD", "POST"), "manager"),
    "connection-footage": dict.fromkeys(("GET", "HEAD", "POST"), "manager"),
    "footage-file": {"GET": "no token", "HEAD": "no token"},  # test_connection_footage.py has a signed one
    "connection-people": dict.fromkeys(("GET", "HEAD", "POST"), "manager"),
    # What django-allauth shows: pages of one's own account, and steps of a sign-in that nobody here has begun.
    "account_login": dict.fromkeys(METHODS, "anybody"),
    "account_logout": {"POST": "anybody"},
    "console-login": dict.fromkeys(METHODS, "console"),
    "console-password": dict.fromkeys(METHODS, "signed in"),
    "account_inactive": {"GET": "anybody", "HEAD": "anybody"},
    "account_reauthenticate": dict.fromkeys(("GET", "HEAD", "POST", "PUT"), "signed in"),
    "openid_connect_login": dict.fromkeys(METHODS, "no token"),  # no such provider; test_single_sign_on.py has one
    "openid_connect_callback": dict.fromkeys(METHODS, "no token"),
    "socialaccount_login_cancelled": {"GET": "anybody", "HEAD": "anybody"},
    "socialaccount_login_error": dict.fromkeys(("GET", "HEAD"), "failed sign-in"),
    "mfa_authenticate": dict.fromkeys(METHODS, "anybody"),
    "mfa_index": {"GET": "signed in", "HEAD": "signed in"},
    "mfa_list_webauthn": {"GET": "signed in", "HEAD": "signed in"},
    "mfa_view_recovery_codes": {"GET": "no factor", "HEAD": "no factor"},  # test_second_factor.py has who has one
    "mfa_download_recovery_codes": dict.fromkeys(METHODS, "no factor"),
    "mfa_generate_recovery_codes": dict.fromkeys(METHODS, "signed in"),
    "mfa_activate_totp": dict.fromkeys(METHODS, "signed in"),
    "mfa_deactivate_totp": dict.fromkeys(METHODS, "no factor"),
    "mfa_add_webauthn": dict.fromkeys(METHODS, "signed in"),
    "mfa_remove_webauthn": dict.fromkeys(METHODS, "no factor"),
    "mfa_edit_webauthn": dict.fromkeys(METHODS, "no factor"),
    "mfa_reauthenticate": dict.fromkeys(METHODS, "signed in"),
    "mfa_reauthenticate_webauthn": dict.fromkeys(METHODS, "signed in"),
    "account": dict.fromkeys(("GET", "HEAD", "POST"), "signed in"),
    "people-list": dict.fromkeys(("GET", "HEAD", "POST"), "administrator"),
    "person-detail": dict.fromkeys(("GET", "HEAD", "POST"), "administrator"),
    "invitation": dict.fromkeys(("GET", "HEAD", "POST"), "no token"),  # nobody's; test_invitations.py has live ones
    "password-reset": dict.fromkeys(("GET", "HEAD", "POST"), "anybody"),
    "password-reset-sent": dict.fromkeys(("GET", "HEAD"), "anybody"),
    "password-reset-confirm": dict.fromkeys(METHODS, "anybody"),  # the address is looked at before the method
    "connection-new": dict.fromkeys(("GET", "HEAD", "POST"), "administrator"),
    "connection-check": {"POST": "administrator"},
    "connection-first": {"GET": "editor", "HEAD": "editor"},
    "sample-load": {"POST": "administrator"},
    "sample-remove": {"POST": "sample's manager"},  # no sample here; test_new_connections.py has one
    "connection-detail": dict.fromkeys(("GET", "HEAD", "POST"), "editor"),
    "agent-list": dict.fromkeys(("GET", "HEAD", "POST"), "editor"),
    "video-list": dict.fromkeys(("GET", "HEAD", "POST"), "editor"),
    "search-list": dict.fromkeys(("GET", "HEAD", "POST"), "editor"),
    "search-detail": dict.fromkeys(("GET", "HEAD"), "viewer"),
    "video-delete": dict.fromkeys(("GET", "HEAD", "POST"), "editor"),
    "webhook-list": dict.fromkeys(("GET", "HEAD", "POST"), "editor"),
    "webhook-detail": dict.fromkeys(("GET", "HEAD", "POST"), "editor"),
    "delivery-body": {"GET": "editor", "HEAD": "editor"},
    "delivery-again": {"POST": "editor"},
    "vendor-webhook": {"POST": "signed by the vendor"},
    "vendor-webhook-before": {"POST": "signed by the vendor"},
    "batch-sync": {**READ, "POST": "editor"},
    "batch-rename": {"POST": "editor"},
    "batch-cancel": {"POST": "editor"},
    "batch-delete": {"POST": "manager"},
    "batch-thumbnails": {"POST": "editor"},
}


def own_patterns() -> dict[str, URLPattern]:
    """Every address but the admin console's, which has permissions of its own."""
    results = {}
    for pattern in get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            if str(pattern.pattern) == "api/":
                results["api-docs"] = next(row for row in pattern.url_patterns if row.name == "api-docs")
            if str(pattern.pattern) in ("api/", ""):
                continue  # the others answer scripts: api/test_access.py
            assert str(pattern.pattern) == "admin/", f"no rule for the addresses below {pattern.pattern}"
        else:
            results[str(pattern.name)] = pattern
    return results


@pytest.fixture
def world(account: Connection) -> dict[str, Any]:
    return make_world(account)


def make_world(account: Connection) -> dict[str, Any]:
    batch = make_batch(account)
    event = make_event(make_item(batch))
    people = {role.value: make_member(account, role) for role in ROLES}
    people["stranger"] = make_member(make_connection(), Role.EDITOR)
    people["staff"] = make_user(is_staff=True)
    people["editing staff"] = allow(make_user(is_staff=True), STAFF_EDIT)
    people["administrator"] = make_user(is_staff=True, is_superuser=True)
    view = SavedView.objects.create(connection=account, owner=make_user(), name="high", shared=True)
    action = Action.objects.create(idempotency_key=uuid4(), kind="decide", user=make_user(), batch=batch, request="")
    run = BulkRun.objects.create(batch=batch, action=action, requested_by=action.user)
    upload = ImportRun.objects.create(connection=account, file_name="a.csv")
    addition = AdditionRun.objects.create(connection=account, idempotency_key=uuid4())
    start = BatchStart.objects.create(connection=account, idempotency_key=uuid4(), question={}, videos=[])
    video = AccountVideo.objects.create(connection=account, external_id="v")
    cloud = CloudImport.objects.create(connection=account, idempotency_key=uuid4(), provider="s3", keys=[])
    folder = Folder.objects.create(connection=account, external_id="f", name="Fleet")
    search = VideoSearch.objects.create(connection=account, folder=folder, idempotency_key=uuid4(), question="?")
    odd = OddTable.objects.create(connection=account, idempotency_key=uuid4(), columns=[], videos=["v"])
    ended = {"state": "done", "finished_at": odd.created_at}
    odd_run = OddRun.objects.create(connection=account, table=odd, video_id="v", **ended)
    OddRun.objects.update(size=write_table(odd_run.pk, [], []))
    sent_file = VideoUpload.objects.create(
        connection=account, idempotency_key=uuid4(), file_name="a.mp4", size=9, part_bytes=9
    )
    link, token = make_link(batch, clips=True)
    export = make_export(batch)
    hook = Webhook.objects.create(connection=account, url="https://hooks.example/x", secret="s", created_by=make_user())
    delivery = Delivery.objects.create(webhook=hook, batch=batch, event="batch.synced", body="{}")
    return {"batch": batch, "event": event, "item": event.item, "view": view, "bulk": run, "people": people,
            "link": link, "token": token,
            "export": export, "import": upload, "addition": addition, "start": start, "video": video,
            "cloud": cloud, "search": search, "odd": odd, "odd run": odd_run, "upload": sent_file,
            "connection": account, "webhook": hook, "delivery": delivery}  # fmt: skip


# Kinds of things that addresses name by their key; all others name a batch.
KINDS = {
    "item",
    "event",
    "view",
    "link",
    "export",
    "bulk",
    "import",
    "addition",
    "start",
    "video",
    "cloud",
    "odd",
    "odd run",
    "search",
    "upload",
    "connection",
    "webhook",
    "delivery",
}

CONNECTIONS = (
    "webhook-list",
    "video-list",
    "search-list",
    "agent-list",
    "sample-remove",
    "cloud-import-new",
    "upload-list",
    "batch-upload",
    "odd-list",
    "upload-begin",
)


def target(world: dict[str, Any], name: str, part: str) -> Any:
    """What stands in an address of this name."""
    if part == "uidb64":
        return "Mg"
    if part in ("file", "token", "hook_key"):
        return {"file": "events.csv", "token": world["token"], "hook_key": "nobody-knows"}[part]
    if part == "pks":
        return [world["event"].pk] * 2
    if name in ("link-thumbnail", "link-clip"):
        return world["event"].pk
    if name == "person-detail":
        return world["people"]["viewer"].pk
    kinds = {"odd-run-csv": "odd run", **dict.fromkeys(("view-save", "view-list"), "batch")}
    kinds |= dict.fromkeys(CONNECTIONS, "connection")
    kind = kinds.get(name, name.partition("-")[0])
    return world[kind if kind in KINDS and part == "pk" else "batch"].pk

"""The permission matrix: every address × everybody who may come × every method. An address without a row fails."""

import re
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from batches.actions import make_token
from batches.export.odd_tables import write_table
from batches.models import (
    AccountVideo,
    Action,
    AdditionRun,
    AssignmentChange,
    Batch,
    BatchStart,
    BulkRun,
    CloudImport,
    Comment,
    Connection,
    Decision,
    Delivery,
    Event,
    Folder,
    ImportRun,
    MetadataEdit,
    MetadataPush,
    OddRun,
    OddTable,
    ReviewStep,
    Role,
    SavedView,
    SummaryChoice,
    SyncRun,
    ThumbnailRun,
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

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
PEOPLE = (
    "anonymous", "stranger", "viewer", "reviewer", "editor", "manager", "staff", "editing staff", "administrator",
)  # fmt: skip
# Whoever has the fewest rights, and whoever has most: the methods that only they ask by are answered by GET's view or
# refused to everybody.
EXTREMES = {"anonymous", "stranger", "viewer", "administrator"}
ASKED_BY_ALL = {"GET", "POST"}
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
    "link-clips": {"GET": "anybody", "HEAD": "anybody"},
    "link-thumbnail": {"GET": "anybody", "HEAD": "anybody"},
    "link-clip": {"GET": "anybody", "HEAD": "anybody"},
    "board": {"GET": "signed in", "HEAD": "signed in"},  # test_board.py has whose figures
    "board-file": {"GET": "signed in", "HEAD": "signed in"},
    "event-list": {"GET": "signed in", "HEAD": "signed in"},  # test_event_list.py has whose events
    "event-review": {"GET": "signed in", "HEAD": "signed in"},
    "event-queue": {"GET": "signed in", "HEAD": "signed in"},
    "event-presence": {"POST": "signed in"},
    "event-undo": {"POST": "signed in"},
    "event-redo": {"POST": "signed in"},
    "event-view-save": {"POST": "signed in"},
    "events-download": READ,
    "event-detail": READ,
    "event-thumbnail": READ,
    "event-clip": {"POST": "viewer"},
    "event-decide": {"POST": "reviewer"},
    "event-correct": {"POST": "reviewer"},
    "item-missed": {"POST": "reviewer"},
    "item-watched": {"POST": "reviewer"},
    "item-clip": {"POST": "viewer"},
    "item-telemetry": READ,
    "batch-watch": READ,
    "batch-values": READ,
    "event-ask": {"POST": "reviewer"},
    "batch-presence": {"POST": "viewer"},
    "batch-opinions": {**READ, "POST": "editor"},
    "batch-undo": {"POST": "reviewer"},
    "view-save": {"POST": "viewer"},
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
    "batch-thumbnails": {"POST": "editor"},
}
OPEN = {
    "anybody",
    "signed by the vendor",
    "no token",
    "failed sign-in",
}  # rules of addresses that ask nobody to sign in
ROLES = list(Role)


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


@pytest.mark.case("A01")
def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert set(own_patterns()) == set(POLICY)


def expected(person: str, rule: str | None) -> set[int]:
    """The statuses that are right. A form that says nothing of use is a 422, a picture that is not there a 404."""
    if rule == "anybody":
        return {200, 302}
    if rule == "failed sign-in":
        return {401}
    if rule == "no token":
        return {404}
    if rule == "sample's manager" and person not in ("anonymous", "stranger"):
        return {403}
    if rule == "signed by the vendor":
        return {404}  # whoever it is, with an address nobody gave out; test_connection_detail.py has the right ones
    if person == "anonymous":
        return {302}
    if rule == "maker":
        return {403, 404}
    if rule is None:
        return {405}
    if rule == "signed in":
        return {200, 302, 422}
    if rule == "console":  # who is signed in without being staff is told so
        return {302} if person in ("staff", "editing staff", "administrator") else {403}
    if rule == "no factor":
        return {302, 404}
    if rule == "administrator":
        return {200, 302, 303, 422} if person == "administrator" else {403}
    if person == "stranger" or rule == "owner":
        return {404}
    if rule == "editor or staff":
        rule = "viewer" if person == "staff" else "editor"
    role = Role(rule)
    staff = {"staff": [Role.VIEWER], "editing staff": [Role.VIEWER, Role.EDITOR]}
    staff["administrator"] = [Role.VIEWER, Role.EDITOR, Role.MANAGER]
    allowed = role in staff[person] if person in staff else Role(person).rank >= role.rank
    return {200, 302, 303, 422, 502} if allowed else {403}


@pytest.fixture
def world(account: Connection) -> dict[str, Any]:
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
    "odd-list",
    "upload-begin",
)


def target(world: dict[str, Any], name: str, part: str) -> Any:
    """What stands in an address of this name."""
    if part == "uidb64":
        return "Mg"
    if part in ("file", "token", "hook_key"):
        return {"file": "events.csv", "token": world["token"], "hook_key": "nobody-knows"}[part]
    if name in ("link-thumbnail", "link-clip"):
        return world["event"].pk
    if name == "person-detail":
        return world["people"]["viewer"].pk
    kinds = {"view-save": "batch", "odd-run-csv": "odd run", **dict.fromkeys(CONNECTIONS, "connection")}
    kind = kinds.get(name, name.partition("-")[0])
    return world[kind if kind in KINDS and part == "pk" else "batch"].pk


@pytest.mark.once
@pytest.mark.parametrize("name", sorted(POLICY))
@pytest.mark.case("A01", "B02", "S09", "A02")
def test_the_matrix(world: dict[str, Any], name: str) -> None:
    pattern = own_patterns()[name].pattern
    address = reverse(name, kwargs={part: target(world, name, part) for part in pattern.converters})
    if name == "batches-download":
        address += f"?connection={world['batch'].connection_id}"
    wrong = []
    for person in PEOPLE:
        client = Client()
        for method in METHODS:
            if method not in ASKED_BY_ALL and person not in EXTREMES:
                continue
            world["view"].save()  # the one before may have deleted it
            world["link"].save()
            if person != "anonymous" and (method == METHODS[0] or name in ("login", "logout")):
                client.force_login(world["people"][person])
            status = client.generic(method, address).status_code
            right = expected(person, POLICY[name].get(method))
            if method not in POLICY[name] and OPEN & set(POLICY[name].values()):
                right = {405, 302}  # the login page sends away whoever is signed in before it looks at the method
            if name == "setup":
                right = {404} if method in ("GET", "HEAD", "POST") else {405}
            if name.startswith("link-") and POLICY[name].get(method) == "anybody":
                right = {200, 404, 502} if name in ("link-thumbnail", "link-clip") else {200}
            if name == "event-thumbnail" and status == 404:
                status = 404 if person == "stranger" else 200  # the placeholder of an event without a picture
            if status not in right:
                wrong.append(f"{method} {address} as {person}: {status}, expected one of {sorted(right)}")
    assert wrong == []


@pytest.mark.once
@pytest.mark.case("T01")
def test_no_page_gives_out_a_token_or_key(world: dict[str, Any]) -> None:
    members = ("viewer", "reviewer", "editor")
    made = [make_token(user=world["people"][each], scope="read", name="script", days=1) for each in members]
    world["webhook"].secret = world["webhook"].old_secret = "whsec_0123456789"
    world["webhook"].save()
    client = Client()
    client.force_login(world["people"]["editor"])
    secrets = {"link": world["token"], "vendor key": world["connection"].api_key, "webhook": "whsec_0123456789",
               "session": client.cookies["sessionid"].value, "password": world["people"]["editor"].password,
               "link digest": world["link"].digest}  # fmt: skip
    for number, (token, text) in enumerate(made):
        secrets |= {f"token {number}": text, f"digest {number}": token.digest}
    results = []
    for name, pattern in own_patterns().items():
        if "GET" not in POLICY[name] or name.startswith("link-"):
            continue  # whoever asks below a link's address has its token
        parts = pattern.pattern.converters
        page = client.get(reverse(name, kwargs={part: target(world, name, part) for part in parts}))
        body = page.getvalue().decode(errors="replace")
        results += [f"{name}: {kind}" for kind, secret in secrets.items() if secret in body]
    assert results == []


@pytest.mark.parametrize("role", [None, Role.VIEWER])
@pytest.mark.case("A03")
def test_people_without_the_right_change_nothing(world: dict[str, Any], role: Role | None) -> None:
    client = Client()
    client.force_login(world["people"]["stranger" if role is None else role.value])
    batch, event = world["batch"], world["event"]
    for name, pk in [("event-comment", event.pk), ("batch-assign", batch.pk), ("batch-status", batch.pk),
                     ("event-decide", event.pk), ("batch-undo", batch.pk), ("batch-redo", batch.pk),
                     ("event-correct", event.pk), ("item-missed", event.item_id), ("item-watched", event.item_id),
                     ("batch-bulk", batch.pk), ("batch-copy-verdicts", batch.pk), ("batch-link", batch.pk),
                     ("batch-match-by-name", batch.pk),
                     ("batch-compare", batch.pk), ("bulk-run", world["bulk"].pk),
                     ("event-flag", event.pk), ("batch-sync", batch.pk),
                     ("batch-rename", batch.pk), ("batch-thumbnails", batch.pk),
                     ("batch-metadata", batch.pk), ("batch-metadata-push", batch.pk), ("batch-summary", batch.pk),
                     ("batch-metadata-resolve", batch.pk)]:  # fmt: skip
        verdict = {"key": "0" * 32, "version": 1, "fingerprint": event.fingerprint, "approval": "approved", "name": "x",
                   "on": "1", "do": "stop", "events": f"{event.pk}.1.{event.fingerprint}",
                   "text": "x", "status": "reviewed", "people": "x", "correct_label": "x",
                   "json": '{"a": 1}'}  # fmt: skip
        for headers in ({}, {"Accept": "application/json"}, {"HX-Request": "true"}):
            answer = client.post(reverse(name, args=[pk]), verdict, headers=headers)
            assert answer.status_code == (404 if role is None else 403)
    assert Comment.objects.count() == AssignmentChange.objects.count() == ReviewStep.objects.count() == 0
    assert Decision.objects.count() == SyncRun.objects.count() == ThumbnailRun.objects.count() == 0
    assert MetadataEdit.objects.count() == MetadataPush.objects.count() == SummaryChoice.objects.count() == 0
    assert BulkRun.objects.get().state == "queued"
    assert (Event.objects.get().version, Event.objects.get().flagged, Batch.objects.get(pk=batch.pk).name) == (
        1,
        False,
        "",
    )


@pytest.mark.case("A04")
def test_nobody_finds_out_what_others_have(world: dict[str, Any]) -> None:
    client = Client()
    client.force_login(world["people"]["stranger"])
    assert client.get("/batches/", {"q": "near"}).context["rows"] == []


@pytest.mark.case("A08")
def test_a_deactivated_person_is_out_at_once(world: dict[str, Any]) -> None:
    client, person = Client(), world["people"]["editor"]
    client.force_login(person)
    assert client.get("/batches/").status_code == 200
    person.is_active = False
    person.save()
    assert client.get("/batches/").status_code == 302


def test_an_ended_session_is_reported_to_each_kind_of_client(world: dict[str, Any]) -> None:
    address = f"/batches/{world['batch'].pk}/"
    assert Client().get(address).headers["Location"] == f"/login/?next={address}"
    htmx = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{address}?q=x"}
    assert Client().get(address, headers=htmx).headers["HX-Redirect"] == f"/login/?next={address}%3Fq%3Dx"
    answer = Client().get(address, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()) == (401, {"error": "Your session has ended. Sign in again."})


@pytest.mark.case("B01")
def test_a_post_without_csrf_token_is_refused_with_advice(world: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    address = f"/events/{world['event'].pk}/decide/"
    client.force_login(world["people"]["reviewer"])
    assert client.post(address).status_code == 403
    answer = client.post(address, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["again"]) == (403, True)
    anonymous = Client(enforce_csrf_checks=True)
    assert anonymous.post(address, headers={"Accept": "application/json"}).status_code == 401
    assert Decision.objects.count() == 0


@pytest.mark.case("B03")
@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"Origin": "null"}, True),
        ({"Origin": "https://evil.example"}, True),
        ({"Origin": "https://testserver.evil.example"}, True),
        ({"Referer": "https://evil.example/batches/"}, True),
        ({}, True),  # https without either
        ({"Origin": "https://testserver"}, False),
        ({"Referer": "https://testserver/batches/"}, False),
    ],
)
def test_a_post_from_another_origin_is_refused(world: dict[str, Any], headers: dict[str, str], refused: bool) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world["people"]["reviewer"])
    client.cookies["csrftoken"] = token = "c" * 32
    address = f"/events/{world['event'].pk}/decide/"
    answer = client.post(address, secure=True, headers=headers | {"X-CSRFToken": token})
    assert (answer.status_code == 403) == refused
    assert Decision.objects.count() == 0


@pytest.mark.case("B04")
@pytest.mark.parametrize("origin", ["https://evil.example", "https://testserver.evil.example", "null"])
@pytest.mark.parametrize("method", ["get", "options"])
def test_no_other_origin_may_read_a_response(world: dict[str, Any], method: str, origin: str) -> None:
    client = Client()
    client.force_login(world["people"]["reviewer"])
    asked = {"Origin": origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x-csrftoken"}
    for address in ("/batches/", f"/events/{world['event'].pk}/", "/api/v1/batches/", "/d/token/", "/healthz"):
        answer = getattr(client, method)(address, headers=asked)
        assert [name for name in answer.headers if name.lower().startswith("access-control-")] == []


@pytest.mark.case("B05")
def test_what_a_person_sees_is_stored_nowhere_and_framed_by_nobody(world: dict[str, Any]) -> None:
    client = Client()
    client.force_login(world["people"]["viewer"])
    answer = client.get(f"/batches/{world['batch'].pk}/")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


@pytest.mark.case("L04")
def test_what_is_too_large_is_refused_in_our_own_words(world: dict[str, Any]) -> None:
    client = Client()
    client.force_login(world["people"]["reviewer"])
    address = f"/events/{world['event'].pk}/decide/"
    for sent in ({"note": "x" * 2_600_000}, {f"field{number}": "" for number in range(1001)}):
        answer = client.post(
            address, urlencode(sent), "application/x-www-form-urlencoded", headers={"Accept": "application/json"}
        )
        assert answer.status_code == 413
        assert re.fullmatch(r"The request is larger than this .*\. Nothing was changed\.", answer.json()["error"])
    page = client.post(address, "note=" + "x" * 2_600_000, "application/x-www-form-urlencoded").content.decode()
    assert "Request too large" in page
    assert "DATA_UPLOAD" not in page

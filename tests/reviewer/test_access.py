"""The permission matrix: every address × everybody who may come, and × every method. An address without a row fails."""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client
from django.urls import reverse
from pytest_django.plugin import DjangoDbBlocker

from batches.actions import make_token
from batches.models import (
    AssignmentChange,
    Batch,
    BulkRun,
    Comment,
    Decision,
    Event,
    MetadataEdit,
    MetadataPush,
    ReviewStep,
    Role,
    SummaryChoice,
    SyncRun,
    ThumbnailRun,
    VideoUpload,
)
from tests.factories import make_connection
from tests.reviewer.addresses import METHODS, POLICY, make_world, own_patterns, target

PEOPLE = (
    "anonymous", "stranger", "viewer", "reviewer", "editor", "manager", "staff", "editing staff", "administrator",
)  # fmt: skip
ASKED_BY_ALL = {"GET", "POST"}
# The methods that GET's view answers or everybody is refused: each is asked by one of those with the fewest rights and
# with most in turn, and one of them by nobody.
IN_TURN = ("HEAD", "PUT", "PATCH", "DELETE")
EXTREMES = ("stranger", "viewer", "administrator")
OPEN = {
    "anybody",
    "signed by the vendor",
    "no token",
    "failed sign-in",
}  # rules of addresses that ask nobody to sign in


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
    if rule == "reviewer anywhere":  # the stranger is one of a connection of their own
        rule, person = "reviewer", "reviewer" if person == "stranger" else person
    if person == "stranger" or rule == "owner":
        return {404}
    if rule == "editor or staff":
        rule = "viewer" if person == "staff" else "editor"
    role = Role(rule)
    staff = {"staff": [Role.VIEWER], "editing staff": [Role.VIEWER, Role.EDITOR]}
    staff["administrator"] = [Role.VIEWER, Role.EDITOR, Role.MANAGER]
    allowed = role in staff[person] if person in staff else Role(person).rank >= role.rank
    return {200, 302, 303, 422, 502} if allowed else {403}


def methods_of(person: str, turn: int) -> list[str]:
    """What this person asks by at the address of that number."""
    if person == "anonymous":
        asked = {IN_TURN[turn % len(IN_TURN)]}
    else:
        in_turn = enumerate(IN_TURN, start=turn)
        asked = {method for number, method in in_turn if person == EXTREMES[number % len(EXTREMES)]}
    return [method for method in METHODS if method in asked | ASKED_BY_ALL]


@pytest.fixture(scope="module")
def shared_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Any]]:
    """The world with everybody signed in, made once: what a test does in it is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = make_world(make_connection())
        made["cookies"] = {}
        for person in PEOPLE[1:]:
            client = Client()
            client.force_login(made["people"][person])
            made["cookies"][person] = client.cookies
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def world(shared_world: dict[str, Any], db: None) -> dict[str, Any]:
    return deepcopy(shared_world)


@pytest.mark.once
@pytest.mark.parametrize("name", sorted(POLICY))
@pytest.mark.case("A01", "B02", "S09", "A02")
def test_the_matrix(world: dict[str, Any], name: str) -> None:
    pattern = own_patterns()[name].pattern
    address = reverse(name, kwargs={part: target(world, name, part) for part in pattern.converters})
    if name == "batches-download":
        address += f"?connection={world['batch'].connection_id}"
    wrong, turn = [], sorted(POLICY).index(name)
    for person in PEOPLE:
        client = Client()
        client.cookies = world["cookies"].get(person, client.cookies)
        for method in methods_of(person, turn):
            if name.startswith(("view-", "link-")):
                world["view"].save()  # the one before may have deleted it
                world["link"].save()
            if person != "anonymous" and name in ("login", "logout"):
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
    world["webhook"].secret_url = "https://chat.example/hidden"
    world["webhook"].save()
    VideoUpload.objects.update(query="signature=hidden")
    client = Client()
    client.force_login(world["people"]["editor"])
    secrets = {"link": world["token"], "vendor key": world["connection"].api_key, "webhook": "whsec_0123456789",
               "chat": world["webhook"].secret_url, "signed address": "signature=hidden",
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
                     ("item-watched-parts", event.item_id),
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
    """Also by whoever writes into the table itself, which leaves the session as it is."""
    client, person = Client(), world["people"]["editor"]
    client.force_login(person)
    for active, status in ((True, 200), (False, 302), (True, 200)):
        get_user_model().objects.filter(pk=person.pk).update(is_active=active)
        assert client.get("/batches/").status_code == status
    person.is_active = False
    person.save()
    get_user_model().objects.filter(pk=person.pk).update(is_active=True)
    assert client.get("/batches/").status_code == 302, "the session has ended"


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


@pytest.mark.once
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


@pytest.mark.once
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

"""Every address of a vendor that is not served here is refused in that vendor's own form, with a sentence that says
so.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.test import Client, RequestFactory
from nomadic import NomadicAI
from nomadic.exceptions import APIError, AuthenticationError
from pytest_django.live_server_helper import LiveServer
from twelvelabs import TwelveLabs
from twelvelabs.core.api_error import ApiError

from batches.models import Connection, Role, Scope, Vendor
from reviewer.api.sdk import SERVED
from reviewer.views.errors import server_error
from reviewer.web.unavailable import unavailable
from tests.factories import make_batch, make_member
from tests.reviewer.api.conftest import make_token
from tests.vendor_worlds import TL_BATCH

pytestmark = pytest.mark.django_db(transaction=True)

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND")
ADDRESSES = {
    "nomadic": ("/api", "/api/", "/api/videos/v/analyses", "/api/v2/x",
                "/api/cloud-integrations?name=a",
                "/api/batch/b/status/", "/api/live/%0A", "/api/video/v"),
    "twelvelabs": ("/v1.3", "/v1.3/", "/v1.3/analyze/tasks/68f4", f"/v1.3/analyze/batches/{TL_BATCH}/cancel",
        "/v1.3/assets"),
    "wickson": ("/v1", "/v1/status", "/v1/batches", "/v1/batches/b-1", "/v1/media/vec-1", "/v1/batches/b-1/results/"),
}  # fmt: skip
KEYS = {
    "nomadic": {"detail"},
    "twelvelabs": {"code", "message"},
    "wickson": {"success", "message", "code", "status_code"},
}
LABELS = {"nomadic": "NomadicML", "twelvelabs": "TwelveLabs", "wickson": "Wickson"}
WHOLE = [(vendor, address) for vendor, addresses in ADDRESSES.items() for address in addresses]


@pytest.fixture
def key(account: Connection) -> str:
    return make_token(make_member(account, Role.EDITOR), Scope.READ)


def sentence(body: dict[str, Any]) -> str:
    return str(body.get("detail") or body.get("message"))


@pytest.mark.parametrize(("vendor", "address"), WHOLE)
def test_every_unserved_address_is_refused_in_the_vendors_form(key: str, vendor: str, address: str) -> None:
    for method in METHODS:
        answer = Client().generic(method, address, headers={"X-API-Key": key})
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json"), method
        if method == "HEAD":
            continue
        assert set(answer.json()) == KEYS[vendor]
        assert sentence(answer.json()).startswith(f"The reviewer does not serve {method} /")
        assert f"ask {LABELS[vendor]} for everything else" in sentence(answer.json())


@pytest.mark.parametrize(("vendor", "address"), WHOLE)
def test_without_a_right_key_it_is_the_vendors_401(db: None, vendor: str, address: str) -> None:
    for headers in ({}, {"X-API-Key": "rev_wrong"}, {"X-API-Key": "rev_wrong", "Accept": "text/html"}):
        answer = Client().post(address, headers=headers)
        assert (answer.status_code, set(answer.json())) == (401, KEYS[vendor])


@pytest.mark.parametrize(
    ("vendor", "method", "address"),
    [
        ("nomadic", "DELETE", "/api/my-videos"),
        ("twelvelabs", "POST", "/v1.3/analyze/batches"),
        ("twelvelabs", "DELETE", f"/v1.3/analyze/batches/{TL_BATCH}"),
        ("wickson", "PUT", "/v1/batches/b-1/results"),
    ],
)
def test_an_unserved_method_is_405_with_the_same_message(key: str, vendor: str, method: str, address: str) -> None:
    answer = Client().generic(method, address, headers={"X-API-Key": key})
    assert (answer.status_code, set(answer.json())) == (405, KEYS[vendor])
    assert sentence(answer.json()).startswith(f"The reviewer does not serve {method} {address}.")


@pytest.mark.parametrize(("vendor", "address"), WHOLE)
def test_a_failure_of_ours_has_the_vendors_form_too(vendor: str, address: str, rf: RequestFactory) -> None:
    for respond, status in ((server_error, 500), (unavailable, 503)):
        answer = respond(rf.get(address))
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")
        body = json.loads(answer.content)
        nested = status == 503 and vendor == "twelvelabs"
        assert set(body) == ({"error"} if nested else KEYS[vendor])
        assert b"<" not in answer.content


def test_too_many_calls_are_the_vendors_429(key: str, settings: Any) -> None:
    settings.API_RATE = "1/day"
    for vendor, address in (("twelvelabs", "/v1.3/assets"), ("wickson", "/v1/status"), ("nomadic", "/api/folders")):
        answers = [Client().get(address, headers={"X-API-Key": key}) for _ in range(2)]
        assert (answers[1].status_code, set(answers[1].json())) == (429, KEYS[vendor])
        assert "Retry-After" in answers[1].headers


def test_what_the_refusal_names_are_methods_of_the_sdk() -> None:
    names = SERVED[Vendor.NOMADIC].replace("(s)", "").replace(" and ", ", ").split(", ")
    assert [name for name in names if not hasattr(NomadicAI, name)] == []


def test_our_own_api_names_its_list_of_addresses(key: str) -> None:
    answer = Client().get("/api/v1/nothing/", headers={"Authorization": f"Bearer {key}"})
    assert answer.json() == {"detail": "The API has no such URL. /api/v1/docs/ lists all URLs."}


def test_nomadics_sdk_raises_its_own_errors(key: str, live_server: LiveServer) -> None:
    client = NomadicAI(api_key=key, base_url=live_server.url)
    calls = (
        lambda: client.delete_video("v1"),
        lambda: client.cloud_integrations.list(),
    )
    for call in calls:
        with pytest.raises(APIError, match="The reviewer does not serve") as refusal:
            call()
        assert refusal.value.status_code == 404
    with pytest.raises(AuthenticationError, match="wrong, expired or revoked"):
        NomadicAI(api_key="rev_wrong", base_url=live_server.url).get_folder("north")


@pytest.fixture
def twelvelabs(key: str, live_server: LiveServer) -> Iterator[TwelveLabs]:
    with httpx.Client() as client:
        yield TwelveLabs(api_key=key, base_url=f"{live_server.url}/v1.3", httpx_client=client)


def test_twelvelabs_sdk_raises_its_own_errors(twelvelabs: TwelveLabs, account: Connection) -> None:
    make_batch(account, external_id=TL_BATCH)
    calls = {
        404: [lambda: twelvelabs.analyze_async.tasks.retrieve("68f4ddaf8aaa60d33df0e900"),
              lambda: twelvelabs.analyze_async.batches.cancel(TL_BATCH),
              lambda: twelvelabs.assets.retrieve("6298d673f1090f1100476d4c"),
              lambda: twelvelabs.indexes.retrieve("6298d673f1090f1100476d4c")],
        405: [lambda: twelvelabs.analyze_async.batches.delete(TL_BATCH)],
    }  # fmt: skip
    for status, asked in calls.items():
        for call in asked:
            with pytest.raises(ApiError) as refusal:
                call()
            body: Any = refusal.value.body
            assert refusal.value.status_code == status
            assert body["message"].startswith("The reviewer does not serve")

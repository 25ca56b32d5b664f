"""Metadata by hand: what an edit will do is said while typing, and the push is followed to its end."""

import threading
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch, Connection, MetadataEntry, MetadataPush
from batches.sandbox.server import Sandbox
from batches.sync.push import push
from tests import worlds
from tests.e2e.conftest import sign_in
from tests.factories import make_batch, make_connection, make_member


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox({worlds.BATCH: worlds.batch()}) as running:
        monkeypatch.setattr(settings, "PRIVATE_HOSTS", frozenset({running.url.removeprefix("http://")}))
        yield running


@pytest.fixture
def account(transactional_db: None, sandbox: Sandbox) -> Connection:
    made = make_connection(base_url=sandbox.url, key=sandbox.key, name="Fleet West")
    make_member(made, "editor", "edda")
    return made


@pytest.fixture
def batch(account: Connection) -> Batch:
    return make_batch(account, external_id=worlds.BATCH, name="Night freeway", vendor_metadata={"version": 2})


def work() -> None:
    """A worker takes its turn, as another process would."""

    def turn() -> None:
        push(MetadataPush.objects.latest("id").pk)
        connection.close()

    thread = threading.Thread(target=turn, daemon=True)
    thread.start()
    thread.join()


def key(page: Page, name: str):  # type: ignore[no-untyped-def]
    return page.get_by_role("row").filter(has_text=name).filter(has=page.locator("textarea"))


def test_an_edit_is_previewed_saved_pushed_and_a_conflict_ended(
    page: Page, live_server: LiveServer, batch: Batch, sandbox: Sandbox
) -> None:
    sign_in(page, live_server.url, "edda", to=f"/batches/{batch.pk}/")
    page.get_by_role("link", name="Metadata").click()
    page.get_by_label("Value of version").fill("3")
    page.get_by_label("Key", exact=True).first.fill("owner")
    page.get_by_label("Value", exact=True).first.fill("edda")
    expect(page.locator("#effect")).to_contain_text("adds 1 owner")
    expect(page.locator("#effect")).to_contain_text("overwrites 1 version")
    page.get_by_label("Value of version").fill("3.5")
    expect(page.locator("#effect")).to_contain_text("version Enter a whole number")
    page.get_by_label("Value of version").fill("3")
    page.get_by_role("button", name="Save metadata").click()
    expect(key(page, "owner")).to_contain_text("Waiting")
    sandbox.state.merge_metadata(worlds.BATCH, {"version": 7})
    work()
    expect(key(page, "owner")).to_contain_text("At the vendor")  # by itself
    expect(key(page, "version")).to_contain_text("Changed on both sides")
    page.reload()
    expect(page.get_by_role("region", name="Changed on both sides").locator("td")).to_contain_text(["2", "3", "7", ""])
    page.get_by_role("button", name="Keep ours for version").click()
    work()
    expect(key(page, "version")).to_contain_text("At the vendor")
    assert set(MetadataEntry.objects.values_list("name", "value", "state")) == {
        ("version", 3, "pushed"), ("owner", "edda", "pushed"),
    }  # fmt: skip


def test_all_of_it_works_without_scripts(page: Page, live_server: LiveServer, batch: Batch) -> None:
    browser = page.context.browser
    assert browser
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    sign_in(plain, live_server.url, "edda", to=f"/batches/{batch.pk}/metadata/")
    plain.get_by_label("Key", exact=True).first.fill("owner")
    plain.get_by_label("Value", exact=True).first.fill("edda")
    plain.get_by_role("button", name="Preview").first.click()
    expect(plain.locator("#effect")).to_contain_text("adds 1 owner")
    plain.get_by_role("button", name="Save metadata").click()
    expect(key(plain, "owner")).to_contain_text("Waiting")
    context.close()

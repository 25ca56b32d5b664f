"""Every page in both colours: no serious accessibility finding, nothing that breaks the policy, nothing too wide."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import (
    AccountVideo,
    Batch,
    CloudImport,
    Connection,
    Delivery,
    Event,
    Folder,
    Item,
    OddRun,
    OddTable,
    Poll,
    Quarantined,
    Schedule,
    SearchMatch,
    SyncRun,
    TrainedAgent,
    VideoSearch,
    Webhook,
)
from tests.e2e.conftest import sign_in
from tests.e2e.looks import colours_found, findings
from tests.factories import make_batch
from tests.hostile import TEXT, poison

PAGES = {
    "desk": "/desk/",
    "events": "/events/",
    "board": "/board/?recall=1",
    "search": "/search/?q=free",
    "list": "/batches/",
    "list by place": "/batches/?project=Autumn&archived=all&since=2020-01-01",
    "organize": "/batches/organize/?batch={batch}",
    "grid": "/batches/{batch}/",
    "table": "/batches/{batch}/table/",
    "filtered": "/batches/{batch}/?approval=pending&severity=high&q=finding",
    "no events": "/batches/{batch}/?q=nothing",
    "deck": "/batches/{batch}/review/",
    "done": "/batches/{batch}/review/?approval=approved",
    "event": "/events/{event}/",
    "team": "/batches/{batch}/team/?approval=pending",
    "notifications": "/notifications/",
    "insights": "/batches/{batch}/insights/?figures=1",
    "prompts": "/batches/{batch}/prompts/",
    "compare": "/batches/{batch}/compare/",
    "watch": "/batches/{batch}/watch/",
    "no figures": "/batches/{batch}/insights/?q=nothing",
    "sync": "/batches/{batch}/sync/",
    "metadata": "/batches/{batch}/metadata/",
    "metadata of several": "/batches/metadata/?batch={batch}",
    "list by metadata": "/batches/?key=version&value=2&column=version",
    "tokens": "/tokens/",
    "imports": "/imports/",
    "api": "/api/v1/docs/",
    "opinions": "/batches/{batch}/opinions/",
    "connections": "/connections/",
    "connection": "/connections/{connection}/",
    "connection settings": "/connections/{connection}/settings/",
    "footage": "/connections/{connection}/footage/",
    "agents": "/connections/{connection}/agents/",
    "videos": "/connections/{connection}/videos/",
    "uploads": "/connections/{connection}/uploads/",
    "import from a cloud": "/connections/{connection}/cloud-imports/",
    "searches": "/connections/{connection}/searches/",
    "structured ODD": "/connections/{connection}/odd/?video=v",
    "start": "/batches/start/?connection={connection}",
    "empty batch": "/batches/{empty}/",
    "webhooks": "/connections/{connection}/webhooks/",
    "webhook": "/webhooks/{hook}/",
    "not found": "/batches/999999/",
    "wrong filter": "/batches/{batch}/?approval=aproved",
}
REQUESTED = {
    "matches": "/searches/{search}/",
    "card of a match": "/events/{event}/?search={search}",
    "events of a search": "/events/?search={search}",
    "cloud import": "/cloud-imports/{cloud}/",
    "tables of videos": "/odd/{odd}/",
    "deletion of a video": "/videos/{video}/delete/",
}


def places(batch: Batch) -> dict[str, int]:
    """What the addresses name, with a webhook and a watch that have something to show."""
    editor = batch.connection.memberships.get(role="editor").user
    long = "https://hooks.example/" + "x" * 300
    hook = Webhook.objects.create(connection=batch.connection, url=long, events=["batch.synced"], created_by=editor)
    for state, answer in (("delivered", "ok"), ("parked", "W" * 200), ("waiting", "")):
        Delivery.objects.create(webhook=hook, batch=batch, event="batch.synced", body="{}", state=state, answer=answer)
    Poll.objects.create(batch=batch, message="The vendor says 'processing'; nothing has changed.")
    Schedule.of(batch.connection)
    batch.connection.memberships.filter(user=editor).update(role="manager")
    event = Event.objects.order_by("pk").values_list("pk", flat=True)[0]
    empty = make_batch(batch.connection)
    named = {"batch": batch, "empty": empty, "connection": batch.connection, "hook": hook}
    return {"event": event} | {name: row.pk for name, row in named.items()}


def requested(batch: Batch) -> dict[str, int]:
    """A search with a match that is here and one that is not, an import, a table, an agent, all with long names."""
    long = "W" * 200
    ended: dict[str, Any] = {"connection": batch.connection, "state": "done", "finished_at": timezone.now(), "total": 2}
    folder = Folder.objects.create(connection=batch.connection, external_id="f", name=long)
    search = VideoSearch.objects.create(**ended, folder=folder, question=long, summary=long, idempotency_key=uuid4())
    for position, event in enumerate([Event.objects.order_by("pk").first(), None]):
        search.matches.create(position=position, video_id=long, analysis_id="a", reason=long, event=event)
    cloud = CloudImport.objects.create(
        **ended, folder=folder, provider="s3", bucket="b" * 200, keys=[], job_id=long, idempotency_key=uuid4()
    )
    video = AccountVideo.objects.create(connection=batch.connection, external_id="v", name=long, folder=folder)
    TrainedAgent.objects.create(connection=batch.connection, external_id=long, name=long, status=long)
    odd = OddTable.objects.create(connection=batch.connection, idempotency_key=uuid4(), columns=[], videos=["v"])
    OddRun.objects.create(
        **ended, table=odd, video_id="v", video_name=long, message=long, problems=[long], share_url=f"https://x/{long}"
    )
    return {"search": search.pk, "cloud": cloud.pk, "video": video.pk, "odd": odd.pk}


def findings_in_both(page: Page) -> list[str]:
    results = findings(page)
    page.emulate_media(color_scheme="light")
    results += colours_found(page)
    page.emulate_media(color_scheme="dark")
    return results


@pytest.mark.case("Y01", "Y03")
def test_no_page_has_an_accessibility_finding(page: Page, live_server: LiveServer, batch: Batch) -> None:
    Quarantined.objects.create(batch=batch, path="video v9 event 7", reason="expected text", raw="{}")
    Batch.objects.update(vendor_metadata={"version": 2, "site": "north"})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    complaints: list[str] = []
    page.on("console", lambda fields: complaints.append(fields.text) if "Content Security" in fields.text else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server.url}/login/")
    results = {"login": findings_in_both(page)}
    sign_in(page, live_server.url, "edda")
    where = places(batch)
    for name, address in PAGES.items():
        page.goto(live_server.url + address.format(**where))
        page.wait_for_load_state("networkidle")
        results[name] = findings_in_both(page)
    assert {name: result for name, result in results.items() if result} == {}
    assert complaints == []


@pytest.mark.case("L03")
def test_no_page_scrolls_sideways(page: Page, live_server: LiveServer, batch: Batch) -> None:
    Event.objects.filter(batch=batch).update(label="W" * 400, ai_text="🚗" * 2000, category="x" * 200)
    Batch.objects.update(vendor_metadata={"k" * 255: "v" * 5000, "version": 2})
    sign_in(page, live_server.url, "edda")
    where = places(batch) | requested(batch)
    for name, address in (PAGES | REQUESTED).items():
        page.set_viewport_size({"width": 360, "height": 400})
        page.goto(live_server.url + address.format(**where))
        for width in (360, 1440, 3840):
            page.set_viewport_size({"width": width, "height": 400})  # every pixel is drawn by the processor
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} px wide at {width}"


def test_the_colours_are_kept_and_do_not_flash(page: Page, live_server: LiveServer, batch: Batch) -> None:
    page.emulate_media(color_scheme="dark")
    sign_in(page, live_server.url)
    canvas = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(canvas)
    switch = page.locator("[data-theme-switch]")
    switch.click()
    assert page.evaluate(canvas) == dark
    switch.click()
    light = page.evaluate(canvas)
    assert light != dark
    page.goto(f"{live_server.url}/batches/{batch.pk}/", wait_until="commit")
    page.wait_for_function("document.body !== null")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert page.evaluate(canvas) == light


# What other rows or the page's own script point at, and lists of another shape.
KEPT_FROM_POISON = (
    "identity", "fingerprint", "digest", "odd_cells", "vendor_metadata", "events", "body", "lost", "strata", "repeats",
    "details", "search_words", "base_url", "claim", "paused_reason",
)  # fmt: skip


@pytest.mark.case("X01")
def test_hostile_text_stays_text(page: Page, live_server: LiveServer, batch: Batch) -> None:
    sign_in(page, live_server.url, "edda")
    where = places(batch) | requested(batch)
    SyncRun.objects.create(batch=batch, state="failed", finished_at=timezone.now())
    Quarantined.objects.create(batch=batch, path="x", reason="x", raw="{}")
    Event.objects.update(decided_by=User.objects.get(username="maya"), decided_at=timezone.now())
    Connection.objects.update(refused_at=timezone.now(), refused_reason="x")
    Batch.objects.update(vendor_metadata={TEXT: TEXT})
    models = (Batch, Item, Event, SyncRun, Quarantined, Poll, Delivery, Webhook, Connection)
    models += (AccountVideo, CloudImport, Folder, OddRun, SearchMatch, TrainedAgent, VideoSearch)
    Batch.objects.filter(pk=where["empty"]).delete()
    for model in models:
        poison(model._default_manager.all(), *KEPT_FROM_POISON)
    for name, address in (PAGES | REQUESTED).items():
        page.goto(live_server.url + address.format(**where))
        assert page.evaluate("window.hit") is None, name
        assert page.locator("a[href^=javascript]").count() == 0, name
        assert page.locator("[onmouseover], img[src=x], [hx-get='/hit']").count() == 0, name
    expect(page.locator("body")).not_to_contain_text("49")


@pytest.mark.case("B05")
def test_back_after_signing_out_shows_nothing(page: Page, live_server: LiveServer, batch: Batch) -> None:
    sign_in(page, live_server.url)
    for address in (PAGES["grid"], PAGES["deck"]):
        page.goto(live_server.url + address.format(batch=batch.pk))
        expect(page.locator("body")).to_contain_text("Finding 1")
    page.evaluate("document.querySelector('form[action=\"/logout/\"]').submit()")
    page.wait_for_url(re.compile("/login/"))
    for _ in range(2):
        page.go_back()
        page.wait_for_url(re.compile("/login/"))
        expect(page.locator("body")).not_to_contain_text("Finding")
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "Finding" not in stored

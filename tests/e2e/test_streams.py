"""A video of an asset plays as a stream under the page's policy, and its transcript leads to its moments."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Vendor
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from tests.e2e.conftest import allow_clips, sign_in
from tests.factories import make_batch, make_connection, make_event, make_item, make_member
from tests.footage import OneClip

ASSET = "6298d673f1090f1100476d4c"
VIDEO = "document.querySelector('video')"


def test_the_stream_of_an_asset_plays_and_its_transcript_seeks(
    page: Page, live_server: LiveServer, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken = [{"start": 12.0, "end": 13.0, "value": "Mind the bus."}]
    asset = {"filename": "front.mp4", "duration": 20.0, "video": "v0", "transcript": spoken}
    with Sandbox(World({}, assets={ASSET: asset}, footage=OneClip(clip))) as sandbox:
        allow_clips(sandbox.url, monkeypatch)
        account = make_connection(vendor=Vendor.TWELVELABS, base_url=f"{sandbox.url}/v1.3", key=sandbox.key)
        make_member(account, "reviewer", "maya")
        item = make_item(make_batch(account), source_uri=f"asset:{ASSET}", analysis_id="gen_1")
        event = make_event(item, start_s=3.0, end_s=4.0)
        errors: list[str] = []
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        sign_in(page, live_server.url, to=f"/events/{event.pk}/")
        page.wait_for_function(f"() => {VIDEO}.readyState >= 2 && {VIDEO}.currentTime >= 1")
        assert page.evaluate(f"{VIDEO}.videoWidth") == 320
        assert page.evaluate(f"{VIDEO}.src.startsWith('blob:')")
        page.get_by_role("button", name="Request the transcript from TwelveLabs").click()
        line = page.get_by_role("button", name="00:12")
        expect(line.locator("xpath=..")).to_contain_text("Mind the bus.")
        line.click()
        page.wait_for_function(f"() => {VIDEO}.readyState >= 2 && {VIDEO}.currentTime >= 12")
        assert errors == []

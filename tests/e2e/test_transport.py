"""The clip under the keys: two seconds, single frames, speed. The test clip has ten frames a second."""

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch, EventPayload
from tests.e2e.pages import open_deck

PIXEL = b"GIF89a\x01\x00\x01\x00\x00\xff\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x00;"
VIDEO = "document.querySelector('#card video')"


def stand(page: Page, at: float) -> None:
    """The clip plays long enough to be measured, then stands still."""
    page.wait_for_function(f"() => {VIDEO}.currentTime > 1.6")
    page.keyboard.press("Space")
    page.evaluate(f"{VIDEO}.currentTime = {at}")


def moment(page: Page) -> float:
    return round(page.evaluate(f"{VIDEO}.currentTime"), 3)


def test_shift_and_arrows_move_two_seconds_and_a_curve_seeks(page: Page, live_server: LiveServer, batch: Batch) -> None:
    EventPayload.objects.update(sdk='{"overlay": {"frame_speed": {"start": 30, "end": 40}}}')
    open_deck(page, live_server, batch)
    stand(page, 3.0)
    page.keyboard.press("Shift+ArrowRight")
    assert moment(page) == 5.0
    page.keyboard.press("Shift+ArrowRight")
    assert moment(page) == 6.0
    for _ in range(3):
        page.keyboard.press("Shift+ArrowLeft")
    assert moment(page) == 1.0
    expect(page.locator("#card .facts-title")).to_have_text("Finding 1")
    page.locator("#card [data-curve]").click()
    page.wait_for_function(f"() => Math.abs({VIDEO}.currentTime - 10) < 0.1")
    assert page.evaluate(f"{VIDEO}.paused")
    page.goto(f"{live_server.url}/events/{batch.events.earliest('pk').pk}/?at=5")
    page.wait_for_function(f"() => {VIDEO}.readyState > 1 && {VIDEO}.currentTime == 5")
    expect(page.locator("#card [data-play-word]")).to_have_text("Play")  # it stands at that moment


def test_angles_step_single_frames(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    stand(page, 3.0)
    for key, at in [(">", 3.15), (">", 3.25), ("<", 3.15), ("<", 3.05), ("<", 2.95)]:
        page.keyboard.press(key)
        page.wait_for_function(f"at => Math.abs({VIDEO}.currentTime - at) < 0.001", arg=at)
    assert page.evaluate(f"{VIDEO}.paused")


def test_each_press_shows_another_picture_before_the_clip_has_played(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.add_init_script("""
      window.pictures = [];
      document.addEventListener("loadstart", ({target}) => {
        const note = (_now, {mediaTime}) => {
          if (target.closest("#card")) window.pictures.push(mediaTime.toFixed(3));
          target.requestVideoFrameCallback(note);
        };
        target.requestVideoFrameCallback(note);
      }, true);
    """)
    open_deck(page, live_server, batch)
    page.wait_for_function("() => window.pictures.at(-1) === '1.000'")
    for picture in ("1.100", "1.200", "1.300"):
        page.keyboard.press(">")
        page.wait_for_function("picture => window.pictures.at(-1) === picture", arg=picture)


def test_a_frame_step_stops_a_playing_clip(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    page.wait_for_function(f"() => !{VIDEO}.paused && {VIDEO}.currentTime > 1.2")
    page.keyboard.press(">")
    assert page.evaluate(f"{VIDEO}.paused")


def test_the_speed_has_ends_and_stays_for_the_next_card(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    for _ in range(9):
        page.keyboard.press("]")
    assert page.evaluate(f"{VIDEO}.playbackRate") == 8
    page.keyboard.press("j")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 2")
    expect(page.locator("#card [data-speed]")).to_have_text("8×")
    page.wait_for_function(f"() => {VIDEO}.readyState > 1")
    assert page.evaluate(f"{VIDEO}.playbackRate") == 8
    for _ in range(9):
        page.keyboard.press("[")
    assert page.evaluate(f"{VIDEO}.playbackRate") == 0.25


def test_v_shows_the_vendors_boxes_over_the_clip(page: Page, live_server: LiveServer, batch: Batch) -> None:
    batch.events.update(thumbnail_url="https://pictures.example/boxes.jpg")
    page.route("**/thumbnail/", lambda route: route.fulfill(body=PIXEL, content_type="image/gif"))
    open_deck(page, live_server, batch)
    page.wait_for_function(f"() => {VIDEO}.classList.contains('playing')")
    picture = page.locator("#card .poster")
    expect(picture).to_have_css("z-index", "1")
    assert picture.evaluate("node => node.offsetWidth < node.parentElement.offsetWidth / 3")
    for pressed, opacity in [("true", "0"), ("false", "1")]:
        page.keyboard.press("v")
        expect(page.locator("#card [data-boxes]")).to_have_attribute("aria-pressed", pressed)
        expect(page.locator("#card video")).to_have_css("opacity", opacity)
    expect(picture).to_be_hidden()
    page.keyboard.press("v")
    picture.click()
    expect(page.locator("#card [data-boxes]")).to_have_attribute("aria-pressed", "true")

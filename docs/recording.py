"""Records the README's half minute from a running `make demo`: `.venv/bin/python docs/recording.py`. Needs Chromium.

Approve, correct, mark what the AI missed, undo: each key is shown while it is pressed. The frames of Chromium's
screencast become an animated WebP.
"""

import base64
import io
import shutil
import sys
import time
from typing import Any

from pictures import DOCS, SWITCHES, opened
from PIL import Image
from playwright.sync_api import Page, sync_playwright

SECONDS = 30
SIZE = {"width": 1280, "height": 800}
SHOWN = (800, 500)  # pixels of the recording
FRAME_MS = 160  # a change that comes sooner waits
QUALITY = 32
# A caption in the page's own frame would be part of the product; this one is drawn over it while recording.
CAPTION = """(text) => {
  let note = document.getElementById('recorded-key');
  if (!note) {
    note = document.createElement('div');
    note.id = 'recorded-key';
    note.popover = 'manual';
    for (const [name, value] of Object.entries({
      inset: '76px auto auto 33%', translate: '-50% 0', margin: '0', padding: '8px 18px', border: '0',
      borderRadius: '10px', background: '#111c', color: '#fff', font: '600 22px system-ui', position: 'fixed',
    })) note.style[name] = value;
    document.body.append(note);
  }
  note.textContent = text;
  note.hidePopover();
  if (text) note.showPopover();
}"""


class Recording:
    """The screencast of a page: a frame whenever the picture changed, with its time."""

    def __init__(self, page: Page) -> None:
        self.page, self.frames = page, list[tuple[float, bytes]]()
        self.session = page.context.new_cdp_session(page)
        self.session.on("Page.screencastFrame", self._take)

    def start(self) -> None:
        self.session.send("Page.startScreencast", {"format": "jpeg", "quality": 85, "maxWidth": 1280, "maxHeight": 800})

    def _take(self, frame: dict[str, Any]) -> None:
        self.session.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})
        self.frames.append((frame["metadata"]["timestamp"], base64.b64decode(frame["data"])))

    def save(self) -> None:
        self.session.remove_listener("Page.screencastFrame", self._take)
        self.session.send("Page.stopScreencast")
        kept = [self.frames[0]]
        for taken, picture in self.frames:
            if (taken - kept[-1][0]) * 1000 >= FRAME_MS:
                kept.append((taken, picture))
        ends = [taken for taken, _ in kept[1:]] + [max(kept[-1][0] + 2, kept[0][0] + SECONDS)]
        # A busy machine takes longer to press the keys; the recording does not.
        pace = min(1.0, SECONDS / (ends[-1] - kept[0][0]))
        lengths = [round((end - taken) * 1000 * pace) for (taken, _), end in zip(kept, ends, strict=True)]
        path = DOCS / "recording.webp"
        first, *others = (_picture(data) for _, data in kept)
        first.save(
            path, save_all=True, append_images=others, duration=lengths, loop=0, quality=QUALITY, method=4,
        )  # fmt: skip
        print(f"{path.name}: {len(kept)} frames, {sum(lengths) / 1000:.0f} s, {path.stat().st_size / 1e6:.2f} MB")


def _picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB").resize(SHOWN, Image.Resampling.LANCZOS)


def say(page: Page, text: str, seconds: float = 1.2) -> None:
    page.evaluate(CAPTION, text)
    page.wait_for_timeout(seconds * 1000)


def press(page: Page, key: str, text: str, seconds: float = 1.6) -> None:
    say(page, text, 0.7)
    page.keyboard.press(key)
    page.wait_for_timeout(seconds * 1000)


def play(page: Page) -> None:
    """The story of the recording."""
    press(page, "a", "A approves", 2)
    press(page, "d", "D corrects what the AI says")
    page.keyboard.press("Escape")
    press(page, "4", "4 makes it critical", 1)
    page.locator("#card [data-correction]").get_by_label("Label", exact=True).fill("Cyclist cuts in from the right")
    press(page, "Enter", "Enter approves it with the changes", 2.2)
    press(page, "o", "O marks what the AI missed", 2.6)
    press(page, "o", "O again: its end", 1)
    page.keyboard.type("Van runs the red light", delay=45)
    press(page, "Enter", "Enter adds it, approved", 2.4)
    press(page, "z", "Z takes it back", 2)
    press(page, "z", "Z again: the verdict with its corrections", 2.4)
    say(page, "Every step is in the ledger", 1.5)


def main(base: str) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=SWITCHES)
        page = chromium.new_context(viewport=SIZE, color_scheme="light").new_page()
        page.goto(f"{base}{opened(page, base)}review/?approval=pending")
        page.wait_for_function("() => document.querySelector('#card video')?.readyState > 2")
        recording = Recording(page)
        recording.start()
        started = time.monotonic()
        play(page)
        print(f"{time.monotonic() - started:.0f} s played", flush=True)
        recording.save()
        chromium.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")

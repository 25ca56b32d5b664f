"""Takes the README's pictures from a running `make demo`: `.venv/bin/python docs/pictures.py`. Needs Chromium.

The strip of the main job, and the deck; every page in every state is `make pictures`.
"""

import os
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import BrowserContext, Page, sync_playwright

DOCS = Path(__file__).resolve().parent
PASSWORDS = Path(os.environ.get("VAR_ROOT", DOCS.parent / "var")) / "demo-passwords"
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--autoplay-policy=no-user-gesture-required"]  # fmt: skip
JPEG = [cv2.IMWRITE_JPEG_QUALITY, 84]


def look(page: Page, wait_ms: int = 1500) -> np.ndarray:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(wait_ms)
    return cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)


def keep(name: str, picture: np.ndarray) -> None:
    cv2.imwrite(str(DOCS / f"{name}.jpg"), picture, JPEG)
    print(name, flush=True)


def sign_in(page: Page, base: str, name: str) -> None:
    passwords = dict(line.split(" ", 1) for line in PASSWORDS.read_text().splitlines())
    page.goto(f"{base}/login/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", passwords[name])
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    page.goto(f"{base}/batches/")


def opened(page: Page, base: str) -> str:
    """The address of the batch that the README is about."""
    sign_in(page, base, "ana")
    return str(page.get_by_role("link", name="Near misses, October fleet", exact=True).get_attribute("href"))


def deck(context: BrowserContext, base: str) -> None:
    page = context.new_page()
    page.goto(f"{base}{opened(page, base)}review/")
    keep("deck", look(page, 5000))


def strip(context: BrowserContext, base: str) -> None:
    """Sign in, open the batch, decide with keys, filter what was approved, download."""
    page = context.new_page()
    page.goto(f"{base}/login/")
    frames = [look(page, 300)]
    review = opened(page, base)
    page.goto(f"{base}{review}?approval=pending")
    frames.append(look(page, 2500))
    page.goto(f"{base}{review}review/?approval=pending")
    page.wait_for_timeout(4000)
    for key in "aaraia":
        page.keyboard.press(key)
        page.wait_for_timeout(700)
    frames.append(look(page, 3000))
    page.goto(f"{base}{review}?approval=approved")
    page.wait_for_timeout(1500)
    page.locator("summary", has_text="Download").click()
    frames.append(look(page, 500))
    framed = [cv2.copyMakeBorder(frame, 12, 12, 12, 12, cv2.BORDER_CONSTANT, value=(160, 150, 145)) for frame in frames]
    four = np.vstack([np.hstack(framed[:2]), np.hstack(framed[2:])])
    keep("main-job", cv2.resize(four, None, fx=0.55, fy=0.55, interpolation=cv2.INTER_AREA))


def main(base: str) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=SWITCHES)
        for colours, take in (("light", strip), ("dark", deck)):
            take(chromium.new_context(viewport={"width": 1440, "height": 900}, color_scheme=colours), base)
        chromium.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")

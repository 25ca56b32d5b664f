"""Every state of every page: no accessibility finding in either colour, nothing too wide, and its pictures.

The pictures go to a folder of their own, with `--pictures` to docs/pictures.
"""

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from batches.sandbox.world import World
from tests.e2e.fleet import make_world, working_day
from tests.e2e.looks import colours_found, findings
from tests.e2e.states_out import STATES, Walk

SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
# Every picture on screen is there, and nothing moves into place any more.
READY = """() => {
  const below = (image) => image.loading === "lazy" && image.getBoundingClientRect().top > innerHeight;
  const loaded = (image) => image.complete || !image.checkVisibility() || below(image);
  const still = (motion) => motion.playState !== "running" || motion.effect.getTiming().iterations === Infinity;
  return [...document.images].every(loaded) && document.getAnimations().every(still);
}"""
# Rows that are not on screen keep the colours they were last drawn in, which axe would take for theirs.
DRAWN = "() => document.querySelectorAll('.row, .tile').forEach((one) => { one.style.contentVisibility = 'visible'; })"
LOOKS = [f"{colours}-{size}" for size in SIZES for colours in ("dark", "light")]
DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("footage"))


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    selected = DOCS / "pictures" if request.config.getoption("--pictures") else tmp_path
    selected.mkdir(exist_ok=True)
    return selected


def keep(page: Page, path: Path) -> None:
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide")))
    picture.convert("RGB").save(path, quality=62, method=4)


def findings_anywhere(page: Page) -> list[str]:
    """axe takes a control that is half scrolled under the page's head or its bar for one that is too small: what is
    found where the state was reached, at the top and at the end is so in earnest.
    """
    complaints, reached = findings(page), page.evaluate("scrollY")
    for scrolled in (0, 100_000):
        if complaints:
            page.evaluate("(y) => scrollTo(0, y)", scrolled)
            complaints = sorted({*complaints} & {*findings(page)})
    page.evaluate("(y) => scrollTo(0, y)", reached)
    return complaints


def breaks_policy(fields: str) -> bool:
    """axe leaves empty style attributes behind, which htmx then copies: no style of ours (the hash is of nothing)."""
    return "Content Security" in fields and "47DEQpj8HBSa" not in fields


def write_index() -> None:
    """docs/pictures.md: every state with its words and its four pictures."""
    lines = ["# Every state, in both colours, wide and narrow", "",
             "Made by `make pictures` from the browser tests: five drives of the sandbox, partly reviewed.",
             ""]  # fmt: skip
    for name, (phrase, _) in STATES.items():
        shown = (f"![{name}, {look}](pictures/{name}-{look}.webp)" for look in LOOKS)
        lines += [f"## {name}", "", phrase, "", " ".join(shown), ""]
    (DOCS / "pictures.md").write_text("\n".join(lines))


@pytest.mark.parametrize("size", list(SIZES))
def test_every_state_can_be_read_by_everybody(
    page: Page, live_server: LiveServer, transactional_db: None, world: World, monkeypatch: pytest.MonkeyPatch,
    folder: Path, size: str,
) -> None:  # fmt: skip
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    results: dict[str, list[str]] = {}
    complaints: list[str] = []
    page.on("dialog", lambda dialog: dialog.accept())
    page.on("console", lambda fields: complaints.append(fields.text) if breaks_policy(fields.text) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    with working_day(world, monkeypatch) as day:
        walk = Walk(page, live_server.url, day)
        for name, (_, reach) in STATES.items():
            reach(walk)
            page.wait_for_function(READY)
            results[f"{name}, dark"] = findings_anywhere(page)
            keep(page, folder / f"{name}-dark-{size}.webp")
            page.emulate_media(color_scheme="light")
            page.evaluate(DRAWN)
            page.wait_for_function(READY)
            results[f"{name}, light"] = colours_found(page)
            keep(page, folder / f"{name}-light-{size}.webp")
            page.emulate_media(color_scheme="dark")
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                complaints.append(f"{name} is {wide} px wide")
        walk.mend()
        page.goto("about:blank")
    if folder.parent == DOCS:
        write_index()
    assert {name: what for name, what in results.items() if what} == {}
    assert complaints == []

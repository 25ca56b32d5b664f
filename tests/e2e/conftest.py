"""A real Chromium against a real server, and a stand-in vendor that signs one small clip."""

import http.server
import json
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.test import Client, override_settings
from playwright.sync_api import Browser, BrowserContext, Keyboard, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch, Connection
from tests.factories import make_batch, make_connection, make_event, make_item, make_member
from tests.footage import make_clip

# Playwright's loop runs in this thread; without it Django refuses its own ORM here.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Two browsers and PostgreSQL share two cores: what is slow there is not wrong.
PATIENCE = 30_000  # milliseconds
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def base_url() -> None:
    """The plug-in's own fixture of this name is written in a way that pytest warns about."""


@pytest.fixture(scope="session")
def collected_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Static files as an installation serves them: bundled, under names with a hash, kept by the browser."""
    storages = settings.STORAGES | {"staticfiles": {"BACKEND": "reviewer.web.staticfiles.Storage"}}
    root = tmp_path_factory.mktemp("static")
    with override_settings(STORAGES=storages, STATIC_ROOT=root, WHITENOISE_AUTOREFRESH=False):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield


@pytest.fixture(scope="session")
def live_server(collected_files: None) -> Iterator[LiveServer]:
    """The plug-in's, which leaves static files to the product's own middleware."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StaticFilesHandler, "_should_handle", lambda self, path: False)
        server = LiveServer("localhost")
        yield server
        server.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    # Chromium without windows draws the same pages for half the CPU.
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium") or shutil.which("google-chrome")
    switches = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--autoplay-policy=no-user-gesture-required"]  # fmt: skip
    result = {"executable_path": chromium} if chromium else {}
    return {**browser_type_launch_args, **result, "args": switches}


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Twenty seconds with the time written into the picture."""
    return make_clip(tmp_path_factory.mktemp("clips"), 20)


class Vendor(http.server.ThreadingHTTPServer):
    """Signs addresses of the one clip; `broken` makes the next so many of them dead. With `ranges` off it ignores
    Range; `redirect` is where it sends everybody instead; while it `prepares`, the clip comes later."""

    daemon_threads = True
    broken = 0
    signed = 0
    clip = b""
    ranges = True
    redirect = ""
    prepares = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Vendor

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.server.signed += 1
        clip = "clip.mp4"
        if self.server.broken:
            self.server.broken -= 1
            clip = "gone.mp4"
        answer = {"url": f"{self.server.url}/{clip}?signature={self.server.signed}",
                  "expires_at": "2099-01-01T00:00:00+00:00", "method": "GET"}  # fmt: skip
        self.reply(200, json.dumps(answer).encode(), Content_Type="application/json")

    def do_GET(self) -> None:
        if not self.path.startswith("/clip.mp4"):
            return self.reply(404, b"")
        if self.server.prepares:
            return self.reply(503, b"", Retry_After="1")
        if self.server.redirect:
            return self.reply(302, b"", Location=self.server.redirect)
        data = self.server.clip
        asked = self.server.ranges and re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first, last = (int(asked[1]), int(asked[2] or len(data) - 1)) if asked else (0, len(data) - 1)
        headers = {
            "Content_Type": "video/mp4",
            "Access_Control_Allow_Origin": "*",
            **({"Accept_Ranges": "bytes"} if self.server.ranges else {}),
        }
        if asked:
            headers["Content_Range"] = f"bytes {first}-{last}/{len(data)}"
        return self.reply(206 if asked else 200, data[first : last + 1], **headers)


def allow_clips(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As CLIP_ORIGINS and PRIVATE_HOSTS in an installation's environment."""
    monkeypatch.setattr(settings, "PRIVATE_HOSTS", frozenset({origin.removeprefix("http://")}))
    monkeypatch.setattr(settings, "CLIP_ORIGINS", [origin])
    directives = {name: [*settings.SECURE_CSP[name], origin] for name in ("media-src", "connect-src")}
    monkeypatch.setattr(settings, "SECURE_CSP", settings.SECURE_CSP | directives)


@pytest.fixture
def vendor(clip: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    server = Vendor(("127.0.0.1", 0), Answers)
    server.clip = clip
    allow_clips(server.url, monkeypatch)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def transactional_db(transactional_db: None, request: pytest.FixtureRequest) -> Iterator[None]:
    """What the closed browser had still asked for is answered before the tables are emptied under it."""
    yield
    browser = request.node.funcargs.get("browser")
    for context in browser.contexts if browser else []:
        context.close()  # of a test that failed: its streams would hold up every later test
    give_up = time.monotonic() + 20
    while any("process_request_thread" in thread.name for thread in threading.enumerate()):
        assert time.monotonic() < give_up, "a request of this test is still running"
        time.sleep(0.01)


@pytest.fixture
def account(transactional_db: None, vendor: Vendor) -> Connection:
    connection = make_connection(base_url=vendor.url, name="Fleet West")
    make_member(connection, "reviewer", "maya")
    make_member(connection, "editor", "edda")
    make_member(connection, "viewer", "vera")
    return connection


@pytest.fixture
def batch(account: Connection) -> Batch:
    """Twelve pending events of one video."""
    made = make_batch(account, name="Night freeway", state="completed")
    item = make_item(made, position=0, name="cam1.mp4")
    for number in range(12):
        make_event(item, label=f"Finding {number + 1}", sequence=number, raw_index=number,
                   start_s=3.0 + number / 2, end_s=4.0 + number / 2, ai_text="A car cuts in.")  # fmt: skip
    return made


SEEN = """() => {
    const card = document.querySelector("[data-deck] #card:not([hidden])");
    return !card || performance.now() - card.dataset.painted > 120;
}"""


class PatientKeyboard:
    """The keyboard of somebody who looks at a card before they press a key; `type`, `down` and `up` do not wait."""

    def __init__(self, page: Page, keyboard: Keyboard) -> None:
        self.page, self.keyboard = page, keyboard

    def press(self, key: str, **options: Any) -> None:
        self.page.wait_for_function(SEEN)
        self.keyboard.press(key, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.keyboard, name)


@pytest.fixture(autouse=True)
def patient_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys, clicks and taps of somebody who looks at a card first."""
    keyboard_of = Page.keyboard.fget
    monkeypatch.setattr(Page, "keyboard", property(lambda page: PatientKeyboard(page, keyboard_of(page))))

    def after_a_look(act: Callable[..., None]) -> Callable[..., None]:
        def act_patiently(locator: Locator, **options: Any) -> None:
            locator.page.wait_for_function(SEEN)
            act(locator, **options)

        return act_patiently

    monkeypatch.setattr(Locator, "click", after_a_look(Locator.click))
    monkeypatch.setattr(Locator, "tap", after_a_look(Locator.tap))


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    context.set_default_timeout(PATIENCE)
    return context


@pytest.fixture
def phone(browser: Browser, vendor: object) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def sign_in(page: Page, base: str, name: str = "maya", to: str = "/") -> None:
    """Open a page in the browser of somebody who has signed in before."""
    client = Client()
    client.force_login(User.objects.get(username=name))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": base, "httpOnly": True}])
    page.goto(base + to)


def enter_password(page: Page, base: str, name: str = "maya", to: str = "/") -> None:
    page.goto(f"{base}/login/?next={to}")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill("secret-enough")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login/" not in url)

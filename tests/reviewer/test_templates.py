"""How values are written, and what no template may ever hold."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from batches.models import Batch, Connection, Event
from reviewer.formats import clock, span
from reviewer.templatetags.review import media_fragment, percent, progress, retention, web_url

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
SCRIPTS = sorted((settings.BASE_DIR / "static" / "js").rglob("*.js"))
# Each of these is a way for a vendor's text to become code, or for the page's policy to be needed wider than it is.
NEVER = [r"\|\s*safe\b", r"mark_safe", r"autoescape off", r"hx-on", r"hx-vals", r"js:", r"\sstyle=", r"<style",
         r"\son\w+=",
         r"<script(?![^>]*\ssrc=)", r"\s[a-z-]+=\{\{", r"https?://(?!www\.w3\.org)"]  # fmt: skip
# A size or a value for scripts that is rounded must stay without the decimal comma of a language: floatformat:'1u'.
WITH_COMMA = (
    r"""\b(?:width|height|c?[xy][12]?|r[xy]?|points|value|min|max|data-[\w-]+)="[^"]*\|floatformat(?!:'\d*u')"""
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_size_has_a_decimal_comma(path: Path) -> None:
    assert re.findall(WITH_COMMA, path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
@pytest.mark.case("X02", "X03", "X06")
def test_no_template_opens_a_way_for_code(path: Path) -> None:
    text = path.read_text()
    assert [rule for rule in NEVER if re.search(rule, text)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_page_borrows_a_part_of_another_page(path: Path) -> None:
    own = str(path.relative_to(settings.BASE_DIR / "templates"))
    used = re.findall(r"{% (?:include|extends) [\"']([^\"'#]+)", path.read_text())
    assert [name for name in used if name != own and not name.startswith("base") and "parts/" not in name] == []
    assert not ("/parts/" in str(path) and own in used), "a part includes itself"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_is_read_at_a_glance(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 150


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
@pytest.mark.case("X02")
def test_no_script_turns_text_into_html(path: Path) -> None:
    text = path.read_text()
    assert [
        word for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(") if word in text
    ] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_link_that_htmx_follows_works_without_it(path: Path) -> None:
    links = re.findall(r"<a\b[^>]*hx-get[^>]*>", path.read_text())
    assert [link for link in links if "href=" not in link] == []


@pytest.mark.parametrize(
    ("seconds", "phrase"),
    [(0, "00:00"), (83.4, "01:23"), (3600, "1:00:00"), (None, ""), (float("inf"), ""), (float("nan"), "")],
)
def test_a_clock_reads_minutes_and_seconds(seconds: float | None, phrase: str) -> None:
    assert clock(seconds) == phrase


@pytest.mark.parametrize(
    ("start", "end", "fragment"),
    [(None, None, ""), (12.5, None, "#t=12.500"), (12.5, 14.0, "#t=12.500,14.000")],
)
def test_a_media_fragment_names_the_span(start: float | None, end: float | None, fragment: str) -> None:
    assert media_fragment(Event(start_s=start, end_s=end)) == fragment


def test_a_span_reads_from_to_and_once_where_both_are_the_same() -> None:
    assert span(Event(start_s=42.0, end_s=47.9)) == "00:42 – 00:47"
    assert span(Event(start_s=42.0, end_s=42.5)) == "00:42"
    assert span(Event(timestamp="somewhen")) == "somewhen"


def test_a_bar_of_nothing_is_empty() -> None:
    assert progress({"pending": 0, "approved": 0, "rejected": 0, "invalid": 0})["total"] == 0
    parts = progress({"pending": 1, "approved": 2, "rejected": 1, "invalid": 0})["segments"]
    assert [(part["name"], part["x"], part["width"]) for part in parts] == [
        ("approved", "0.000", "50.000"), ("rejected", "50.000", "25.000"),
        ("invalid", "75.000", "0.000"), ("pending", "75.000", "25.000"),
    ]  # fmt: skip


@pytest.mark.parametrize(("part", "width"), [(0.914, "91"), (None, "0"), (7.0, "100"), (-1.0, "0")])
def test_a_level_stays_in_its_bar(part: float | None, width: str) -> None:
    assert percent(part) == width


@pytest.mark.parametrize(
    ("address", "link"),
    [("https://a.example/x", True), ("http://a.example", True), ("https:", False), ("https:///x", False),
     ("javascript:alert(1)", False), ("HTTPS://a.example", True), ("https://a.example/\n", False)],
)  # fmt: skip
def test_only_a_web_address_becomes_a_link(address: str, link: bool) -> None:
    assert web_url(address) == (address if link else "")


@pytest.mark.parametrize(
    ("days", "kept", "phrase", "urgent"),
    [
        (23.5, 38, "Results expire at TwelveLabs in 24 days; 38 of 40 stored here", False),
        (5.5, 38, "Results expire at TwelveLabs in 6 days; 38 of 40 stored here", True),
        (5.5, 40, "Results expire at TwelveLabs in 6 days; 40 of 40 stored here", False),
        (0.2, 40, "Results expire at TwelveLabs within a day; 40 of 40 stored here", False),
    ],
)
def test_the_expiry_is_shown_with_what_is_stored(days: float, kept: int, phrase: str, urgent: bool) -> None:
    batch = Batch(
        connection=Connection(vendor="twelvelabs"), vendor_total=40, expires_at=timezone.now() + timedelta(days)
    )
    batch.stored_items = kept
    assert retention(batch) == {"label": phrase, "urgent": urgent, "when": batch.expires_at}


def test_expired_results_show_the_day_of_expiry() -> None:
    left = datetime(2026, 6, 19, 9, tzinfo=UTC)
    batch = Batch(connection=Connection(vendor="twelvelabs"), expires_at=left, gone_at=left)
    assert retention(batch)["label"] == "Results expired at TwelveLabs on 19 June 2026; 0 stored here"


def test_a_deleted_batch_shows_the_day_of_deletion() -> None:
    gone = datetime(2026, 6, 19, 9, tzinfo=UTC)
    batch = Batch(connection=Connection(vendor="nomadic"), vendor_total=3, stored_items=2, gone_at=gone)
    label = "No longer at NomadicML since 19 June 2026; 2 of 3 stored here"
    assert retention(batch) == {"label": label, "urgent": False, "when": gone}


def test_a_vendor_that_keeps_results_shows_no_expiry() -> None:
    assert retention(Batch(connection=Connection(vendor="wickson"))) == {}

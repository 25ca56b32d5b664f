"""No page runs what a row holds: hostile text in every column that takes text, and every page that can be opened."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.hostile import code_in
from tests.reviewer.addresses import POLICY, own_patterns, target, world
from tests.reviewer.hostile_world import enrich

__all__ = ["world"]
pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def hostile(world: dict[str, Any]) -> dict[str, Any]:
    return enrich(world)


@pytest.mark.case("X01", "X04")
def test_no_page_runs_what_a_row_holds(hostile: dict[str, Any]) -> None:
    client, literal, runs = Client(), 0, {}
    client.force_login(hostile["people"]["manager"])
    for name in sorted(name for name in POLICY if "GET" in POLICY[name]):
        pattern = own_patterns()[name].pattern
        address = reverse(name, kwargs={part: target(hostile, name, part) for part in pattern.converters})
        page = client.get(address)
        if page.status_code in (200, 422) and page.headers["Content-Type"].startswith("text/html"):
            runs[address] = code_in(page.getvalue())
            literal += b"&lt;img src=x onerror=" in page.getvalue()
    assert {address: code for address, code in runs.items() if code} == {}
    assert (len(runs) > 50, literal > 25) == (True, True), "pages were opened, and the text was on them"

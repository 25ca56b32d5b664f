"""The documentation as a site: every page and link of docs/, served under /docs/."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from mkdocs.commands.build import build
from mkdocs.config import load_config

pytestmark = pytest.mark.django_db


@pytest.mark.once
def test_the_documentation_is_built_and_served_under_docs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, admin_client: Client
) -> None:
    build(load_config(str(settings.BASE_DIR / "mkdocs.yml"), site_dir=str(tmp_path / "docs"), strict=True))
    monkeypatch.setattr(settings, "WHITENOISE_ROOT", tmp_path)

    start = Client().get("/docs/")
    guide = Client().get("/docs/review/")
    page = b"".join(start).decode()
    assert "make demo" in page
    needed = re.findall(r"getElementById\('([^']+)'\)", (tmp_path / "docs/js/darkmode.js").read_text())
    assert [name for name in needed if f'id="{name}"' not in page] == []  # otherwise its switch of colours fails
    assert "Guide for analysts" in b"".join(guide).decode()
    assert 'href="/docs/"' in admin_client.get("/batches/").content.decode()


def test_without_the_site_no_page_links_to_it(monkeypatch: pytest.MonkeyPatch, admin_client: Client) -> None:
    monkeypatch.setattr(settings, "WHITENOISE_ROOT", None)
    assert 'href="/docs/"' not in admin_client.get("/batches/").content.decode()


def test_where_the_guides_are_not_built_their_address_says_how(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "WHITENOISE_ROOT", None)
    for address in ("/docs/", "/docs/imports/"):
        answer = client.get(address)
        assert (answer.status_code, "make docs writes them" in answer.content.decode()) == (404, True)
    assert "make docs" not in client.get("/nowhere/").content.decode()

"""The script of a page is announced with all that it imports."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from reviewer.templatetags.scripts import ON_EVERY_PAGE, module_script, modules_of


def test_imports_are_preloaded_once_and_scripts_run_after_them() -> None:
    html = str(module_script("js/pages/deck.js"))
    preloaded = re.findall(r'<link rel="modulepreload" href="/static/([^"]+)">', html)
    assert len(preloaded) == len(set(preloaded)) > 20
    assert set(preloaded) == modules_of("js/pages/deck.js") - modules_of(ON_EVERY_PAGE) - {"js/pages/deck.js"}
    assert html.endswith('<script type="module" src="/static/js/pages/deck.js"></script>')


def test_a_bundle_is_loaded_alone(tmp_path: Path) -> None:
    bundled = {"staticfiles": {"BACKEND": "reviewer.web.staticfiles.Storage"}}
    with override_settings(STORAGES=settings.STORAGES | bundled, STATIC_ROOT=tmp_path):
        call_command("collectstatic", interactive=False, verbosity=0, dry_run=True)
        assert [*tmp_path.iterdir()] == []
        call_command("collectstatic", interactive=False, verbosity=0)
        html = str(module_script("js/pages/deck.js"))
    (address,) = re.fullmatch(r'<script type="module" src="/static/(js/pages/deck\.\w+\.js)"></script>', html).groups()
    text = (tmp_path / address).read_text()
    (every,) = re.findall(r'^import \{.*\} from "\./(every\.\w+\.js)";$', text, re.MULTILINE)
    assert (tmp_path / "js/pages" / every).read_text().count("addEventListener") > 10
    assert (tmp_path / f"{address}.br").stat().st_size < 45_000


def test_a_module_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(FileNotFoundError, match=r"js/pages/nothing\.js"):
        modules_of("js/pages/nothing.js")

"""The script of a page is announced with all that it imports."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from reviewer.templatetags.scripts import ON_EVERY_PAGE, module_script, modules_of

STATIC = Path(settings.BASE_DIR) / "static"
IMPORTED = re.compile(r'from "([^"]+)"|^import "([^"]+)"', re.MULTILINE)
PAGES = sorted(f"js/pages/{path.name}" for path in (STATIC / "js/pages").glob("*.js"))


@pytest.mark.parametrize("name", PAGES)
def test_modules_of_a_page_are_closed_under_imports(name: str) -> None:
    modules = modules_of(name)
    paths = {(STATIC / module).resolve() for module in modules}
    for path in paths:
        for result in IMPORTED.finditer(path.read_text()):
            assert (path.parent / (result[1] or result[2])).resolve() in paths, f"{path.name} imports {result[0]}"


def test_imports_are_preloaded_once_and_scripts_run_after_them() -> None:
    html = str(module_script("js/pages/deck.js"))
    preloaded = re.findall(r'<link rel="modulepreload" href="/static/([^"]+)">', html)
    assert len(preloaded) == len(set(preloaded)) > 20
    assert set(preloaded) == modules_of("js/pages/deck.js") - modules_of(ON_EVERY_PAGE) - {"js/pages/deck.js"}
    assert html.endswith('<script type="module" src="/static/js/pages/deck.js"></script>')


def test_a_module_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(FileNotFoundError, match=r"js/pages/nothing\.js"):
        modules_of("js/pages/nothing.js")

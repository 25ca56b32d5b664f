"""A page's module and style sheet hold all that they import; browsers run the bundles in tests/e2e."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from reviewer.web import bundles

STATIC = Path(settings.BASE_DIR) / "static"
SCRIPTS = sorted(f"js/pages/{path.name}" for path in (STATIC / "js/pages").glob("*.js"))
SHEETS = sorted(f"css/pages/{path.name}" for path in (STATIC / "css/pages").glob("*.css"))

FILES = {
    "js/pages/every.js": 'import { say } from "../shared/say.js";\n\nsay("every");\n',
    "js/pages/one.js": (
        '/** @typedef {import("../shared/say.js").Word} Word */\n'
        'import * as other from "../other.js";\nimport { say as tell } from "../shared/say.js";\n\n'
        "tell(other.WORD);\n"
    ),
    "js/shared/say.js": "export const say = (word) => console.log(word);  // aloud\n",
    "js/other.js": 'export { say } from "./shared/say.js";\n// A word.\nexport const WORD = "one";\n',
    "css/pages/one.css": '/* One. */\n@import "../base.css";\n@import "../parts/a.css";\n\n.one {\n}\n',
    "css/parts/a.css": '@import "../base.css";\n.a {\n  background: url("../img/a.svg");\n}\n',
    "css/base.css": ".base {\n}\n",
}


def source(name: str) -> str:
    return (STATIC / name).read_text()


def test_a_module_follows_those_that_it_imports_and_takes_from_every_page_what_is_there() -> None:
    assert bundles.script("js/pages/one.js", FILES.__getitem__) == (
        'import { $js_shared_say } from "./every.js";\n'
        "export const $js_other = {};\n{\n"
        'const { say } = $js_shared_say;\nconst WORD = "one";\n'
        "Object.assign($js_other, { WORD, say });\n}\n"
        "export const $js_pages_one = {};\n{\n"
        "const other = $js_other;\nconst { say: tell } = $js_shared_say;\n\ntell(other.WORD);\n"
        "Object.assign($js_pages_one, {  });\n}\n"
    )


def test_a_style_sheet_holds_each_import_once_in_its_order_with_addresses_that_lead_to_the_same_files() -> None:
    assert bundles.style_sheet("css/pages/one.css", FILES.__getitem__) == (
        '.base {\n}\n.a {\n  background: url("../img/a.svg");\n}\n\n.one {\n}\n'
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('import { a } from "./two.js";\n', "js/pages/two.js imports itself by way of js/pages/two.js"),
        ("export default class {}\n", "js/pages/two.js: cannot bundle the line 'export default class {}'"),
        ("export let count = 0;\n", "js/pages/two.js: cannot bundle the line 'export let count = 0;'"),
    ],
)
def test_what_a_bundle_cannot_hold_is_named(text: str, message: str) -> None:
    text = 'import { say } from "../shared/say.js";\n' + text
    with pytest.raises(ValueError, match=re.escape(message)):
        bundles.script("js/pages/two.js", {**FILES, "js/pages/two.js": text}.__getitem__)


@pytest.mark.parametrize("name", SCRIPTS)
def test_nothing_is_left_to_fetch_but_the_script_of_every_page(name: str) -> None:
    text = bundles.script(name, source)
    assert {match[3] for match in bundles.IMPORT.finditer(text)} <= {"./every.js"}
    assert len(set(re.findall(r"^export const (\S+) = \{\};", text, re.MULTILINE))) == text.count("\nObject.assign($")


@pytest.mark.parametrize("name", SHEETS)
def test_no_style_sheet_is_left_to_fetch(name: str) -> None:
    assert "@import" not in bundles.style_sheet(name, source)


def test_scripts_of_one_page_share_nothing_but_what_every_page_has() -> None:
    """A module in two bundles would run twice."""
    every = set(bundles.modules_of(bundles.ON_EVERY_PAGE, source))
    called = [re.findall(r'"(js/[^"]+)"', call) for path in (STATIC.parent / "templates").rglob("*.html")
              for call in re.findall(r"\{% module_script (.*?) %\}", path.read_text())]  # fmt: skip
    assert len([names for names in called if len(names) > 1]) == 2
    for names in called:
        modules = [module for name in names for module in bundles.modules_of(name, source) if module not in every]
        assert len(modules) == len(set(modules)), names

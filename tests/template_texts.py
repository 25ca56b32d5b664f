"""English in the source of a template that no translation is looked up for."""

import re
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import Lexer, TokenType

from tests.languages import ROOT, TEMPLATES

SEEN = {"alt", "aria-label", "aria-description", "label", "placeholder", "title", "data-confirm"}
# What is the same in every language: names, formats, units, keys.
NAMES = {
    *("A", "API", "B", "CSV", "Ctrl", "Enter", "Esc", "Excel", "GB", "GPS", "ID", "IP", "JSON", "JSONL", "K", "MB"),
    *("Markdown", "ODD", "OpenAPI", "PDF", "PNG", "Parquet", "Python", "Reviewer", "SHA", "SVG", "Shift", "URL", "UTC"),
    *("Sheets", "Shell", "XLSX", "ZIP", "curl", "f", "h", "kB", "m", "min", "ms", "n", "nbsp", "pandas", "px", "s"),
    "x",
}
WORD = re.compile(r"[A-Za-z]+")
# A word in a tag or a filter's argument, which a page shows: {{ reason|default:"no reason" }}.
SHOWN = re.compile(
    r"""(?<!_\()(?:default|yesno|default_if_none|label|text|title|noun|legend|hint)[:=]"([^"]*)\"|\|pluralize"""
)
# Names of classes, and attributes of an element whose tag is in another template.
CLASSES = re.compile(r"""{% block body_class %}.*?{% endblock.*?%}|\bdata-(?!confirm)[\w-]+(?=="[^"]*{{)""")
# What scripts and forms read, and texts that are code.
CODE = ("script", "style", "code", "kbd", "pre", "svg")


class _Words(HTMLParser):
    """Text and attributes that people read."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.code += tag in CODE
        self.found += [value for name, value in attrs if name in SEEN and value]

    def handle_endtag(self, tag: str) -> None:
        self.code -= tag in CODE

    def handle_data(self, data: str) -> None:
        if not self.code:
            self.found.append(data)


def english(path: Path) -> list[str]:
    """The English of a template that is not marked for translation."""
    pieces, marked, skipped = [], [], ""
    for token in Lexer(CLASSES.sub("", path.read_text())).tokenize():
        name = token.contents.split()[0] if token.contents.split() else ""
        if skipped:
            skipped = "" if token.token_type == TokenType.BLOCK and name == skipped else skipped
        elif token.token_type == TokenType.BLOCK and name in ("blocktranslate", "comment"):
            skipped = f"end{name}"
        elif token.token_type == TokenType.TEXT:
            pieces.append(token.contents)
        elif token.token_type in (TokenType.BLOCK, TokenType.VAR) and name not in ("translate", "load", "csrf_token"):
            marked += ["pluralize" if match[1] is None else match[1] for match in SHOWN.finditer(token.contents)]
    parser = _Words()
    parser.feed("".join(pieces))
    parser.close()
    texts = [" ".join(text.split()) for text in parser.found + marked]
    return [text for text in texts if set(WORD.findall(text)) - NAMES]


def is_begun(path: Path) -> bool:
    """Whether a template says that it is translated: it loads the tags for it."""
    return bool(re.search(r"\{% load [^%]*\bi18n\b", path.read_text()))


def templates_to_do() -> list[str]:
    """The templates with English that nobody has begun to translate."""
    return [str(path.relative_to(ROOT / "templates")) for path in TEMPLATES if not is_begun(path) and english(path)]

"""The texts of the product and their catalogs.

`python -m tests.languages` adds new texts to the catalogs, compiles them, and lists what is still to do.
"""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import polib
from django.apps import apps
from django.contrib.admin import site
from django.template import Origin, Template
from django.template.base import NodeList
from django.template.engine import Engine
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.translation import override

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "reviewer" / "locale"
SCRIPTS = ROOT / "static" / "texts"
LANGUAGES = ("de", "ar")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MAILS = sorted((ROOT / "templates").rglob("mail/*.txt"))
PLURALS = {
    "de": "nplurals=2; plural=(n != 1);",
    "ar": "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4"
    " : 5;",
}
OF_CONSOLE = {"batches", "django_tasks_database"}  # the others are translated by Django itself
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
# `_("…")` in a tag of a template, and the calls in scripts; Biome writes every text there in double quotes.
IN_TAG = re.compile(r"""_\(("(?:[^"\\]|\\.)*"|'[^']*')\)""")
IN_SCRIPT = re.compile(r'\b(n?)gettext\(\s*("(?:[^"\\]|\\.)*"|`[^`$]*`),?\s*("(?:[^"\\]|\\.)*")?')


class Text(NamedTuple):
    """A text to translate: with its context and its plural, where it has them."""

    message: str
    plural: str = ""
    context: str = ""


@cache
def texts() -> frozenset[Text]:
    """All texts of the product. One that occurs with a plural and without needs only the entry with it."""
    results = set(script_texts())
    for path in [*TEMPLATES, *MAILS]:
        results |= set(_of_template(path))
    for folder in ("batches", "reviewer"):
        for path in (ROOT / folder).rglob("*.py"):
            if "migrations" not in path.parts:
                results |= set(_of_python(ast.parse(path.read_text())))
    results |= set(_of_models())
    with_plural = {(text.message, text.context) for text in results if text.plural}
    return frozenset(text for text in results if text.plural or (text.message, text.context) not in with_plural)


@cache
def script_texts() -> frozenset[Text]:
    """The texts of static/js."""
    results = set()
    for path in (ROOT / "static" / "js").rglob("*.js"):
        for several, message, plural in IN_SCRIPT.findall(path.read_text()):
            results.add(Text(json.loads(message), json.loads(plural) if several else ""))
    return frozenset(results)


def _of_template(path: Path) -> Iterator[Text]:
    source = path.read_text()
    for match in IN_TAG.findall(source):
        yield Text(ast.literal_eval(match).replace("%", "%%"))
    engine = Engine.get_default()
    nodes: NodeList = Template(source, Origin(str(path)), engine=engine).nodelist
    for node in nodes.get_nodes_by_type(TranslateNode):
        yield Text(node.filter_expression.var.literal.replace("%", "%%"), "", _context(node))
    for node in nodes.get_nodes_by_type(BlockTranslateNode):
        message = node.render_token_list(node.singular)[0]
        plural = node.render_token_list(node.plural)[0] if node.plural else ""
        yield Text(message, plural, _context(node))


def _context(node: Any) -> str:
    return node.message_context.resolve({}) if node.message_context else ""


def _of_python(tree: ast.AST) -> Iterator[Text]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", "")).removesuffix("_lazy")
        name = {"_": "gettext", "gettext_noop": "gettext"}.get(name, name)
        given = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        match name, given:
            case "gettext", [str(message)]:
                yield Text(message)
            case "pgettext", [str(context), str(message)]:
                yield Text(message, "", context)
            case "ngettext", [str(message), str(plural), *_]:
                yield Text(message, plural)
            case "npgettext", [str(context), str(message), str(plural), *_]:
                yield Text(message, plural, context)


def _of_models() -> Iterator[Text]:
    """The names of the models, which Django derives; where the console lists them, also the plural and the fields."""
    with override(None):
        for model in apps.get_app_config("batches").get_models():
            yield Text(str(model._meta.verbose_name))
        for model, page in site._registry.items():
            if model._meta.app_label in OF_CONSOLE:
                yield Text(str(model._meta.verbose_name))
                yield Text(str(model._meta.verbose_name_plural))
                yield from _of_fields(model, page.exclude or ())


def _of_fields(model: Any, excluded: Any) -> Iterator[Text]:
    for field in (*model._meta.local_fields, *model._meta.local_many_to_many):
        if field.name not in excluded:
            yield from (Text(str(text)) for text in (field.verbose_name, field.help_text) if text)
        if model._meta.app_label != "batches":  # ours are marked where they are named
            yield from (Text(str(label)) for _, label in field.flatchoices)


def catalog(language: str) -> polib.POFile:
    return polib.pofile(str(path_of(language)), wrapwidth=110)


def path_of(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def key_of(entry: polib.POEntry) -> Text:
    return Text(entry.msgid, entry.msgid_plural, entry.msgctxt or "")


def missing(language: str) -> list[str]:
    """What the catalog lacks, or has wrong: one line for each text."""
    entries = {key_of(entry): entry for entry in catalog(language)}
    results = [f"{language}: {text.message!r} is not in the catalog" for text in texts() - entries.keys()]
    for text, entry in entries.items():
        forms = list(entry.msgstr_plural.values()) if text.plural else [entry.msgstr]
        wanted = set(PLACEHOLDER.findall(text.plural or text.message))
        if not all(forms) or (text.plural and len(forms) != int(PLURALS[language][9])):
            results.append(f"{language}: {text.message!r} is not translated")
        # A form for exactly one or two may say so in words.
        elif any(set(PLACEHOLDER.findall(form)) - wanted for form in forms) or not any(
            set(PLACEHOLDER.findall(form)) == wanted for form in forms
        ):
            results.append(f"{language}: {text.message!r} has other placeholders")
    return sorted(results)


def script_of(language: str) -> str:
    """What static/texts/LANGUAGE.js holds: the translations that modules need."""
    entries = {key_of(entry): entry for entry in catalog(language)}
    translations = {}
    for text in sorted(script_texts()):
        if entry := entries.get(text):
            forms = [entry.msgstr_plural[number] for number in sorted(entry.msgstr_plural)]
            translations[text.message] = forms if text.plural else entry.msgstr
    return f"globalThis.translatedTexts = {json.dumps(translations, ensure_ascii=False, indent=1)};\n"


def fill(language: str) -> None:
    """New texts into the catalog, those that are gone out of it, and all compiled."""
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    old = catalog(language) if path.exists() else polib.POFile(wrapwidth=110)
    entries, wanted = {key_of(entry): entry for entry in old}, texts()
    new = polib.POFile(wrapwidth=110)
    new.metadata = {
        "Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit", "Language": language,
        "Plural-Forms": PLURALS[language],
    }  # fmt: skip
    empty = dict.fromkeys(range(int(PLURALS[language][9])), "")
    for text in sorted(wanted):
        new.append(entries.get(text) or polib.POEntry(
            msgid=text.message, msgid_plural=text.plural, msgctxt=text.context or None,
            msgstr_plural=dict(empty) if text.plural else {},
        ))  # fmt: skip
    new.save(str(path))
    new.save_as_mofile(str(path.with_suffix(".mo")))
    SCRIPTS.mkdir(exist_ok=True)
    (SCRIPTS / f"{language}.js").write_text(script_of(language))


def main() -> None:
    import django  # noqa: PLC0415  (the settings come first)

    django.setup()
    for language in LANGUAGES:
        fill(language)
        print("\n".join(missing(language)))
    from tests.template_texts import templates_to_do  # noqa: PLC0415

    print(len(templates_to_do()), "templates still to do")


if __name__ == "__main__":
    main()

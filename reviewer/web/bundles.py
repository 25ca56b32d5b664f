"""Bundles: a page's module and style sheet with all that they import, as one file each.

A page would fetch a hundred small files otherwise. The sources need no build step: browsers read the same imports
themselves. Our modules are formatted, so that imports and exports begin a line.
"""

import re
from collections.abc import Callable, Iterator
from posixpath import dirname, join, normpath, relpath

type Read = Callable[[str], str]  # the text of a static file, by name

ON_EVERY_PAGE = "js/pages/every.js"

IMPORT = re.compile(r"""^(import|export)\b([^"';]*?)(?:\bfrom\s*)?"(\.[^"]+)";""", re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:(?:async )?function\*?|class|const) (\w+))", re.MULTILINE)
OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
# A comment behind code has no quote in it: what has one could be the end of a text.
COMMENT = re.compile(r"""^[ \t]*(?:/\*\*.*?\*/|//[^\n]*)\n|[ \t]+//[^\n"'`]*$""", re.MULTILINE | re.DOTALL)
STYLE_COMMENT = re.compile(r"[ \t]*/\*.*?\*/\n?", re.DOTALL)
STYLE_IMPORT = re.compile(r"""^@import "([^"]+)";\n""", re.MULTILINE)
STYLE_ADDRESS = re.compile(r"""url\("(\.[^"]+)"\)""")


def style_sheet(name: str, read: Read) -> str:
    """The style sheet with those that it imports in their places."""
    texts = [_moved(file, read(file), to=name) for file in styles_of(name, read)]
    return STYLE_COMMENT.sub("", "".join(STYLE_IMPORT.sub("", text) for text in texts))


def styles_of(name: str, read: Read) -> list[str]:
    """The style sheet and all that it imports, in the order in which they apply."""
    imports = [_target(name, path) for path in STYLE_IMPORT.findall(read(name))]
    return [*dict.fromkeys(file for path in imports for file in styles_of(path, read)), name]


def _moved(file: str, text: str, *, to: str) -> str:
    """The text with addresses relative to another file."""
    return STYLE_ADDRESS.sub(lambda match: f'url("{relpath(_target(file, match[1]), dirname(to))}")', text)


def script(name: str, read: Read) -> str:
    """The module with those that it imports before it, each in a block of its own; what the script of every page has
    is imported from there, so that no module runs twice.

    Raises ValueError with the line of an import or export that it cannot read.
    """
    shared = set() if name == ON_EVERY_PAGE else set(modules_of(ON_EVERY_PAGE, read))
    modules = [module for module in modules_of(name, read) if module not in shared]
    used = sorted({path for module in modules for path in _imports(module, read(module)) if path in shared})
    names = ", ".join(map(_variable, used))
    if modules == [name] and not used:  # perhaps no module at all
        return read(name)
    first = [f'import {{ {names} }} from "./{relpath(ON_EVERY_PAGE, dirname(name))}";\n'] if used else []
    return "".join([*first, *(_block(module, read(module)) for module in modules)])


def modules_of(name: str, read: Read) -> list[str]:
    """The module and all that it imports, in the order in which they run."""
    return [*_in_order(name, read, {}, ())]


def _in_order(name: str, read: Read, seen: dict[str, bool], above: tuple[str, ...]) -> dict[str, bool]:
    if name in above:
        raise ValueError(f"{name} imports itself by way of {above[-1]}")
    if name not in seen:
        for path in _imports(name, read(name)):
            _in_order(path, read, seen, (*above, name))
        seen[name] = True
    return seen


def _imports(name: str, text: str) -> Iterator[str]:
    return (_target(name, match[3]) for match in IMPORT.finditer(text))


def _block(name: str, text: str) -> str:
    """The module as a block whose exports are properties of a variable, for the modules after it."""
    exported = EXPORT.findall(text)
    text = IMPORT.sub(lambda match: _reading(name, match, exported), COMMENT.sub("", text))
    text = EXPORT.sub("", text)
    if other := OTHER.search(text):
        raise ValueError(f"{name}: cannot bundle the line {other[0]!r}")
    variable = _variable(name)
    return f"export const {variable} = {{}};\n{{\n{text}Object.assign({variable}, {{ {', '.join(exported)} }});\n}}\n"


def _reading(name: str, match: re.Match[str], exported: list[str]) -> str:
    """An import as a declaration that reads the other module's variable."""
    names, variable = match[2].strip(), _variable(_target(name, match[3]))
    if not names:
        return ""
    if match[1] == "export":
        exported += re.findall(r"\w+", names)
    if names.startswith("* as "):
        return f"const {names.removeprefix('* as ')} = {variable};"
    return f"const {names.replace(' as ', ': ')} = {variable};"


def _target(name: str, path: str) -> str:
    return normpath(join(dirname(name), path))


def _variable(name: str) -> str:
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))

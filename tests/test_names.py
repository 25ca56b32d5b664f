"""A name says the noun that it holds: the words that say nothing by themselves are no names."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
VAGUE = {
    "chosen",
    "found",
    "heard",
    "here",
    "known",
    "one",
    "place",
    "said",
    "there",
    "these",
    "those",
    "told",
    "words",
}


@pytest.mark.parametrize("folder", ["batches", "bench", "reviewer", "tests"])
def test_no_value_has_a_vague_name(folder: str) -> None:
    paths = [path for path in sorted((ROOT / folder).rglob("*.py")) if path.parent.name != "migrations"]
    assert paths
    vague = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in paths
        for name, line in _names(ast.parse(path.read_text()))
        if name in VAGUE
    ]
    assert vague == []


def _names(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Each name that is bound, with its line: variables, parameters and functions, but no attribute and no method."""
    methods = {item for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for item in node.body}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store(), lineno=line) | ast.arg(arg=name, lineno=line):
                yield name, line
            case ast.FunctionDef(name=name, lineno=line) if node not in methods:
                yield name, line
            case ast.ExceptHandler(name=str(name), lineno=line):
                yield name, line

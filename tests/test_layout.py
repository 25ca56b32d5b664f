"""Where tests are: in the folder of what they test, and none leans on another test file."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted((ROOT / "tests").rglob("test_*.py"))


def test_each_folder_of_tests_mirrors_a_package() -> None:
    folders = {path.parent.relative_to(ROOT / "tests") for path in FILES}
    mirrored = {folder for folder in folders if folder.parts[:1] in {("reviewer",), ("batches",)}}
    assert [str(folder) for folder in sorted(mirrored) if not (ROOT / folder / "__init__.py").is_file()] == []


def test_no_test_file_imports_another() -> None:
    imports = re.compile(r"^\s*(?:from|import) (?:tests[\w.]*)?\.test_", re.MULTILINE)
    assert [str(path.relative_to(ROOT)) for path in FILES if imports.search(path.read_text())] == []

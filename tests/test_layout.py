"""Where tests are and what they leave: in the folder of what they test, none leans on another, no thread stays."""

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


def test_no_thread_of_a_failed_test_keeps_the_run_from_ending() -> None:
    threads = re.compile(r"\bThread\(.*", re.MULTILINE)
    files = sorted((ROOT / "tests").rglob("*.py"))
    begun = [(path, line) for path in files for line in threads.findall(path.read_text())]
    assert len(begun) > 10
    assert [f"{path.relative_to(ROOT)}: {line}" for path, line in begun if "daemon=True" not in line] == []

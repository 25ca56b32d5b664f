"""The installed package: everything a page needs is inside, and its command works from any folder."""

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Static files get their hashed names and are compressed in test_readme.py, whose installation serves them.
COMMANDS = """
import sys
from reviewer.__main__ import main
for command in ("migrate --verbosity=0", "collectstatic --no-input --no-post-process --verbosity=0", "check"):
    sys.argv = ["reviewer", *command.split()]
    main()
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the built package unpacked, as pip would install it."""
    folder = tmp_path_factory.mktemp("package")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder


def test_the_command_prepares_an_empty_folder(installed: Path) -> None:
    data = installed / "data"
    data.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(installed / "site"),
        "SECRET_KEY": "only-for-this-test" * 3,
        "CREDENTIALS_KEY": "A" * 43 + "=",
        "LOCAL": "1",
    }
    done = subprocess.run([sys.executable, "-c", COMMANDS], cwd=data, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (data / "var" / "reviewer.sqlite3").exists()
    assert (data / "var" / "static" / "css" / "tokens.css").exists()


def test_the_package_has_every_template_and_static_file(installed: Path) -> None:
    site = installed / "site" / "reviewer"
    for folder in ("templates", "static"):
        listed = subprocess.run(["git", "ls-files", folder], cwd=ROOT, check=True, capture_output=True, text=True)
        assert [name for name in listed.stdout.splitlines() if not (site / name).is_file()] == []


def test_the_package_has_no_tests_and_no_checkout_files(installed: Path) -> None:
    top = {path.name for path in (installed / "site").iterdir()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"batches", "reviewer"}

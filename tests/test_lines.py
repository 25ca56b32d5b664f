"""Every line of ours fits an editor beside another: 120 characters."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 120


@pytest.mark.parametrize("pattern", ["templates/*.html", "static/css/*.css", "static/js/*.js"])
def test_no_line_is_longer_than_the_limit(pattern: str) -> None:
    names = subprocess.run(["git", "ls-files", pattern], cwd=ROOT, check=True, capture_output=True, text=True)
    paths = [path for name in names.stdout.splitlines() if (path := ROOT / name).is_file()]
    assert paths
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > LONGEST
    ]
    assert long == []

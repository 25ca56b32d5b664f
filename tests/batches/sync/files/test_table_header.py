"""Where the header of a table lies: below rows about the whole file, or nowhere."""

import pytest

from batches.sync.files.table import find_form


@pytest.mark.parametrize(
    ("text", "header", "line"),
    [
        ("Rate,25\nWidth,1920\nvideo,start,end\na.mp4,1,2\nb.mp4,3,4\n", ["video", "start", "end"], 3),
        ("Site 4,25\nSite 5,19\nvideo,start\na.mp4,1\nb.mp4,3\n", ["video", "start"], 3),
        ("a.mp4,event,car\nb.mp4,event,van\n", ["column 1", "column 2", "column 3"], 0),
        ("a.mp4,1,car\nb.mp4,3,van\n", ["column 1", "column 2", "column 3"], 0),
    ],
)
def test_the_header_is_found_or_made(text: str, header: list[str], line: int) -> None:
    form = find_form(text)
    assert (form.header, form.line) == (header, line)

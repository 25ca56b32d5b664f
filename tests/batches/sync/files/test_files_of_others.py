"""Files as other programs write them are read right, or ask for what they do not say."""

import pytest

from tests.batches.sync.files.conftest import ReadFile
from tests.batches.sync.files.files_of_others import CASES


@pytest.mark.parametrize("name", [name for name in CASES if name != "Label Studio"])  # asks before it is read
def test_a_file_of_another_program_becomes_its_events(read_file: ReadFile, name: str) -> None:
    case = CASES[name]
    read = read_file(case.file, case.data)
    assert read.question in ("", case.question)
    assert bool(case.question) == (not read.events)
    read = read_file(case.file, case.data, **case.options)
    events = [(*span, share) for span, share in zip(read.spans, read.confidences, strict=True)]
    assert events == [tuple(pytest.approx(v) if isinstance(v, float) else v for v in event) for event in case.events]
    assert len(read.refused) == case.refused

"""A vendor's name stands in its adapter, and nowhere else in the code."""

import re
from pathlib import Path

from batches.sync.vendors import VENDORS

ROOT = Path(__file__).parents[3]
ADAPTERS = ("batches/sync/vendors/", "batches/sync/files/")
STAND_INS = ("batches/sandbox/", "batches/management/commands/sandbox.py", "reviewer/management/commands/demo.py")
WIRE_FORMATS = ("reviewer/api/", "reviewer/web/vendor_refusals.py")  # the vendors' own formats, for their SDKs
CHOICES = ("batches/models/connection.py", "batches/migrations/")


def test_no_other_module_names_a_vendor() -> None:
    names = re.compile("|".join(name for name, vendor in VENDORS.items() if vendor.answers), re.IGNORECASE)
    modules = {
        path.relative_to(ROOT).as_posix(): path
        for app in ("batches", "reviewer")
        for path in (ROOT / app).rglob("*.py")
    }
    others = [name for name in modules if not name.startswith((*ADAPTERS, *STAND_INS, *WIRE_FORMATS, *CHOICES))]
    assert len(others) > 150
    assert [name for name in others if names.search(modules[name].read_text())] == []

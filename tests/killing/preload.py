"""What the processes of prepared.py have loaded when they begin."""

import django

django.setup()

from django.core.management.commands import migrate, shell  # noqa: E402, F401  (after django.setup)

import reviewer.urls  # noqa: E402, F401
import tests.factories  # noqa: E402, F401
from batches.management.commands import backup, check_ledger, restore  # noqa: E402, F401

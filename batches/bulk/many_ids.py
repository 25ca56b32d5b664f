"""Conditions for thousands of ids as one parameter: with one for each, Django handles them one by one."""

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL


def id_condition(ids: Iterable[int]) -> tuple[str, Any]:
    """A condition on a column, and its parameter."""
    if connection.vendor == "postgresql":
        return "= ANY(%s)", list(ids)
    return "IN (SELECT value FROM json_each(%s))", json.dumps(list(ids))


def among(column: str, ids: Iterable[int]) -> RawSQL:
    """A filter on a column, given with the name of its table."""
    condition, parameter = id_condition(ids)
    return RawSQL(f"{column} {condition}", [parameter], output_field=BooleanField())  # noqa: S611  (ids are bound)

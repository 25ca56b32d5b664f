"""A box in a picture: left, top, width and height, from 0 to 1 of it, as a list."""

import json
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    Text = models.TextField[list[float] | None, list[float] | None]
else:
    Text = models.TextField  # only the type checker knows its parameters


class BoxField(Text):
    """JSON text in the database, equal for equal boxes."""

    def get_prep_value(self, value: Any) -> Any:
        return json.dumps(value) if isinstance(value, list) else super().get_prep_value(value)

    def from_db_value(self, value: str | None, expression: object, connection: object) -> list[float] | None:
        return json.loads(value) if value else None

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) and value else value

    def value_to_string(self, obj: models.Model) -> str:
        """What serializers write."""
        return str(self.get_prep_value(self.value_from_object(obj)) or "")

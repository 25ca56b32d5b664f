"""A list in a body."""

from typing import Any

from rest_framework import serializers


class LimitedList(serializers.ListField):
    """A list whose length is checked before its elements: refusing an endless one costs no more than a short one."""

    def run_child_validation(self, data: list[Any]) -> Any:
        if self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().run_child_validation(data)

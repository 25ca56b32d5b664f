"""A set of filters that is cheap to make for each request."""

from collections import OrderedDict
from copy import copy
from typing import Any, ClassVar

import django_filters
from django.forms import Form


class _Shared(OrderedDict[str, Any]):
    """The named parts of a class. Its instances get shallow copies: no request alters what is inside a part."""

    def __deepcopy__(self, memo: dict[int, Any]) -> OrderedDict[str, Any]:
        return OrderedDict((name, copy(part)) for name, part in self.items())


class LightFilterSet(django_filters.FilterSet):
    """Django-filter copies all options of all filters and fields for each request, which takes half as long as a
    verdict.
    """

    form_class: ClassVar[type[Form]]

    @classmethod
    def get_filters(cls) -> OrderedDict[str, django_filters.Filter]:
        return _Shared(super().get_filters())

    def get_form_class(self) -> type[Form]:
        cls = type(self)
        if "form_class" not in vars(cls):
            cls.form_class = super().get_form_class()
            cls.form_class.base_fields = _Shared(cls.form_class.base_fields)
        return cls.form_class

"""The filter of an account's videos: text, folder, scope, upload, and those that nobody has analysed."""

from collections.abc import Collection

import django_filters
from django import forms
from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from batches.models import AccountVideo, AccountVideoQuerySet, Connection, Folder, FolderScope
from reviewer.filters.batches import SearchField
from reviewer.filters.unknown import refuse_unknown
from reviewer.forms.fields import sentence
from reviewer.ordering.keyset import Sort

NEWEST = Sort("Newest first", ("id",), descending=True)
NO_FOLDER = "none"
READY = Q(status__in=("", "uploaded"))
UPLOADS = {
    "ready": (gettext_lazy("Uploaded"), READY),
    "failed": (gettext_lazy("Upload failed"), Q(status="uploading_failed")),
    "waiting": (gettext_lazy("Still uploading"), ~READY & ~Q(status="uploading_failed")),
}


class TextFilter(django_filters.Filter):
    field_class = SearchField

    def filter(self, qs: QuerySet[AccountVideo], value: str) -> QuerySet[AccountVideo]:
        return qs.filter(Q(name__icontains=value) | Q(external_id__icontains=value)) if value else qs


class FolderFilter(django_filters.ChoiceFilter):
    def filter(self, qs: QuerySet[AccountVideo], value: str) -> QuerySet[AccountVideo]:
        if not value:
            return qs
        return qs.filter(folder__isnull=True) if value == NO_FOLDER else qs.filter(folder=int(value))


class ScopeFilter(django_filters.ChoiceFilter):
    def filter(self, qs: QuerySet[AccountVideo], value: str) -> QuerySet[AccountVideo]:
        return qs.filter(Q(org_id="") if value == FolderScope.USER else ~Q(org_id="")) if value else qs


class UploadFilter(django_filters.ChoiceFilter):
    def filter(self, qs: QuerySet[AccountVideo], value: str) -> QuerySet[AccountVideo]:
        return qs.filter(UPLOADS[value][1]) if value else qs


class FreshFilter(django_filters.Filter):
    field_class = forms.BooleanField
    parent: "VideoFilter"

    def filter(self, qs: QuerySet[AccountVideo], value: bool) -> QuerySet[AccountVideo]:
        assert isinstance(qs, AccountVideoQuerySet)
        return qs.not_analysed(self.parent.connection) if value else qs


class VideoFilter(django_filters.FilterSet):
    """`VideoFilter.of(request.GET, connection)`. A wrong value and an unknown parameter raise BadRequest."""

    q = TextFilter(label=gettext_lazy("Name or ID"))
    folder = FolderFilter(label=gettext_lazy("Folder"), empty_label=gettext_lazy("All folders"))
    scope = ScopeFilter(label=gettext_lazy("Scope"), empty_label=gettext_lazy("Both"), choices=FolderScope.choices)
    upload = UploadFilter(
        label=gettext_lazy("Upload"),
        empty_label=gettext_lazy("Any"),
        choices=[(name, label) for name, (label, _) in UPLOADS.items()],
    )
    fresh = FreshFilter(label=gettext_lazy("Not analysed yet"))

    connection: Connection

    @classmethod
    def of(cls, query: QueryDict, connection: Connection, *, beside: Collection[str] = ("after",)) -> "VideoFilter":
        """`beside`: parameters that are no filter."""
        refuse_unknown(query, cls.base_filters.keys() | set(beside))
        videos = AccountVideo.objects.listed().filter(connection=connection).select_related("folder")
        made = cls(query, queryset=videos)
        made.connection = connection
        folders = [
            (str(folder.pk), f"{folder} ({folder.get_scope_display()})")
            for folder in Folder.objects.filter(connection=connection)
        ]
        made.form.fields["folder"].choices = [*folders, (NO_FOLDER, gettext("In no folder"))]  # type: ignore[attr-defined]
        if not made.is_valid():
            raise BadRequest(sentence(made.form))
        return made

    @property
    def query(self) -> str:
        """The filters in use as a query string."""
        query = QueryDict(mutable=True)
        for name, value in self.form.cleaned_data.items():
            if value:
                query[name] = "1" if value is True else str(value)
        return query.urlencode()

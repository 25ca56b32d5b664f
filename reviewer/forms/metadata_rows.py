"""The table of the metadata editor (each key with our value, the vendor's value and the push state) and its form."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from batches.actions import SeenKey
from batches.actions.metadata_edits import may_drop
from batches.errors import BadMetadata
from batches.models import Batch, Connection, MetadataEntry, MetadataState
from batches.models.batch import BatchQuerySet
from batches.sync.fields import NAME_LIMIT
from batches.sync.metadata_values import APPEARS_TWICE, Value, alike, check_metadata, wrong_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    _KeyForms = forms.BaseFormSet["KeyForm"]
else:
    _KeyForms = forms.BaseFormSet

MAX_EDITABLE_KEYS = 150  # keys on the page; import handles more
BLANK_ROWS = 3  # empty rows for new keys
SUGGESTION_BATCHES = 200  # newest batches whose keys are suggested
TEXT, NUMBER = "text", "number"


class KeyForm(forms.Form):
    """One row: a key, its type and its value. A row with neither key nor value is empty and is ignored."""

    name = forms.CharField(
        required=False,
        strip=False,
        widget=forms.TextInput(
            {
                "class": "mono",
                "list": "meta-keys",
                "maxlength": NAME_LIMIT,
                "autocomplete": "off",
                "spellcheck": "false",
                "placeholder": "new_key",
                "aria-label": _("Key"),
            }
        ),
    )
    kind = forms.ChoiceField(
        choices={TEXT: _("Text"), NUMBER: _("Whole number")},
        initial=TEXT,
        widget=forms.Select({"aria-label": _("Type")}),
    )
    value = forms.CharField(
        required=False,
        strip=False,
        widget=forms.Textarea({"rows": 1, "spellcheck": "false", "aria-label": _("Value")}),
    )

    @property
    def seen(self) -> str:
        """What the page showed of this key (JSON: step, the vendor's value, value); "" if the key is new."""
        return str(self.data.get(f"seen-{anchor_of(str(self['name'].value() or ''))}", ""))

    @property
    def typed_name(self) -> str:
        name = str(self["name"].value() or "")
        return name if self.seen else name.strip()

    @property
    def typed_text(self) -> str:
        return str(self["value"].value() or "").replace("\r\n", "\n")

    @property
    def is_empty(self) -> bool:
        return not self.typed_name.strip() and not self.typed_text.strip()

    @property
    def error(self) -> str:
        return next((str(reasons[0]) for reasons in self.errors.values()), "")

    def describe(self, row: "Row") -> None:
        """Name the fields after the key for screen readers. Only a new key can be renamed."""
        if not row.new:
            self.fields["name"].widget = forms.HiddenInput()
        if row.name:
            self.fields["kind"].widget.attrs["aria-label"] = gettext("Type of {key}").format(key=row.name)
            self.fields["value"].widget.attrs["aria-label"] = gettext("Value of {key}").format(key=row.name)
        if row.error:
            self.fields["value"].widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"error-{row.anchor}"}

    def clean_name(self) -> str:
        if not self.is_empty and (reason := wrong_name(self.typed_name)):
            raise forms.ValidationError(reason)
        return self.typed_name

    def clean(self) -> None:
        if "kind" in self.cleaned_data and "value" in self.cleaned_data and not self.is_empty:
            try:
                self.cleaned_data["value"] = typed(self.cleaned_data["kind"], self.typed_text)
            except ValueError as error:
                self.add_error("value", str(error))


class BaseKeyFormSet(_KeyForms):
    """The rows of the table.

    The name of the field `seen-…` is made of the key, not of the row's number. A push can therefore replace the field
    in open pages that show the key in another row.
    """

    def clean(self) -> None:
        names = set()
        for form in self.forms:
            if form.typed_name in names:
                form.add_error("name", APPEARS_TWICE)
            elif form.typed_name:
                names.add(form.typed_name)


KeyFormSet = forms.formset_factory(
    KeyForm,
    formset=BaseKeyFormSet,
    extra=BLANK_ROWS,
    max_num=MAX_EDITABLE_KEYS + BLANK_ROWS,
    validate_max=True,
    can_delete=True,
)


def anchor_of(name: str) -> str:
    """An id for the page, the same for the same key."""
    return blake2b(name.encode(), digest_size=8).hexdigest()


@dataclass(slots=True)
class Row:
    """One key on the page. `state`: a MetadataState, `vendor` (we have no value), or `changed` (since our push)."""

    name: str
    kind: str = TEXT
    text: str = ""
    entry: MetadataEntry | None = None
    theirs: Value | None = None
    state: str = "vendor"
    error: str = ""
    new: bool = False
    seen: str = ""
    form: KeyForm | None = None

    @property
    def anchor(self) -> str:
        return anchor_of(self.name)

    @property
    def three_sided(self) -> bool:
        return self.state in ("conflict", "changed")

    @property
    def droppable(self) -> bool:
        return self.entry is not None and may_drop(self.entry, self.theirs)


def rows_of(batch: Batch) -> list[Row]:
    """Every key: the vendor's in its order, then those only we have."""
    entries = {entry.name: entry for entry in batch.metadata_entries.select_related("step__edit__user")}
    names = dict.fromkeys([*batch.vendor_metadata, *entries])
    return [_row(name, entries.get(name), batch.vendor_metadata.get(name)) for name in names]


def _row(name: str, entry: MetadataEntry | None, theirs: Value | None) -> Row:
    value = entry.value if entry else theirs
    row = Row(name, NUMBER if type(value) is int else TEXT, str(value), entry, theirs)
    if entry:
        changed = entry.state == MetadataState.PUSHED and not alike(theirs, entry.value)
        row.state = "changed" if changed else entry.state
    row.seen = json.dumps([entry.step_id if entry else 0, theirs, value])
    return row


@dataclass(slots=True)
class Posted:
    """The content of a form: changed values, keys to remove, the values the person saw, and errors."""

    values: dict[str, Value] = field(default_factory=dict)
    drop: list[str] = field(default_factory=list)
    seen: dict[str, SeenKey] = field(default_factory=dict)
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)  # name → kind, text as typed
    nameless: list[Row] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)  # by name; "" is a row without one, or the whole form


def read_rows(data: QueryDict) -> Posted:
    """What a posted KeyFormSet asks for. Errors are returned in `refusals`."""
    formset, posted = KeyFormSet(data), Posted()
    formset.is_valid()
    if reasons := formset.non_form_errors():
        posted.refusals[""] = str(reasons[0])
        return posted
    for form in formset.forms:
        if not form.is_empty:
            _read(posted, form)
    return posted


def _read(posted: Posted, form: KeyForm) -> None:
    name, kind, text = form.typed_name, str(form["kind"].value()), form.typed_text
    if not name or ("name" in form.errors and name not in posted.texts):
        posted.nameless.append(Row("", kind, text, error=form.error, new=True))
        posted.refusals.setdefault("", form.error)
        return
    before = _seen(posted, name, form.seen)
    if form.cleaned_data.get("DELETE"):
        posted.drop.append(name)
        return
    posted.texts.setdefault(name, (kind, text))
    if form.error:
        posted.refusals[name] = form.error
        return
    value: Value = form.cleaned_data["value"]
    untouched = isinstance(before, str) and value == before.replace("\r\n", "\n")
    if not untouched and not alike(value, before):
        posted.values[name] = value


def _seen(posted: Posted, name: str, text: str) -> Value | None:
    """The value the page showed; None for a new key."""
    try:
        step, theirs, value = cast("tuple[Any, Any, Value]", json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return None
    if type(step) is int:
        posted.seen[name] = SeenKey(step, theirs)
    return value


def typed(kind: str, text: str) -> Value:
    """The value that the text means. Raises ValueError with the reason."""
    if kind == NUMBER:
        digits = text.strip()
        if not digits.removeprefix("-").isdecimal() or not digits.isascii():
            raise ValueError(gettext("Enter a whole number: digits only, no fraction."))
        return _checked(int(digits[:30]))
    return _checked(text)


def _checked(value: Value) -> Value:
    try:
        return check_metadata({"value": value})["value"]
    except BadMetadata as error:
        raise ValueError(error.errors["value"]) from error


def with_posted(rows: list[Row], posted: Posted, errors: Mapping[str, str]) -> list[Row]:
    """The rows as the person left them, each with its error, then the rows without a name."""
    by_name = {row.name: row for row in rows}
    for name, (kind, text) in posted.texts.items():
        if name not in by_name:
            by_name[name] = Row(name, new=True)
            rows = [*rows, by_name[name]]
        by_name[name].kind, by_name[name].text = kind, text
    for name, reason in errors.items():
        if name in by_name:
            by_name[name].error = reason
    return [*rows, *posted.nameless]


def formset_of(rows: list[Row], drop: Collection[str] = ()) -> tuple[_KeyForms, list[Row]]:
    """The form for these rows, and the blank rows after them. Each row gets its own form."""
    initial = [{"name": row.name, "kind": row.kind, "value": row.text, "DELETE": row.name in drop} for row in rows]
    formset = KeyFormSet(initial=initial)
    blank = [Row("", new=True) for _ in formset.extra_forms]
    for row, form in zip([*rows, *blank], formset.forms, strict=True):
        row.form = form
        form.describe(row)
    return formset, blank


def suggested_keys(connection: Connection) -> list[str]:
    """Keys that batches of the connection have, in alphabetical order."""
    return _keys(Batch.objects.not_removed().filter(connection=connection))


def keys_of(user: "User") -> list[str]:
    """Keys of the batches this person may see, in alphabetical order."""
    return _keys(Batch.objects.visible_to(user))


def _keys(batches: BatchQuerySet) -> list[str]:
    newest = batches.order_by("-id")[:SUGGESTION_BATCHES]
    maps = newest.values_list("pk", "vendor_metadata")
    theirs = {name for _, metadata in maps for name in metadata}
    ours = MetadataEntry.objects.filter(batch__in=[pk for pk, _ in maps]).values_list("name", flat=True)
    return sorted(theirs.union(ours))

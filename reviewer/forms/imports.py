"""What people send about imports: a file, how it is to be read, a connection for files."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from batches.imports.check import name_of
from batches.models import ColumnMapping, ImportRun
from batches.stored_texts import in_language
from batches.sync.files.boxes import RELATIVE
from batches.sync.files.encoding import CHOICES
from batches.sync.files.names import FIELDS
from batches.sync.files.options import TIMES, bad_option
from batches.sync.files.units import SCALES, UNIT_NAMES

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

    Names = Mapping[str, StrOrPromise]

# Labels of the open format's fields in the form.
FIELD_LABELS = {
    "video": _("Video (required)"), "start": _("Start"), "end": _("End"), "duration": _("Duration"),
    "label": _("Label"),
    "category": _("Category"), "confidence": _("Confidence"), "severity": _("Severity"), "text": _("AI text"),
    "track": _("Track of an object"),
    "thumbnail": _("Thumbnail address"), "clip": _("Clip address"), "id": _("Id of the event"), "batch": _("Batch"),
    "approval": _("Approval"),
    "recorded": _("Start of the recording"), "video_length": _("Length of the video"), "box": _("Box, four numbers"),
    "box1": _("Box, first number"), "box2": _("Box, second number"), "box3": _("Box, third number"),
    "box4": _("Box, fourth number"), "frame_width": _("Width of the picture"),
    "frame_height": _("Height of the picture"),
}  # fmt: skip
SEPARATOR_NAMES: "Names" = {
    "": _("Recognise"), ",": _("Comma"), ";": _("Semicolon"), "\t": _("Tab"), "|": _("Pipe")
}  # fmt: skip
ENCODING_NAMES: "Names" = {"": _("Recognise"), **CHOICES}
DECIMAL_NAMES: "Names" = {"": _("Where it is certain"), ".": _("Point"), ",": _("Comma")}
LARGER_FILES = _("Import larger files with the command import_results.")
BOX_FORMS: "Names" = {
    "xywh": _("Left, top, width, height"), "xyxy": _("Left, top, right, bottom"),
    "cxcywh": _("Centre, width, height"), "yxyx": _("Top, left, bottom, right"),
}  # fmt: skip
WAYS = ("sep", "encoding", "list")  # a change of these changes the columns


STEPS = (
    "map", "confirm", "discard", "cancel", "use-mapping", "save-mapping", "rename-mapping", "delete-mapping"
)  # fmt: skip


class UploadForm(forms.Form):
    connection = forms.IntegerField(min_value=1, max_value=2**62)
    file = forms.FileField(allow_empty_file=True)
    batch = forms.CharField(max_length=255, required=False)


class FileConnectionForm(forms.Form):
    name = forms.CharField(max_length=80)


class ImportForm(forms.Form):
    """What to do with a checked file; `map` says anew how it is read (`map-video=…`, `option-sep=…`)."""

    do = forms.ChoiceField(choices=[(step, step) for step in STEPS])
    saved = forms.CharField(max_length=80, required=False)  # the name of a saved mapping
    name = forms.CharField(max_length=80, required=False)  # the name that it gets
    decide = forms.BooleanField(required=False)
    batch = forms.CharField(max_length=255, required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("do") in ("save-mapping", "rename-mapping") and not data.get("name"):
            raise forms.ValidationError(_("Enter a name for the mapping."))
        return data


def reading_of(posted: Mapping[str, str], run: ImportRun) -> tuple[dict[str, str], dict[str, str]]:
    """The mapping and the options in a form. Raises ValueError with a sentence."""
    options = {
        name: text.strip(" ") for name in ("sep", "encoding", "list", "decimal", "scale", "zero", "video", "gap",
            "format", "box", "box.size")
        if (text := posted.get(f"option-{name}")) is not None and (text.strip(" ") or name in ("gap", "list"))
    }  # fmt: skip
    rate = posted.get("option-rate", "").strip()
    for name in TIMES:
        if unit := posted.get(f"option-unit.{name}", ""):
            options[f"unit.{name}"] = f"frames:{rate}" if unit == "frames" and rate else unit
    if rate and run.summary.get("native"):
        options["unit.start"] = f"frames:{rate}"
    unclear = [name for name, value in options.items() if value == "frames"]
    if unclear:
        raise ValueError(_("Enter the frame rate, in frames per second."))
    if reason := next(filter(None, (bad_option(name, value) for name, value in options.items())), ""):
        raise ValueError(reason)
    if any(options.get(name, "") != _current(run, name) for name in WAYS if f"option-{name}" in posted):
        return {}, {name: value for name, value in options.items() if name in WAYS}  # other columns: guessed anew
    columns = {*run.summary.get("columns", ()), ""}
    mapping = {name: posted.get(f"map-{name}", "") for name in FIELDS}
    return {name: column for name, column in mapping.items() if column in columns}, options


def shown_values(run: ImportRun) -> dict[str, str]:
    """What the form of a checked file shows: the name of each of its fields → its present value."""
    summary, options = run.summary, run.options
    start = options.get("unit.start", "")
    native_gap = summary.get("options", {}).get("gap") or ""
    return {
        **{f"map-{name}": run.mapping.get(name, "") for name in FIELDS},
        **{f"option-unit.{name}": options.get(f"unit.{name}", "s").partition(":")[0] for name in TIMES},
        **{
            f"option-{name}": options.get(name, "")
            for name in ("sep", "decimal", "encoding", "scale", "zero", "video")
        },
        "option-list": summary.get("list", ""), "option-box": options.get("box", "xywh"), "option-format": "",
        "option-box.size": "" if options.get("box.size") == RELATIVE else options.get("box.size", ""),
        "option-rate": start.partition(":")[2] if start.startswith("frames") else "",
        "option-gap": str(native_gap) if summary.get("native") else options.get("gap", ""), "batch": run.batch_text,
    }  # fmt: skip


def is_changed(posted: Mapping[str, str], run: ImportRun) -> bool:
    """Whether a form says that the file is read otherwise than its check did."""
    shown = shown_values(run)
    # Browsers send another end of line than they were given.
    return any(name in shown and text.split() != shown[name].split() for name, text in posted.items())


def _current(run: ImportRun, name: str) -> str:
    return str(run.options.get(name, run.summary.get(name, "") if name == "list" else ""))


def choices_of(run: ImportRun) -> dict[str, Any]:
    """What the form of a checked file offers, each field with its present value and the reason of a guess."""
    summary, options, why = run.summary, run.options, run.summary.get("why", {})
    shown = shown_values(run)
    names = ColumnMapping.objects.filter(connection=run.connection_id).values_list("name", flat=True)
    # As of now: it may have been saved, renamed or deleted since the check.
    named = name_of(run, tuple(summary.get("columns", ())), run.mapping, options)
    picked = named or summary.get("picked", "")
    fields = [
        {
            "name": name, "label": label, "column": run.mapping.get(name, ""), "why": why.get(name, ""),
            "units": _units(shown[f"option-unit.{name}"]) if name in TIMES else [],
            "unit_why": why.get(f"unit.{name}", ""),
            "scales": _scales(run) if name == "confidence" else [], "scale_why": why.get("scale", ""),
        }
        for name, label in FIELD_LABELS.items()
    ]  # fmt: skip
    return {
        "is_mapped": bool(summary.get("columns") or summary.get("native")),
        "fields": fields, "separators": _picked(SEPARATOR_NAMES, options.get("sep", "")),
        "encodings": _picked(ENCODING_NAMES, options.get("encoding", "")),
        "decimals": _picked(DECIMAL_NAMES, options.get("decimal", "")),
        "lists": [
            (path, path or _("the file’s own records"), path == summary.get("list"))
            for path in summary.get("lists", ())
        ],
        "rate": shown["option-rate"], "gap": shown["option-gap"],
        "box_forms": _picked(BOX_FORMS, shown["option-box"]), "box_size": shown["option-box.size"],
        "box_why": "; ".join(in_language(why[name]) for name in ("box.form", "box.size") if name in why),
        "has_boxes": any(row.get("box") for row in summary.get("rows", ())),
        "has_box_columns": "box" in run.mapping or "box1" in run.mapping,
        "has_pixel_boxes": bool(summary.get("pixel_boxes") or (summary.get("native") and options.get("box.size"))),
        "zero": shown["option-zero"], "video": shown["option-video"],
        "mappings": names, "named": named, "picked": picked if picked in names else "",
    }  # fmt: skip


def _picked(names: "Names", current: str) -> "list[tuple[str, StrOrPromise, bool]]":
    return [(value, name, value == current) for value, name in names.items()]


# The names of units and scales: whoever reads files knows nothing of Django.
UNITS_AND_SCALES = (
    *(gettext_noop("seconds"), gettext_noop("milliseconds"), gettext_noop("microseconds")),
    *(gettext_noop("nanoseconds"), gettext_noop("minutes"), gettext_noop("hours"), gettext_noop("frames")),
    *(gettext_noop("seconds since 1970"), gettext_noop("milliseconds since 1970")),
    *(gettext_noop("microseconds since 1970"), gettext_noop("nanoseconds since 1970")),
    *(gettext_noop("0 to 1"), gettext_noop("0 to 10"), gettext_noop("0 to 100"), gettext_noop("words")),
)


def _units(current: str) -> "list[tuple[str, StrOrPromise, bool]]":
    return _picked({unit: gettext(label).capitalize() for unit, label in UNIT_NAMES.items()}, current)


def _scales(run: ImportRun) -> "list[tuple[str, StrOrPromise, bool]]":
    """The empty choice guesses, also anew for another column; a file that asks nothing was read as 0 to 1."""
    current, is_read = run.options.get("scale", ""), run.mapping.get("confidence") and not run.summary.get("missing")
    none = _("Guess") if current else _("0 to 1, as guessed") if is_read else _("Choose")
    return _picked({"": none, **{scale: gettext(name).capitalize() for scale, name in SCALES.items()}}, current)

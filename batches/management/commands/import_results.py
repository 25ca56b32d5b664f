"""`import_results FILE --connection NAME`: imports results from a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from batches.imports.run import run_import
from batches.imports.spool import Spool
from batches.management.commands.grant import connection_named
from batches.models import ColumnMapping, Connection, ImportRun, Membership, Vendor
from batches.models.imports import ImportPhase
from batches.models.run import RunState
from batches.sync.fields import clean
from batches.sync.files.boxes import FORMS
from batches.sync.files.encoding import CHOICES
from batches.sync.files.names import FIELDS
from batches.sync.files.options import bad_option
from batches.sync.files.units import UNIT_NAMES
from batches.sync.vendors import vendor_of

UNITS_HELP = f"of start, end or duration: {', '.join(UNIT_NAMES)}; frames with their rate, as in frames:25"


class Command(BaseCommand):
    help = "Imports a file of results. Exit 0: all imported; 1: nothing or a part (says what); 2: bad arguments."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--connection", required=True, metavar="NAME")
        parser.add_argument("--vendor", choices=Vendor.values, help="creates the connection if it does not exist")
        parser.add_argument("--batch", default="", metavar="ID", help="used if the file does not name its batch")
        parser.add_argument("--map", action="append", default=[], metavar="FIELD=COLUMN", help=", ".join(FIELDS))
        parser.add_argument("--mapping", metavar="NAME", help="a mapping that was saved under this name on the page")
        parser.add_argument("--video", metavar="NAME", help="the video of all rows, if no column names it")
        parser.add_argument("--unit", action="append", default=[], metavar="FIELD=UNIT", help=UNITS_HELP)
        parser.add_argument("--scale", metavar="confidence=SCALE", help="1 (0 to 1), 10, 100, or words")
        parser.add_argument("--box", metavar="FORM[:SIZE]", help=f"{', '.join(FORMS)}; as in xyxy:1920x1080")
        parser.add_argument(
            "--list", metavar="PATH", help="the list of records in a JSON file, as in images.detections"
        )
        parser.add_argument("--sep", metavar="CHARACTER", help="the separator of a CSV file: , ; | or tab")
        parser.add_argument("--decimal", choices=[".", ","], help="the decimal mark")
        parser.add_argument("--encoding", choices=list(CHOICES), help="if it cannot be recognised")
        parser.add_argument("--recorded", metavar="TIME", help="start of the recording, for times of day")
        parser.add_argument("--gap", metavar="SECONDS", help="joins the frames of a track or label; none: no joining")
        parser.add_argument("--decisions-of", metavar="USER", help="turns approvals into decisions of this person")
        parser.add_argument("--check", action="store_true", help="only report what the file contains; write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {str(path)!r}.", returncode=2)
        connection = _connection(options["connection"], options["vendor"])
        person = _person(options["decisions_of"], connection)
        saved = _saved_mapping(connection, options["mapping"])
        run = ImportRun.objects.create(
            connection=connection, requested_by=person, file_name=clean(path.name, 255), size=path.stat().st_size,
            batch_text=options["batch"], mapping=saved.mapping | _mapping(options["map"]),
            options=saved.options | read_options(options), decide=person is not None,
        )  # fmt: skip
        with Spool() as spool:
            self._import(run, path, spool, only_check=options["check"])

    def _import(self, run: ImportRun, path: Path, spool: Spool, *, only_check: bool) -> None:
        run = self._step(run, path, spool)
        if "missing" in run.summary:
            columns = ", ".join(run.summary.get("columns", ()))
            listed = f" Columns: {columns}." if columns else ""
            raise CommandError(f"Nothing was imported. {run.summary['missing']}{listed}", returncode=1)
        if run.state != RunState.DONE:
            raise CommandError(f"Nothing was imported. {run.message}", returncode=1)
        self._say_found(run)
        if only_check:
            self._say_preview(run)
            return
        ImportRun.objects.filter(pk=run.pk).update(
            phase=ImportPhase.IMPORT, state=RunState.QUEUED, finished_at=None, attempts=0, total=None, position=0
        )
        run = self._step(run, path, spool)
        self._say_done(run)
        if run.state != RunState.DONE:
            raise CommandError(f"{run.get_state_display()}: {run.message}", returncode=1)

    def _step(self, run: ImportRun, path: Path, spool: Spool) -> ImportRun:
        with tqdm(desc=f"{run.file_name[:32]} {run.get_phase_display().lower()}", unit=" records", leave=False) as bar:

            def show(now: ImportRun) -> None:
                bar.total = now.total
                bar.update(now.position - bar.n)

            return run_import(run.pk, path=path, progress=show, spool=spool) or run

    def _say_found(self, run: ImportRun) -> None:
        summary = run.summary
        self.stdout.write(
            f"{run.file_name}: {summary['label']}; batches: {summary['batch_count']}, items: {summary['items']}, "
            f"events: {summary['events']}, unusable records: {summary['refused_count']}"
        )
        for path, reason in summary["refused"]:
            self.stdout.write(f"  {path}: {reason}")
        for warning in summary["warnings"]:
            self.stderr.write(f"Warning: {warning}")

    def _say_preview(self, run: ImportRun) -> None:
        """How the file is read, with the reasons, what it would change, and its first events."""
        summary, why = run.summary, run.summary.get("why", {})
        self.stdout.write(f"  new: {summary['new']}, changed: {summary['changed']}, gone: {summary['gone']}")
        for reason in summary["reasons"]:
            self.stdout.write(f"  unusable: {reason['count']}, {reason['reason']}")
        for name, value in {**run.mapping, **run.options}.items():
            self.stdout.write(f"  {name}: {value}{f' ({why[name]})' if name in why else ''}")
        for row in summary["rows"]:
            confidence = "" if row["confidence"] is None else f"  {row['confidence']:.3f}"
            self.stdout.write(f"  {row['item']}  {row['time'] or 'whole video'}  {row['label']}{confidence}")

    def _say_done(self, run: ImportRun) -> None:
        decided = f", {run.decided} decided" if run.decide else ""
        self.stdout.write(
            f"{run.file_name}: {run.events_created} new, {run.events_updated} changed, {run.events_gone} gone{decided}."
        )


def _connection(name: str, vendor: str | None) -> Connection:
    if vendor and not Connection.objects.filter(name=name).exists():
        return Connection.objects.create(name=name, vendor=vendor, base_url=vendor_of(vendor).default_base_url)
    connection = connection_named(name)
    if vendor and vendor != connection.vendor:
        raise CommandError(f"The vendor of connection {name!r} is {connection.get_vendor_display()}.", returncode=2)
    return connection


def _saved_mapping(connection: Connection, name: str | None) -> ColumnMapping:
    """The mapping of this name, an empty one for None."""
    if name is None:
        return ColumnMapping()
    saved = ColumnMapping.objects.filter(connection=connection)
    mapping = saved.filter(name=name).first()
    if mapping is None:
        names = ", ".join(saved.values_list("name", flat=True)) or "none"
        raise CommandError(f"There is no mapping {name!r}. Existing mappings: {names}.", returncode=2)
    return mapping


def _person(name: str | None, connection: Connection) -> User | None:
    if name is None:
        return None
    person = User.objects.filter(username=name).first()
    if person is None:
        raise CommandError(f"There is no user {name!r}.", returncode=2)
    if not Membership.rights_of(person, connection.pk).can_decide:
        raise CommandError(f"{name} is not a reviewer of {connection.name}; use `grant` first.", returncode=2)
    return person


def _mapping(pairs: list[str]) -> dict[str, str]:
    mapping = dict(pair.partition("=")[::2] for pair in pairs)
    if wrong := [field for field, column in mapping.items() if field not in FIELDS or not column]:
        raise CommandError(f"--map {wrong[0]}: write FIELD=COLUMN; fields: {', '.join(FIELDS)}.", returncode=2)
    return mapping


def read_options(given: dict[str, Any]) -> dict[str, str]:
    """How the file is read, as the arguments say. Raises CommandError."""
    options = {
        name: given[key]
        for name, key in (
            ("video", "video"), ("list", "list"), ("sep", "sep"), ("decimal", "decimal"), ("encoding", "encoding"),
            ("zero", "recorded"), ("gap", "gap"),
        )
        if given[key] is not None
    }  # fmt: skip
    if options.get("sep") in ("tab", "\\t"):
        options["sep"] = "\t"
    if options.get("gap") == "none":
        options["gap"] = ""
    for pair in given["unit"]:
        name, _, unit = pair.partition("=")
        options[f"unit.{name}"] = unit
    if given["box"] is not None:
        options["box"], _, size = given["box"].partition(":")
        options |= {"box.size": size} if size else {}
    if given["scale"] is not None:
        options["scale"] = given["scale"].removeprefix("confidence=")
    if reason := next(filter(None, (bad_option(name, value) for name, value in options.items())), ""):
        raise CommandError(reason, returncode=2)
    return options

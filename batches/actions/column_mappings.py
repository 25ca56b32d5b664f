"""Column mappings under a name: saved from a checked file, used for another one, renamed, deleted."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from batches.actions.imports import map_columns
from batches.errors import Conflict
from batches.models import ColumnMapping, Connection, ImportRun
from batches.sync.files.names import FIELDS

MAX_MAPPINGS = 200  # of a connection


def save_mapping(*, run: ImportRun, name: str) -> ColumnMapping:
    """Save how this file is read; the same name again replaces it. Raises Conflict for a file without columns."""
    columns = run.summary.get("columns")
    if not columns:
        raise Conflict(gettext("This file has no columns to map."))
    others = ColumnMapping.objects.filter(connection=run.connection).exclude(name=name)
    if others.count() >= MAX_MAPPINGS:
        why = gettext("A connection has at most {count} saved mappings. Delete one first.")
        raise Conflict(why.format(count=MAX_MAPPINGS))
    mapping = dict.fromkeys(FIELDS, "") | run.mapping
    saved, _ = ColumnMapping.objects.update_or_create(
        connection=run.connection, name=name,
        defaults={"columns": sorted(columns), "mapping": mapping, "options": run.options},
    )  # fmt: skip
    return saved


def use_mapping(*, run: ImportRun, name: str) -> ImportRun:
    """Check the file again, as the mapping of this name says. Raises Conflict if it names columns the file lacks."""
    saved = mapping_named(run.connection, name)
    if missing := {column for column in saved.mapping.values() if column}.difference(run.summary.get("columns", ())):
        why = gettext("The file has no column {column}, which the mapping {name} names.")
        raise Conflict(why.format(column=repr(min(missing)), name=name))
    return map_columns(run=run, mapping=saved.mapping, options=saved.options, batch_text=run.batch_text, picked=name)


def rename_mapping(*, connection: Connection, name: str, new_name: str) -> None:
    """Raises Conflict for a name that is in use."""
    saved = mapping_named(connection, name)
    saved.name = new_name
    try:
        with transaction.atomic():
            saved.save(update_fields=["name"])
    except IntegrityError as error:
        raise Conflict(gettext("A mapping {name} exists already.").format(name=new_name)) from error


def delete_mapping(*, connection: Connection, name: str) -> None:
    mapping_named(connection, name).delete()


def mapping_named(connection: Connection, name: str) -> ColumnMapping:
    """Raises Conflict if there is none of this name."""
    saved = ColumnMapping.objects.filter(connection=connection, name=name).first()
    if saved is None:
        raise Conflict(gettext("There is no mapping {name}.").format(name=repr(name)))
    return saved

"""New texts of many fields in one operation: Django renders all related models again for each operation on a field."""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AlterField
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class AlterTexts(Operation):
    """As these `AlterField` operations, which change no column: help texts and titles only."""

    def __init__(self, fields: list[AlterField]) -> None:
        self.fields = fields

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        if "apps" in state.__dict__:
            del state.apps  # the rendered models, a cached property
        for field in self.fields:
            field.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """The database has no texts."""

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """The database has no texts."""

    def describe(self) -> str:
        return f"Alter the texts of {len(self.fields)} fields"

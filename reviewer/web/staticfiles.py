"""Static files under names that hold their content's hash, in the modules' own imports too."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """After an update no browser mixes old and new modules: each import names the exact file."""

    support_js_module_import_aggregation = True

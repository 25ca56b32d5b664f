"""Static files under names that hold their content's hash, in the modules' own imports too; compressed in both ways."""

from typing import Any

import brotli
from django.conf import settings
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

BROTLI = 7  # the best, 11, takes seconds of each installation for 2 % fewer bytes


class QuickCompressor(Compressor):  # type: ignore[misc]  # whitenoise has no types
    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        compressed: bytes = brotli.compress(data, quality=BROTLI)
        return compressed


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """After an update no browser mixes old and new modules: each import names the exact file."""

    support_js_module_import_aggregation = True

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.addresses: dict[str, str] = {}

    def url(self, name: str, force: bool = False) -> str:
        """The address of a file, looked up once: a page has 200 of them, and no file changes while a process runs."""
        if settings.DEBUG or force:
            return str(super().url(name, force))
        if name not in self.addresses:
            self.addresses[name] = super().url(name)
        return self.addresses[name]

    def create_compressor(self, **options: Any) -> Compressor:
        return QuickCompressor(**options)

"""Static files under names that hold their content's hash, in the modules' own imports too; compressed in both ways."""

from collections.abc import Callable, Iterator
from posixpath import dirname
from typing import Any

import brotli
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage as AnyStorage
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

from reviewer.web import bundles

LONG = 20_000  # bytes: what pages load; the modules that it was joined from are shorter, and many
QUALITY = {True: 10, False: 7}  # of long files and others: 7 % fewer bytes, for seconds of each installation


class QuickCompressor(Compressor):  # type: ignore[misc]  # whitenoise has no types
    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        compressed: bytes = brotli.compress(data, quality=QUALITY[len(data) > LONG])
        return compressed


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """After an update no browser mixes old and new modules: each import names the exact file. What a page loads is
    one script and one style sheet with all that they import.
    """

    support_js_module_import_aggregation = True
    bundles = True

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

    def post_process(
        self, paths: dict[str, tuple[AnyStorage, str]], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[Any, ...]]:
        """As Django's, with the bundles in the place of the files that pages load."""
        if dry_run:
            return

        def read(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as file:
                return str(file.read(), "utf-8")

        bundled = {name: make(name, read) for name in paths if (make := bundle_of(name))}
        for name, text in bundled.items():
            self.delete(name)
            self.save(name, ContentFile(text.encode()))
        yield from super().post_process(paths | {name: (self, name) for name in bundled}, **options)

    def create_compressor(self, **options: Any) -> Compressor:
        return QuickCompressor(**options)


def bundle_of(name: str) -> Callable[[str, bundles.Read], str] | None:
    """What makes the bundle of a file that pages load."""
    return {"js/pages": bundles.script, "css/pages": bundles.style_sheet}.get(dirname(name))

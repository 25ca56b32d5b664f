"""Uploads go to a temporary file at once, and end where they grow too large."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler


class LimitedUpload(TemporaryFileUploadHandler):
    """Takes files of people who are signed in (their cookie is looked at, no more) up to IMPORT_MAX_BYTES.

    What is refused is read past and never stored; the form then has no file.
    """

    too_large = False

    def handle_raw_input(self, input_data: Any, META: dict[str, Any], content_length: int, boundary: Any, encoding: Any = None) -> None:  # fmt: skip
        self.too_large = content_length > settings.IMPORT_MAX_BYTES

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self.too_large or settings.SESSION_COOKIE_NAME not in (self.request.COOKIES if self.request else {}):
            raise SkipFile
        super().new_file(*args, **kwargs)

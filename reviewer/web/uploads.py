"""Uploads go to a temporary file at once, where the request may send one at all."""

from typing import Any

from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler


class LimitedUpload(TemporaryFileUploadHandler):
    """Takes files only where `reviewer.web.bodies` allowed one: what is refused is read past and never stored."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if not getattr(self.request, "takes_file", False):
            raise SkipFile
        super().new_file(*args, **kwargs)

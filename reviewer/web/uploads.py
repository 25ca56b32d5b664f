"""Uploads go to a temporary file at once, where the request may send one at all."""

from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler
from django.http import HttpRequest, UnreadablePostError

PIECE_BYTES = 256 * 1024


class LimitedUpload(TemporaryFileUploadHandler):
    """Takes files only where `reviewer.web.bodies` allowed one: what is refused is read past and never stored."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if not getattr(self.request, "takes_file", False):
            raise SkipFile
        super().new_file(*args, **kwargs)


def read_body(request: HttpRequest) -> TemporaryUploadedFile:
    """The body of a request that is a file itself. Raises UnreadablePostError if it ended early."""
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    file = TemporaryUploadedFile("body", "application/octet-stream", length, None)
    size = 0
    while piece := request.read(PIECE_BYTES):
        size += len(piece)
        file.write(piece)
    if size != length:
        file.close()
        raise UnreadablePostError("The request ended early.")
    file.seek(0)
    return file

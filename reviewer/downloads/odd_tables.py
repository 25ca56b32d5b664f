"""The files of structured ODDs over HTTP, for pages and scripts."""

from collections.abc import Iterator

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _

from batches.export.odd_tables import file_stem, joined_csv, read_table, zipped
from batches.models import OddRun, OddTable

CSV, ZIP = "text/csv; charset=utf-8", "application/zip"


def odd_csv_response(table: OddTable, method: str | None) -> HttpResponseBase:
    """All tables as one. If it fails, the connection closes before the last chunk."""
    return _streamed(joined_csv(table), method, f"odd-{table.pk}.csv", CSV)


def odd_zip_response(table: OddTable, method: str | None) -> HttpResponseBase:
    """A ZIP with a table for each video."""
    return _streamed(zipped(table), method, f"odd-{table.pk}.zip", ZIP)


def odd_run_response(run: OddRun) -> HttpResponse:
    """The table of one video. Raises Http404 while it is not there, or once it is removed."""
    if run.size is None:
        raise Http404(_("The table is not ready, or was removed."))
    try:
        content = read_table(run)
    except FileNotFoundError as error:
        raise Http404(_("The table was removed.")) from error
    return HttpResponse(content, content_type=CSV, headers=_headers(f"odd-{file_stem(run.name)}.csv"))


def _streamed(chunks: Iterator[bytes], method: str | None, name: str, media_type: str) -> StreamingHttpResponse:
    body = iter(()) if method == "HEAD" else chunks
    return StreamingHttpResponse(body, content_type=media_type, headers=_headers(name))


def _headers(name: str) -> dict[str, str]:
    ascii_name = name.encode("ascii", "replace").decode().replace("?", "-")
    return {"Content-Disposition": f'attachment; filename="{ascii_name}"', "X-Accel-Buffering": "no"}

"""The board: figures over batches and weeks, two prompts beside each other, recall, and the figures as a file."""

from uuid import uuid4

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reviewer import access
from reviewer.access import SignedIn
from reviewer.board.choices import fields_of
from reviewer.board.figures import PromptPair, board_of, prompt_pair
from reviewer.board.filter import BoardFilter
from reviewer.board.recall import recall_of
from reviewer.board.table import csv_file
from reviewer.forms.downloads import LINK_DAYS
from reviewer.web.htmx import render_page
from reviewer.web.numbers import read_number


@require_safe
def board(request: SignedIn) -> HttpResponse:
    """The page, which loads recall afterwards; `recall=1` gives both at once, for browsers without scripts."""
    board_filter = _filter_of(request)
    context = {"filter": board_filter, "page_url": request.path}
    if request.headers.get("HX-Target") == "recall" or request.GET.get("recall"):
        context["recall"] = recall_of(board_filter)
    if request.headers.get("HX-Target") != "recall":
        figures = board_of(board_filter)
        context |= {
            "board": figures,
            "pair": _pair(request, board_filter),
            "first_prompt": read_number(request.GET.get("a", "")),
            "second_prompt": read_number(request.GET.get("b", "")),
            "prompts": figures.tables["Prompt"],
            "may_share": access.may_share_board(request.user),
            "days": LINK_DAYS,
            "key": uuid4(),
            "fields": fields_of(board_filter, access.connections_seen(request.user)),
        }
    return render_page(request, "board/board.html", context, partials=["recall"])


@require_safe
def board_file(request: SignedIn) -> HttpResponse:
    """The figures of the page as CSV, in shares from 0 to 1."""
    headers = {"Content-Disposition": 'attachment; filename="board.csv"'}
    figures = csv_file(board_of(_filter_of(request)))
    return HttpResponse(figures, content_type="text/csv; charset=utf-8", headers=headers)


def _filter_of(request: SignedIn) -> BoardFilter:
    return BoardFilter.of(access.batches_listed(request.user), request.GET, request.user)


def _pair(request: SignedIn, board_filter: BoardFilter) -> PromptPair | None:
    """Raises BadRequest."""
    sides = [request.GET.get(name, "") for name in ("a", "b")]
    if not all(sides):
        return None
    first, second = map(read_number, sides)
    if first is None or second is None:
        raise BadRequest(_("a, b: give the numbers of two batches."))
    return prompt_pair(board_filter, first, second)

"""The vendors' addresses that are not served here: any method of any of them is refused in the vendor's own form."""

from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from batches.models import Vendor
from reviewer.api.sdk import WireView, not_served
from reviewer.api.twelvelabs import TwelveLabsView
from reviewer.api.wickson import WicksonView


class Unserved(WireView):
    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Whoever may ask at all learns that the address is not served."""
        super().initial(request, *args, **kwargs)
        raise NotFound(not_served(request, Vendor(self.vendor)))


class TwelveLabsUnserved(Unserved, TwelveLabsView):
    """The same with that vendor's form."""


class WicksonUnserved(Unserved, WicksonView):
    """The same with that vendor's form."""

"""Ask the vendor what more it knows of one item: a call of its own, so only when a person asks."""

from batches.errors import VendorRefused
from batches.models import Item
from batches.sync.connect import calling
from batches.sync.http import Limits

QUICK = Limits(connect=5, read=10, total=15, waiting=2, tries=2)  # a person is waiting for the page


def ask_details(*, item_id: int) -> str:
    """The vendor's own words about the item, kept with it; "" where it has none.

    Raises VendorRefused (also where this vendor tells nothing further), VendorUnavailable, BadRecord.
    """
    item = Item.objects.select_related("batch__connection").defer("raw").get(pk=item_id)
    connection = item.batch.connection
    if not item.analysis_id:
        raise VendorRefused("The vendor made nothing of this item that it could tell about.")
    with calling(connection, limits=QUICK) as vendor:
        item.details = vendor.details(item.analysis_id)
    item.save(update_fields=["details"])
    return item.details

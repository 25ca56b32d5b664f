"""Fetches further details of one item from the vendor. This costs a call, so only people request it."""

from django.utils.translation import gettext as _

from batches.actions.batches import PAGE_LIMITS
from batches.errors import VendorRefused
from batches.models import Item
from batches.sync.connect import calling


def fetch_details(*, item_id: int) -> str:
    """Fetch the vendor's details of the item and store them; "" for none.

    Raises VendorRefused (also if this vendor offers no details), VendorUnavailable, BadRecord.
    """
    item = Item.objects.select_related("batch__connection").defer("raw").get(pk=item_id)
    connection = item.batch.connection
    if not item.analysis_id:
        raise VendorRefused(_("The vendor has no analysis of this item."))
    with calling(connection, limits=PAGE_LIMITS) as vendor:
        item.details = vendor.details(item.analysis_id, item.source_uri)
    item.save(update_fields=["details"])
    return item.details

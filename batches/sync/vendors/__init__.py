"""The supported vendors by name. Use `batches.sync.connect.open_vendor` to call the vendor of a connection."""

from batches.sync.vendors.base import Vendor
from batches.sync.vendors.nomadic import Nomadic
from batches.sync.vendors.open import Open
from batches.sync.vendors.twelvelabs import TwelveLabs
from batches.sync.vendors.wickson import Wickson

VENDORS: dict[str, type[Vendor]] = {vendor.name: vendor for vendor in (Nomadic, TwelveLabs, Wickson, Open)}


def vendor_of(name: str) -> type[Vendor]:
    """The adapter of a vendor. Raises KeyError for an unknown name."""
    return VENDORS[name]

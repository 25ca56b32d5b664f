"""The vendors we can read, by name. To call one for a connection: `batches.sync.connect.open_vendor`."""

from batches.sync.vendors.nomadic import Nomadic

VENDORS = {Nomadic.name: Nomadic}


def vendor_of(name: str) -> type[Nomadic]:
    """The adapter of a vendor. Raises KeyError for a name we do not have."""
    return VENDORS[name]


def has_metadata(name: str) -> bool:
    """Whether this vendor keeps custom metadata that can be written."""
    return getattr(VENDORS.get(name), "has_metadata", False)

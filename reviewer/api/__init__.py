"""The same reads and verbs for scripts: `/api/v1/`, and the NomadicML wire format for the vendor's own SDK."""

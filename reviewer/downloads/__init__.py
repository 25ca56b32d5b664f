"""From an address to a file."""

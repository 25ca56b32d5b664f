"""What a query string means."""

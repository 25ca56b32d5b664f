"""Where a page of rows begins."""

"""What browser tests wait for."""

from playwright.sync_api import Page

EMPTY = "() => Object.keys(localStorage).every((key) => !key.startsWith('outbox:'))"


def sent(page: Page) -> None:
    """The outbox is empty: the server has answered for everything."""
    page.wait_for_function(EMPTY)

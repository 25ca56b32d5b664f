"""`up`: what it tells the processes that it starts."""

import pytest

from batches.management.commands.up import local_url


@pytest.mark.parametrize("host", ["127.0.0.1", "::"])
def test_links_have_the_port_that_up_serves(host: str) -> None:
    assert local_url({"host": host, "port": 8761}) == "http://127.0.0.1:8761"

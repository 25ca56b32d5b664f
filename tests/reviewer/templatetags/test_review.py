"""Times in comments are links to that moment, and nothing else of a text becomes markup."""

import pytest

from reviewer.templatetags.review import moments


@pytest.mark.parametrize(
    ("text", "html"),
    [("look at 01:05.3, there", 'look at <a href="/events/7/?at=65.3" data-seek="65.3">01:05.3</a>, there'),
     ("00:00.3 and 100:00.0", '<a href="/events/7/?at=0.3" data-seek="0.3">00:00.3</a> and '
      '<a href="/events/7/?at=6000.0" data-seek="6000.0">100:00.0</a>'),
     ("at 12:30, 1:02:03.4 or 10.0.0.1:80", "at 12:30, 1:02:03.4 or 10.0.0.1:80"),
     ("00:99.9 <b>&", "00:99.9 &lt;b&gt;&amp;")],
)  # fmt: skip
def test_only_times_with_a_tenth_become_links(text: str, html: str) -> None:
    assert moments(text, 7) == html

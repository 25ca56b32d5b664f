"""The examples of docs/api.md, as one script against the running server."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from batches.actions import make_token
from batches.models import Decision, MetadataEntry
from tests.factories import make_batch, make_connection, make_event, make_item, make_member

EXAMPLES = re.findall(r"```python\n(.*?)```", Path(settings.BASE_DIR / "docs/api.md").read_text(), re.DOTALL)


@pytest.mark.django_db(transaction=True)
def test_the_examples_of_the_documentation_run(live_server: LiveServer, capsys: Any) -> None:
    user = make_member(make_connection(), "reviewer", "rita")
    item = make_item(make_batch(user.memberships.get().connection, raw='{"status": "completed"}'), raw="{}")
    sdk = '{"t_start": "00:04", "t_end": "00:07", "approval": "pending"}'
    for _ in range(3):
        make_event(item, sdk=sdk)
    make_event(item, sdk=sdk, severity="low")
    _, text = make_token(user=user, scope="review", name="examples", days=1)
    editor = make_member(item.batch.connection, "editor")
    _, meta = make_token(user=editor, scope="meta", name="metadata", days=1)
    known: dict[str, Any] = {"TOKEN": text, "META_TOKEN": meta, "URL": live_server.url}
    for number, example in enumerate(EXAMPLES):
        exec(compile(example, f"docs/api.md, example {number + 1}", "exec"), known)
    assert len(known["events"]) == 3
    assert len(known["videos"]) == 1
    assert known["approved"]["results"] == []
    assert known["csv_text"].count("\r\n") == 5
    assert Decision.objects.count() == 1 + 2 + 2
    assert MetadataEntry.objects.get(name="version").value == 3
    assert "near misses {'pending': 4" in capsys.readouterr().out

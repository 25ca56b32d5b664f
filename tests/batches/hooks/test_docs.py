"""The verification example of docs/webhooks.md, with real messages."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as product

from batches.actions import make_webhook, rotate_secret
from batches.hooks.send import work_off
from batches.models import HookEvent
from batches.notify.notices import note
from tests.factories import make_batch, make_member
from tests.receiver import receiving

WORDS = Path(product.BASE_DIR / "docs/webhooks.md").read_text()
(EXAMPLE,) = re.findall(r"```python\n(.*?)```", WORDS, re.DOTALL)


def test_docs_describe_every_event() -> None:
    assert set(re.findall(r"^\| `([a-z.]+)` \|", WORDS, re.MULTILINE)) == set(HookEvent.values)


@pytest.mark.django_db(transaction=True)
def test_docs_example_verifies_our_messages(settings: Any) -> None:
    namespace: dict[str, Any] = {}
    exec(compile(EXAMPLE, "docs/webhooks.md", "exec"), namespace)
    batch = make_batch()
    with receiving() as receiver:
        settings.WEBHOOK_PRIVATE_HOSTS = frozenset({receiver.host})
        hook, old = make_webhook(
            connection=batch.connection,
            url=receiver.url,
            events=HookEvent.values,
            by=make_member(batch.connection, "editor"),
        )
        new = rotate_secret(webhook=hook)
        note(HookEvent.SYNCED, batch.pk)
        work_off(hook.pk)
    headers, body = receiver.came[0]
    header = headers["Reviewer-Signature"]
    assert [namespace["is_ours"](header, body, secret) for secret in (old, new, "other")] == [True, True, False]
    assert not namespace["is_ours"](header, body + b" ", new)
    assert not namespace["is_ours"]("", body, new)
    assert not namespace["is_ours"](header.replace("t=", "t=1"), body, new)

"""Messages for chats: the same facts as in our own format, as text for Slack and as an Adaptive Card for Teams."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from batches.models import HookEvent, HookFormat

TEST = "test"  # the type of a message that tells nothing, sent by hand
MAX_LINES, MAX_LINE = 10, 300  # characters
Message = dict[str, Any]  # in our own format


@dataclass(frozen=True, slots=True)
class ChatText:
    title: str
    lines: list[str]
    url: str


def in_format(hook_format: str, message: Message) -> Message:
    """The message in the format of a webhook."""
    if hook_format == HookFormat.SLACK:
        return _slack(chat_text(message))
    return _teams(chat_text(message)) if hook_format == HookFormat.TEAMS else message


def chat_text(message: Message) -> ChatText:
    batch, data = message["batch"], message["data"]
    name = batch["title"] if batch else data["connection"]
    title, *lines = TEXTS[message["type"]](name, data, batch)
    url = data.get("board") or data.get("url") or batch["url"]
    return ChatText(_line(title), [_line(line) for line in lines if line][:MAX_LINES], url)


def _line(text: str) -> str:
    """One line of plain text, cut where it is too long."""
    text = " ".join(text.split())
    return text if len(text) <= MAX_LINE else f"{text[: MAX_LINE - 1]}…"


def _slack(text: ChatText) -> Message:
    """Only `text`, which every receiver of this format reads."""
    lines = [f"*{_escaped(text.title)}*", *map(_escaped, text.lines), f"<{text.url}|Open in the reviewer>"]
    return {"text": "\n".join(lines)}


# Signs that format text, and ones that look alike: no escape is understood by every receiver of this format.
PLAIN_SIGNS = str.maketrans({"*": "\u2217", "~": "\u223c", "`": "\u02cb"})
UNDERLINES = re.compile(r"(?<![^\W_])_|_(?![^\W_])")  # those inside of a word format nothing, and ids have them
# Where an address is broken: chats make a link of one that nobody marked.
IN_ADDRESSES = re.compile(r"(?<=:)(?=//)|(?<=\bwww)(?=\.)", re.IGNORECASE)


def _escaped(text: str) -> str:
    """Text that makes no format, link, picture or mention of everybody in the chat."""
    text = UNDERLINES.sub("\u02cd", text.translate(PLAIN_SIGNS))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return IN_ADDRESSES.sub("\u200b", text.replace("](", "]\u200b(").replace("@", "@\u200b"))


def _teams(text: ChatText) -> Message:
    """A card whose texts are runs, in which nothing is formatted or becomes a link."""
    texts = [_run(text.title, weight="Bolder", size="Medium"), *map(_run, text.lines)]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
        "body": [{"type": "RichTextBlock", "inlines": [run]} for run in texts],
        "actions": [{"type": "Action.OpenUrl", "title": "Open in the reviewer", "url": text.url}],
    }  # fmt: skip
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _run(text: str, **style: str) -> Message:
    return {"type": "TextRun", "text": text, **style}


def _synced(name: str, data: Message, batch: Message) -> list[str]:
    result = "synced" if data.get("result") == "done" else "synced in part"
    counts = [(data.get("events_created"), "new"), (data.get("events_updated"), "changed"),
              (data.get("events_gone"), "removed upstream")]  # fmt: skip
    facts = ", ".join(f"{count} {noun}" for count, noun in counts if count) or "nothing changed"
    return [f"{name}: {result}", f"Events: {facts}", data.get("message", "")]


def _reviewed(name: str, data: Message, batch: Message) -> list[str]:
    counts = ", ".join(f"{count} {approval}" for approval, count in batch["counts"].items())
    by = data.get("set_by")
    return [f"{name} is reviewed", counts, f"Signed off by {by}" if by else ""]


def _decided(name: str, data: Message, batch: Message) -> list[str]:
    decisions = data["decisions"]
    each = Counter((decision["by"], decision["approval"]) for decision in decisions)
    noun = "decision" if len(decisions) == 1 else "decisions"
    return [
        f"{len(decisions)} {noun} in {name}",
        *(f"{by}: {n} {approval}" for (by, approval), n in sorted(each.items())),
    ]


def _exported(name: str, data: Message, batch: Message) -> list[str]:
    return [f"The download {data['file']} is ready", f"{data['rows']} rows, requested by {data['requested_by']}"]


def _expiring(name: str, data: Message, batch: Message) -> list[str]:
    until = datetime.fromisoformat(data["expires_at"])
    return [f"The results of {name} leave the vendor on {until:%-d %B %Y}", f"{data['pending']} pending"]


TEXTS: dict[str, Callable[[str, Message, Message], list[str]]] = {
    HookEvent.SYNCED: _synced,
    HookEvent.REVIEWED: _reviewed,
    HookEvent.DECIDED: _decided,
    HookEvent.EXPORTED: _exported,
    HookEvent.EXPIRING: _expiring,
    HookEvent.READY: lambda name, data, batch: [f"{name} is ready for review", f"{data['pending']} pending"],
    HookEvent.ASSIGNED: lambda name, data, batch: [
        f"{data['by']} assigned {data['events']} events of {name}", f"To {', '.join(data['people'])}",
    ],
    HookEvent.MENTIONED: lambda name, data, batch: [
        f"{data['by']} mentions {', '.join(data['people'])} on {data['label']} in {name}", data["text"],
    ],
    HookEvent.OPINIONS: lambda name, data, batch: [
        f"{data['by']} asks for {data['reviewers_per_event']} reviewers per event in {name}"
    ],
    TEST: lambda name, data, batch: [f"A test message of {name}", f"Sent by {data['by']}"],
    HookEvent.SYNC_FAILED: lambda name, data, batch: [f"The sync of {name} failed", data["message"]],
    HookEvent.WEEKLY: lambda name, data, batch: [f"The week of {name}", data["text"]],
    HookEvent.KEY_REFUSED: lambda name, data, batch: [f"The vendor refused the key of {name}", data["reason"]],
}  # fmt: skip

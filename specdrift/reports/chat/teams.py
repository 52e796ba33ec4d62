"""Microsoft Teams: a workflow "when a Teams webhook request is received", which takes an Adaptive Card.

Texts of documents and servers are in ``TextRun`` elements, which have no Markdown.
"""

from collections.abc import Mapping
from typing import Any

from specdrift.reports.chat.message import Message
from specdrift.reports.content.headline import SHOWN
from specdrift.reports.content.tone import Tone

_COLOURS: Mapping[Tone, str] = {Tone.GOOD: "good", Tone.BAD: "attention", Tone.WARN: "warning"}


def payload(message: Message) -> dict[str, Any]:
    """Return the members of the JSON object that the workflow takes."""
    colour = _COLOURS.get(SHOWN[message.standing][1], "default")
    body = [
        _block(_run(message.title, weight="bolder", size="medium", color=colour)),
        _block(_run(message.sentence)),
        *(_block(_run(f"{name}: ", weight="bolder"), _run(value)) for name, value in message.facts),
        *(
            _block(_run(f"{each.severity} ", weight="bolder"), _run(f"{each.title}: "), _run(each.where))
            for each in message.items
        ),
    ]
    body += [_block(_run(f"and {message.more:,} more"))] if message.more else []
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
    }
    if message.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Report", "url": message.link}]
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return {"type": "message", "attachments": [attachment]}


def _block(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _run(text: str, **style: str) -> dict[str, Any]:
    return {"type": "TextRun", "text": text, **style}

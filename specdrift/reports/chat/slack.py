"""Slack: an incoming webhook (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).

Texts of documents and servers are in ``rich_text`` blocks, whose elements Slack shows as they are: no mention, link or
emoji comes of them. The text of the notification is escaped as Slack asks.
"""

from typing import Any

from specdrift.reports.chat.message import Message

_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def payload(message: Message) -> dict[str, Any]:
    """Return the members of the JSON object that the webhook takes."""
    head = [_text(message.title, bold=True), _text(f"\n{message.sentence}")]
    facts = [
        part for name, value in message.facts for part in (_text(f"{name}: ", bold=True), _text(f"{value}\n"))
    ]
    sections = [_section(head), _section(facts)]
    if message.items:
        rows = [
            _section(
                [
                    _text(f"{each.severity} ", bold=True),
                    _text(f"{each.title}: "),
                    _text(each.where, code=True),
                ]
            )
            for each in message.items
        ]
        rows += [_section([_text(f"and {message.more:,} more")])] if message.more else []
        sections.append({"type": "rich_text_list", "style": "bullet", "elements": rows})
    if message.link:
        sections.append(_section([{"type": "link", "url": message.link, "text": "Report"}]))
    return {
        "text": message.title.translate(_ESCAPED),
        "blocks": [{"type": "rich_text", "elements": sections}],
    }


def _section(elements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": elements}


def _text(text: str, **style: bool) -> dict[str, Any]:
    """Return text; Slack refuses an empty one."""
    found: dict[str, Any] = {"type": "text", "text": text or "?"}
    return {**found, "style": style} if style else found

"""JSON for programs: the members of a message by their names."""

from typing import Any

from specdrift.reports.chat.message import Message

VERSION = 1
"""Raised when a member is renamed or removed."""


def payload(message: Message) -> dict[str, Any]:
    """Return the members of the JSON object."""
    return {
        "version": VERSION,
        "subject": message.subject,
        "verdict": message.standing.value,
        "sentence": message.sentence,
        "exit_status": message.exit_status,
        "moved": message.moved.value,
        "facts": dict(message.facts),
        "findings": [
            {"severity": each.severity, "title": each.title, "where": each.where} for each in message.items
        ],
        "more": message.more,
        "link": message.link,
    }

"""Messages to a chat or another program about a run. A new kind is one module and its line in ``PAYLOADS``."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from specdrift.reports.chat import generic, slack, teams
from specdrift.reports.chat.message import Message

PAYLOADS: Mapping[str, Callable[[Message], dict[str, Any]]] = {
    "generic": generic.payload,
    "slack": slack.payload,
    "teams": teams.payload,
}


def body(message: Message, kind: str) -> bytes:
    """Return the JSON text that the webhook of that kind takes. Raises KeyError for another kind."""
    return json.dumps(PAYLOADS[kind](message)).encode("ascii")

"""Reads the named texts of a JSON answer, as far as its excerpt has them. Pure."""

import json
import re
from collections.abc import Iterator
from itertools import islice

from specdrift.body.cut_json import completed

DEEPEST = 4
"""Levels of objects that are read."""
MOST_MEMBERS = 60
TOKEN = re.compile(r"[\w.~+/=-]{6,}", re.ASCII)
"""A token (RFC 6750 §2.1); shorter texts are codes and states."""


def texts_of(body: str) -> Iterator[tuple[str, str]]:
    """Yield name and text of the scalar members of a JSON object, without those of its lists."""
    waiting = [("", parsed(body), 0)]
    while waiting:
        name, node, depth = waiting.pop(0)
        if isinstance(node, dict) and depth < DEEPEST:
            waiting += [(str(key), one, depth + 1) for key, one in islice(node.items(), MOST_MEMBERS)]
        elif isinstance(node, str | int) and not isinstance(node, bool):
            yield name, str(node)


def parsed(body: str) -> object:
    """Return the value of a JSON object or array that may be cut off; ``None`` for another text."""
    if not body.lstrip().startswith(("{", "[")):
        return None
    for text in (body, completed(body)):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            continue
    return None


def plain_name(name: str) -> str:
    """Return a name in small letters, without signs."""
    return "".join(filter(str.isalnum, name)).lower()

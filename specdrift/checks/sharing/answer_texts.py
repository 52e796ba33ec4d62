"""Reads the named texts of a JSON answer, as far as its excerpt has them. Pure."""

import json
import re
from collections import deque
from collections.abc import Iterator
from itertools import islice

from specdrift.body.cut_json import completed

DEEPEST = 4
"""Levels of objects that are read."""
MOST_MEMBERS = 60
MOST_ELEMENTS = 40
"""Elements of a list that are read."""
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


def texts_of_elements(body: str) -> Iterator[tuple[int, str, str]]:
    """Yield the index, the name and the text of the scalar members of each element of a list, in the order of lists.

    Of an element of a list in a list the index is that in the outer one. Texts in lists have the name of the list.
    """
    waiting: deque[tuple[str, object, int, int | None]] = deque([("", parsed(body), 0, None)])
    while waiting:
        name, node, depth, index = waiting.popleft()
        if isinstance(node, dict) and depth < DEEPEST:
            deeper = depth + 1
            waiting += ((str(key), one, deeper, index) for key, one in islice(node.items(), MOST_MEMBERS))
        elif isinstance(node, list):
            elements = enumerate(islice(node, MOST_ELEMENTS))
            waiting += ((name, one, depth, number if index is None else index) for number, one in elements)
        elif index is not None and isinstance(node, str | int) and not isinstance(node, bool):
            yield index, name, str(node)


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

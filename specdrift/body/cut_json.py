"""A JSON text that was cut off, made whole: as much of it as there is. Pure."""

import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_CLOSING = {"{": "}", "[": "]"}


def completed(text: str) -> str:
    """The text up to its last whole member or element, with all brackets closed that are open there."""
    stack: list[str] = []
    end, open_there = 0, ""
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in _CLOSING:
            stack.append(_CLOSING[sign])
        elif sign in ("]", "}"):
            if not stack or stack.pop() != sign:
                break  # no JSON
        elif sign == ",":
            end, open_there = token.start(), "".join(reversed(stack))
    return text[:end] + open_there

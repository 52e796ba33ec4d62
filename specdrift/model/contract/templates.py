"""Path templates (OpenAPI, Path Templating), and whether a path is one of theirs.

Pure, and without a regular expression made from a template: one with several expressions in a segment tries all ways
to share the text among them, which takes a time that grows exponentially with their number.
"""

import re

EXPRESSION = re.compile(r"\{[^{}]*\}")
"""A template expression; what it stands for has no slash in it."""


def fits(template: str, path: str) -> bool:
    """Whether a path fits a template. Each expression stands for one character or more."""
    declared = EXPRESSION.sub("{}", template).split("/")
    given = path.split("/")
    return len(declared) == len(given) and all(map(_fits, declared, given))


def _fits(segment: str, text: str) -> bool:
    """Each fixed part is taken where it first leaves something to the expression before it."""
    head, *parts = segment.split("{}")
    if not parts:
        return head == text
    *between, tail = parts
    at = len(head)
    for part in between:
        found = text.find(part, at + 1)
        if found < 0:
            return False
        at = found + len(part)
    return text.startswith(head) and text.endswith(tail) and len(text) - len(tail) > at

"""Paths as they are put together: constants, ``concat!``, ``format!`` and ``+``, as far as all parts are known."""

import re
from collections.abc import Callable, Sequence

PIECE = re.compile(r"\{\{|\}\}|\{([A-Za-z_]\w*|\d+)?(?::[^{}]*)?\}")

Get = Callable[[str], str | None]


def format_text(pattern: str, positional: Sequence[str | None], named: Get) -> str | None:
    """What ``format!`` makes of a pattern; ``None`` where a part is not known.

    ``format_text("{}/{name}", ["/v1"], {"name": "x"}.get)`` is ``/v1/x``.
    """
    parts: list[str | None] = []
    at = following = 0
    for found in PIECE.finditer(pattern):
        parts.append(pattern[at : found.start()])
        at = found.end()
        if found[0] in ("{{", "}}"):
            parts.append(found[0][0])
            continue
        name = found[1]
        if name is None or name.isdecimal():
            place = int(name) if name else following
            following += name is None
            parts.append(positional[place] if place < len(positional) else None)
        else:
            parts.append(named(name))
    parts.append(pattern[at:])
    return None if None in parts else "".join(part or "" for part in parts)

"""Wildcards (apr_fnmatch) and expressions that names, paths and values are compared with."""

import re

from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled


def searched(pattern: str, text: str) -> bool:
    """Return whether an expression occurs in a text. Raises Undetermined."""
    try:
        return compiled(pattern).search(text) is not None
    except UnsupportedPattern as error:
        raise Undetermined(str(error)) from None


def fnmatched(pattern: str, text: str, *, slash: bool, ignore_case: bool = False) -> bool:
    """Compare with wildcards; with ``slash``, they match no slash. Raises Undetermined."""
    if "[" in pattern or "\\" in pattern:
        raise Undetermined(f"the wildcards {pattern}")
    one = "[^/]" if slash else "."
    written = "".join({"*": f"{one}*", "?": one}.get(letter, re.escape(letter)) for letter in pattern)
    return searched(f"(?{'si' if ignore_case else 's'})^{written}$", text)

"""Suggests the correct spelling of a word."""

from collections.abc import Iterable
from itertools import islice

_MOST = 200


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the most similar known word, ignoring case; empty if none is similar."""
    from difflib import get_close_matches

    by_lower = {one.lower(): one for one in islice(known, _MOST)}
    found = get_close_matches(word.lower()[:80], by_lower, n=1, cutoff=0.7)
    return by_lower[found[0]] if found else ""


def hint(word: str, known: Iterable[str]) -> str:
    """Return `` Did you mean "x"?``, or an empty string."""
    found = nearest(word, known)
    return f' Did you mean "{found}"?' if found else ""

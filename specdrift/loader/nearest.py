"""Finds the word that was meant."""

from collections.abc import Iterable
from itertools import islice

_MOST = 200


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is most like this one, case aside; empty when none is."""
    from difflib import get_close_matches

    by_lower = {one.lower(): one for one in islice(known, _MOST)}
    found = get_close_matches(word.lower()[:80], by_lower, n=1, cutoff=0.7)
    return by_lower[found[0]] if found else ""


def hint(word: str, known: Iterable[str]) -> str:
    """`` Did you mean "x"?``, or nothing."""
    found = nearest(word, known)
    return f' Did you mean "{found}"?' if found else ""

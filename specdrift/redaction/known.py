"""The secrets that this process has read. Messages for a terminal or a log do not show them."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specdrift.redaction.search import SecretSearch

MOST = 2000
"""Secrets that are remembered; the latest of a process that checks many services."""

_known: dict[str, None] = {}


def remember(secrets: Iterable[str]) -> None:
    """Hide these secrets in every later message."""
    for secret in secrets:
        _known.pop(secret, None)
        _known[secret] = None
    for oldest in list(_known)[:-MOST]:
        del _known[oldest]


def forget() -> None:
    """Forget all of them: those of one test are ordinary words in another."""
    _known.clear()


def without_secrets(text: str) -> str:
    """Return a message without the secrets that this process has read."""
    return _search(tuple(_known)).hide(text) if _known else text


@lru_cache(maxsize=1)
def _search(secrets: tuple[str, ...]) -> "SecretSearch":
    from specdrift.redaction.search import SecretSearch  # not for a help text: there is nothing to hide yet

    return SecretSearch(secrets)

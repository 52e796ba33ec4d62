"""The secrets that a run has read. Messages for a terminal or a log do not show them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specdrift.redaction.search import SecretSearch

MOST = 2000
"""Secrets that are remembered; the latest of a process that makes many runs."""

_Known = dict[str, None]

_of_process: _Known = {}
"""Of a command, whose process is one run."""
_of_run: ContextVar[_Known] = ContextVar("secrets of the run", default=_of_process)
"""Messages are made in many places, also by loggers of libraries, to which no value can be handed. The threads and
tasks of a run inherit its context; another run in the process has another one."""


@contextmanager
def secrets_of_one_run() -> Iterator[None]:
    """Keep the secrets of what runs inside apart from those of other runs in this process, and forget them after it."""
    token = _of_run.set({})
    try:
        yield
    finally:
        _of_run.reset(token)


def remember(secrets: Iterable[str]) -> None:
    """Hide these secrets in every later message of the run."""
    known = _of_run.get()
    for secret in secrets:
        known.pop(secret, None)
        known[secret] = None
    for oldest in list(known)[:-MOST]:
        del known[oldest]


def forget() -> None:
    """Forget all of them: those of one test are ordinary words in another."""
    _of_run.get().clear()


def without_secrets(text: str) -> str:
    """Return a message without the secrets that the run has read."""
    known = _of_run.get()
    return _search(tuple(known)).hide(text) if known else text


@lru_cache(maxsize=1)
def _search(secrets: tuple[str, ...]) -> "SecretSearch":
    from specdrift.redaction.search import SecretSearch  # not for a help text: there is nothing to hide yet

    return SecretSearch(secrets)

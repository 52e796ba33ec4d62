"""Recognizes operations that may destroy more than one resource of a test. Pure.

The words only add caution: an operation with one of them is not sent without ``allow-destructive``. One without any may
destroy things all the same.
"""

import re
from collections.abc import Iterator

from specdrift.checks.core.base import SAFE_METHODS
from specdrift.checks.core.undecided import ALLOW_DESTRUCTIVE, Undecided
from specdrift.model.contract.operation import Operation
from specdrift.model.result.reasons import UndecidedReason

METHODS = frozenset({"DELETE"})
WORDS = frozenset(
    {
        *("abort", "archive", "cancel", "clean", "cleanup", "clear", "compact", "deactivate", "defrag"),
        *("defragment", "delete", "deregister", "destroy", "detach", "disable", "drain", "drop", "erase"),
        *("evict", "expire", "factory", "failover", "flush", "format", "halt", "invalidate", "kill"),
        *("poweroff", "prune", "purge", "reboot", "recreate", "reimage", "reinitialize", "reinstall"),
        *("rekey", "remove", "reset", "restart", "restore", "revert", "revoke", "rollback", "rotate"),
        *("seal", "shred", "shrink", "shutdown", "stop", "suspend", "terminate", "truncate", "unbind"),
        *("uninstall", "unmount", "unregister", "wipe"),
    }
)
"""Hints in path, operationId and summary; ``disabled`` and ``wipes`` count as well."""
NEEDS_A_WORD = Undecided(
    kind=UndecidedReason.NOT_SENT,
    reason="it looks destructive, and is not sent",
    advice=ALLOW_DESTRUCTIVE,
)

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_PARAMETER = re.compile(r"\{[^{}]*\}")
_LONGEST = 2000
"""Characters of a text that are searched."""


def is_destructive(operation: Operation) -> bool:
    """Return whether an operation has an unsafe method and looks destructive."""
    texts = (operation.operation_id, operation.summary)
    return looks_destructive(operation.key.method, operation.key.path, *texts)


def looks_destructive(method: str, path: str, *texts: str) -> bool:
    """Return whether a request with this method and path may destroy something."""
    if method in METHODS:
        return True
    return method not in SAFE_METHODS and has_hint(path, *texts)


def has_hint(path: str, *texts: str) -> bool:
    """Return whether a path or a text about it has one of the words."""
    fixed = _PARAMETER.sub(" ", path[:_LONGEST])
    return any(not WORDS.isdisjoint(_forms(word)) for text in (fixed, *texts) for word in _words(text))


def _words(text: str) -> Iterator[str]:
    """Yield the words of a text, ``camelCase`` and ``snake_case`` included, in lower case."""
    return (found[0].lower() for found in _WORD.finditer(text[:_LONGEST]))


def _forms(word: str) -> Iterator[str]:
    """Yield a verb without the endings of its other forms."""
    yield word
    for ending in ("s", "es", "d", "ed", "ing"):
        if word.endswith(ending):
            stem = word.removesuffix(ending)
            yield from (stem, f"{stem}e", stem[:-1])

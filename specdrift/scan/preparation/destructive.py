"""Recognizes operations that may destroy more than one resource of a test. Pure.

The words only add caution: an operation with one of them is not sent without ``allow-destructive``. One without any may
destroy things all the same. PUT replaces the whole state of its target (RFC 9110 §9.3.4): without stated content
it destroys what is there.
"""

import re
from collections.abc import Iterator

from specdrift.checks.core.base import DESTRUCTIVE, REMOVING, REPLACING, SAFE_METHODS
from specdrift.checks.core.undecided import ALLOW_DESTRUCTIVE, ALLOW_REPLACING, Undecided
from specdrift.model.contract.operation import MADE_UP, Operation
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.reasons import UndecidedReason

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
NEEDS_CONTENT = Undecided(
    kind=UndecidedReason.NOT_SENT,
    reason="PUT would replace what is there by a made-up body, and is not sent",
    advice=ALLOW_REPLACING,
)

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_PARAMETER = re.compile(r"\{[^{}]*\}")
_LONGEST = 2000
"""Characters of a text that are searched."""


def destroys(operation: Operation, mode: UnsafeMethods) -> Undecided | None:
    """Return why an operation looks destructive if it is probed in a mode."""
    method, path = operation.key.method, operation.key.path
    texts = (operation.operation_id, operation.summary)
    if method in SAFE_METHODS:
        return NEEDS_A_WORD if commands(path, *texts) else None
    if method in REMOVING or has_hint(path, *texts):
        return NEEDS_A_WORD
    stated = operation.body is not None and operation.body.source not in MADE_UP
    replaces = mode is UnsafeMethods.SEND and method in REPLACING and not stated
    return NEEDS_CONTENT if replaces else None


def looks_destructive(method: str, path: str, *texts: str) -> bool:
    """Return whether a request without stated content may destroy something."""
    if method in DESTRUCTIVE:
        return True
    return commands(path, *texts) if method in SAFE_METHODS else has_hint(path, *texts)


def commands(path: str, operation_id: str = "", summary: str = "") -> bool:
    """Return whether a request with a method that reads is named as a command that destroys: ``GET /items/7/delete``.

    The words of WORDS are nouns and adjectives as well (``/archive``, ``/reset-tokens``), so that only an imperative
    counts: in the last fixed segment, at the beginning of the operationId or of the summary. The whole segment needs no
    second sign unless another text begins with something else; a part of one does.
    """
    last = list(_words(_last_fixed(path[:_LONGEST])))
    named = list(_words(operation_id.rpartition("/")[2]))
    named_so = named[:1] and not WORDS.isdisjoint({named[0], named[-1]})
    described_so = any(not WORDS.isdisjoint(_forms(word)) for word in list(_words(summary))[:1])
    begins = bool(last) and last[0] in WORDS
    if begins and len(last) == 1:
        return named_so or described_so or not (named or summary)
    if begins:
        return bool(named[:1] and named[0] in WORDS) or (described_so and not named)
    return bool(named[:1]) and named[0] in WORDS and not _names_a_thing(path, named[0])


def _names_a_thing(path: str, word: str) -> bool:
    """Return whether a path has a word in some form: ``archives`` are what ``archiveList`` lists."""
    fixed = _PARAMETER.sub(" ", path[:_LONGEST])
    return any(word in _forms(one) for one in _words(fixed))


def _last_fixed(path: str) -> str:
    segments = (part for part in reversed(path.split("/")) if part and not _PARAMETER.fullmatch(part))
    return _PARAMETER.sub(" ", next(segments, ""))


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

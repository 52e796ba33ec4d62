"""What headers of items say: types and traits of implementations, imports, and parameters of functions.

``None`` stands for what it takes the tree to know.
"""

import re
from functools import lru_cache

from msgspec import Struct

ANGLES = re.compile(rb"->|=>|[<>(){}\[\]]")
WHERE = re.compile(rb"\bwhere\b")
FOR = re.compile(rb"\bfor\b")
_NAME = rb"(?:r\#)?[\w\x80-\xff]+"
PATH = re.compile(
    rb"\s*(?:&\s*(?:'\w+\s*)?(?:mut\s+)?)*((?:" + _NAME + rb"\s*::\s*)*(" + _NAME + rb"))\s*(?:<.*>)?\s*",
    re.DOTALL,
)
"""A type, also by reference, or a trait."""
NO_PATHS = frozenset({b"dyn", b"impl", b"fn", b"unsafe", b"extern", b"for", b"const", b"mut", b"_"})
TOKEN = re.compile(_NAME + rb"|::|[^\s]")
WORD = re.compile(_NAME)
DEEPEST = 40
"""Maximum depth of nested lists of imports."""
SELF = re.compile(rb"(?:&\s*(?:'\w+\s*)?)?(?:mut\s+)?self\s*(?=[,:]|\Z)")
CLOSING = frozenset({b">", b")", b"]", b"}"})

Import = tuple[str, tuple[str, ...]]


class ImplementationNames(Struct, frozen=True):
    """What an implementation is of."""

    owner: str
    """The last name of the type."""
    trait: str
    """The last name of the trait; empty without one."""
    for_parameter: bool
    """The type may be a type parameter."""


@lru_cache(maxsize=1 << 15)  # asked for where names are looked for, and again where the items are taken
def implementation_names(header: bytes) -> ImplementationNames | None:
    """Return the names in what follows ``impl``."""
    header = header.lstrip()
    own, rest = b"", header
    if header.startswith(b"<"):
        end = _closing(header)
        if end is None:
            return None
        own, rest = header[:end], header[end:]
    rest = WHERE.split(rest, maxsplit=1)[0]
    before, *after = FOR.split(rest)
    if len(after) > 1 or (after and after[0].lstrip().startswith(b"<")):
        return None
    trait = _last_name(before.lstrip().removeprefix(b"!")) if after else ""
    owner = _last_name(after[0] if after else before)
    if owner is None or trait is None:
        return None
    return ImplementationNames(owner, trait, owner.encode() in WORD.findall(own))


def _last_name(path: bytes) -> str | None:
    found = PATH.fullmatch(path)
    first = WORD.match(found[1]) if found is not None else None
    if found is None or first is None or first[0] in NO_PATHS:
        return None
    return found[2].decode("utf-8", "replace")


def _closing(header: bytes) -> int | None:
    """Return where the bracket closes that a text begins with."""
    depth = 0
    for found in ANGLES.finditer(header):
        one = found[0]
        if len(one) == 1:
            depth += -1 if one in CLOSING else 1
            if one == b"{" or depth < 0:
                return None
        if not depth:
            return found.end()
    return None


def imports(header: bytes) -> list[Import] | None:
    """Return the aliases and paths in what follows ``use``."""
    tokens = [one.decode("utf-8", "replace") for one in TOKEN.findall(header)]
    found: list[Import] = []
    at = _imported(tokens, 0, (), found)
    return found if at == len(tokens) else None


def _imported(
    tokens: list[str], at: int, before: tuple[str, ...], found: list[Import], depth: int = 0
) -> int:
    """Add what a part of a ``use`` imports; return where it ends, or -1 if it is not known."""
    path = before
    while at < len(tokens):
        one = tokens[at]
        at += 1
        if one == "::":
            continue
        if one == "*":
            found.append(("*", path))
            return at
        if one == "{":
            return _listed(tokens, at, path, found, depth)
        if not (one[0].isalnum() or one[0] == "_" or one[0] >= "\x80"):
            return -1
        path = (*path, one)
        if tokens[at : at + 1] == ["as"]:
            found.extend((alias, path) for alias in tokens[at + 1 : at + 2])
            return at + 2
        if tokens[at : at + 1] != ["::"]:
            if one != "self" or path != (*before, "self"):
                found.append((path[-1], path))
            elif before:
                found.append((before[-1], before))
            return at
    return -1


def _listed(tokens: list[str], at: int, path: tuple[str, ...], found: list[Import], depth: int) -> int:
    while 0 <= at < len(tokens) and depth < DEEPEST:
        if tokens[at] == "}":
            return at + 1
        at = at + 1 if tokens[at] == "," else _imported(tokens, at, path, found, depth + 1)
    return -1


class Parameters(Struct, frozen=True):
    """What a function takes."""

    itself: bool
    others: bool
    changes: bool
    """``mut self``, also by reference."""
    returns: str
    """The type that it returns; empty without one."""


def parameters_in(header: bytes) -> Parameters | None:
    """Return what a function takes and returns, by what stands between its name and its body."""
    header = header.lstrip()
    if header.startswith(b"<"):
        end = _closing(header)
        if end is None:
            return None
        header = header[end:].lstrip()
    end = _closing(header) if header.startswith(b"(") else None
    inner = header[1 : end - 1].strip() if end is not None else b"#"
    if b"#" in inner or b"{" in inner:
        return None
    after = WHERE.split(header[end:], maxsplit=1)[0].strip()
    returns = after.removeprefix(b"->").strip().decode("utf-8", "replace")
    own = SELF.match(inner)
    if own is None:
        return Parameters(itself=False, others=bool(inner), changes=False, returns=returns)
    more, changes = _has_more(inner, own.end()), b"mut self" in inner
    return Parameters(itself=True, others=more, changes=changes, returns=returns)


def _has_more(inner: bytes, at: int) -> bool:
    """Return whether parameters follow the first one."""
    depth = 0
    for found in re.finditer(rb"->|=>|[<>()\[\],]", inner[at:]):
        one = found[0]
        if one == b"," and not depth:
            return bool(inner[at + found.end() :].strip())
        if len(one) == 1 and one != b",":
            depth += -1 if one in CLOSING else 1
    return False

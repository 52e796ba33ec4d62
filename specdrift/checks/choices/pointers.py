"""Values of open operations' inputs that point at guarded operations: a path, a name, or what their answers have. Pure.

A preview, a batch, a search or an export that is open calls a handler of another operation by what its input names. The
document shows one harmless value, and no other one is offered.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum, auto

from msgspec import Struct

from specdrift.body.placed import LEAF, leaves
from specdrift.checks.core.base import PlannedOperation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.templates import EXPRESSION

MOST_MEMBERS = 12
NUMBERED = re.compile(r"[A-Za-z]{0,4}[-_]?\d{1,9}")
"""Identifiers that can be counted up. A long random one may itself be the credential of a link."""
MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
TEXT = re.compile(r"[^\W\d_]{4,30}")
"""The first word of a name."""
NAME = re.compile(r"[A-Za-z_]\w{0,60}")
"""A name as GraphQL has them (§2.1.9)."""
SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,5}\Z")
SELECTION = re.compile(r"\s{0,20}(?:query\b[^{]{0,200}|mutation\b[^{]{0,200})?\{")
"""How a GraphQL document begins."""


class PointerKind(Enum):
    """How a value points at an operation."""

    PATH = auto()
    URL = auto()
    NAME = auto()
    IDENTIFIER = auto()
    MAIL = auto()
    TEXT = auto()
    MEMBERS = auto()
    SELECTION = auto()
    WORD = auto()


WORDS = ("latest", "all", "*")
"""What names any resource, or every one."""

FORMS: Mapping[PointerKind, Callable[[str], re.Match[str] | None]] = {
    PointerKind.IDENTIFIER: NUMBERED.fullmatch,
    PointerKind.MAIL: MAIL.fullmatch,
    PointerKind.TEXT: TEXT.match,
}
"""How values of the guarded answers themselves are recognised."""


class PointingValue(Struct, frozen=True, kw_only=True):
    """A value that points at a guarded operation."""

    kind: PointerKind
    text: str
    operation: OperationKey


def shape_of(now: str) -> PointerKind | None:
    """Return the kind of pointer that a documented value resembles; ``None`` if it has no form of its own."""
    if "://" in now:
        return PointerKind.URL
    if "/" in now:
        return PointerKind.PATH
    return PointerKind.SELECTION if SELECTION.match(now) else None


def pointers(planned: PlannedOperation, origin: str, texts: Iterable[str]) -> Iterator[PointingValue]:
    """Yield the values that point at a guarded operation. ``texts`` are the bodies of its answers."""

    def pointer(kind: PointerKind, text: str) -> PointingValue:
        return PointingValue(kind=kind, text=text, operation=planned.key)

    operation, target = planned.operation, planned.request.target.partition("?")[0]
    inner = operation.target.partition("?")[0]
    yield pointer(PointerKind.PATH, inner)
    if target != inner:
        yield pointer(PointerKind.PATH, target)
    yield pointer(PointerKind.URL, origin + target)
    fixed = [part for part in planned.key.path.split("/") if part and not EXPRESSION.search(part)]
    names = (*fixed[-1:], operation.operation_id, *operation.tags[:1])
    yield from (pointer(PointerKind.NAME, name) for name in dict.fromkeys(names) if name)
    entries: Iterator[list[tuple[str, str]]] = filter(None, map(_first_entry, texts))
    own = next(entries, [])
    for kind, form in (
        (PointerKind.IDENTIFIER, NUMBERED),
        (PointerKind.MAIL, MAIL),
        (PointerKind.TEXT, TEXT),
    ):
        match = form.match if kind is PointerKind.TEXT else form.fullmatch
        found = next((hit[0] for _, leaf in own if not LEAF.fullmatch(leaf) and (hit := match(leaf))), "")
        if found:
            yield pointer(kind, found)
    members = list(dict.fromkeys(member for member, _ in own if NAME.fullmatch(member)))[:MOST_MEMBERS]
    if members:
        yield pointer(PointerKind.MEMBERS, ",".join(members))
    if members and fixed and NAME.fullmatch(fixed[-1]):
        yield pointer(PointerKind.SELECTION, f"{{ {fixed[-1]} {{ {' '.join(members)} }} }}")


def _first_entry(text: str) -> list[tuple[str, str]]:
    """Return the members of the first entry of a list, else of the object, in their order."""
    found = leaves(text)[::-1]
    in_lists = [(place, leaf) for place, leaf in found if place.entry]
    first = in_lists[0][0].entry if in_lists else None
    return [(place.member, leaf) for place, leaf in found if place.entry == first]


def ranked(pointing: Sequence[PointingValue], now: str, *, several: bool) -> Iterator[PointingValue]:
    """Yield what resembles the documented value first, for each operation; of every other kind one.

    A GraphQL document is replaced by others alone, and nothing else by one. ``several``: it is a list, maybe one of
    members.
    """
    shape = shape_of(now)
    if shape is PointerKind.SELECTION:
        yield from (each for each in pointing if each.kind is shape)
        return
    usable = [each for each in pointing if each.kind is not PointerKind.SELECTION]
    kinds: list[PointerKind] = [shape or PointerKind.NAME, *([PointerKind.MEMBERS] if several else ())]
    first: dict[tuple[object, ...], PointingValue] = {}
    for each in sorted(usable, key=lambda each: kinds.index(each.kind) if each.kind in kinds else len(kinds)):
        first.setdefault((each.kind, each.operation) if each.kind in kinds else (each.kind,), each)
    yield from first.values()
    yield from (each for each in usable if each.kind in kinds and each not in first.values())


def words_for(pointing: Sequence[PointingValue], now: str) -> Iterator[PointingValue]:
    """Yield the words that may name what is guarded, in the place of a name."""
    if pointing and shape_of(now) is None:
        for word in WORDS:
            yield PointingValue(kind=PointerKind.WORD, text=word, operation=pointing[0].operation)


def as_shown(pointer: PointingValue, now: str) -> str:
    """Return the text of a pointer as the document writes such values: with the ending of a file, without a slash."""
    if pointer.kind in (PointerKind.NAME, PointerKind.WORD):
        return pointer.text + "".join(SUFFIX.findall(now))
    if pointer.kind is PointerKind.PATH and "/" in now and not now.startswith("/"):
        return pointer.text.lstrip("/")
    return pointer.text

"""Finds the code that the programs of some modules may run, by name only: from ``main`` to everything it names.

It overestimates: a name in a text or a comment counts, and each method that other packages may call does if its type is
named. Code that is not reached is named nowhere.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct, field

from specdrift.source.go.language.go_files import below, parts
from specdrift.source.go.language.go_packages import variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tree_sitter import Node

    from specdrift.source.go.language.go_files import GoFile
    from specdrift.source.go.language.go_packages import GoFunction, GoPackage

NAMES = re.compile(rb"(?:\b([A-Za-z_]\w*)\s*\.\s*)?\b([A-Za-z_]\w*)")
VARIABLES = frozenset({"var_declaration", "const_declaration"})
Key = tuple[str, str]
"""The path of a package and a name of it."""


class DeclaredCode(Struct, frozen=True, eq=False):
    """A function, method, type, variable or constant."""

    name: str
    path: str
    """Of its package."""
    file: GoFile
    node: Node
    receiver: str = ""
    """The name of a method's type."""
    made: bool = False
    """It is a variable that a call may make."""

    @property
    def code(self) -> bytes:
        return self.file.content[self.node.start_byte : self.node.end_byte]

    @property
    def is_internal(self) -> bool:
        """Whether it is a method that only its package can call."""
        return bool(self.receiver) and not self.name[:1].isupper()


class GoReachability(Struct, eq=False):
    """The code that some functions reach."""

    spans: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    """The bytes of the code, by file."""
    everything: bool = False
    """Nothing is known to run: all code may."""

    @classmethod
    def of(cls, packages: Iterable[GoPackage], entries: Iterable[GoFunction] = ()) -> GoReachability:
        """Find what the programs, what is run at their start, and some functions reach."""
        every = list(packages)
        mains = [one.declare().functions.get("main") for one in every if one.name == "main"]
        first = {one.node.id for one in (*mains, *entries) if one is not None}
        if not first:
            return cls(everything=True)
        declared = [one for package in every for one in _declared(package.declare())]
        return cls(_reached(declared, [one for one in declared if one.node.id in first or _starts(one)]))

    def runs_at(self, file: str, at: int) -> bool:
        """Return whether any code runs that is at a byte of a file."""
        return self.everything or any(start <= at < end for start, end in self.spans.get(file, ()))


def _reached(
    declared: Iterable[DeclaredCode], waiting: list[DeclaredCode]
) -> dict[str, list[tuple[int, int]]]:
    by_name: dict[Key, list[DeclaredCode]] = defaultdict(list)
    for one in declared:
        by_name[one.path, one.receiver or one.name].append(one)
        if one.is_internal:
            by_name["", one.name].append(one)
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    done: set[int] = set()
    named: set[Key] = set()
    while waiting:
        one = waiting.pop()
        if one.node.id in done:
            continue
        done.add(one.node.id)
        spans[one.file.name].append((one.node.start_byte, one.node.end_byte))
        for key in _named(one) - named:
            named.add(key)
            waiting += [
                other
                for other in by_name.get(key, ())
                if not other.is_internal or {(other.path, other.receiver), ("", other.name)} <= named
            ]
    return spans


def _named(one: DeclaredCode) -> set[Key]:
    """Return the names that code has: of its own package, of others, and of methods."""
    found: set[Key] = set()
    dotted = one.file.imports.get(".")
    for before, name in set(NAMES.findall(one.code)):
        around, own = before.decode(), name.decode()
        paths = [one.file.imports.get(around, "")] if around else [one.path, *([dotted] if dotted else [])]
        found |= {(path, own) for path in paths} | {("", own)}
        found |= {(one.path, around)} if around else set()
    return found


def _starts(one: DeclaredCode) -> bool:
    """Return whether code runs when a program starts: an ``init``, or a variable that a call makes."""
    return one.made or (one.name == "init" and not one.receiver)


def _declared(package: GoPackage) -> Iterator[DeclaredCode]:
    for function in (*package.functions.values(), *package.initializers):
        yield DeclaredCode(function.name, package.path, function.file, function.node)
    for methods in package.methods.values():
        for one in methods.values():
            yield DeclaredCode(one.name, package.path, one.file, one.node, one.receiver)
    for kind in package.types.values():
        yield DeclaredCode(kind.name, package.path, kind.file, kind.node)
    # Of several variables without a name, the package has the last one.
    blocks = ((node, file) for file in package.files for node in parts(file.root))
    of_package = (one for node, file in blocks if node.type in VARIABLES for one in variables(node, file))
    for variable in of_package:
        node = variable.value if variable.value is not None else variable.kind
        if node is not None:
            called = any(one.type == "call_expression" for one in below(node))
            yield DeclaredCode(variable.name, package.path, variable.file, node, made=called)

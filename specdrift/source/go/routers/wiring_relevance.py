"""Which functions may have to do with routers: they name something of it, or a function that may."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct, field

from specdrift.source.go.language.go_files import GoFile, code_of, part

if TYPE_CHECKING:
    from specdrift.source.go.language.go_packages import GoFunction, GoPackage

SHORT = 400
"""Bytes of a function that is followed in any case: it may return a path or a part of the configuration."""
ROUTING = re.compile(
    rb"http\.Handler|http\.Server\b|\bchi\.|\bgin\.|ServeMux|ListenAndServe|ServeTLS|\.Serve\(|HandleFunc|\.Handle\("
    rb"|tls\.Config|tls\.Listen|tls\.NewListener|net\.Listen|ClientAuth"
    rb"|\.(?:GET|POST|PUT|DELETE|PATCH|Mount|Route|Group|MethodFunc|Run|RunTLS)\("
    rb"|\.(?:Get|Post|Put|Patch|Delete|Head|Options|Use|With)\([^()\n]*,"
)
"""Code that makes, fills or serves a router."""
MADE = re.compile(r"\bfunc\b|Handler|Middleware")
"""Results that may be handlers."""
NAME = re.compile(rb"(?:\b([A-Za-z_]\w*)\.)?\b([A-Za-z_]\w*)")
Key = tuple[str, str]
"""A package and the name of a function; of a method, no package."""


class CodePart(Struct, frozen=True, eq=False):
    """The code of a function or of a variable."""

    key: Key
    code: bytes
    file: GoFile
    path: str
    """The package."""
    function: GoFunction | None = None

    @property
    def makes_functions(self) -> bool:
        """Whether a function returns functions or handlers."""
        result = part(self.function.node, "result") if self.function is not None else None
        return MADE.search(code_of(result)) is not None


class WiringRelevance(Struct):
    """The functions of a program that may have to do with routers."""

    relevant: set[int] = field(default_factory=set)
    """Their ids."""

    @staticmethod
    def of(packages: list[GoPackage]) -> WiringRelevance:
        """Find the functions: those that name something of routers, and what names them."""
        naming: dict[Key, list[CodePart]] = defaultdict(list)
        waiting: list[CodePart] = []
        for package in packages:
            for one in _parts(package):
                for key in _named(one):
                    naming[key].append(one)
                if ROUTING.search(one.code) or one.makes_functions:
                    waiting.append(one)
        found = WiringRelevance()
        done: set[int] = set()
        while waiting:
            one = waiting.pop()
            if id(one) not in done:
                done.add(id(one))
                found.relevant |= {id(one.function)} if one.function is not None else set()
                waiting += naming.get(one.key, [])
        return found

    def matters(self, function: GoFunction) -> bool:
        """Return whether a function may have to do with routers, or is short."""
        body = part(function.node, "body")
        return id(function) in self.relevant or body is None or body.end_byte - body.start_byte < SHORT


def _parts(package: GoPackage) -> Iterator[CodePart]:
    package.declare()
    for function in package.functions.values():
        yield _of_function(function, (package.path, function.name))
    for methods in package.methods.values():
        yield from (_of_function(method, ("", method.name)) for method in methods.values())
    for variable in package.variables.values():
        if variable.value is not None:
            yield CodePart(
                (package.path, variable.name), code_of(variable.value).encode(), variable.file, package.path
            )


def _of_function(function: GoFunction, key: Key) -> CodePart:
    code = function.file.content[function.node.start_byte : function.node.end_byte]
    return CodePart(key, code, function.file, function.package.path, function)


def _named(one: CodePart) -> set[Key]:
    """Return the functions, methods and variables that code may name."""
    found: set[Key] = set()
    imports = one.file.imports
    for before, name in set(NAME.findall(one.code)):
        around, own = before.decode(), name.decode()
        path = imports.get(around, "") if around else one.path
        found.add((path, own))
    return found

"""Calls whose function is chosen when the service runs, or by a type parameter: those of traits of the crates."""

from collections.abc import Iterator
from itertools import islice

from msgspec import Struct, field
from tree_sitter import Node

from specdrift.source.axum.guards.access_profiles import (
    DEEPEST,
    EXTRACTING,
    NOTHING,
    AccessProfile,
    AccessProfiles,
    total,
)
from specdrift.source.axum.guards.composed_extractors import derived_parts
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.syntax import path_of, text

MARKS = (b"peer_cert", b"Cert", b"X509", b"xtension", b"ConnectInfo")
"""One of them occurs in a file with a function that asks for the certificate of a request."""
MOST = 40
"""Functions of one name that are looked at."""


class ChosenMethods(Struct, frozen=True, eq=False):
    """Profiles code with every implementation that its calls may mean."""

    profiles: AccessProfiles
    _known: dict[int, AccessProfile] = field(default_factory=dict)

    def of_extractor(self, kind: Node, module: RustModule) -> AccessProfile:
        """Profile an extractor of the crates."""
        path = path_of(kind)
        found = self.profiles.methods_of(path[-1], EXTRACTING, module) if path else ()
        parts = derived_parts(self.profiles.names.resolve(path, module)) if path else ()
        every = [self.of(item.node, item.module) for item in found]
        every += (
            self.of_extractor(*self.profiles.types.meant(one.kind, one.module))
            for one in parts
            if not one.via
        )
        return total(every)

    def of(self, code: Node, module: RustModule, depth: int = 0) -> AccessProfile:
        """Profile a piece of code."""
        if code.id not in self._known:
            self._known[code.id] = NOTHING
            found = [self.profiles.of_node(code, module)]
            called = (*self.profiles.called(code, module), *self._implementations(code, module))
            for item in called if depth < DEEPEST else ():
                found += (self.profiles.of_item(item), self.of(item.node, item.module, depth + 1))
            self._known[code.id] = total(found)
        return self._known[code.id]

    def _implementations(self, code: Node, module: RustModule) -> Iterator[RustItem]:
        """Yield the methods of traits of the crates that calls may mean."""
        names = dict.fromkeys(_called(one, module) for one in syntax.named_descendants(code))
        for name in filter(None, names):
            for item in islice(self.profiles.index.each_method(name, MARKS), MOST):
                if item.has_body and self._is_of_own_trait(item):
                    yield item

    def _is_of_own_trait(self, item: RustItem) -> bool:
        if item.in_trait:
            return True
        declared = self.profiles.names.resolve((item.trait,), item.module) if item.trait else None
        return isinstance(declared, RustItem) and declared.kind == "trait"


def _called(node: Node, module: RustModule) -> str:
    """Return the name that a call chooses by a value, a type parameter or a trait; empty for other nodes."""
    if node.type != "call_expression":
        return ""
    callee = syntax.field(node, "function")
    if callee is not None and callee.type == "generic_function":
        callee = syntax.field(callee, "function")
    if callee is not None and callee.type == "field_expression":
        return text(syntax.field(callee, "field"))
    path = path_of(callee)
    owner = path[-2] if len(path) > 1 else ""
    known = module.items.get(owner)
    chosen = owner[:1].isupper() and owner not in module.uses and (known is None or known.kind == "trait")
    return path[-1] if chosen else ""

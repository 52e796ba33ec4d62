"""The associated items of types: their own, and those of their traits."""

from collections.abc import Iterator

from msgspec import Struct, field
from tree_sitter import Node

from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.macro_items import widen
from specdrift.source.rust.name_resolver import NameResolver
from specdrift.source.rust.syntax import field as part
from specdrift.source.rust.syntax import path_of, plain, text, type_arguments

TYPES = frozenset({"struct", "enum"})
ALIASES = 5
"""Maximum length of a chain of type aliases."""


class TypeMembers(Struct, frozen=True, eq=False):
    """Associated items by type."""

    index: CrateIndex
    names: NameResolver
    _traits: dict[int, frozenset[str]] = field(default_factory=dict)
    _members: dict[tuple[int, str], RustItem | None] = field(default_factory=dict)
    _widened: list[bool] = field(default_factory=list)
    _blanket: list[tuple[str, frozenset[str]]] = field(default_factory=list)

    def widen(self) -> bool:
        """Include items from macro expansions; return whether there are more. Clears the cache."""
        if self._widened:
            return False
        self._widened.append(True)
        if not widen(self.index):
            return False
        for known in (self._traits, self._members, self._blanket):
            known.clear()
        self.names.forget()
        return True

    def type_at(self, path: tuple[str, ...], module: RustModule) -> RustItem | None:
        """Return the struct or enum of the analysed crates that ``path`` names in ``module``."""
        for _ in range(ALIASES):
            found = self.names.resolve(path, module) if path else None
            if not isinstance(found, RustItem):
                return None
            if found.kind != "type":
                return found if found.kind in TYPES else None
            path, module = path_of(part(found.node, "type")), found.module
        return None

    def type_named(self, name: str) -> RustItem | None:
        """Return the struct or enum with this name; ``None`` if the crates have none or several."""
        found = self.index.types(name)
        return found[0] if len(found) == 1 else None

    def member(self, kind: RustItem, name: str) -> RustItem | None:
        """Return the associated item ``name`` of a type: its own, else that of a trait; ``None`` if missing or
        ambiguous.
        """
        key = kind.id, name
        if key not in self._members:
            self._members[key] = self._member(kind, name)
        return self._members[key]

    def _member(self, kind: RustItem, name: str) -> RustItem | None:
        own = [item for item in self.index.members(name, {kind.name}) if _is_own(item, kind)]
        if len(own) > 1:
            own = [item for item in own if self.names.resolve((item.owner,), item.module) is kind] or own
        if own:
            return own[0]
        traits = self.traits_of(kind)
        given = [
            item
            for item in self.index.members(name, traits)
            if self._gives(item, traits) and _value(item) is not None
        ]
        return given[0] if len(given) == 1 else None

    def traits_of(self, kind: RustItem) -> frozenset[str]:
        """Return the names of a type's traits, including ``impl<T: …> Trait for T``."""
        if kind.id not in self._traits:
            found = {one.trait for one in self.index.impls(kind.name) if one.trait}
            while more := {name for name, bounds in self._for_all() if bounds & found} - found:
                found |= more
            self._traits[kind.id] = frozenset(found)
        return self._traits[kind.id]

    def _for_all(self) -> list[tuple[str, frozenset[str]]]:
        """Return these traits, and those implemented for all types that have them."""
        if not self._blanket:
            every = (one for found in self.index.impls_for_all() for one in _of_parameter(found.node))
            of_types = (
                (owner, trait, bounds) for owner, trait, bounds in every if not self.index.types(owner)
            )
            self._blanket.extend([("", frozenset()), *((trait, bounds) for _, trait, bounds in of_types)])
        return self._blanket

    def _gives(self, item: RustItem, traits: frozenset[str]) -> bool:
        """Return whether a type with these traits has an item of a trait, or of ``impl<T: …> Trait for T``."""
        if item.in_trait:
            return item.owner in traits
        bounds = dict(parameters(around(item))).get(item.owner, ()) if item.of_parameter else ()
        return any(bound in traits for bound in bounds)


def _is_own(item: RustItem, kind: RustItem) -> bool:
    return item.owner == kind.name and not item.in_trait


def _of_parameter(node: Node) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Yield the type parameter that a trait is implemented for, the trait, and the bounds."""
    owner, trait = path_of(part(node, "type")), path_of(part(node, "trait"))
    bounds = dict(parameters(node)).get(owner[-1]) if owner and trait else None
    if bounds:
        yield owner[-1], trait[-1], frozenset(bounds)


def around(item: RustItem) -> Node | None:
    """Return the implementation or trait of an associated item."""
    return item.node.parent.parent if item.owner and item.node.parent is not None else None


def parameters(node: Node | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the type parameters of a function or implementation, each with the names of its bounds."""
    listed = part(node, "type_parameters") if node is not None else None
    if node is None or listed is None:
        return
    where = [child for child in node.named_children if child.type == "where_clause"]
    predicates = [child for clause in where for child in plain(clause)]
    for child in plain(listed):
        if child.type == "type_parameter":
            name = text(part(child, "name"))
            own = [child, *(one for one in predicates if text(part(one, "left")) == name)]
            yield name, tuple(bound for one in own for bound in _bounds(part(one, "bounds")))


def _bounds(node: Node | None) -> Iterator[str]:
    for child in plain(node) if node is not None else ():
        if path := path_of(child):
            yield path[-1]


def own_arguments(item: RustItem, given: list[Node]) -> Iterator[tuple[str, Node]]:
    """Map the parameters of an implementation to the arguments of its type: ``Api::<Health>`` of ``impl<T> Api<T>``."""
    owner = around(item)
    names = {name for name, _ in parameters(owner)}
    declared = type_arguments(part(owner, "type")) if owner is not None else []
    for one, argument in zip(declared, given, strict=False):
        if text(one) in names:
            yield text(one), argument


def _value(item: RustItem) -> Node | None:
    return part(item.node, "value") if item.kind == "const" else item.body

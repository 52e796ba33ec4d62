"""What types hold of the caller of a request. Types of one name in several modules are distinguished."""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Flag, auto

from msgspec import Struct, field
from tree_sitter import Node

from specdrift.source.axum.guards.callers.connection_types import CERTIFICATE, PEER, made_of_certificates
from specdrift.source.axum.guards.callers.extension_reads import alias_around
from specdrift.source.axum.guards.callers.made_types import Sources, stored_of_callers
from specdrift.source.rust import syntax
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustImpl, RustItem, RustModule
from specdrift.source.rust.name_resolver import NameResolver
from specdrift.source.rust.syntax import path_of, plain, text, type_arguments
from specdrift.source.rust.type_members import TYPES

ALIASES, MOST_PARTS = 5, 50


class Reads(Flag):
    NOTHING = 0
    CERTIFICATE = auto()
    """The certificate of the request's connection, or a type that holds it."""
    IDENTITY = auto()
    """An identity in the request extensions."""
    EXTENSION = auto()
    """Anything in the request's extensions."""
    UNPROVEN = auto()
    """An extension that is no certificate of the connection, or whose type is not known."""
    UNTYPED = auto()
    """An extension whose type is not known."""
    CONNECTION = auto()
    """The peer's address."""
    CREDENTIAL = auto()
    """Authorization, a cookie, an API key."""
    FORWARDED = auto()
    """A header in which a proxy forwards the identity of the caller."""
    HOST = auto()
    HEADER = auto()
    """Any other header."""


IDENTITY = re.compile(
    r"\w*(?:Identity|Principal|CurrentUser|AuthUser|AuthenticatedUser|Caller|Claims|AuthContext|AuthInfo|UserContext"
    r"|AuthSession|ClientInfo|Subject|LoggedIn\w*|UserId|Account)"
)
STATE = re.compile(rb"State(?<!\wState)\s*<\s*(?:\w+\s*<\s*)*(?:\w+::)*(\w+)")
"""The type of the service's state in its extractor. It begins with a text, which is fast."""


class CallerTypes(Struct, eq=False):
    """Types by what they hold, cached."""

    index: CrateIndex
    names: NameResolver
    _types: dict[str, Reads] = field(default_factory=dict)
    _connection: list[frozenset[str]] = field(default_factory=list)
    """The types made of a connection's certificates, once they are known."""
    _of_callers: list[frozenset[str]] = field(default_factory=list)
    """The types made of what holds a certificate, once they are known."""
    _meant: dict[tuple[int, RustModule], tuple[Node, RustModule]] = field(default_factory=dict)
    """What types stand for, by their ids and modules."""
    _states: list[frozenset[str]] = field(default_factory=list)
    """The types of the service's state, once they are known."""

    def of_kind(self, kind: Node, module: RustModule) -> Reads:
        """Return what the types of a type hold of the caller."""
        found, waiting = Reads.NOTHING, [(kind, module)]
        for _ in range(MOST_PARTS):
            if not waiting:
                break
            one, within = self.meant(*waiting.pop())
            if path := path_of(one):
                found |= self.of_type(self.key(path, within))
            parts = type_arguments(one) if path else plain(one)
            waiting += [(part, within) for part in parts]
        return found

    def key(self, path: Sequence[str], module: RustModule) -> str:
        """Return the name by which a type is known: with its module if the crates have several of that name."""
        name = path[-1] if path else ""
        several = len(_written(self.index.types(name))) > 1 if name else False
        if not name or not (several or module.in_block or self._is_renamed(path, module)):
            return name
        found = self.names.resolve(tuple(path), module)
        if not isinstance(found, RustItem):
            return found.path[-1] if not several else name
        if found.kind not in TYPES:
            return name
        unique = not found.module.in_block and len(_written(self.index.types(found.name))) == 1
        return found.name if unique else _key_of(found)

    @staticmethod
    def _is_renamed(path: Sequence[str], module: RustModule) -> bool:
        """Return whether a ``use`` imports a type under another name."""
        used = module.imported(path[0]) if len(path) == 1 else None
        return used is not None and used[-1] != path[0]

    def definition(self, key: str) -> RustItem | None:
        """Return the struct or enum that is known by a name; ``None`` if it may be one of several."""
        if key in self.index.types_in_blocks:
            return self.index.types_in_blocks[key]
        every = self.index.types(key.rpartition("::")[2])
        if "::" in key:
            every = [one for one in every if _key_of(one) == key]
        return every[0] if len(_written(every)) == 1 else None

    def of_type(self, key: str) -> Reads:
        """Return whether a type holds the client certificate or an identity."""
        if key not in self._types:
            self._types[key] = Reads.CERTIFICATE if self._holds_certificate(key) else self._of_identity(key)
        return self._types[key]

    def _holds_certificate(self, key: str) -> bool:
        item, name = self.definition(key), key.rpartition("::")[2]
        definition = item.code.source_text if item is not None else ""
        holds = CERTIFICATE.search(definition) is not None
        external = not definition and (CERTIFICATE.fullmatch(name) or name == "TlsConnectInfo")
        by_itself = (holds or external) and not self._is_state(name)
        return by_itself or key in self._made() or any(PEER.search(one) for one in self._written_for(key))

    def _of_identity(self, key: str) -> Reads:
        named = IDENTITY.fullmatch(key.rpartition("::")[2]) is not None
        about = named or any(CERTIFICATE.search(one) for one in self._written_for(key))
        return Reads.IDENTITY if about or self._is_made_of_caller(key) else Reads.NOTHING

    def _written_for(self, key: str) -> Iterator[str]:
        """Yield the text of each implementation of a type."""
        return (one.code.source_text for one in self._impls(key))

    def _is_made_of_caller(self, key: str) -> bool:
        """Return whether code stores values of a type that it makes of the certificate of the request."""
        if not self._of_callers:
            sources = Sources(PEER, self._holds_certificate)
            self._of_callers.append(stored_of_callers(self.index, self.key, sources))
        return key in self._of_callers[0] and not self._is_state(key.rpartition("::")[2])

    def _made(self) -> frozenset[str]:
        if not self._connection:
            self._connection.append(made_of_certificates(self.index, self.key))
        return self._connection[0]

    def is_only_named(self, key: str) -> bool:
        """Return whether a type is one of several of a name, and holds no certificate by anything but that name."""
        item = self.definition(key) if "::" in key else None
        if item is None or key in self._made():
            return False
        return not (
            CERTIFICATE.search(text(item.body))
            or any(PEER.search(one.code.source_text) for one in self._impls(key))
        )

    def _impls(self, key: str) -> Iterator[RustImpl]:
        """Yield the implementations of a type."""
        name = key.rpartition("::")[2]
        for one in self.index.impls(name):
            if name == key or self.key((name,), one.module) == key:
                yield one

    def _is_state(self, name: str) -> bool:
        """Return whether a type is the state of the service: its certificates are the service's own."""
        if not self._states:
            found = (STATE.findall(file.content) for file in self.index.files.values())
            self._states.append(frozenset(one.decode("utf-8", "replace") for every in found for one in every))
        return name in self._states[0]

    def methods_named(self, name: str, key: str) -> list[RustItem]:
        """Return the methods of a name that a type has."""
        owner = key.rpartition("::")[2]
        every = self.index.methods(name, {owner})
        return every if owner == key else [one for one in every if self.key((owner,), one.module) == key]

    def of_path(self, kind: Node, module: RustModule) -> Reads:
        """Return what a type holds of the caller, without the types that it is given."""
        kind, module = self.meant(kind, module)
        return self.of_type(self.key(path_of(kind), module))

    def meant(self, kind: Node, module: RustModule) -> tuple[Node, RustModule]:
        """Return the type that a type alias stands for, and its module; other types as they are."""
        if (key := (kind.id, module)) not in self._meant:
            self._meant[key] = self._aliased(kind, module)
        return self._meant[key]

    def _aliased(self, kind: Node, module: RustModule) -> tuple[Node, RustModule]:
        for _ in range(ALIASES):
            path = path_of(kind)
            if local := alias_around(kind):
                kind = local
                continue
            found = self.names.resolve(path, module) if path else None
            if not isinstance(found, RustItem) or found.kind != "type":
                break
            target = syntax.field(found.node, "type")
            if target is None or syntax.field(found.node, "type_parameters") is not None:
                break
            kind, module = target, found.module
        return kind, module


def _key_of(item: RustItem) -> str:
    return "::".join((*item.module.path, item.name))


def _written(every: Iterable[RustItem]) -> set[tuple[str, int]]:
    """Return where types are written: several targets may have the same file."""
    return {(one.file.name, one.code.start) for one in every}

"""Profiles functions: what they read about the caller, directly and through calls, and whether they can reject."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property

from msgspec import Struct, field
from tree_sitter import Node

from specdrift.source.axum.guards.callers.caller_types import CallerTypes, Reads
from specdrift.source.axum.guards.callers.connection_types import PEER
from specdrift.source.axum.guards.callers.extension_reads import (
    EXTENSION,
    OF_LIBRARIES,
    Argument,
    extracted_extensions,
    function_around,
    held_type,
    read_type,
    reading_calls,
)
from specdrift.source.axum.guards.composed_extractors import DerivedPart, derived_parts, extracted_in
from specdrift.source.axum.guards.marked_pattern import MarkedPattern
from specdrift.source.rust import syntax
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.name_resolver import NameResolver, is_known
from specdrift.source.rust.scopes.block_scopes import scope_around, scopes_in
from specdrift.source.rust.syntax import path_of, plain, text, type_arguments

DEEPEST = 4
NAMING = frozenset({"field_expression", "identifier", "scoped_identifier"})
EXTRACTING = frozenset({"FromRequestParts", "FromRequest", "OptionalFromRequestParts"})
"""Traits of extractors."""
OPTIONALLY = frozenset({"OptionalFromRequestParts"})
"""The trait by which ``Option`` of a type is an extractor that may reject."""
EITHER_WAY = {"FromRequestParts", "OptionalFromRequestParts"}
AROUND_EXTRACTORS = frozenset({"Cached", "WithRejection"})
"""Extractors of axum-extra that reject if the one within rejects."""
OF_REQUEST = frozenset(
    {"TypedHeader", "Json", "Form", "Query", "Path", "Bytes", "String", "Multipart", "CookieJar"}
)
"""Extractors of axum and axum-extra that take nothing from the extensions, whatever code inserts there."""


CREDENTIAL = re.compile(
    r"\bAUTHORIZATION\b|\bCOOKIE\b|[\"']authorization[\"']|[\"']cookie[\"']|\bAuthorization\b|\bBearer\b|CookieJar"
    r"|[\"'](?:x-)?api[-_]?key[\"']|\bSession\b|\bdecode::<",
    re.IGNORECASE,
)
FORWARDED = re.compile(
    r"[\"'](?:x-)?(?:forwarded-(?:client-cert|user|email|groups?|identity|preferred-username)|client-cert(?:-chain)?"
    r"|ssl-(?:client|cert)[\w-]*|client-(?:cert|dn|s-dn|verify|subject)[\w-]*|remote-user|auth(?:enticated)?-request-\w+"
    r"|authenticated-user\w*|amzn-mtls[\w-]*|goog-authenticated-user[\w-]*|webauth-user|arr-clientcert"
    r"|tls-client[\w-]*|user-id|user-email|user-name|username|user)[\"']",
    re.IGNORECASE,
)
HOST = re.compile(r"\bHOST\b|[\"']host[\"']|\bHost\s*\(")
HEADER = re.compile(r"\bheaders\s*(?:\(\)|\.)|\bHeaderMap\b|\bTypedHeader\b|\bheaders_mut\b")
CONNECTION = re.compile(r"\bConnectInfo\b")
REFUSES = re.compile(
    r"\bUNAUTHORIZED\b|\bFORBIDDEN\b|\b40[13]\b|\bUnauthori[sz]ed\b|\bForbidden\b|\bRedirect::"
)
CREDENTIALS = ("authorization", "cookie", "bearer", "api", "session", "decode::<")
NAMES_IN_HEADERS = ("cert", "user", "client", "ssl-", "forwarded-", "auth", "amzn-mtls")
READS = (
    (MarkedPattern(CREDENTIAL, CREDENTIALS), Reads.CREDENTIAL),
    (MarkedPattern(FORWARDED, NAMES_IN_HEADERS), Reads.FORWARDED),
    (MarkedPattern(HOST, ("HOST", "host", "Host")), Reads.HOST),
    (MarkedPattern(HEADER, ("header", "Header")), Reads.HEADER),
    (MarkedPattern(EXTENSION, ("xtension",)), Reads.EXTENSION),
    (MarkedPattern(CONNECTION, ("ConnectInfo",)), Reads.CONNECTION),
    (MarkedPattern(PEER, ("peer_cert",)), Reads.CERTIFICATE),
)
REFUSALS = MarkedPattern(REFUSES, ("UNAUTHORIZED", "FORBIDDEN", "40", "nauthori", "Forbidden", "Redirect"))
GENERIC = re.compile(
    r"\b(?:Extension|ConnectInfo)\s*(?:::)?<\s*(?:\w+\s*<\s*)*([\w:]+)|\b(?:get|get_mut|remove)::<\s*(?:[\w:]+\s*<\s*)*([\w:]+)"
    r"|\b(TlsConnectInfo)\b"
)
"""Types of what is read from the request's extensions or connection, without those around them."""
IN_GENERIC = ("Extension", "ConnectInfo", "get::<", "get_mut::<", "remove::<")


class AccessProfile(Struct, frozen=True):
    """What a function reads about the caller, and whether it can reject."""

    reads: Reads
    refuses: bool
    """It can return 401, 403 or an error."""

    @property
    def believes_headers(self) -> bool:
        """It reads headers, names one in which proxies write who the caller is, and reads no credential."""
        return Reads.FORWARDED | Reads.HEADER in self.reads and Reads.CREDENTIAL not in self.reads


NOTHING = AccessProfile(Reads.NOTHING, refuses=False)


def _is_node(item: RustItem, node: Node, module: RustModule) -> bool:
    """Return whether a node is that of an item, which is not parsed to know it."""
    same = item.file is module.file and item.code.start == node.start_byte
    return same and item.node.id == node.id


def total(profiles: Iterable[AccessProfile]) -> AccessProfile:
    """Return the profile of code that has all these parts."""
    reads, refuses = Reads.NOTHING, False
    for profile in profiles:
        reads |= profile.reads
        refuses = refuses or profile.refuses
    return AccessProfile(reads, refuses)


class AccessProfiles(Struct, eq=False, dict=True):
    """Profiles of functions and closures, cached."""

    index: CrateIndex
    names: NameResolver
    _known: dict[tuple[int, int], AccessProfile] = field(default_factory=dict)
    _by_itself: dict[int, tuple[Reads, bool]] = field(default_factory=dict)
    """What code reads without what it calls."""
    _called: dict[int, tuple[RustItem, ...]] = field(default_factory=dict)

    @cached_property
    def types(self) -> CallerTypes:
        return CallerTypes(self.index, self.names)

    def of_item(self, item: RustItem) -> AccessProfile:
        """Profile a function; an error that it returns counts as a rejection."""
        own = self.of_node(item.node, item.module)
        result = "Result" in text(syntax.field(item.node, "return_type"))
        fails = result and re.search(r"\bErr\s*\(|\?\s*[;,)\n]", text(item.body)) is not None
        return AccessProfile(own.reads, own.refuses or fails)

    def of_node(self, node: Node, module: RustModule, depth: int = 0) -> AccessProfile:
        """Profile a piece of code, and the code that it calls up to a depth."""
        key = (node.id, min(depth, 1))
        if key in self._known:
            return self._known[key]
        self._known[key] = NOTHING
        module = scope_around(self.index, node, module)
        reads, refuses = self._own(node, module)
        if depth < DEEPEST:
            within = [self.of_node(item.node, item.module, depth + 1) for item in self.called(node, module)]
            scopes = scopes_in(self.index, node, module)
            within += (self.of_extractor(kind, scopes.at(kind)) for kind in extracted_in(node))
            for inner in within:
                reads |= inner.reads
                refuses = refuses or inner.refuses
        self._known[key] = AccessProfile(reads, refuses)
        return self._known[key]

    def _own(self, node: Node, module: RustModule) -> tuple[Reads, bool]:
        """Return what the code itself reads, and whether it refuses."""
        if node.id not in self._by_itself:
            source_text = text(node)
            folded = source_text.casefold()
            reads = Reads.NOTHING
            for pattern, kind in READS:
                if pattern.occurs(source_text, folded):
                    reads |= kind
            generic = any(one in source_text for one in IN_GENERIC)
            for found in GENERIC.finditer(source_text) if generic else ():
                name = next(group for group in found.groups() if group)
                place = node.start_byte + len(source_text[: found.start()].encode())
                scope = scopes_in(self.index, node, module).at_place(place)
                reads |= self.types.of_type(self.types.key(tuple(name.split("::")), scope))
            if Reads.EXTENSION in reads:
                reads |= self._of_extensions(node, module)
            self._by_itself[node.id] = reads, REFUSALS.occurs(source_text, folded)
        return self._by_itself[node.id]

    def _of_extensions(self, node: Node, module: RustModule) -> Reads:
        """Return what the extensions hold that code reads."""
        reads, scopes = Reads.NOTHING, scopes_in(self.index, node, module)
        for call in reading_calls(node):
            scope = scopes.at(call)
            kind = self.read_by(call, scope)
            held = self.types.of_kind(kind, scope) if kind is not None else Reads.UNTYPED
            if path_of(kind)[-1:] not in OF_LIBRARIES:
                reads |= held if Reads.CERTIFICATE in held else held | Reads.UNPROVEN
        for kind in extracted_extensions(node):
            known = self.types.of_kind(kind, scopes.at(kind)) if kind is not None else Reads.NOTHING
            proven = Reads.CERTIFICATE in known
            reads |= Reads.NOTHING if proven else Reads.UNPROVEN
        return reads

    def read_by(self, call: Node, module: RustModule) -> Node | None:
        """Return the type that a call reads from the extensions; ``None`` if it is not known."""
        kind = read_type(call)
        if not isinstance(kind, Argument):
            return kind
        code = function_around(kind.function)
        item = self.function(path_of(kind.function), module, "") if code is None else None
        code = item.node if item is not None else code
        listed = syntax.field(code, "parameters") if code is not None else None
        parameters = plain(listed)[kind.number : kind.number + 1] if listed is not None else []
        declared = syntax.field(parameters[0], "type") if parameters else None
        return held_type(declared) if declared is not None else None

    def function(self, path: tuple[str, ...], module: RustModule, owner: str) -> RustItem | None:
        """Return the function that a path names in a method of ``owner``; ``None`` for anything else."""
        if not path:
            return None
        if len(path) > 1:
            own = self.index.methods(path[-1], {owner if path[-2] == "Self" else path[-2]})
            if len(own) > 1 and path[-2] != "Self":
                key = self.types.key(path[:-1], module)
                own = [one for one in own if self.types.key((one.owner,), one.module) == key] or own
            kind = self.names.resolve(path[:-1], module) if module.in_block else None
            if isinstance(kind, RustItem) and kind.module.in_block:
                return None  # the methods of such a type are not read
            if len(own) == 1:
                return self._implemented(own[0]) if own[0].in_trait else own[0]
            if len(own) > 1 and {one.trait for one in own} == EITHER_WAY:
                return None  # which one the trait of the path decides, and it is an extractor that is run
        found = self.names.resolve(path, module)
        return found if isinstance(found, RustItem) and found.kind == "fn" else None

    def _implemented(self, declared: RustItem) -> RustItem | None:
        """Return what a call of a trait's method runs; ``None`` if that depends on the type of its receiver."""
        own = [one for one in self.index.methods(declared.name) if one.trait == declared.owner]
        if not own:
            return declared
        return own[0] if len(own) == len(self.index.impls_of(declared.owner)) == 1 else None

    def called(self, node: Node, module: RustModule) -> Sequence[RustItem]:
        """Return the functions, methods and constants of the crates that a node names."""
        if node.id not in self._called:
            scopes = scopes_in(self.index, node, module)
            naming = (child for child in syntax.named_descendants(node) if child.type in NAMING)
            found = (self._named(child, scopes.at(child)) for child in naming)
            own = {item.id: item for item in found if item is not None and not _is_node(item, node, module)}
            self._called[node.id] = tuple(own.values())
        return self._called[node.id]

    def _named(self, node: Node, module: RustModule) -> RustItem | None:
        if node.type == "field_expression":
            name = text(syntax.field(node, "field"))
            only = self.index.only_method(name)
            return only if only is not None and only.has_body else None
        path = path_of(node)
        if not path or (len(path) == 1 and not is_known(path[0], module)):
            return None
        parent = node.parent  # is looked for from the root of the tree
        if parent is not None and parent.type in {"scoped_identifier", "let_declaration", "parameter"}:
            return None
        found = self.names.resolve(path, module)
        return found if isinstance(found, RustItem) and found.kind in {"fn", "const"} else None

    def of_extractor(self, kind: Node, module: RustModule) -> AccessProfile:
        """Profile the extractor of a handler parameter."""
        kind, module = self.types.meant(kind, module)
        path = path_of(kind)
        name = path[-1] if path else ""
        if name in {"Extension", "ConnectInfo"}:
            inner = type_arguments(kind)
            held = self.types.of_path(inner[0], module) if inner else Reads.NOTHING
            reads = self.types.of_kind(inner[0], module) if inner else Reads.NOTHING
            return AccessProfile(reads, refuses=held is Reads.IDENTITY)
        if name in {"Option", "Result"}:
            inner = type_arguments(kind)
            if inner and name == "Option" and (own := path_of(inner[0])):
                optional = self.of_impls(own[-1], OPTIONALLY, module)
                if optional.refuses:
                    return optional
            return (
                AccessProfile(self.of_extractor(inner[0], module).reads, refuses=False) if inner else NOTHING
            )
        if not name:
            return NOTHING
        around = name in AROUND_EXTRACTORS and not self.index.types(name)
        if around and (inner := type_arguments(kind)):
            return self.of_extractor(inner[0], module)
        derived = derived_parts(self.names.resolve(path, module))
        every = [self.of_impls(name, EXTRACTING, module)]
        every += (self.of_part(one) for one in derived)
        return total(every)

    def of_part(self, part: DerivedPart) -> AccessProfile:
        """Profile what a type that derives an extractor takes from the request for one of its fields."""
        if part.via == "Extension":
            held = self.types.of_path(part.kind, part.module)
            return AccessProfile(held, refuses=held is Reads.IDENTITY)
        return self.of_extractor(part.kind, part.module) if not part.via else NOTHING

    def is_own(self, kind: Node, module: RustModule) -> bool:
        """Return whether an extractor is a type of the crates."""
        found = self.names.resolve(path_of(kind), module)
        return isinstance(found, RustItem) or bool(self.index.types((path_of(kind) or ("",))[-1]))

    def of_impls(self, name: str, traits: Collection[str], module: RustModule | None = None) -> AccessProfile:
        """Profile the implementations of traits for a type."""
        return total(self.of_item(item) for item in self.methods_of(name, traits, module))

    def methods_of(
        self, name: str, traits: Collection[str], module: RustModule | None = None
    ) -> Iterator[RustItem]:
        """Return the methods of a type's trait implementations; ``module`` selects one of types with one name."""
        meant = self.names.resolve((name,), module) if module is not None else None
        for item in self.index.functions_of(traits, name):
            own = self.names.resolve((name,), item.module)
            if not isinstance(meant, RustItem) or not isinstance(own, RustItem) or own is meant:
                yield item

    def services_of(self, layer: str) -> tuple[str, ...]:
        """Return the service types that a layer creates."""
        return tuple(self._services(layer))

    def _services(self, layer: str) -> Iterator[str]:
        for one in self.index.impls(layer, {"Layer"}):
            if one.trait != "Layer":
                continue
            for child in plain(syntax.field(one.node, "body") or one.node):
                if child.type == "type_item" and text(syntax.field(child, "name")) == "Service":
                    yield path_of(syntax.field(child, "type"))[-1]

"""The request's extensions, and extractors that read them, without a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specdrift.source.axum.guards.absent.absent_insertions import HOLDERS
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    ANYTHING,
    FORWARDED,
    HEADERS,
    NOTHING,
    OWN,
    REQUEST,
    UNKNOWN,
    Atom,
    Holding,
    Present,
    Text,
    Value,
    holding,
    some,
)
from specdrift.source.axum.guards.access_profiles import AROUND_EXTRACTORS, EXTRACTING, OF_REQUEST, OPTIONALLY
from specdrift.source.axum.guards.callers.caller_types import Reads
from specdrift.source.axum.guards.callers.connection_types import PEER, is_of_connection
from specdrift.source.axum.guards.cases.derived_cases import of_results
from specdrift.source.axum.guards.cases.questions import Extracted, Inserted, Lacked, OfRoute, PutAround
from specdrift.source.axum.guards.composed_extractors import derived_parts, run_by_path
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import is_compiled
from specdrift.source.rust.syntax import descendants, path_of, plain, text, type_arguments
from specdrift.source.rust.type_members import own_arguments

if TYPE_CHECKING:
    from tree_sitter import Node

    from specdrift.source.axum.guards.absent.absent_case import AbsentCase
    from specdrift.source.axum.guards.composed_extractors import DerivedPart
    from specdrift.source.rust.items import RustItem, RustModule

CALLER = Reads.CERTIFICATE | Reads.IDENTITY
INFO = frozenset({"Extension", "ConnectInfo"})
AROUND = INFO | {"Arc", "Box", "Rc"}
CONNECTED = frozenset({"Connected"})
"""The trait of axum by which a type is made of a connection."""
OF_ALL = {"HeaderMap": HEADERS, "State": OWN, "Response": FORWARDED}
"""Parameters of functions that axum runs: only layers that map responses get one."""
MAYBE = frozenset({"Option", "Result", "Vec"})


def extractor(  # noqa: PLR0911 - a table of cases
    case: AbsentCase, kind: Node, module: RustModule
) -> Value:
    """Return what an extractor gives in this case; nothing if it rejects."""
    kind, module = case.profiles.types.meant(kind, module)
    name = _name(kind)
    inner = type_arguments(kind)
    if kind.type == "tuple_type":
        given = {str(number): extractor(case, one, module) for number, one in enumerate(plain(kind))}
        return NOTHING if NOTHING in given.values() else {holding("", given)}
    if name in MAYBE and inner:
        if name == "Option" and (optionally := optional_extractors(case, inner[0], module)):
            rejects = all(case.rejects(item.node, item.module, item.owner) for item in optionally)
            return NOTHING if rejects else {UNKNOWN}
        if extractor(case, inner[0], module) == NOTHING:
            return {ABSENT}
        stored = _name(inner[0]) not in OF_REQUEST
        own = own_extractors(case, inner[0], module)
        return {UNKNOWN} if own else optional(case, inner[0], module, stored=stored)
    own = own_extractors(case, kind, module)
    if own and name not in AROUND:
        cases = ((with_arguments(case, item, kind, module), item) for item in own)
        rejects = all(one.rejects(item.node, item.module, item.owner) for one, item in cases)
        return NOTHING if rejects else {UNKNOWN}
    if parts := derived_parts(case.profiles.names.resolve(path_of(kind), module)):
        return _derived(case, name, parts)
    if name in AROUND_EXTRACTORS and inner:
        return extractor(case, inner[0], module)
    if name == "Extension" and inner:
        return _extension(case, inner[0], module)
    return _of_library(case, kind, name, module)


def input_of(case: AbsentCase, pattern: Node) -> Value:
    """Return what a closure gets from code that is not followed: a service, the request."""
    current: Node | None = pattern  # within the parameters of a closure, which is an argument
    for _ in range(4):
        current = current.parent if current is not None else None
    of_service = path_of(syntax.field(current, "function"))[-1:] == ("service_fn",) if current else False
    return {REQUEST} if of_service and case.ask(OfRoute(known=True)) else {UNKNOWN}


def of_connection(case: AbsentCase, node: Node, name: str) -> Value | None:
    """Evaluate a method of a TLS connection; ``None`` for others."""
    if PEER.search(f"{name}("):
        return {ABSENT if case.connection else UNKNOWN}
    return {ANYTHING} if case.connection and is_of_connection(node) else None


def extracted_by(case: AbsentCase, kind: Node, module: RustModule) -> Value:
    """Return the result of a call that runs an extractor."""
    kind, module = case.profiles.types.meant(kind, module)
    own = own_extractors(case, kind, module) or derived_parts(
        case.profiles.names.resolve(path_of(kind), module)
    )
    if own or _name(kind) in MAYBE:
        value = extractor(case, kind, module)
        return {ABSENT} if value == NOTHING else {UNKNOWN} if value == {UNKNOWN} else {some(value)}
    return optional(case, kind, module)


def called_by_path(case: AbsentCase, module: RustModule, callee: Node | None) -> Value:
    """``Extension::<Peer>::from_request_parts(…)``: absent, or without what its optional fields hold."""
    path = path_of(callee)
    if known := case.results.get("::".join(path)):
        return known
    if callee is None or path[-1:] != ("from_request_parts",):
        return {UNKNOWN}
    for found in descendants(callee):
        kinds = type_arguments(found)
        if kinds and path_of(found)[-1:] == ("Extension",):
            return around(optional(case, kinds[0], module), "Extension")
    kind = run_by_path(callee.parent) if callee.parent is not None else None
    return extracted_by(case, kind, module) if kind is not None else {UNKNOWN}


def _derived(case: AbsentCase, name: str, parts: tuple[DerivedPart, ...]) -> Value:
    """Return what a derived extractor gives: it rejects if that of one of its fields does."""
    fields = {one.name: _of_part(case, one) for one in parts}
    if NOTHING in fields.values():
        return NOTHING
    return fields.get("", {holding(name, fields)})


def _of_part(case: AbsentCase, part: DerivedPart) -> Value:
    field = part.kind.parent
    if field is not None and not is_compiled(field, case.profiles.index.features_of(part.module)):
        return {UNKNOWN}  # not of all builds
    if not part.via:
        return extractor(case, part.kind, part.module)
    value = _extension(case, part.kind, part.module) if part.via == "Extension" else {UNKNOWN}
    inner = [dict(one.fields).get("0", {UNKNOWN}) for one in value if isinstance(one, Holding)]
    return inner[0] if len(inner) == 1 else value


def with_arguments(case: AbsentCase, item: RustItem, kind: Node, module: RustModule) -> AbsentCase:
    """Return the case in which the extractors among the arguments of a type are known."""
    results: dict[str, Value] = {}
    for name, argument in own_arguments(item, type_arguments(kind)):
        value = extractor(case, argument, module)
        for method in ("from_request_parts", "from_request"):
            results[f"{name}::{method}"] = {ABSENT} if value == NOTHING else {UNKNOWN}
    known = case.results.keys() >= results.keys()  # what is around itself
    return case if known else of_results(case, results)


def optional_extractors(case: AbsentCase, kind: Node, module: RustModule) -> list[RustItem]:
    """Return the methods by which an option of a type of the crates is an extractor."""
    return [*case.profiles.methods_of(_name(kind), OPTIONALLY, module)]


def _of_library(case: AbsentCase, kind: Node, name: str, module: RustModule) -> Value:
    """Return what an extractor of axum gives; the state is the same for all clients."""
    if name == "State" and case.role is not None and case.role.stated:
        return {holding(name, {"0": {Text(case.role.name)}})}
    if name == "State" and name in case.results and (inner := type_arguments(kind)):
        made = case.results.get(state_of(case, inner[0], module)) or _of_connection(case, inner[0], module)
        return {holding(name, {"0": made})}
    if name in OF_ALL:
        return {OF_ALL[name]}
    known = case.ask(Extracted(name))
    return held(case, kind, module) if known is None else {known}


def own_extractors(case: AbsentCase, kind: Node, module: RustModule) -> list[RustItem]:
    """Return the methods by which a type of the crates is an extractor."""
    found = case.profiles.methods_of(_name(kind), EXTRACTING, module)
    return [item for item in found if item.trait != "OptionalFromRequestParts"]


def _extension(case: AbsentCase, kind: Node, module: RustModule) -> Value:
    """Return what ``Extension<…>`` gives; nothing if it rejects, since there is no such extension."""
    inserted = _inserted(case, kind, module)
    if inserted is not None:
        return {holding("Extension", {"0": inserted})} if inserted else NOTHING
    if case.connection and reads(case, kind, module) is Reads.IDENTITY:
        return NOTHING
    return {holding("Extension", {"0": held(case, kind, module)})}


def optional(case: AbsentCase, kind: Node, module: RustModule, *, stored: bool = True) -> Value:
    """Return what is read from the extensions, if ``stored``: nothing, or a value without optional certificates."""
    kind, module = case.profiles.types.meant(kind, module)
    outer, inner = _name(kind), type_arguments(kind)
    if outer == "ConnectInfo" and inner and (made := _connected(case, inner[0], module)) is not None:
        return {ABSENT, some({holding(outer, {"0": made})})}
    if (known := case.ask(Extracted(outer))) is not None:
        return {ABSENT, some({known})}  # only within the router
    if outer in INFO and inner:
        return around(optional(case, inner[0], module), outer)
    inserted = _inserted(case, kind, module) if stored else None
    if inserted is not None:
        there = bool(inserted) and case.ask(PutAround(key_of(case, kind, module)))
        missing = NOTHING if there else {ABSENT}
        return missing | ({some(inserted)} if inserted else NOTHING)
    if not case.connection or not reads(case, kind, module) & CALLER:
        return {UNKNOWN}
    own = held(case, kind, module)
    return {ABSENT} if own in ({UNKNOWN}, {ABSENT}) else {ABSENT, some(own)}


def around(value: Value, name: str) -> Value:
    """Return optional values within ``Extension`` or ``ConnectInfo``."""
    return {some({holding(name, {"0": one.inner})}) if isinstance(one, Present) else one for one in value}


def _inserted(case: AbsentCase, kind: Node, module: RustModule) -> Value | None:
    """Return what the crates insert as a type that is about the caller; behind a gateway each may be."""
    kind, module = case.profiles.types.meant(kind, module)
    name, inner = _name(kind), type_arguments(kind)
    if name in AROUND and inner:
        return _inserted(case, inner[0], module)
    if name in MAYBE:
        of_caller = case.connection and name in HOLDERS and reads(case, kind, module) & CALLER
        return case.ask(Inserted(name)) or None if of_caller else None
    name = _key(case, kind, module)
    if case.connection and not reads(case, kind, module) & CALLER:
        # Whatever it holds: what only a certificate makes the code insert is missing without one.
        return NOTHING if case.ask(Lacked(name)) else None
    found = case.ask(Inserted(name))
    return None if found is None else _filled(case, name, found)


def _connected(case: AbsentCase, kind: Node, module: RustModule) -> Value | None:
    """Return what the crates make of a connection for ``ConnectInfo<…>``; ``None`` if that is not known."""
    kind, module = case.profiles.types.meant(kind, module)
    name, made = _key(case, kind, module), set[Atom]()
    for item in case.profiles.methods_of(_name(kind), CONNECTED, module):
        made |= case.returned(item)
    own = {one for one in made if one in {UNKNOWN, OWN} or (isinstance(one, Holding) and one.type == name)}
    return _filled(case, name, own) if own and own == made else None


def _filled(case: AbsentCase, name: str, inserted: Value) -> Value:
    """Return inserted values; parts that are not known are those of the type."""
    own = struct_held(case, name) if case.connection else {UNKNOWN}
    known = {one.type: dict(one.fields) for one in own if isinstance(one, Holding)}
    found: set[Atom] = set()
    for one in inserted:
        # What does not depend on the client is no less there without a certificate.
        if isinstance(one, Holding) and one.type in known:
            parts = dict(one.fields).items()
            filled = {key: known[one.type].get(key, v) if v == {UNKNOWN} else _any(v) for key, v in parts}
            found.add(holding(one.type, filled))
        else:
            found |= own if one is UNKNOWN else _any({one})
    return found


def _any(value: Value) -> Value:
    """Return a value that a guard reads: what other connections left may be anything."""
    return {UNKNOWN if one is ANYTHING else one for one in value}


def held(case: AbsentCase, kind: Node, module: RustModule) -> Value:
    """Return what a value of a type is in this case: its optional certificates are absent."""
    if not case.connection or not reads(case, kind, module) & CALLER:
        return {UNKNOWN}
    kind, module = case.profiles.types.meant(kind, module)
    name, inner = _name(kind), type_arguments(kind)
    if name in MAYBE:
        return {ABSENT}
    if name in AROUND and inner:
        made = _connected(case, inner[0], module) if name == "ConnectInfo" else None
        own = made if made is not None else held(case, inner[0], module)
        return {holding(name, {"0": own})} if name in INFO else own
    return struct_held(case, _key(case, kind, module))


def reads(case: AbsentCase, kind: Node, module: RustModule) -> Reads:
    """Return what the types of a type hold of the caller."""
    return case.profiles.types.of_kind(kind, module)


def key_of(case: AbsentCase, kind: Node, module: RustModule) -> str:
    """Return the key of a type that is read from the extensions; empty for an option or a list."""
    kind, module = case.profiles.types.meant(kind, module)
    name, inner = _name(kind), type_arguments(kind)
    if name in AROUND and inner:
        return key_of(case, inner[0], module)
    return "" if name in MAYBE else _key(case, kind, module)


def _key(case: AbsentCase, kind: Node, module: RustModule) -> str:
    return case.profiles.types.key(path_of(kind), module)


def struct_held(case: AbsentCase, name: str) -> Value:
    """Return a value of a struct without its optional certificates; unknown for one without any, and for an enum."""
    found = case.profiles.types.definition(name)
    body = syntax.field(found.node, "body") if found is not None else None
    if found is None or body is None or found.kind == "enum" or case.profiles.types.is_only_named(name):
        return {UNKNOWN}
    fields = {key: _field(kind) for key, kind in kinds_of(body).items()}
    return {holding(name, fields)} if any(value == {ABSENT} for value in fields.values()) else {UNKNOWN}


def state_of(case: AbsentCase, kind: Node, module: RustModule) -> str:
    """Return the name by which it is known what the state of a type is."""
    return f"State<{_key(case, *case.profiles.types.meant(kind, module))}>"


def _of_connection(case: AbsentCase, kind: Node, module: RustModule) -> Value:
    """Return what the state of a router is that is made for one connection: its parts are of the client."""
    name = _key(case, *case.profiles.types.meant(kind, module))
    found = case.profiles.types.definition(name)
    if found is None or found.kind != "struct" or found.body is None:
        return {UNKNOWN}
    fields = kinds_of(found.body).items()
    return {holding(name, {key: held(case, one, found.module) for key, one in fields})}


def kinds_of(body: Node) -> dict[str, Node]:
    """Return the types of the fields of a struct."""
    kinds: dict[str, Node] = {}
    for child in plain(body):
        if child.type == "field_declaration":
            kind = syntax.field(child, "type")
            if kind is not None:
                kinds[text(syntax.field(child, "name"))] = kind
        elif child.type != "visibility_modifier":
            kinds[str(len(kinds))] = child
    return kinds


def _field(kind: Node) -> Value:
    source_text = text(kind)
    return {ABSENT} if any(f"{word}<" in source_text for word in MAYBE) else {UNKNOWN}


def _name(kind: Node) -> str:
    return (path_of(kind) or ("",))[-1]

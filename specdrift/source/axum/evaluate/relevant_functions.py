"""Which functions are worth evaluating: those that build routers, and those that call them."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from specdrift.source.rust.call_index import CallIndex
from specdrift.source.rust.items import CrateIndex, RustItem

BUILDING = re.compile(
    rb"\b(?:Router|OpenApiRouter|ApiRouter|MethodRouter|ServiceBuilder|MethodFilter)\b|\.(?:route|nest|route_layer)\s*\("
    rb"|(?<!iter::)(?<!array::)\bfrom_fn|\broutes!|\bimpl\s+(?:Layer|tower::Layer)|\brouting::|\bserve_connection|\binto_make_service|\baxum::serve\b"
)
ROUTING = re.compile(rb"(?<![\w.:])(?:get|post|put|patch|delete|any|on)\s*\(")
"""What builds in a file that uses functions of ``axum::routing`` by their names alone."""
IN_BUILDING = tuple(
    b"Router|ServiceBuilder|MethodFilter|.route|.nest|from_fn|routes!|Layer|routing::|serve_connection|into_make_service"
    b"|axum::serve".split(b"|")
)
"""Texts of which any match has one: they are found much faster."""
ALIKE = 3
"""With more methods of one name, a method call does not identify its target."""
NAMED = "of a type that is named."
"""A dot, in a file that has the name of the type: for methods of which there are many."""
_STANDARD = """
AsMut AsRef Add AddAssign Borrow Clone Debug Default Deref DerefMut Deserialize Display Drop Error Extend From
FromIterator FromStr Future Hash Index Into IntoIterator Iterator Ord PartialEq PartialOrd Serialize Stream ToString
TryFrom TryInto Write
"""
STANDARD = frozenset(_STANDARD.split())
"""Traits whose methods build nothing, and are called wherever anything is."""
_COMMON = """
and_then append as_mut as_ref clear clone cmp contains decode drain encode end eq extend filter find finish first flush
fmt fold from get get_mut hash insert into into_inner into_iter is_empty iter iter_mut last len load lock map max min
next or_else parse pop position push read recv remove send status store swap take to_owned to_string trim try_from
try_into try_recv try_send update version write
"""
COMMON = frozenset(_COMMON.split())
"""Method names that the standard library also has."""


@dataclass(frozen=True, slots=True, eq=False)
class RelevantFunctions:
    """``functions`` are the ids of those that build, or by name reach something that does; ``builders`` the former."""

    functions: frozenset[int]
    builders: tuple[RustItem, ...]


def relevant_functions(index: CrateIndex, macros: Collection[str] = ()) -> RelevantFunctions:
    """Return the functions to evaluate. ``macros`` are those that build routers."""
    calls = CallIndex(index)
    building: set[int] = set()
    called = [f"{name}!".encode() for name in macros]
    pattern = re.compile(b"|".join([BUILDING.pattern, *(rb"\b" + re.escape(name) for name in called)]))
    for file in index.files.values():
        if not any(said in file.content for said in (*IN_BUILDING, *called)):
            continue
        places = [found.start() for found in pattern.finditer(file.content)]
        if b"routing::" in file.content:
            places += (found.start() for found in ROUTING.finditer(file.content))
        building.update(item.node.id for item in calls.functions_at(file, places))
    builders = tuple(item for item in index.functions if item.node.id in building)
    return RelevantFunctions(frozenset(_reaching(builders, calls, index)), builders)


def _reaching(builders: Iterable[RustItem], calls: CallIndex, index: CrateIndex) -> set[int]:
    waiting = list(builders)
    found = {item.node.id for item in waiting}
    asked: set[tuple[str, str, str]] = set()
    while waiting:
        for caller in _callers(waiting.pop(), calls, index, asked):
            if caller.node.id not in found:
                found.add(caller.node.id)
                waiting.append(caller)
    return found


def _callers(
    item: RustItem, calls: CallIndex, index: CrateIndex, asked: set[tuple[str, str, str]]
) -> Iterator[RustItem]:
    """Yield the functions that may call this one, except by names already ``asked`` for."""
    crate, owner = item.module.path[0], item.owner.encode()
    for way in _ways(item, index):
        named = way == NAMED
        key = way, f"{item.owner}.{item.name}" if named else item.name, crate
        if key in asked:
            continue
        asked.add(key)
        for caller in calls.of("." if named else way, item.name):
            if index.may_use(caller.module.path[0], crate) and (not named or owner in caller.file.content):
                yield caller
    if item.owner:
        yield from (c for c in calls.of("Self::", item.name) if c.owner == item.owner)


def _ways(item: RustItem, index: CrateIndex) -> Iterator[str]:
    """What may stand before the name where it is called."""
    if not item.owner:
        yield from ("", f"{item.module.path[-1]}::", "self::", "super::", "crate::") if not item.trait else ()
        return
    yield f"{item.owner}::"
    given = bool(item.trait) and item.trait not in STANDARD
    few = len(index.methods[item.name]) <= ALIKE or given
    if item.trait not in STANDARD:
        yield "." if few and item.name not in COMMON else NAMED

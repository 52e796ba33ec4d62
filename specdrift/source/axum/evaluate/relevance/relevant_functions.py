"""Selects the functions to evaluate: those that build routers, and their callers."""

import re
from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from specdrift.source.axum.evaluate.relevance.building_code import BuildingCode
from specdrift.source.axum.evaluate.relevance.callers import FunctionCallers, parameters_of
from specdrift.source.rust import syntax
from specdrift.source.rust.call_index import CallIndex
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import text

OBJECT = re.compile(r"\bdyn\s+(?:\w+::)*(\w+)")
"""A trait object."""


class RelevantFunctions(Struct, frozen=True, eq=False):
    """The functions to evaluate."""

    functions: frozenset[int]
    """Ids of the builders and of the functions that may call one, by name."""
    builders: tuple[RustItem, ...]
    """Functions that build routers."""


def relevant_functions(index: CrateIndex, macros: Collection[str] = ()) -> RelevantFunctions:
    """Return the functions to evaluate. ``macros`` are those that build routers."""
    calls = CallIndex(index)
    building: set[int] = set()
    files: list[str] = []
    for file, places in BuildingCode(index, macros).places():
        building.update(item.id for item in calls.functions_at(file, places))
        files.append(file.name)
    builders = tuple(item for item in index.functions_in(files) if item.id in building)
    found = _reaching(builders, calls, index)
    modules = [item for item in _of_modules(index, found.values()) if item.id not in found]
    if modules:
        found = _reaching((*builders, *modules), calls, index)
    return RelevantFunctions(frozenset(found), builders)


def _of_modules(index: CrateIndex, relevant: Collection[RustItem]) -> Iterator[RustItem]:
    """Yield functions that make lists of trait objects that build routers, and those that fill a field with them."""
    traits = {item.trait or item.owner for item in relevant if item.owner}
    index.read_objects(traits)
    owners = {name for name, item in _structs(index) if _has_object(item.code.source_text, traits)}

    def wanted(item: RustItem) -> bool:
        return item.owner in owners or item.code.header is None or b"dyn" in item.code.header

    for item in index.functions_read(owners, wanted):
        known = parameters_of(item)
        returned = known.returns if known else text(syntax.field(item.node, "return_type"))
        makes = item.owner in owners and ("Self" in returned or item.owner in returned)
        changing = known.changes if known else "mut self" in text(syntax.field(item.node, "parameters"))
        changes = item.owner in owners and changing
        if makes or changes or _has_object(returned, traits):
            yield item


def _structs(index: CrateIndex) -> Iterator[tuple[str, RustItem]]:
    """Yield the structs of the modules that were read."""
    for module in index.modules():
        items = module.contents.items.items()
        yield from ((name, item) for name, item in items if item.kind == "struct")


def _has_object(written: str, traits: Collection[str]) -> bool:
    return "dyn" in written and any(found in traits for found in OBJECT.findall(written))


def _reaching(builders: Iterable[RustItem], calls: CallIndex, index: CrateIndex) -> dict[int, RustItem]:
    waiting = list(builders)
    calls.include({item.module.path[0] for item in waiting})
    callers = FunctionCallers(index, calls)
    found = {item.id: item for item in waiting}
    while waiting:
        for caller in callers.of(waiting.pop()):
            if caller.id not in found:
                found[caller.id] = caller
                waiting.append(caller)
    return found

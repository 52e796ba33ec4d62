"""Selects the functions to evaluate: those that build routers, and their callers."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from tree_sitter import Node

from specdrift.source.rust import syntax
from specdrift.source.rust.call_index import CallIndex
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import text
from specdrift.source.rust.unparsed.item_headers import Parameters, parameters_in

BUILDING = tuple(
    re.compile(pattern)
    for pattern in (
        *(rb"Router\b", rb"OpenApiRouter\b", rb"ApiRouter\b", rb"MethodRouter\b", rb"ServiceBuilder\b"),
        *(rb"MethodFilter\b", rb"\.route(?:_layer)?\s*\(", rb"\.nest\s*\(", rb"from_fn", rb"routes!"),
        *(rb"impl\s+(?:Layer|tower::Layer)", rb"routing::", rb"serve_connection", rb"into_make_service"),
        rb"axum::serve\b",
    )
)
"""Occurs in code that builds routers, where no name goes on before it: each begins with a text, which is fast."""
OTHERS = (b"iter::", b"array::")
"""Modules whose ``from_fn`` makes no layer."""
ROUTING = re.compile(rb"(?<![\w.:])(?:get|post|put|patch|delete|any|on)\s*\(")
"""Occurs in code that builds routers in a file that imports functions of ``axum::routing``."""
IN_BUILDING = tuple(
    b"Router|ServiceBuilder|MethodFilter|.route|.nest|from_fn|routes!|Layer|routing::|serve_connection|into_make_service"
    b"|axum::serve".split(b"|")
)
"""Every match contains one of these texts, which are faster to search for."""
OBJECT = re.compile(r"\bdyn\s+(?:\w+::)*(\w+)")
"""A trait object."""
MOST_OF_ONE_NAME = 3
"""With more methods of one name, a method call does not identify its target."""
NAMED = "of a type that is named."
"""A method call in a file that names the type; for names of many methods."""
_STANDARD = """
AsMut AsRef Add AddAssign Borrow Clone Debug Default Deref DerefMut Deserialize Display Drop Error Extend From
FromIterator FromStr Future Hash Index Into IntoIterator Iterator Ord PartialEq PartialOrd Serialize Stream ToString
TryFrom TryInto Write
"""
STANDARD = frozenset(_STANDARD.split())
"""Traits whose methods build nothing and are called everywhere."""
_COMMON = """
and_then append as_mut as_ref clear clone cmp contains decode drain encode end eq extend filter find finish first flush
fmt fold from get get_mut hash insert into into_inner into_iter is_empty iter iter_mut last len load lock map max min
next or_else parse pop position push read recv remove send status store swap take to_owned to_string trim try_from
try_into try_recv try_send update version write
"""
COMMON = frozenset(_COMMON.split())
"""Method names that the standard library also has."""
_Lookup = tuple[str, str, str, bool | None]


@dataclass(frozen=True, slots=True, eq=False)
class RelevantFunctions:
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
    called = [f"{name}!".encode() for name in macros]
    patterns = (*BUILDING, *(re.compile(re.escape(name)) for name in called))
    for file in index.sources():
        if not any(marker in file.code for marker in (*IN_BUILDING, *called)):
            continue
        places = [place for pattern in patterns for place in _places(pattern, file.content)]
        if b"routing::" in file.content:
            places += (found.start() for found in ROUTING.finditer(file.content))
        if places:
            building.update(item.id for item in calls.functions_at(file, places))
            files.append(file.name)
    builders = tuple(item for item in index.functions_in(files) if item.id in building)
    found = _reaching(builders, calls, index)
    modules = [item for item in _of_modules(index, found.values()) if item.id not in found]
    if modules:
        found = _reaching((*builders, *modules), calls, index)
    return RelevantFunctions(frozenset(found), builders)


def _places(pattern: re.Pattern[bytes], content: bytes) -> Iterator[int]:
    """Yield where code that builds routers matches."""
    for found in pattern.finditer(content):
        at = found.start()
        before = content[max(at - 1, 0) : at]
        name_goes_on = (before.isalnum() or before == b"_") and content[at : at + 1] != b"."
        if not name_goes_on and not (
            found[0] == b"from_fn" and content[max(at - 7, 0) : at].endswith(OTHERS)
        ):
            yield at


def _of_modules(index: CrateIndex, relevant: Collection[RustItem]) -> Iterator[RustItem]:
    """Yield functions that make lists of trait objects that build routers, and those that fill a field with them."""
    traits = {item.trait or item.owner for item in relevant if item.owner}
    index.read_objects(traits)
    owners = {name for name, item in _structs(index) if _has_object(item.code.source_text, traits)}

    def wanted(item: RustItem) -> bool:
        return item.owner in owners or item.code.header is None or b"dyn" in item.code.header

    for item in index.functions_read(owners, wanted):
        known = _parameters(item)
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
    found = {item.id: item for item in waiting}
    looked_up: set[_Lookup] = set()
    while waiting:
        for caller in _callers(waiting.pop(), calls, index, looked_up):
            if caller.id not in found:
                found[caller.id] = caller
                waiting.append(caller)
    return found


def _callers(
    item: RustItem, calls: CallIndex, index: CrateIndex, looked_up: set[_Lookup]
) -> Iterator[RustItem]:
    """Yield the functions that may call this one, except by names in ``looked_up``."""
    crate, owner = item.module.path[0], item.owner.encode()
    for prefix in _prefixes(item, index):
        named = prefix == NAMED
        given = _takes_arguments(item) if named or prefix == "." else None
        key = prefix, f"{item.owner}.{item.name}" if named else item.name, crate, given
        if key in looked_up:
            continue
        looked_up.add(key)
        for caller in calls.of("." if named else prefix, item.name, given=given):
            if index.may_use(caller.module.path[0], crate) and (not named or owner in caller.file.content):
                yield caller
    if item.owner:
        yield from (c for c in calls.of("Self::", item.name) if c.owner == item.owner)


def _takes_arguments(item: RustItem) -> bool:
    """Return whether a method has parameters beside itself: all its calls have as many arguments."""
    if (known := _parameters(item)) is not None:
        return known.others
    every = syntax.plain(parameters) if (parameters := syntax.field(item.node, "parameters")) else []
    return any(not _is_self(one) for one in every)


def _takes_self(item: RustItem) -> bool:
    """Return whether a function is a method: others are not called with a dot."""
    if (known := _parameters(item)) is not None:
        return known.itself
    parameters = syntax.field(item.node, "parameters")
    return parameters is None or any(map(_is_self, syntax.plain(parameters)))


def _parameters(item: RustItem) -> Parameters | None:
    return parameters_in(item.code.header) if item.code.header is not None else None


def _is_self(parameter: Node) -> bool:
    """``&self``, or ``self: Arc<Self>``."""
    return parameter.type == "self_parameter" or text(syntax.field(parameter, "pattern")) == "self"


def _prefixes(item: RustItem, index: CrateIndex) -> Iterator[str]:
    """Yield what may stand before the name in a call."""
    if not item.owner:
        yield from ("", f"{item.module.path[-1]}::", "self::", "super::", "crate::") if not item.trait else ()
        return
    yield f"{item.owner}::"
    given = bool(item.trait) and item.trait not in STANDARD
    if item.trait not in STANDARD and _takes_self(item):
        few = given or len([*islice(index.each_method(item.name), MOST_OF_ONE_NAME + 1)]) <= MOST_OF_ONE_NAME
        yield "." if few and item.name not in COMMON else NAMED

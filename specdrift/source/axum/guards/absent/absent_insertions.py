"""What the code puts into the extensions of requests before a guard reads them.

A value that is inserted for each request, such as an identity of an anonymous client, is no sign of a certificate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace
from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    ANYTHING,
    NOTHING,
    OWN,
    TEXT,
    UNKNOWN,
    Atom,
    Holding,
    Known,
    Present,
    Text,
    Texts,
    Value,
)
from specdrift.source.axum.guards.access_profiles import AccessProfiles
from specdrift.source.axum.guards.callers.caller_types import Reads
from specdrift.source.axum.guards.callers.made_types import INSERTS, INSERTS_IN_BYTES
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import Conditions, only_dead
from specdrift.source.rust.item_code import ItemCode
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import descendants, text

if TYPE_CHECKING:
    from specdrift.source.axum.guards.absent.absent_case import AbsentCase

OTHERWISE = re.compile(
    r"\bextensions_mut\s*\(\s*\)(?!\s*\.\s*(?:insert|get|get_mut|remove)\b)"
    r"|\bextensions\s*(?:\.\s*(?:extend|get_or_\w+)\b|=[^=])"
)
"""Fills extensions in a way that is not evaluated, such as ``get_or_insert_with`` or ``extend``."""
DEEPEST = 3
DEFAULT = "unwrap_or_default"
TEXTS = frozenset({"String", "str"})
HOLDERS = frozenset({"Option", "Vec"})
"""Types that may be inserted without anything in them."""


class InsertedTypes(Struct, eq=False):
    """What one case inserts of each type, as far as it was asked for."""

    _values: dict[str, Value | None] = field(default_factory=dict)
    _some: dict[str, bool] = field(default_factory=dict)
    _pending: set[str] = field(default_factory=set)

    def is_pending(self, name: str) -> bool:
        """Return whether the evaluation of a type goes on: what is known of it is not final."""
        return name in self._pending

    def value(self, name: str, evaluate: Callable[[], Value | None]) -> Value | None:
        """Return all that is inserted as a type; anything while the evaluation of it goes on."""
        if name in self._pending:
            return frozenset({UNKNOWN})
        if name not in self._values:
            self._pending.add(name)
            self._values[name] = evaluate()
            self._pending.discard(name)
        return self._values[name]

    def some(self, name: str, evaluate: Callable[[], bool]) -> bool:
        """Return whether anything is inserted as a type; it is while the evaluation of it goes on."""
        if name in self._pending:
            return True
        if name in self._values:
            return bool(self._values[name])
        if name not in self._some:
            self._pending.add(name)
            self._some[name] = evaluate()
            self._pending.discard(name)
        return self._some[name]


class Insertions(Struct, eq=False):
    """Finds the functions that insert a type."""

    profiles: AccessProfiles
    otherwise: list[AbsentCase] = field(default_factory=list)
    """The case that nothing is known of the certificate, which is the same for all others, once it was asked for."""
    _sites: list[list[RustItem]] = field(default_factory=list)
    _of_type: dict[str, tuple[RustItem, ...]] = field(default_factory=dict)
    """Functions that name each type."""
    _knowing: dict[tuple[int, str], bool] = field(default_factory=dict)
    """Whether a function, by its id, has a certificate where it inserts a type."""
    _around: dict[int, frozenset[int]] = field(default_factory=dict)
    """The middleware that calls functions, by their ids."""
    _evaluated: set[int] = field(default_factory=set)
    """The ids of functions whose evaluation costs nothing more."""
    _unclear: dict[int, bool] = field(default_factory=dict)
    """Whether a function, by its id, inserts in a way that is not evaluated."""

    def of(self, name: str, case: AbsentCase) -> Value | None:
        """Return what may be inserted as a type; ``None`` if no function of the crates is known to insert it."""
        found = {one for site in self._sites_of(name, case) for one in self._inserted(case, site, name)}
        return frozenset(found) or (NOTHING if self._elsewhere(name, case) else None)

    def some(self, name: str, case: AbsentCase) -> bool:
        """Return whether anything may be inserted as a type: the evaluation ends with the first that is found.

        Functions that were evaluated, and short ones, come first: a long one is rarely the only one.
        """
        sites = [*self._sites_of(name, case)]
        sites.sort(key=lambda one: (one.node.id not in self._evaluated, len(one.code.content)))
        return any(map(self._is_unclear, sites)) or any(self._as_given(case, one, name) for one in sites)

    def surely(self, name: str, case: AbsentCase, around: Collection[int] | None) -> bool:
        """Return whether each function that may insert a type does so on all its paths.

        ``around``: the functions of the layers around the reader, if these are known; no other layer runs before it.
        """
        sites = [one for one in self._sites_of(name, case) if self._as_given(case, one, name)]
        late = around is not None and any(not self._middleware(site) <= frozenset(around) for site in sites)
        return bool(sites) and not late and all(name in _surely_by(case, one) for one in sites)

    def lacks(self, name: str, case: AbsentCase) -> bool:
        """Return whether a type is inserted, but never in this case.

        Code that has no certificate inserts the same in each case, whatever that is: it is not evaluated.
        """
        depends = any(self._knows_caller(site, name) for site in self._naming_type(name))
        return depends and not case.inserts(name) and self._elsewhere(name, case)

    def _elsewhere(self, name: str, case: AbsentCase) -> bool:
        """Return whether a type is inserted by some requests, whatever is known of their certificates.

        A function may name the type and insert another: then nothing inserts it.
        """
        if not self._naming_type(name):
            return False
        other = case.otherwise()
        return case is not other and other.inserts(name)

    def _naming_type(self, name: str) -> tuple[RustItem, ...]:
        """Return the functions that may insert a type."""
        if name not in self._of_type:
            naming = (one for one in self._all() if name in HOLDERS or self._names(one, name))
            lifted = (one for site in naming for one in self._callers(site, name))
            self._of_type[name] = tuple({one.node.id: one for one in lifted}.values())
        return self._of_type[name]

    def _sites_of(self, name: str, case: AbsentCase) -> Iterator[RustItem]:
        """Yield those that may run in a case."""
        for site in self._naming_type(name):
            chain = case.context.chain
            elsewhere = chain is not None and is_middleware(site) and site.node.id not in chain
            if not elsewhere and self._may_run(site, case.conditions):
                yield site

    def _inserted(self, case: AbsentCase, site: RustItem, name: str) -> Value:
        value = self._as_given(case, site, name)
        return value if self._knows_caller(site, name) else {_of_anybody(one) for one in value}

    def _as_given(self, case: AbsentCase, site: RustItem, name: str) -> Value:
        """Return what a function inserts as a type, as if it had the certificate."""
        inserted = case.insertions_of(site)
        self._evaluated.add(site.node.id)
        # What is missing may have become the default of the type, which does not stand there; of a list it is empty.
        defaults = inserted is not None and ABSENT in inserted and DEFAULT in text(site.node)
        unclear = (defaults and name not in HOLDERS) or self._is_unclear(site)
        return self._as_type(inserted, name) | ({UNKNOWN} if unclear else NOTHING)

    def _is_unclear(self, site: RustItem) -> bool:
        if (key := site.node.id) not in self._unclear:
            self._unclear[key] = OTHERWISE.search(text(site.node)) is not None or _in_macro(site)
        return self._unclear[key]

    def _knows_caller(self, site: RustItem, name: str) -> bool:
        """Return whether what a function inserts as a type may come from the certificate of the request.

        What is not known of it is missing without one only then.
        """
        key = site.node.id, name
        if key not in self._knowing:
            types = self.profiles.types
            own = self.profiles.of_item(site).reads & (Reads.CERTIFICATE | Reads.IDENTITY)
            self._knowing[key] = bool(own) or any(
                Reads.CERTIFICATE in types.of_type(types.key((word,), site.module))
                for word in set(re.findall(r"\w+", text(site.node))) - {name.rpartition("::")[2]}
                if word[:1].isupper()
            )
        return self._knowing[key]

    def _may_run(self, site: RustItem, conditions: Conditions) -> bool:
        """Return whether a function is used by code that is not dead, as far as conditions have a known outcome."""
        if not conditions.outcomes:
            return True
        uses = (
            node
            for one in self._naming(site)
            for node in descendants(one.node)
            if node.type in {"identifier", "field_identifier"} and text(node) == site.name
        )
        return not only_dead(conditions, uses)

    def _all(self) -> Iterable[RustItem]:
        if not self._sites:
            index = self.profiles.index
            files = index.files_with((b"xtension",), INSERTS_IN_BYTES)
            own = [one for one in index.functions_in(files) if INSERTS.search(one.code.source_text)]
            self._sites.append([*own, *(closure for one in own for closure in _closures(one))])
        return self._sites[0]

    def _names(self, item: RustItem, name: str) -> bool:
        """Return whether a function names a type, or calls one that returns it."""
        word = _word_of(name)
        return word.search(text(item.node)) is not None or any(
            word.search(text(syntax.field(one.node, "return_type")))
            for one in self.profiles.called(item.node, item.module)
        )

    def _as_type(self, inserted: Value | None, name: str) -> Value:
        """Return the values that may have the type: a variant that was imported has only its own name."""
        if inserted is None:
            return {UNKNOWN}
        every = [(one, one.type if isinstance(one, Holding) else "") for one in inserted]
        named = {one for one, kind in every if kind == name}
        if name in TEXTS:
            named |= {one for one in inserted if one in {ABSENT, TEXT} or isinstance(one, Text | Texts)}
        elif name in HOLDERS:
            named |= {one for one in inserted if one is ABSENT or isinstance(one, Present)}
        found = self.profiles.types.definition(name)
        words = (
            set(re.findall(r"\w+", text(found.node))) if found is not None and found.kind == "enum" else ()
        )
        other = any(kind != name and kind in words for _, kind in every)
        unclear = {UNKNOWN} if UNKNOWN in inserted or other else NOTHING
        return named | unclear | (inserted & {OWN, ANYTHING})

    def _callers(self, item: RustItem, name: str, depth: int = 0) -> Iterator[RustItem]:
        """Yield a function; instead of one that gets the value as an argument, the functions that call it."""
        given = _word_of(name).search(text(syntax.field(item.node, "parameters")))
        if given is None or depth >= DEEPEST:
            yield item
            return
        naming = list(self._naming(item))
        callers = [one for one in naming if self._calls(one, item)]
        for caller in callers:
            yield from self._callers(caller, name, depth + 1)
        if not callers and (naming or item.owner):
            yield item

    def _middleware(self, item: RustItem, depth: int = 0) -> frozenset[int]:
        """Return the ids of the middleware that a function is, or that calls it."""
        if is_middleware(item):
            return frozenset({item.node.id})
        if item.node.id not in self._around:
            self._around[item.node.id] = frozenset()
            callers = [one for one in self._naming(item) if self._calls(one, item)] if depth < DEEPEST else []
            self._around[item.node.id] = frozenset[int]().union(
                *(self._middleware(one, depth + 1) for one in callers)
            )
        return self._around[item.node.id]

    def _naming(self, item: RustItem) -> Iterator[RustItem]:
        word, index = re.compile(rf"\b{re.escape(item.name)}\b"), self.profiles.index
        files = index.files_with((item.name.encode(),), re.compile(re.escape(item.name.encode())))
        written = {file.name for file in index.expansions}
        for one in index.functions_in(files | written):
            named = one.id != item.id and word.search(one.code.source_text) is not None
            if named and one.body is not None and word.search(text(one.body)):
                yield one

    def _calls(self, one: RustItem, item: RustItem) -> bool:
        called = self.profiles.called(one.node, one.module)
        return any(other.node.id == item.node.id for other in called)


def _surely_by(case: AbsentCase, site: RustItem) -> Collection[str]:
    run = case.alone(site.node, site.module, site.owner)
    return run.effects.handed_on() if run is not None else ()


def _word_of(key: str) -> re.Pattern[str]:
    """Return what finds a type by its name without the module."""
    return re.compile(rf"\b{re.escape(key.rpartition('::')[2])}\b")


def _of_anybody(one: Atom) -> Atom:
    """Return an inserted value of which what is not known may be there for every client."""
    match one:
        case Known.UNKNOWN:
            return ANYTHING
        case Present(inner=inner):
            return Present(frozenset(map(_of_anybody, inner)))
        case Holding(fields=fields):
            return replace(
                one, fields=tuple((key, frozenset(map(_of_anybody, held))) for key, held in fields)
            )
    return one


def _closures(item: RustItem) -> Iterator[RustItem]:
    """Yield the closures of a function that insert, and have nothing of the function: no certificate of it either."""
    every = [one for one in descendants(item.node) if one.type == "closure_expression"]
    for closure in every:
        if INSERTS.search(text(closure)):
            used = {text(one) for one in descendants(closure) if one.type == "identifier"}
            if used.isdisjoint(_bound_around(item.node, closure)):
                yield replace(item, code=ItemCode.parsed(item.file, closure))


def _bound_around(function: Node, closure: Node) -> Iterator[str]:
    """Yield the variables of a function that are declared outside of a closure in it."""
    for one in descendants(function):
        if not closure.start_byte <= one.start_byte < closure.end_byte:
            pattern = one if one.type == "closure_parameters" else syntax.field(one, "pattern")
            yield from (
                (text(each) for each in descendants(pattern) if each.type == "identifier") if pattern else ()
            )


def is_middleware(item: RustItem) -> bool:
    """Return whether a function runs around others alone: it gets the rest of the chain."""
    parameters = syntax.field(item.node, "parameters")
    kinds = (syntax.field(child, "type") for child in parameters.named_children) if parameters else ()
    return any(syntax.type_name(kind) == "Next" for kind in kinds)


def _in_macro(item: RustItem) -> bool:
    """Return whether a macro's tokens contain an insertion, which is not evaluated."""
    return any(
        node.type == "macro_invocation" and INSERTS.search(text(node)) for node in descendants(item.node)
    )

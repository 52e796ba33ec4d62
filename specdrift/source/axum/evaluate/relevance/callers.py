"""Finds the functions that may call another one, by its name and by what stands before it."""

from collections.abc import Iterator
from itertools import islice

from msgspec import Struct, field
from tree_sitter import Node

from specdrift.source.rust import syntax
from specdrift.source.rust.call_index import ITSELF, CallIndex
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import text
from specdrift.source.rust.unparsed.item_headers import Parameters, parameters_in

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


class FunctionCallers(Struct, eq=False):
    """The functions that may call others. What was found for one name is not found again."""

    index: CrateIndex
    calls: CallIndex
    _looked_up: set[_Lookup] = field(default_factory=set)
    _own: dict[tuple[str, str, str], bool] = field(default_factory=dict)
    """Whether types have methods of some names, by the crate that asks."""

    def of(self, item: RustItem) -> Iterator[RustItem]:
        """Yield the functions that may call this one, except by names that were looked up."""
        for prefix in self._prefixes(item):
            if prefix in {".", NAMED}:
                yield from self._by_method(item, prefix)
            elif self._is_new(prefix, item.name, item):
                yield from self._of_users(item, prefix)
        if item.owner:
            yield from (c for c in self.calls.of("Self::", item.name) if c.owner == item.owner)

    def _by_method(self, item: RustItem, prefix: str) -> Iterator[RustItem]:
        """Yield those that have it after a dot: in files that name the type, if there are many of that name."""
        owner, given = item.owner.encode(), _takes_arguments(item)
        named = prefix == NAMED
        if self._is_new(prefix, f"{item.owner}.{item.name}" if named else item.name, item, given=given):
            for caller in self._of_users(item, ".", given=given):
                if not named or owner in caller.file.code:
                    yield caller
        if self._is_new(ITSELF, f"{item.owner}.{item.name}", item, given=given):
            for caller in self._of_users(item, ITSELF, given=given):
                if (not named or owner in caller.file.code) and self._may_be_of_itself(caller, item):
                    yield caller

    def _of_users(self, item: RustItem, before: str, *, given: bool | None = None) -> Iterator[RustItem]:
        crate = item.module.path[0]
        for caller in self.calls.of(before, item.name, given=given):
            if self.index.may_use(caller.module.path[0], crate):
                yield caller

    def _is_new(self, prefix: str, name: str, item: RustItem, *, given: bool | None = None) -> bool:
        key = prefix, name, item.module.path[0], given
        new = key not in self._looked_up
        self._looked_up.add(key)
        return new

    def _may_be_of_itself(self, caller: RustItem, item: RustItem) -> bool:
        """Return whether ``self.method()`` may be this method: that of another type only if its own type has none.

        A type parameter, and what implements a trait, has only methods of traits.
        """
        if caller.owner == item.owner or not caller.owner:
            return True
        if caller.in_trait or self._is_of_parameter(caller):
            return bool(item.trait) or item.in_trait
        key = caller.owner, item.name, caller.module.path[0]
        if key not in self._own:
            own = self.index.methods(item.name, {caller.owner})
            self._own[key] = any(one.module.path[0] == key[2] and _takes_self(one) for one in own)
        return not self._own[key]

    def _is_of_parameter(self, caller: RustItem) -> bool:
        return caller.of_parameter and not self.index.types(caller.owner)

    def _prefixes(self, item: RustItem) -> Iterator[str]:
        """Yield what may stand before the name in a call."""
        if not item.owner:
            yield from (
                ("", f"{item.module.path[-1]}::", "self::", "super::", "crate::") if not item.trait else ()
            )
            return
        yield f"{item.owner}::"
        given = bool(item.trait) and item.trait not in STANDARD
        if item.trait not in STANDARD and _takes_self(item):
            few = (
                given
                or len([*islice(self.index.each_method(item.name), MOST_OF_ONE_NAME + 1)]) <= MOST_OF_ONE_NAME
            )
            yield "." if few and item.name not in COMMON else NAMED


def _takes_arguments(item: RustItem) -> bool:
    """Return whether a method has parameters beside itself: all its calls have as many arguments."""
    if (known := parameters_of(item)) is not None:
        return known.others
    every = syntax.plain(parameters) if (parameters := syntax.field(item.node, "parameters")) else []
    return any(not _is_self(one) for one in every)


def _takes_self(item: RustItem) -> bool:
    """Return whether a function is a method: others are not called with a dot."""
    if (known := parameters_of(item)) is not None:
        return known.itself
    parameters = syntax.field(item.node, "parameters")
    return parameters is None or any(map(_is_self, syntax.plain(parameters)))


def parameters_of(item: RustItem) -> Parameters | None:
    """Return what a function takes and returns; ``None`` if it takes its tree to know."""
    return parameters_in(item.code.header) if item.code.header is not None else None


def _is_self(parameter: Node) -> bool:
    """``&self``, or ``self: Arc<Self>``."""
    return parameter.type == "self_parameter" or text(syntax.field(parameter, "pattern")) == "self"

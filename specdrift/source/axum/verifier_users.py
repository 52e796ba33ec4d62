"""Which TLS configurations a fact about a verifier or a callback is a part of: to a reader, each is one."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace
from tree_sitter import Node

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import ClientAuth, TlsFact
from specdrift.source.axum.guards.access_profiles import AccessProfiles
from specdrift.source.axum.tls_facts import LocatedFact, called
from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import arguments, descendants, text

TAKING = "with_client_cert_verifier"
"""The method with which a configuration of rustls gets its verifier."""
VERIFIER = "ClientCertVerifier"
ASSIGNING = {"let_declaration": ("pattern", "value"), "assignment_expression": ("left", "right")}
"""What gives a variable its value: the fields with the variable and the value."""
DEEPEST = 3
"""Functions that call each other, of which one makes a verifier."""


class TlsConfigurations(Struct, frozen=True):
    """The configurations of the crates, with the code that makes their verifiers."""

    facts: Sequence[LocatedFact]
    profiles: AccessProfiles
    takers: Sequence[tuple[LocatedFact, tuple[Node, ...]]]

    @classmethod
    def of(cls, facts: Sequence[LocatedFact], profiles: AccessProfiles) -> "TlsConfigurations":
        takers = [(one, tuple(_made_of(one, profiles))) for one in facts if called(one.node) == TAKING]
        return cls(facts, profiles, takers)

    def located(self) -> tuple[LocatedFact, ...]:
        """Return the facts, those of verifiers with the places of the configurations that get them."""
        return tuple(map(self._marked, self.facts))

    def of_own_code(self, found: Iterable[TlsFact]) -> Iterator[TlsFact]:
        """Yield facts about verifiers and callbacks that decide by their own code, with the same places."""
        for fact in found:
            owner = _owner(fact.location, self.profiles)
            around = () if owner else (one.fact for one in self.facts if _is_beside(fact.location, one))
            beside = [one.location for one in around if one.client_auth is not ClientAuth.CUSTOM]
            places = dict.fromkeys((*self._getting(owner), *beside))
            yield replace(fact, configured_at=tuple(places))

    def _marked(self, one: LocatedFact) -> LocatedFact:
        if called(one.node) == TAKING:
            return one
        places = self._getting(_owner(one.fact.location, self.profiles)) or [
            taker.fact.location for taker, made in self.takers if any(_holds(node, one.node) for node in made)
        ]
        return replace(one, fact=replace(one.fact, configured_at=tuple(places))) if places else one

    def _getting(self, owner: str) -> list[SourceLocation]:
        """Return the places of the configurations whose verifier is of a type."""
        return [taker.fact.location for taker, made in self.takers if owner and _names(made, owner)]


def _made_of(taker: LocatedFact, profiles: AccessProfiles) -> Iterator[Node]:
    """Yield the code that makes the verifier of a configuration: its argument, and what that names."""
    function = _function(taker.node)
    waiting = [(node, taker.function.module, 0) for node in arguments(taker.node)]
    seen = set[int]()
    while waiting:
        node, module, depth = waiting.pop()
        if node.id in seen:
            continue
        seen.add(node.id)
        yield node
        waiting += ((one, module, depth) for one in _declared(node, function))
        if depth < DEEPEST:
            waiting += ((item.node, item.module, depth + 1) for item in profiles.called(node, module))


def _declared(node: Node, function: Node) -> Iterator[Node]:
    """Yield what the variables that code names are declared or assigned with before it, in one function."""
    if not _holds(function, node) or node.id == function.id:
        return
    names = {text(one) for one in descendants(node) if one.type == "identifier"}
    for one in descendants(function):
        target, given = ASSIGNING.get(one.type, ("", ""))
        value = syntax.field(one, given) if given and one.end_byte <= node.start_byte else None
        bound = syntax.field(one, target) if value is not None else None
        if value is not None and bound is not None and names & {text(part) for part in descendants(bound)}:
            yield value


def _function(node: Node) -> Node:
    current = node
    while current.parent is not None and current.type != "function_item":
        current = current.parent
    return current


def _holds(outer: Node, inner: Node) -> bool:
    same = _root(outer).id == _root(inner).id
    return same and outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def _root(node: Node) -> Node:
    while node.parent is not None:
        node = node.parent
    return node


def _owner(place: SourceLocation, profiles: AccessProfiles) -> str:
    """Return the type of the crates whose verifier is at a place; empty for other code."""
    for item in profiles.index.functions_of({VERIFIER}):
        first, last = item.node.start_point[0] + 1, item.node.end_point[0] + 1
        if item.file.name == place.file and first <= place.line <= last:
            return item.owner
    return ""


def _names(made: Sequence[Node], owner: str) -> bool:
    return any(text(one) == owner for node in made for one in descendants(node) if "identifier" in one.type)


def _is_beside(place: SourceLocation, fact: LocatedFact) -> bool:
    """Return whether a place is in the function that makes an acceptor."""
    function = _function(fact.node)
    first, last = function.start_point[0] + 1, function.end_point[0] + 1
    return fact.function.file.name == place.file and first <= place.line <= last

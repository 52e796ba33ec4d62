"""A probe together with its observation. Pure."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from specdrift.body.content import Headers
from specdrift.classify.check_names import CERTIFICATE, UNALTERED
from specdrift.classify.explanation.refused import RefusedAnswer
from specdrift.classify.explanation.said import said_in, values_of_connection, words_of_connection
from specdrift.classify.resource import Values, own_values, without
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import Ending, HttpFacts, Observation
from specdrift.model.exchange.probe import Probe, Request
from specdrift.model.policy import Expect


class Exchange(Struct, frozen=True, eq=False):
    """A probe and its observation; compared by identity."""

    probe: Probe
    observation: Observation


Refusals = dict[Exchange, RefusedAnswer]


class Exchanges(Protocol):
    """Lookup of the exchanges of a run."""

    by_id: dict[str, Exchange]
    """Exchanges by the id of their probe, in the order in which they ended."""
    identities: Mapping[str, ClientIdentity]
    roles: Mapping[OperationKey, frozenset[str]]
    """The roles that may call an operation, empty if every valid certificate may."""

    open_operations: frozenset[OperationKey]
    """Operations that admit anonymous callers."""

    named: Mapping[OperationKey, frozenset[str]]
    """The words by which the document names each operation."""

    sent: Headers
    """The header fields that each request of the run has, beside its own."""

    refusals: Refusals
    """Refusals that were read, to read each only once."""

    own_values: dict[Exchange, Values]
    """The values of answers without those of their requests, each read once."""

    def of(self, check: str, operation: OperationKey | None, identity: str) -> Sequence[Exchange]:
        """Return the exchanges of a check on an operation by an identity."""
        ...

    def followed(self, entry: Exchange) -> Exchange | None:
        """Return the exchange that followed the redirect of this one."""
        ...

    def chain(self, entry: Exchange) -> Iterator[Exchange]:
        """Yield an exchange and those that followed its redirects."""
        ...

    def by_check(self, check: str) -> Iterator[Exchange]:
        """Return all exchanges of a check."""
        ...


def must_be_refused(log: Exchanges, name: str, operation: OperationKey) -> bool:
    """Return whether an identity must be refused: its certificate is invalid, or it lacks the required role."""
    identity = log.identities.get(name)
    if identity is None or identity.imitates:
        return False
    roles = log.roles.get(operation, frozenset())
    return identity.expect is Expect.REFUSED or (identity.is_control and identity.lacks(roles))


def forbidden(log: Exchanges, operations: Iterable[OperationKey]) -> Mapping[str, frozenset[OperationKey]]:
    """Return for each identity those of the operations that must refuse it."""
    guarded = frozenset(operations) - log.open_operations
    by_facts: dict[Hashable, frozenset[OperationKey]] = {}
    found: dict[str, frozenset[OperationKey]] = {}
    for name, identity in log.identities.items():
        # All that `must_be_refused` reads of an identity: most generated ones are alike in it.
        facts = identity.imitates, identity.kind, identity.expect, identity.roles
        if facts not in by_facts:
            by_facts[facts] = frozenset(each for each in guarded if must_be_refused(log, name, each))
        found[name] = by_facts[facts]
    return found


def is_control(log: Exchanges, name: str) -> bool:
    """Return whether an identity is one that should be admitted."""
    identity = log.identities.get(name)
    return identity is not None and identity.is_control


class OfIdentity(Struct, frozen=True):
    """The exchanges of one identity on one operation that got a response."""

    admitted: tuple[Exchange, ...]
    other: tuple[Exchange, ...]


def http_of(entry: Exchange) -> HttpFacts:
    """Return the response of an exchange that has one."""
    assert entry.observation.http is not None  # noqa: S101 - only exchanges with a response come here
    return entry.observation.http


def own_request(entry: Exchange) -> Request | None:
    """Return the request without what the server gave for it: the cookies of the redirects that it follows."""
    request = entry.probe.request
    if request is None or not entry.probe.follows:
        return request
    return replace(request, headers=tuple(each for each in request.headers if each[0].lower() != "cookie"))


def own_values_of(log: Exchanges, entry: Exchange) -> Values:
    """Return the values of an answer without those of its request, and of what the client knows of its connection."""
    if (found := log.own_values.get(entry)) is None:
        endpoint, tls, request = entry.probe.connection.endpoint, entry.observation.tls, own_request(entry)
        http = http_of(entry)
        found = own_values(http, request)
        found = without(found, said_in(found, http, endpoint, request, log.sent))
        found = without(found, values_of_connection(endpoint.address, tls.version, tls.cipher))
        log.own_values[entry] = found
    return found


def known_words(log: Exchanges, entry: Exchange) -> frozenset[str]:
    """Return the words that each request of the run says, and what the client knows of its connection."""
    fields = (word.casefold() for _, content in log.sent for word in content.split())
    return words_of_connection(entry.probe.connection.endpoint.address, entry.observation.tls).union(fields)


def answers_to(log: Exchanges, operation: OperationKey, identity: str) -> Iterator[HttpFacts]:
    """Yield the answers of an operation to an identity, also where its redirects lead."""
    entries = log.of(CERTIFICATE, operation, identity)
    return (each.observation.http for one in entries for each in log.chain(one) if each.observation.http)


def asked_instead(log: Exchanges, entry: Exchange) -> str:
    """Return which other representation of the usual resource was requested; another resource has another path."""
    operation, request, tag = entry.probe.operation, entry.probe.request, entry.probe.tag
    if request is None or tag is None:
        return ""
    usual = (each.probe.request for each in log.of(CERTIFICATE, operation, ANONYMOUS.name))
    paths = {one.target.partition("?")[0] for one in usual if one}
    return tag.name if request.target.partition("?")[0] in paths else ""


def refused_exchanges(log: Exchanges) -> Iterator[Exchange]:
    """Yield the exchanges with answers to callers who must be refused, each with those that followed its redirects."""
    return (
        entry
        for check in sorted(UNALTERED)
        for first in log.by_check(check)
        for entry in log.chain(first)
        if entry.probe.operation
        and entry.probe.operation not in log.open_operations
        and entry.observation.http
        and must_be_refused(log, entry.probe.identity, entry.probe.operation)
    )


def is_answered(observation: Observation) -> bool:
    """Whether the server sent an HTTP response, final or 100 Continue."""
    return observation.http is not None or observation.ending is Ending.CONTINUE

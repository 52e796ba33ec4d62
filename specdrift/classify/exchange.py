"""A probe together with its observation. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from specdrift.classify.explanation.refused import RefusedAnswer
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.observation import Observation
from specdrift.model.exchange.probe import Probe


@dataclass(frozen=True, slots=True, eq=False)
class Exchange:
    """A probe and its observation; compared by identity."""

    probe: Probe
    observation: Observation


class Exchanges(Protocol):
    """Lookup of the exchanges of a run."""

    identities: Mapping[str, ClientIdentity]
    roles: Mapping[OperationKey, frozenset[str]]
    """The roles that may call an operation, empty if every valid certificate may."""

    open_operations: frozenset[OperationKey]
    """Operations that admit anonymous callers."""

    refusals: dict[Exchange, RefusedAnswer]
    """Refusals that were read, to read each only once."""

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


@dataclass(frozen=True, slots=True)
class OfIdentity:
    """The exchanges of one identity on one operation that got a response."""

    admitted: tuple[Exchange, ...]
    other: tuple[Exchange, ...]

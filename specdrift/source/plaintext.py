"""Listeners without TLS: which of them serve more than what the document leaves open."""

from collections.abc import Iterable, Iterator

from specdrift.model.contract.contract import Contract
from specdrift.model.contract.requirement import Demand
from specdrift.model.result.source import SourceFinding
from specdrift.source.protocol import PlaintextListener
from specdrift.source.route_matcher import match


def closed(
    contract: Contract | None, findings: Iterable[SourceFinding], listeners: Iterable[PlaintextListener]
) -> Iterator[SourceFinding]:
    """Yield the findings, but for those of listeners whose routes the document leaves open to everybody."""
    known = [listener for listener in listeners if contract is not None and _is_open(contract, listener)]
    yield from (one for one in findings if all(one is not listener.finding for listener in known))


def _is_open(contract: Contract, listener: PlaintextListener) -> bool:
    matching = match(contract, listener.routes)
    routes = {id(route) for found in matching.routes.values() for route in found}
    requirements = [
        contract.operations[number].requirement for number, found in matching.routes.items() if found
    ]
    everybody = all(one.anonymous_allowed and one.demand is not Demand.UNDECLARED for one in requirements)
    return everybody and bool(routes) and len(routes) == len(listener.routes)

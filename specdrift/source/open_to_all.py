"""What is open to everybody: listeners without TLS that serve more than the document leaves open, and fallbacks."""

from collections.abc import Iterable, Iterator

from specdrift.model.contract.contract import Contract
from specdrift.model.contract.requirement import Demand
from specdrift.model.result.source import ListenerKind, SourceFinding, SourceRoute, SourceView
from specdrift.source.handshakes import behind_no_handshake, surely_guarded
from specdrift.source.protocol import PlaintextListener
from specdrift.source.route_matcher import match


def closed(
    contract: Contract | None, findings: Iterable[SourceFinding], listeners: Iterable[PlaintextListener]
) -> Iterator[SourceFinding]:
    """Yield the findings, but for those of listeners whose routes the document leaves open to everybody.

    Those of a listener for this machine count if the document demands something of its clients.
    """
    known = [one for one in listeners if _is_open(contract, one)]
    yield from (one for one in findings if all(one is not listener.finding for listener in known))


def _is_open(contract: Contract | None, listener: PlaintextListener) -> bool:
    if contract is None:
        return listener.is_local
    matching = match(contract, listener.routes)
    routes = {id(route) for found in matching.routes.values() for route in found}
    requirements = [
        contract.operations[number].requirement for number, found in matching.routes.items() if found
    ]
    everybody = all(one.anonymous_allowed and one.demand is not Demand.UNDECLARED for one in requirements)
    return everybody and (listener.is_local or (bool(routes) and len(routes) == len(listener.routes)))


def gives_data(route: SourceRoute, view: SourceView) -> bool:
    """Return whether a fallback may give data to clients without a certificate.

    Without TLS in the source, a proxy may demand the certificate for all paths.
    """
    if not route.gives_data or surely_guarded(route) or not route.mounted:
        return False
    over_network = set(route.listeners) != {ListenerKind.LOCAL} and bool(view.tls_of(route.binaries))
    return over_network and bool(behind_no_handshake([route], view))


def why_undecided(fallback: SourceRoute) -> tuple[str, str]:
    """Return why a fallback leaves an operation undecided, and what decides."""
    answering = f"{fallback.handler} ({fallback.location})"
    return (
        f"Requests that no route matches are answered by {answering} without a certificate, perhaps with its data",
        "Guard the fallback, or let it answer with an error; or probe the server with specdrift check.",
    )

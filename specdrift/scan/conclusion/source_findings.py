"""Adds the findings of the source analysis to a result."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from specdrift.differ.diff import ordered
from specdrift.differ.source_drifts import source_drifts
from specdrift.model.contract.contract import Contract, DocumentIdentity
from specdrift.model.result.drift import Drift, Severity
from specdrift.model.result.gateway import GatewayView
from specdrift.model.result.result import Result, UndecidedOperation
from specdrift.model.result.source import SourceFinding
from specdrift.result.status import status_of
from specdrift.rules import ids
from specdrift.scan.first_shard import is_first
from specdrift.settings import GateSettings
from specdrift.source import ReadSources, closed

if TYPE_CHECKING:
    from specdrift.source.gateway.join.operation_reports import JoinedGateways

ALONE = frozenset({ids.ROUTE_NOT_GUARDED})
"""Rules about a service that is reached without its gateway."""
NOTHING = DocumentIdentity(source="", sha256="", openapi="", title="")


def with_source(
    result: Result,
    analysis: ReadSources,
    contract: Contract | None,
    gate: GateSettings,
    *,
    shard: tuple[int, int] | None = None,
    probed: bool,
    certificates: Iterable[bytes] = (),
) -> Result:
    """Add the findings about the source.

    ``probed``: responses of the server confirm or refute them. ``certificates``: those of valid clients, as DER.
    """
    findings, open_operations, views = _compared(contract, analysis, certificates)
    judged = {item.operation.key for item in result.operations}
    documented = frozenset(operation.key for operation in contract.operations) if contract else frozenset()
    # A shard reports findings about its own operations; the first one also those about none of the document.
    first = is_first(shard)
    reported = [
        finding
        for finding in (*findings, *closed(contract, analysis.findings, analysis.plaintext))
        if (finding.operation in judged if finding.operation in documented else first)
    ]
    # Responses decide what the source leaves open.
    undecided = () if probed else open_operations
    return with_source_drifts(
        replace(
            result,
            undecided=(*result.undecided, *undecided),
            counts=replace(result.counts, undecided=result.counts.undecided + len(undecided)),
            source=analysis.view,
            gateways=views,
        ),
        source_drifts(reported, runtime=result if probed else None),
        gate,
    )


def _compared(
    contract: Contract | None, analysis: ReadSources, certificates: Iterable[bytes]
) -> tuple[tuple[SourceFinding, ...], tuple[UndecidedOperation, ...], tuple[GatewayView, ...]]:
    """Return the differences, the operations that stay open, and the gateways."""
    findings, undecided = _of_service(contract, analysis)
    if not analysis.gateways:
        return findings, undecided, ()
    joined = _joined(contract, analysis, certificates)
    return (
        (*(_through(joined, one) for one in findings if not _is_settled(one, joined)), *joined.findings),
        (*(one for one in undecided if one.operation not in joined.judged), *joined.undecided),
        joined.views,
    )


def _of_service(
    contract: Contract | None, analysis: ReadSources
) -> tuple[tuple[SourceFinding, ...], tuple[UndecidedOperation, ...]]:
    """Return the differences between document and service. What compares is imported only if there are both."""
    if contract is None or analysis.view is None:
        return (), ()
    from specdrift.source.compare import compare

    return compare(contract, analysis.view)


def _joined(
    contract: Contract | None, analysis: ReadSources, certificates: Iterable[bytes]
) -> "JoinedGateways":
    """Compare gateways with document and service. What compares is imported only beside a gateway."""
    from specdrift.source.gateway.callers.presented_certificate import PresentedCertificate
    from specdrift.source.gateway.join.gateway_join import join

    read = map(PresentedCertificate.of, certificates)
    known = tuple(one for one in read if one is not None)
    empty = Contract(document=NOTHING, operations=())
    return join(contract or empty, analysis.gateways, analysis.view, analysis.forwarded, known)


def _through(joined: "JoinedGateways", finding: SourceFinding) -> SourceFinding:
    """Return a finding about a route with what a gateway does there, where it guards the handler elsewhere."""
    alias = joined.aliases.get(finding.operation) if finding.operation is not None else None
    if alias is None or finding.rule != ids.ROUTE_NOT_DOCUMENTED:
        return finding
    return replace(
        finding,
        severity=Severity.ERROR,
        message=f"{finding.message} Clients without a certificate get it through {alias.server}, and "
        f"{alias.operation}, which has the same handler, is guarded.",
        related=(*finding.related, *([alias.at] if alias.at is not None else [])),
    )


def _is_settled(finding: SourceFinding, joined: "JoinedGateways") -> bool:
    """Return whether gateway and service were judged together, and the service need not check alone."""
    return finding.rule in ALONE and finding.operation in joined.judged


def with_source_drifts(result: Result, found: Iterable[Drift], gate: GateSettings) -> Result:
    """Add drifts and derive the exit status again."""
    whole = replace(result, drifts=ordered((*result.drifts, *found)))
    status = status_of(
        whole,
        gate.fail_on,
        allow_incomplete=gate.allow_incomplete,
        not_deployed_ok=gate.not_deployed_ok,
    )
    return replace(whole, exit_status=status)

"""Adds the findings of the source analysis to a result."""

from collections.abc import Iterable
from dataclasses import replace

from specdrift.differ.diff import ordered
from specdrift.differ.source_drifts import source_drifts
from specdrift.model.contract.contract import Contract
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import Result
from specdrift.result.status import status_of
from specdrift.scan.preparation.shards import is_first
from specdrift.settings import GateSettings
from specdrift.source import SourceAnalysis, compare


def with_source(
    result: Result,
    analysis: SourceAnalysis,
    contract: Contract | None,
    gate: GateSettings,
    *,
    shard: tuple[int, int] | None = None,
    probed: bool,
) -> Result:
    """Add the findings about the source; ``probed``: responses of the server confirm or refute them."""
    findings, open_operations = compare(contract, analysis.view) if contract else ((), ())
    judged = {item.operation.key for item in result.operations}
    documented = frozenset(operation.key for operation in contract.operations) if contract else frozenset()
    # A shard reports findings about its own operations; the first one also those about none of the document.
    first = is_first(shard)
    reported = [
        finding
        for finding in (*findings, *analysis.findings)
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
        ),
        source_drifts(reported, runtime=result if probed else None),
        gate,
    )


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

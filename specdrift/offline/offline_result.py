"""Builds a result from the document and the source only; sends nothing."""

from datetime import datetime

from specdrift import __version__
from specdrift.config.describe.show import describe
from specdrift.errors import ExitStatus
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.operation import Operation
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import Counts, OperationResult, Result, Target
from specdrift.model.result.verdict import Confidence, Enforcement, Verdict
from specdrift.redaction.configured_secrets import parameters_of, secrets_of
from specdrift.result.redact import Redactor
from specdrift.settings import Settings


def offline_result(
    settings: Settings,
    contract: Contract,
    now: datetime,
    *,
    drifts: tuple[Drift, ...] = (),
    status: ExitStatus = ExitStatus.OK,
    target: str = "",
) -> Result:
    """Return a result in which every operation is undecided; ``target`` is what should have been probed."""
    names = _secret_names(settings, contract)
    secrets = (*secrets_of(settings), *parameters_of(contract.operations, names))
    redactor = Redactor(names, secrets)
    result = Result(
        tool_version=__version__,
        run_id="",
        started_at=now,
        finished_at=now,
        exit_status=status,
        document=contract.document,
        target=Target(base_url=target),
        identities=(),
        operations=tuple(map(_undecided, contract.operations)),
        drifts=drifts,
        counts=Counts(operations=len(contract.operations)),
        settings=describe(settings),
    )
    return redactor.result(result)


def _undecided(operation: Operation) -> OperationResult:
    return OperationResult(
        operation=operation,
        enforcement=Enforcement.INDETERMINATE,
        layer=None,
        verdict=Verdict.UNDECIDED,
        confidence=Confidence.LOW,
    )


def _secret_names(settings: Settings, contract: Contract) -> list[str]:
    own = (scheme.parameter[1] for scheme in contract.schemes if scheme.parameter)
    return [*own, *settings.redact.names]

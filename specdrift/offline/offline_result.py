"""A result for which nobody was asked: what the document and the source say by themselves."""

from datetime import datetime

from specdrift import __version__
from specdrift.config.describe.show import describe
from specdrift.errors import ExitStatus
from specdrift.model.contract.contract import Contract
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import Counts, OperationResult, Result, Target
from specdrift.model.result.verdict import Confidence, Enforcement, Verdict
from specdrift.result.redact import Redactor
from specdrift.settings import Settings


def offline_result(
    settings: Settings,
    contract: Contract,
    now: datetime,
    *,
    drifts: tuple[Drift, ...] = (),
    status: ExitStatus = ExitStatus.OK,
) -> Result:
    """A result without a target, in which no operation is decided."""
    operations = tuple(
        OperationResult(
            operation=operation,
            enforcement=Enforcement.INDETERMINATE,
            layer=None,
            verdict=Verdict.UNDECIDED,
            confidence=Confidence.LOW,
        )
        for operation in contract.operations
    )
    redactor = Redactor(_secret_names(settings, contract), operations=contract.operations)
    result = Result(
        tool_version=__version__,
        run_id="",
        started_at=now,
        finished_at=now,
        exit_status=status,
        document=contract.document,
        target=Target(base_url=""),
        identities=(),
        operations=operations,
        drifts=drifts,
        counts=Counts(operations=len(operations)),
        settings=describe(settings),
    )
    return redactor.result(result)


def _secret_names(settings: Settings, contract: Contract) -> list[str]:
    own = (scheme.parameter[1] for scheme in contract.schemes if scheme.parameter)
    return [*own, *settings.redact.names]

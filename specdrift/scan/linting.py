"""What the document says by itself, as a result without a target."""

from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from specdrift import __version__
from specdrift.config.show import describe
from specdrift.differ.diff import document_drifts, ordered
from specdrift.differ.status import exit_status
from specdrift.errors import DocumentError, ExitStatus
from specdrift.model.contract import Contract, Diagnostic, DocumentIdentity
from specdrift.model.drift import Drift
from specdrift.model.result import Counts, OperationResult, Result, Target
from specdrift.model.verdict import Confidence, Enforcement, Verdict
from specdrift.scan.prepare import load_contract
from specdrift.settings import Settings


def lint(settings: Settings, *, stdin: BinaryIO | None = None, cwd: Path | None = None) -> Result:
    """The findings about the document. One that cannot be judged gives no operations and exit status 2."""
    now = datetime.now(UTC)
    try:
        contract = load_contract(settings, stdin=stdin, cwd=cwd)
    except DocumentError as error:
        return _unreadable(settings, error.diagnostics, now)
    drifts = ordered(document_drifts(contract.diagnostics))
    status = exit_status(drifts, settings.fail_on, incomplete=not contract.operations)
    return _result(settings, contract, now, drifts=drifts, status=status)


def _unreadable(settings: Settings, diagnostics: tuple[Diagnostic, ...], now: datetime) -> Result:
    document = DocumentIdentity(source=settings.spec, sha256="", openapi="", title="")
    drifts = ordered(document_drifts(diagnostics))
    return _result(
        settings, Contract(document=document, operations=()), now, drifts=drifts, status=ExitStatus.USAGE
    )


def _result(
    settings: Settings, contract: Contract, now: datetime, *, drifts: tuple[Drift, ...], status: ExitStatus
) -> Result:
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
    return Result(
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
        config=describe(settings),
        origins=dict(settings.origins),
    )

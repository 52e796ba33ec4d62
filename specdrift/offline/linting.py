"""``specdrift lint``: findings about the document, without a target."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from specdrift.config.describe.show import toml
from specdrift.differ.contract_changes import change_drift, changes
from specdrift.differ.diff import document_drifts, ordered
from specdrift.errors import DocumentError, ExitStatus
from specdrift.model.contract.contract import Contract, Diagnostic, DocumentIdentity
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import Result
from specdrift.model.result.setting import AGAINST, Setting
from specdrift.offline.offline_result import offline_result
from specdrift.result.status import status_of
from specdrift.scan.conclusion.no_requirement import no_requirement
from specdrift.scan.preparation.documents import DocumentReading, load_contract
from specdrift.settings import Settings


def lint(
    settings: Settings,
    *,
    against: str = "",
    gate: tuple[Drift, ...] = (),
    stdin: BinaryIO | None = None,
    cwd: Path | None = None,
) -> Result:
    """Return the findings about the document, and with ``against`` the security changes since an older one.

    ``gate`` are the drifts of the configuration.
    A document that cannot be read gives a result without operations and with exit status 2.
    """
    now = datetime.now(UTC)
    reading = DocumentReading.of(settings)
    try:
        contract = load_contract(settings.spec, reading, stdin=stdin, cwd=cwd)
        older = load_contract(against, reading, stdin=stdin, cwd=cwd) if against else None
    except DocumentError as error:
        return _unreadable(settings, error.diagnostics, now, gate)
    changed = [change_drift(change, older=against) for change in changes(older, contract)] if older else []
    drifts = ordered((*changed, *gate, *document_drifts(contract.diagnostics)))
    missing = no_requirement(contract)
    if older and not no_requirement(older):
        missing = None  # what the older document requires is compared
    result = replace(offline_result(settings, contract, now, drifts=drifts), problem=missing)
    status = status_of(result, settings.gate.fail_on, allow_incomplete=False)
    result = replace(result, exit_status=status)
    if older is None:
        return result
    compared = Setting(value=against, text=toml(against), origin=f"--{AGAINST}")
    return replace(result, settings={**result.settings, AGAINST: compared})


def _unreadable(
    settings: Settings, diagnostics: tuple[Diagnostic, ...], now: datetime, gate: tuple[Drift, ...]
) -> Result:
    document = DocumentIdentity(source=settings.spec, sha256="", openapi="", title="")
    drifts = ordered((*gate, *document_drifts(diagnostics)))
    nothing = Contract(document=document, operations=())
    return offline_result(settings, nothing, now, drifts=drifts, status=ExitStatus.USAGE)

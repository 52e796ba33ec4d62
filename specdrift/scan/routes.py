"""``specdrift routes``: the source beside the document and, where there is one, the result of a check."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from specdrift import __version__
from specdrift.config.show import describe
from specdrift.model.contract import Contract, DocumentIdentity
from specdrift.model.result import Counts, OperationResult, Result, Target
from specdrift.model.verdict import Confidence, Enforcement, Verdict
from specdrift.reports.redact import redact_config
from specdrift.scan.prepare import load_contract
from specdrift.scan.sourcing import read_source, with_source
from specdrift.settings import Settings


def routes(
    settings: Settings,
    folder: Path,
    *,
    earlier: Result | None = None,
    stdin: BinaryIO | None = None,
    cwd: Path | None = None,
) -> Result:
    """The three-way result. With ``earlier`` it is that one, and what the source says of it.

    Raises SpecdriftError for a folder or a document that cannot be read.
    """
    now = datetime.now(UTC)
    settings = replace(settings, source=replace(settings.source, crate=folder))
    contract = _contract(settings, earlier, stdin=stdin, cwd=cwd)
    reading = read_source(settings, folder, contract, cwd=cwd)
    base = earlier or _alone(settings, contract, folder, now)
    return with_source(base, reading, contract, settings, asked=earlier is not None)


def _contract(
    settings: Settings, earlier: Result | None, *, stdin: BinaryIO | None, cwd: Path | None
) -> Contract | None:
    if settings.spec:
        return load_contract(settings, stdin=stdin, cwd=cwd)
    if earlier is None:
        return None
    return Contract(
        document=earlier.document,
        operations=tuple(item.operation for item in earlier.operations),
        servers=(earlier.target.base_url,),
    )


def _alone(settings: Settings, contract: Contract | None, folder: Path, now: datetime) -> Result:
    """A result without a target, as ``lint`` gives."""
    operations = tuple(
        OperationResult(
            operation=operation,
            enforcement=Enforcement.INDETERMINATE,
            layer=None,
            verdict=Verdict.UNDECIDED,
            confidence=Confidence.LOW,
        )
        for operation in (contract.operations if contract else ())
    )
    nothing = DocumentIdentity(
        source=str(folder), sha256=hashlib.sha256(b"").hexdigest(), openapi="", title=folder.resolve().name
    )
    return Result(
        tool_version=__version__,
        run_id="",
        started_at=now,
        finished_at=now,
        exit_status=0,
        document=contract.document if contract else nothing,
        target=Target(base_url=""),
        identities=(),
        operations=operations,
        drifts=(),
        counts=Counts(operations=len(operations)),
        config=redact_config(describe(settings), contract.operations if contract else ()),
        origins=dict(settings.origins),
    )

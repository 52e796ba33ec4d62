"""What the source of a service wires, held against the document and, where there is one, the result of a check."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from specdrift import __version__
from specdrift.config.show import describe
from specdrift.differ.diff import ordered
from specdrift.differ.source_drifts import source_drifts
from specdrift.differ.status import exit_status
from specdrift.model.contract import Contract, DocumentIdentity
from specdrift.model.result import Counts, OperationResult, Result, Target, UndecidedOperation
from specdrift.model.verdict import Confidence, Enforcement, Verdict
from specdrift.scan.prepare import load_contract
from specdrift.settings import Settings
from specdrift.source import Question, Reading, compare, read


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
    contract = _contract(settings, earlier, stdin=stdin, cwd=cwd)
    reading = read_source(settings, folder, contract, cwd=cwd)
    findings, doubts = compare(contract, reading.view) if contract else ((), ())
    runtime = {item.operation.key: item for item in earlier.operations} if earlier else {}
    found = source_drifts((*findings, *reading.findings), runtime=runtime)
    base = earlier or _alone(settings, contract, folder, now)
    drifts = ordered((*base.drifts, *found))
    undecided = tuple(
        UndecidedOperation(operation=doubt.operation, reason=doubt.reason, how_to_decide=doubt.how_to_decide)
        for doubt in doubts
    )
    open_ones = bool(undecided or (earlier and earlier.undecided)) and not settings.allow_incomplete
    return replace(
        base,
        drifts=drifts,
        undecided=(*base.undecided, *undecided),
        counts=replace(base.counts, undecided=base.counts.undecided + len(undecided)),
        source=reading.view,
        exit_status=exit_status(drifts, settings.fail_on, incomplete=open_ones),
        finished_at=datetime.now(UTC) if earlier is None else base.finished_at,
    )


def read_source(
    settings: Settings, folder: Path, contract: Contract | None, *, cwd: Path | None = None
) -> Reading:
    """The source in a folder, its files named as from ``cwd``."""
    here = cwd or Path.cwd()
    shown = folder.relative_to(here) if folder.is_absolute() and folder.is_relative_to(here) else folder
    own = settings.source
    roles = frozenset[str]().union(*(o.roles for o in contract.operations)) if contract else frozenset[str]()
    return read(Question(folder=shown, entry=own.entry, guards=own.guards, assume=own.assume, roles=roles))


def _contract(
    settings: Settings, earlier: Result | None, *, stdin: BinaryIO | None, cwd: Path | None
) -> Contract | None:
    if settings.spec:
        return load_contract(settings, stdin=stdin, cwd=cwd)
    if earlier is None:
        return None
    return Contract(
        document=earlier.document, operations=tuple(item.operation for item in earlier.operations)
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
        config=describe(settings),
        origins=dict(settings.origins),
    )

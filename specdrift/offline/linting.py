"""``specdrift lint``: findings about the document, without a target."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from msgspec.structs import replace

from specdrift.config.describe.show import toml
from specdrift.differ.contract_changes import (
    Direction,
    change_drift,
    changes,
    comparable,
    guarded_and_gone,
    joined,
    perhaps_moved,
    undecided_change,
    undecided_move,
    with_moved,
)
from specdrift.differ.diff import document_drifts, ordered
from specdrift.errors import DocumentError, ExitStatus
from specdrift.model.contract.contract import Contract, Diagnostic, DocumentIdentity
from specdrift.model.result.drift import Drift
from specdrift.model.result.problem import Problem, ProblemKind
from specdrift.model.result.result import Result
from specdrift.model.result.setting import AGAINST, Setting
from specdrift.offline.offline_result import offline_result
from specdrift.offline.other_documents import documents_beside, other_documents
from specdrift.redaction.configured_secrets import url_secrets
from specdrift.redaction.search import SecretSearch
from specdrift.result.status import status_of
from specdrift.scan.conclusion.no_requirement import no_requirement
from specdrift.scan.older.older_document import load_older
from specdrift.scan.preparation.documents import DocumentReading, load_contract, skipped_webhooks
from specdrift.settings import Settings


def lint(
    settings: Settings,
    *,
    against: Sequence[str] = (),
    gate: tuple[Drift, ...] = (),
    stdin: BinaryIO | None = None,
    cwd: Path | None = None,
) -> Result:
    """Return the result of ``linted``; of a document that cannot be read one without operations, with exit status 2."""
    try:
        return linted(settings, against=against, gate=gate, stdin=stdin, cwd=cwd)
    except DocumentError as error:
        return _unreadable(settings, error.diagnostics, datetime.now(UTC), gate)


def linted(
    settings: Settings,
    *,
    against: Sequence[str] = (),
    gate: tuple[Drift, ...] = (),
    stdin: BinaryIO | None = None,
    cwd: Path | None = None,
) -> Result:
    """Return the findings about the document, and with ``against`` the security changes since older ones, joined.

    ``gate`` are the drifts of the configuration. A result without an operation to compare has a problem.
    Raises DocumentError.
    """
    now = datetime.now(UTC)
    contract = load_contract(settings.spec, DocumentReading.of(settings), stdin=stdin, cwd=cwd)
    earlier = [load_older(one, settings, stdin=stdin, cwd=cwd) for one in against]
    older = joined(earlier) if earlier else None
    names = SecretSearch(secret for one in against for secret in url_secrets(one)).hide(", ".join(against))
    newer, moved = contract, []
    if older and guarded_and_gone(older, contract):
        newer = with_moved(older, contract, other_documents(settings, against, cwd=cwd))
        moved = list(perhaps_moved(older, newer, documents_beside(settings, against, cwd=cwd)))
    changed = changes(older, newer) if older else ()
    found = [change_drift(one, older=names) for one in changed if one.direction is not Direction.UNDECIDED]
    undecided = [
        *(undecided_change(one, older=names) for one in changed if one.direction is Direction.UNDECIDED),
        *(undecided_move(one, older=names) for one in moved),
    ]
    drifts = ordered((*found, *gate, *document_drifts(contract.diagnostics)))
    missing = _incomparable(older, contract, names) if older else no_requirement(contract)
    result = offline_result(settings, contract, now, drifts=drifts)
    skipped = tuple(skipped_webhooks(contract))
    counts = replace(result.counts, undecided=len(undecided), skipped=len(skipped))
    result = replace(result, problem=missing, undecided=tuple(undecided), skipped=skipped, counts=counts)
    status = status_of(result, settings.gate.fail_on, allow_incomplete=False)
    result = replace(result, exit_status=status)
    if older is None:
        return result
    compared = Setting(value=names, text=toml(names), origin=f"--{AGAINST}")
    return replace(result, settings={**result.settings, AGAINST: compared})


def _incomparable(older: Contract, newer: Contract, name: str) -> Problem | None:
    """Return why nothing can be compared. A document that no longer requires a certificate can be."""
    if not comparable(older, newer):
        return Problem(
            kind=ProblemKind.NOTHING_COMPARABLE,
            text=f"{newer.document.source} and {name} have no operation in common: nothing was compared. Name the "
            "document that this one replaces.",
        )
    return no_requirement(newer) if no_requirement(older) else None


def _unreadable(
    settings: Settings, diagnostics: tuple[Diagnostic, ...], now: datetime, gate: tuple[Drift, ...]
) -> Result:
    document = DocumentIdentity(source=settings.spec, sha256="", openapi="", title="")
    drifts = ordered((*gate, *document_drifts(diagnostics)))
    nothing = Contract(document=document, operations=())
    return offline_result(settings, nothing, now, drifts=drifts, status=ExitStatus.USAGE)

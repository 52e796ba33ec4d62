"""``specdrift routes``: compares the source with the document and the result of a check."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from msgspec.structs import replace

from specdrift.model.contract.contract import Contract, DocumentIdentity
from specdrift.model.result.result import Result
from specdrift.offline.offline_result import offline_result
from specdrift.scan.conclusion.source_findings import with_source
from specdrift.scan.preparation.source_analysis import read_source
from specdrift.settings import Settings


def routes(
    settings: Settings,
    paths: tuple[Path, ...],
    *,
    earlier: Result | None = None,
    stdin: BinaryIO | None = None,
    cwd: Path | None = None,
) -> Result:
    """Return the findings about the source, added to ``earlier`` if that is given.

    Raises SpecdriftError for a folder or a document that cannot be read.
    """
    now = datetime.now(UTC)
    settings = replace(settings, source=replace(settings.source, paths=paths))
    contract = _contract(settings, earlier, stdin=stdin, cwd=cwd)
    base = earlier or offline_result(settings, contract or _without_document(paths[-1]), now)
    analysis = read_source(settings.source, contract, cwd=cwd)
    assert analysis is not None  # noqa: S101 - a path is set
    return with_source(
        base,
        analysis,
        contract,
        settings.gate,
        shard=settings.selection.shard,
        probed=earlier is not None,
        certificates=_certificates(settings) if analysis.gateways else (),
    )


def _certificates(settings: Settings) -> tuple[bytes, ...]:
    """Return the certificates of valid clients. What reads them is imported only beside a gateway."""
    from specdrift.pki.load import configured_certificates

    return configured_certificates(settings.identities)


def _contract(
    settings: Settings, earlier: Result | None, *, stdin: BinaryIO | None, cwd: Path | None
) -> Contract | None:
    if settings.spec:
        from specdrift.scan.preparation.documents import DocumentReading, load_contract

        return load_contract(settings.spec, DocumentReading.of(settings), stdin=stdin, cwd=cwd)
    if earlier is None:
        return None
    return Contract(
        document=earlier.document,
        operations=tuple(item.operation for item in earlier.operations),
        servers=(earlier.target.base_url,),
    )


def _without_document(folder: Path) -> Contract:
    """Return a contract without operations, named after the folder of the source."""
    document = DocumentIdentity(
        source=str(folder), sha256=hashlib.sha256(b"").hexdigest(), openapi="", title=folder.resolve().name
    )
    return Contract(document=document, operations=())

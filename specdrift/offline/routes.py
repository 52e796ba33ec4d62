"""``specdrift routes``: the source beside the document and, where there is one, the result of a check."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from specdrift.model.contract.contract import Contract, DocumentIdentity
from specdrift.model.result.result import Result
from specdrift.offline.offline_result import offline_result
from specdrift.scan.preparation.prepare import load_contract
from specdrift.scan.preparation.source_analysis import read_source, with_source
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
    analysis = read_source(settings, folder, contract, cwd=cwd)
    base = earlier or _alone(settings, contract, folder, now)
    return with_source(base, analysis, contract, settings, asked=earlier is not None)


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
    """Of the source alone, where there is no document."""
    source = DocumentIdentity(
        source=str(folder), sha256=hashlib.sha256(b"").hexdigest(), openapi="", title=folder.resolve().name
    )
    return offline_result(settings, contract or Contract(document=source, operations=()), now)

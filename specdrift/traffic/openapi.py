"""Another version of the OpenAPI document: its operations may still, or already, exist."""

import re
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import urlsplit

from msgspec import Struct

from specdrift.errors import DocumentError
from specdrift.loader import load
from specdrift.model.contract.contract import Contract
from specdrift.settings import LoaderSettings
from specdrift.traffic.traffic_format import (
    BELOW_BASE,
    ImportedEndpoint,
    TrafficFile,
    TrafficFormat,
    UnreadableLine,
    UnreadableTraffic,
)

VERSION = re.compile(
    # Spaces of one line only: \s would run through the line ends from each of them.
    r"""^[ \t]*+(?:\{[ \t]*+)?["']?(openapi|swagger)["']?\s*:\s*["']?[1-9]|"(openapi|swagger)"\s*:\s*"[1-9]""",
    re.MULTILINE,
)


class OpenApi(Struct, frozen=True):
    """Every operation, below the base path of the API and below those of the document's servers."""

    name: str = "OpenAPI document"

    def recognises(self, file: TrafficFile) -> bool:
        """Return whether the text has the version member that OpenAPI requires."""
        return VERSION.search(file.text) is not None

    def read(self, file: TrafficFile) -> Iterator[ImportedEndpoint | UnreadableLine]:
        """Yield the operations; ignore other defects of the document."""
        contract = _load(file)
        roots = (
            BELOW_BASE,
            *dict.fromkeys(_path(url) for url in contract.servers or ("",)),
        )
        for operation in contract.operations:
            yield ImportedEndpoint(
                method=operation.key.method,
                url=operation.key.path,
                line=operation.declared_at.line,
                target="" if operation.missing or operation.taken_for else operation.target,
                roots=roots,
            )


def _path(url: str) -> str:
    """Return the base path of a server; empty for an invalid URL."""
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""


def _load(file: TrafficFile) -> Contract:
    try:
        return load(
            "-",
            LoaderSettings(),
            stdin=BytesIO(file.text.encode("utf-8", "replace")),
            cwd=file.folder,
        )
    except DocumentError as error:
        first = error.diagnostics[0]
        raise UnreadableTraffic(first.location.line if first.location else 1, first.message) from None


FORMAT: TrafficFormat = OpenApi()

"""Extensions that seem to require mutual TLS: those that nothing reads are named."""

from pathlib import Path

import pytest

from specdrift.settings import LoaderSettings
from tests.loader.documents import loaded, said, written

DOCUMENT = """
    openapi: {version}
    {root}
    paths:
      /a: {{get: {{security: [{{cert: []}}], {operation} responses: {{}}}}}}
    components:
      securitySchemes:
        cert: {{{scheme}}}
    """
KEY = "type: apiKey, in: header, name: X-Cert"
IN_SCHEME = (
    '"x-mutual-tls" of security scheme "cert" is not read. If it means mutual TLS: [loader] mtls-extension = '
)


def findings(
    folder: Path, *, root: str = "info: {}", operation: str = "", scheme: str = KEY, ext: str = ""
) -> str:
    """The findings of such a document, one a line."""
    version = "3.1.0" if scheme.startswith("type: mutualTLS") else "3.0.3"
    written(folder, DOCUMENT.format(version=version, root=root, operation=operation, scheme=scheme))
    return "\n".join(said(loaded(folder, settings=LoaderSettings(mtls_extension=ext)).diagnostics))


def test_an_extension_that_nothing_reads_is_named(tmp_path: Path) -> None:
    """The author means a client certificate, and the document is judged without one."""
    scheme = f"{KEY}, x-mutual-tls: true"
    assert findings(tmp_path, scheme=scheme).startswith(f'openapi.yaml:7: {IN_SCHEME}"x-mutual-tls"')
    assert '"x-mTLS" of GET /a is not read' in findings(tmp_path, operation="x-mTLS: required,")
    assert '"x-client-certificate" of the document' in findings(
        tmp_path, root="x-client-certificate: {mode: on}"
    )


@pytest.mark.parametrize(
    "given",
    [
        {"scheme": f"{KEY}, x-mutual-tls: true", "ext": "x-mutual-tls"},
        {"scheme": f"{KEY}, x-mutual-tls: false"},
        {
            "scheme": "type: mutualTLS, x-mutual-tls: true",
            "operation": "x-mtls: required,",
            "root": "x-mtls: true",
        },
        {"operation": "x-rate-limit: 5,", "root": "x-logo: {url: /a.png}"},
        {"operation": "x-mtls: none,"},
    ],
)
def test_an_extension_that_is_read_or_needless_is_not(tmp_path: Path, given: dict[str, str]) -> None:
    """What is off, read, or stated under ``security`` too hides nothing."""
    assert findings(tmp_path, **given) == ""

"""The base URL as it is sent, from the document or the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift import scan
from specdrift.errors import UsageError
from specdrift.scan.preparation.alternate_endpoints import alternate_endpoints
from specdrift.settings import ServerSettings
from tests.scan.running import settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.scan.preparation.run import Run
    from tests.servers.pki import TestPki

HOST = "https://api.test:8443"


def prepared(pki: TestPki, folder: Path, *, base_url: str = "", server: str = "", listener: str = "") -> Run:
    """A run of one operation with the base URL of the owner, or with the document's server."""
    document = folder / "openapi.yaml"
    servers = f"servers: [{{url: '{server}'}}]\n" if server else ""
    paths = "paths: {/secure: {get: {responses: {'200': {description: ok}}}}}\n"
    document.write_text(
        f"openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\n{servers}{paths}", encoding="utf-8"
    )
    listening = ServerSettings(ca_file=pki.server_ca, listeners=(listener,) if listener else ())
    settings = settings_for(pki, base_url, spec=str(document), server=listening)
    return scan.prepare(settings, confirm=lambda _: True)


WRITTEN = {
    "/ü": "/%C3%BC",
    "/my api/": "/my%20api",
    '/a"<b>`{c}\\^': "/a%22%3Cb%3E%60%7Bc%7D%5C%5E",
    "/v1/%C3%BC/a%2Fb": "/v1/%C3%BC/a%2Fb",
    "/v1/~me/@(a;b=1,2)!$&'*+:|[]": "/v1/~me/@(a;b=1,2)!$&'*+:|[]",
    "": "",
    "/": "",
}


@pytest.mark.parametrize(("path", "sent"), WRITTEN.items())
def test_a_base_path_is_encoded_as_a_browser_does(pki: TestPki, tmp_path: Path, path: str, sent: str) -> None:
    """Encoded and allowed characters stay; the operation is found below the base path."""
    run = prepared(pki, tmp_path, base_url=HOST + path)
    assert (run.base_url, run.base_path) == (HOST + sent, sent)
    (subject,) = run.operations
    assert subject.request.target == f"{sent}/secure"
    assert run.lookups.documented("GET", f"{sent}/secure")
    assert not run.lookups.documented("GET", f"{sent}/other")


def test_a_server_of_the_document_is_encoded_too(pki: TestPki, tmp_path: Path) -> None:
    """It may be written unencoded."""
    assert prepared(pki, tmp_path, server=f"{HOST}/ü").base_url == f"{HOST}/%C3%BC"


def test_a_further_listener_is_probed_below_its_encoded_path(pki: TestPki, tmp_path: Path) -> None:
    """It is a URL of the owner as well."""
    endpoints = alternate_endpoints(
        prepared(pki, tmp_path, base_url=HOST, listener="https://api.test:9443/ü/")
    )
    found = [(endpoint.url, endpoint.base_path) for endpoint in endpoints[1:]]
    assert found == [("https://api.test:9443/%C3%BC", "/%C3%BC")]


@pytest.mark.parametrize("server", ["https://[bad/v1", "https://host:port", "https://"])
def test_an_invalid_server_url_of_the_document_is_named(pki: TestPki, tmp_path: Path, server: str) -> None:
    """It ends the run before anything is sent."""
    with pytest.raises(UsageError, match=r"is not a URL|has no host"):
        prepared(pki, tmp_path, server=server)


def test_a_server_with_an_undefined_variable_is_no_base_url(pki: TestPki, tmp_path: Path) -> None:
    """Nothing is sent to a host with braces in its name; the error names file, line and variable."""
    with pytest.raises(UsageError, match=r'openapi\.yaml:3: server variable "region" is not defined'):
        prepared(pki, tmp_path, server="https://{region}.test:8443")

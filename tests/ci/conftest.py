"""The demo's server, and repositories whose jobs check it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.demo.certificates import write_certificates
from specdrift.demo.server import running
from tests.ci.repository import Repository, make_repository

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables by which a job reaches a live server, certificates included."""
    folder = tmp_path_factory.mktemp("demo")
    write_certificates(folder)
    with running(folder) as port:
        yield {
            "SPECDRIFT_BASE_URL": f"https://localhost:{port}",
            "SPECDRIFT_RESOLVE": f"localhost:{port}:127.0.0.1",
            "SPECDRIFT_CACERT": str(folder / "server-ca.pem"),
            "SPECDRIFT_CERT": str(folder / "alice.pem"),
            "SPECDRIFT_KEY": str(folder / "alice.key"),
            "SPECDRIFT_CHECKS": "mtls-not-enforced,mtls-over-enforced,undocumented-endpoint",
        }


@pytest.fixture
def repository(tmp_path: Path, target: dict[str, str]) -> Repository:
    """A repository whose jobs can reach the server."""
    return make_repository(tmp_path / "repository", target)


@pytest.fixture
def offline(tmp_path: Path) -> Repository:
    """A repository whose jobs know of no server."""
    return make_repository(tmp_path / "repository", {})

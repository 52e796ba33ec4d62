"""Certificates and a correct little server for the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.cases import case_named
from tests.servers.conftest import pki

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.pki import TestPki

__all__ = ["pki"]


@pytest.fixture(scope="session")
def optional_server(pki: TestPki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a correct server that asks for certificates and guards two of four operations."""
    folder: Path = tmp_path_factory.mktemp("optional")
    with case_named("python-cert-optional").start(pki, folder) as server:
        yield server.base_url


@pytest.fixture(scope="session")
def required_server(pki: TestPki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server whose TLS demands a certificate."""
    folder: Path = tmp_path_factory.mktemp("required")
    with case_named("python-cert-required-all").start(pki, folder) as server:
        yield server.base_url

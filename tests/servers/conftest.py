"""The certificates, made once for all server tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.pki import TestPki, make_pki

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TestPki:
    """A complete set of certificates."""
    directory: Path = tmp_path_factory.mktemp("pki")
    return make_pki(directory)

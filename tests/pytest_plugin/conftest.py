"""Suites of users, run by pytest in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.demo.certificates import write_certificates

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's CA, server and clients."""
    folder = tmp_path_factory.mktemp("certificates")
    write_certificates(folder)
    return folder

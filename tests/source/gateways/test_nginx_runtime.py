"""Predictions for made-up nginx configurations, against what nginx answers."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.servers.pki import make_pki
from tests.servers.process import SYSTEM_PATH
from tests.source.gateways.comparing import assert_as_predicted
from tests.source.gateways.nginx_runner import compare

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = 25
SEED = 11


@pytest.mark.servers
@pytest.mark.skipif(not shutil.which("nginx", path=SYSTEM_PATH), reason="nginx is not installed")
def test_every_prediction_is_what_nginx_answers(tmp_path: Path) -> None:
    """Status, text, path and headers; ``python -m tests.source.gateways.nginx_runner 500`` compares more."""
    assert_as_predicted(compare(PROGRAMS, SEED, tmp_path, make_pki(tmp_path / "pki")))

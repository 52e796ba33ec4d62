"""Predictions for made-up Caddy configurations, against what Caddy answers."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.servers.pki import make_pki
from tests.servers.process import SYSTEM_PATH
from tests.source.gateways.caddy.caddy_runner import compare
from tests.source.gateways.comparing import assert_as_predicted

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = 25
SEED = 12


@pytest.mark.servers
@pytest.mark.skipif(not shutil.which("caddy", path=SYSTEM_PATH), reason="Caddy is not installed")
def test_every_prediction_is_what_caddy_answers(tmp_path: Path) -> None:
    """Status, path and headers; ``python -m tests.source.gateways.caddy.caddy_runner 500`` compares more."""
    assert_as_predicted(compare(PROGRAMS, SEED, tmp_path, make_pki(tmp_path / "pki")))

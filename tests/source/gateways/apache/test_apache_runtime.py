"""Predictions for made-up configurations of Apache httpd, against what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.apache.launch import available
from tests.servers.pki import make_pki
from tests.source.gateways.apache.apache_runner import compare
from tests.source.gateways.comparing import assert_as_predicted

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = 25
SEED = 7


@pytest.mark.servers
@pytest.mark.skipif(available() is not None, reason="Apache httpd is not installed")
def test_every_prediction_is_what_apache_answers(tmp_path: Path) -> None:
    """Status, path and headers; ``python -m tests.source.gateways.apache.apache_runner 500`` compares more."""
    assert_as_predicted(compare(PROGRAMS, SEED, tmp_path, make_pki(tmp_path / "pki")))

"""Predictions for made-up HAProxy configurations, against what HAProxy answers."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.servers.pki import make_pki
from tests.servers.process import SYSTEM_PATH
from tests.source.gateways.comparing import assert_as_predicted
from tests.source.gateways.haproxy.haproxy_runner import compare

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = 25
SEED = 11


@pytest.mark.servers
@pytest.mark.skipif(not shutil.which("haproxy", path=SYSTEM_PATH), reason="HAProxy is not installed")
def test_every_prediction_is_what_haproxy_answers(tmp_path: Path) -> None:
    """Status, text, path and headers; ``python -m tests.source.gateways.haproxy.haproxy_runner 500`` compares more."""
    assert_as_predicted(compare(PROGRAMS, SEED, tmp_path, make_pki(tmp_path / "pki")))

"""Predictions for made-up Envoy configurations, against what Envoy answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.envoy.launch import BINARY
from tests.servers.pki import make_pki
from tests.source.gateways.comparing import assert_as_predicted
from tests.source.gateways.envoy_runner import compare

if TYPE_CHECKING:
    from pathlib import Path

LISTENERS = 40
SEED = 3


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.skipif(not BINARY.exists(), reason="Envoy is not installed")
def test_every_prediction_is_what_envoy_answers(tmp_path: Path) -> None:
    """Status, service, path and headers; ``python -m tests.source.gateways.envoy_runner 500`` compares more.

    Some 30 s: 40 listeners, each with the requests of three callers.
    """
    assert_as_predicted(compare(LISTENERS, SEED, tmp_path, make_pki(tmp_path / "pki")))

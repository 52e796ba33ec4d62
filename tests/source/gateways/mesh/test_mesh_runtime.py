"""Predictions for made-up resources of Istio, against what Envoy answers with their translation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.envoy.launch import BINARY
from tests.servers.pki import make_pki
from tests.source.gateways.comparing import assert_as_predicted
from tests.source.gateways.mesh.mesh_runner import compare

if TYPE_CHECKING:
    from pathlib import Path

GATEWAYS = 30
SEED = 3


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.skipif(not BINARY.exists(), reason="Envoy is not installed")
def test_every_prediction_is_what_envoy_answers(tmp_path: Path) -> None:
    """Status, service, path and a header; ``python -m tests.source.gateways.mesh.mesh_runner 300`` compares more.

    Some 30 s: 30 gateways, each with the requests of three callers.
    """
    assert_as_predicted(compare(GATEWAYS, SEED, tmp_path, make_pki(tmp_path / "pki")))

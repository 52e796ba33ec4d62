"""Predictions for made-up Traefik configurations, against what Traefik answers."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.servers.pki import make_pki
from tests.source.gateways.comparing import assert_as_predicted
from tests.source.gateways.traefik import resource_runner
from tests.source.gateways.traefik.traefik_runner import compare

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = 25
SEED = 11


@pytest.mark.slow
@pytest.mark.servers
@pytest.mark.skipif(not shutil.which("traefik"), reason="Traefik cannot be found; see traefik_runner.py")
def test_every_prediction_is_what_traefik_answers(tmp_path: Path) -> None:
    """Status, path and headers; ``python -m tests.source.gateways.traefik.traefik_runner 500`` compares more."""
    assert_as_predicted(compare(PROGRAMS, SEED, tmp_path, make_pki(tmp_path / "pki")), unknown=0.1)


@pytest.mark.slow
@pytest.mark.servers
@pytest.mark.skipif(not shutil.which("traefik"), reason="Traefik cannot be found; see traefik_runner.py")
def test_every_prediction_for_resources_is_what_traefik_answers(tmp_path: Path) -> None:
    """Traefik reads them from an API server; ``python -m tests.source.gateways.traefik.resource_runner 500``."""
    pki = make_pki(tmp_path / "pki")
    # Many references lead to what a cluster does not have.
    assert_as_predicted(resource_runner.compare(PROGRAMS, SEED, tmp_path, pki), unknown=0.33)

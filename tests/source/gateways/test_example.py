"""The example that the documentation names."""

from __future__ import annotations

from pathlib import Path

import pytest

from specdrift.offline.routes import routes
from specdrift.settings import Settings

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "gateway"


@pytest.mark.parametrize(
    ("gateway", "expected"),
    [
        (
            "nginx.conf",
            {
                ("gateway-trusts-client-header", "GET /orders/{id}"),
                ("gateway-optional-unchecked", "GET /reports"),
                ("gateway-certificate-not-requested", "GET /reports"),
            },
        ),
        ("nginx.correct.conf", set()),
    ],
)
def test_the_example_has_the_faults_that_its_comments_name(
    gateway: str, expected: set[tuple[str, str]]
) -> None:
    """And the correct one has none, and is complete."""
    settings = Settings(spec=str(EXAMPLE / "openapi.yaml"))
    result = routes(settings, (EXAMPLE / gateway, EXAMPLE / "service"))
    assert {(drift.rule, str(drift.operation)) for drift in result.drifts} == expected
    assert result.undecided == ()
    assert result.exit_status == (1 if expected else 0)

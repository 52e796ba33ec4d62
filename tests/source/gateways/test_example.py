"""The example that the documentation names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from specdrift.offline.routes import routes
from specdrift.reports import render
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
        (
            "istio.yaml",
            {
                ("gateway-trusts-client-header", "GET /orders"),
                ("gateway-optional-unchecked", "GET /reports"),
                ("gateway-certificate-not-requested", "GET /reports"),
            },
        ),
        ("istio.correct.yaml", set()),
        (
            "httpd.conf",
            {
                ("gateway-optional-unchecked", "GET /orders/{id}"),
                ("gateway-optional-unchecked", "GET /reports"),
                ("gateway-certificate-not-requested", "GET /reports"),
            },
        ),
        ("httpd.correct.conf", set()),
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


def page_of(*sources: Path) -> str:
    """Return the HTML report of the example's document and these sources."""
    return render(routes(Settings(spec=str(EXAMPLE / "openapi.yaml")), sources), "html").decode()


def test_the_page_has_a_column_for_what_was_read() -> None:
    """The gateway beside the source, each with its place, and the servers of the gateway."""
    page = page_of(EXAMPLE / "nginx.conf", EXAMPLE / "service")
    assert "Document, gateway, source and runtime" in page
    assert re.search(r"forwards anonymous clients<br><small><code>\S*nginx\.conf:22", page)
    assert "default server at *:80 (plaintext)" in page
    alone = page_of(EXAMPLE / "nginx.conf")
    assert "Document, gateway and runtime" in alone
    assert '<th scope="col">Source</th><th scope="col">Runtime</th>' not in alone


def test_the_page_lists_what_a_gateway_alone_leaves_open(tmp_path: Path) -> None:
    """A statement that is not evaluated is never silent."""
    file = tmp_path / "envoy.yaml"
    file.write_text('static_resources: {}\ndynamic_resources: {lds_config: {path: "lds.yaml"}}\n')
    page = page_of(file)
    assert "Not evaluated: 1" in page
    assert "resources that are fetched (lds_config)" in page

"""Headers about certificates that code of the service names which nothing calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.source.crates import served
from tests.source.gateways.joined import READS_HEADER, VERIFIED, found, joined, nginx

if TYPE_CHECKING:
    from pathlib import Path

CHECKED = (
    f"location / {{ {VERIFIED} proxy_pass http://api; }} location = /public {{ proxy_pass http://api; }}"
)
ROUTES = 'Router::new().route("/secure", get(secure)).route("/public", get(public))'
CONSTANT = READS_HEADER.replace('"x-client-cert"', "HEADER") + 'const HEADER: &str = "x-client-cert";\n'
THROUGH_DEAD = READS_HEADER.replace("fn caller", "fn inner") + (
    "async fn caller(request: Request, next: Next) -> Result<Response, StatusCode> { inner(request, next).await }\n"
)
TOLD_BY_HANDLER = READS_HEADER.replace(
    "async fn secure() {}",
    'async fn secure(headers: HeaderMap) -> String { format!("{:?}", headers.get("x-client-cert")) }',
)


@pytest.mark.parametrize(
    ("router", "functions", "reported"),
    [
        pytest.param(ROUTES, READS_HEADER, False, id="middleware that no router has"),
        pytest.param(ROUTES, CONSTANT, False, id="a constant of such middleware"),
        pytest.param(ROUTES, THROUGH_DEAD, False, id="called by such middleware"),
        pytest.param(f"{ROUTES}.layer(from_fn(caller))", READS_HEADER, True, id="middleware of a router"),
        pytest.param(f"{ROUTES}.layer(from_fn(caller))", CONSTANT, True, id="a constant of that middleware"),
        pytest.param(f"{ROUTES}.layer(from_fn(caller))", THROUGH_DEAD, True, id="called by that middleware"),
        pytest.param(ROUTES, TOLD_BY_HANDLER, True, id="a handler"),
    ],
)
def test_a_header_is_forged_only_for_code_that_runs(
    router: str, functions: str, *, reported: bool, tmp_path: Path
) -> None:
    """The gateway hands all headers of clients on, and guards by itself."""
    result = joined(tmp_path, nginx(CHECKED), served(router, functions))
    assert ("gateway-trusts-client-header" in {rule for rule, _, _ in found(result)}) == reported

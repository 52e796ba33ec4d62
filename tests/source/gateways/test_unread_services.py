"""A gateway alone whose guard compares paths as they are sent: the service behind may take another spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.source.crates import served
from tests.source.gateways.joined import joined, nginx

if TYPE_CHECKING:
    from pathlib import Path

HAPROXY = """
defaults
  mode http
frontend shop
  bind :443 ssl crt site.pem ca-file ca.pem verify optional
  {rule}
  default_backend shop
backend shop
  server one 10.0.0.5:8080
"""
CERTIFICATE = "{ ssl_c_used } { ssl_c_verify 0 }"
NORMALIZED = """http-request normalize-uri percent-decode-unreserved
  http-request normalize-uri path-strip-dot
  http-request normalize-uri path-strip-dotdot
  """
HAPROXY_RULES = {
    "the beginning is guarded": ("http-request deny if { path_beg /secure } !{ ssl_c_used }", 3),
    "the path is guarded": ("http-request deny if { path /secure } !{ ssl_c_used }", 3),
    "all but a path": (f"http-request deny unless {{ path -m str /public }} or {CERTIFICATE}", 0),
    "decoded before": (
        NORMALIZED + "http-request deny if { path_beg /secure } !{ ssl_c_used }",
        0,
    ),
}
NGINX_RULES = {
    "the target is guarded": ('if ($guarded = "1") { return 403; }', 3),
    "the decoded path is": ('if ($decoded = "1") { return 403; }', 0),
}
MAPS = r"""
    map "$request_uri:$ssl_client_verify" $guarded { default 0; "~^/secure.*:(?!SUCCESS)" 1; }
    map "$uri:$ssl_client_verify" $decoded { default 0; "~^/secure:(?!SUCCESS)" 1; }
"""


@pytest.mark.parametrize(("rule", "status"), HAPROXY_RULES.values(), ids=HAPROXY_RULES)
def test_a_path_as_it_is_sent_is_no_guard_of_a_service_that_was_not_read(
    tmp_path: Path, rule: str, status: int
) -> None:
    """Most services decode ``%73ecure``; the operation passed, with a note."""
    result = joined(tmp_path, HAPROXY.format(rule=rule), name="haproxy.cfg")
    assert result.exit_status == status
    assert {str(one.operation) for one in result.undecided} == ({"GET /secure"} if status else set())


@pytest.mark.parametrize(("rule", "status"), NGINX_RULES.values(), ids=NGINX_RULES)
def test_the_rule_is_one_for_all_gateways(tmp_path: Path, rule: str, status: int) -> None:
    """``$request_uri`` is the target as sent, ``$uri`` is decoded."""
    text = nginx(f"location / {{ {rule} proxy_pass http://api; }}", more=MAPS)
    assert joined(tmp_path, text).exit_status == status


def test_a_service_that_was_read_decides(tmp_path: Path) -> None:
    """Axum compares paths as they are sent: it has no route for the other spelling."""
    routes = 'Router::new().route("/secure", get(secure)).route("/public", get(secure))'
    rule = HAPROXY_RULES["the path is guarded"][0]
    text = HAPROXY.format(rule=rule)
    result = joined(tmp_path, text, served(routes, "async fn secure() {}\n"), name="haproxy.cfg")
    assert result.exit_status == 0

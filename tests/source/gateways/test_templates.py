"""Files that a program fills in before the gateway reads them: nothing of them is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.source.gateway.templates import template_lines
from tests.source.gateways.joined import OPEN, VERIFIED, found, joined, nginx

if TYPE_CHECKING:
    from pathlib import Path

PASS = "proxy_pass http://api;"
GUARDED = f"location / {{ {VERIFIED} {PASS} }}"
HAPROXY = """
defaults
    mode http
frontend https
    bind :443 ssl crt site.pem ca-file ca.pem verify optional
    {rules}
    default_backend api
backend api
    {servers}
"""
APACHE = """
<VirtualHost *:443>
    ServerName api.example
    SSLEngine on
    SSLCACertificateFile ca.pem
    {verify}
    ProxyPass / http://10.0.0.5:8080/
</VirtualHost>
"""
TEMPLATES = {
    "a condition of Jinja": (
        "nginx.conf",
        nginx(f"location / {{ {{% if mtls %}}{VERIFIED}{{% endif %}} {PASS} }}"),
    ),
    "a value of Jinja": ("nginx.conf", nginx(GUARDED, verify="{{ verify }}")),
    "a condition of ERB": ("nginx.conf", nginx(f"<% if @mtls %>\n{GUARDED}\n<% end %>")),
    "a variable of the environment": ("nginx.conf", nginx(GUARDED, verify="${VERIFY}")),
    "the service of the environment": (
        "nginx.conf",
        nginx(f"location / {{ {VERIFIED} proxy_pass http://${{ORDERS_HOST}}:8080; }}"),
    ),
    "a name of a module of Terraform": ("nginx.conf", nginx(GUARDED, names="${domain}")),
    "servers of the catalogue": (
        "haproxy.cfg",
        HAPROXY.format(
            rules="http-request deny unless { ssl_c_used }",
            servers='{{ range service "api" }}\n    server {{ .Node }} {{ .Address }}:{{ .Port }}{{ end }}',
        ),
    ),
    "a rule that ERB leaves out": (
        "haproxy.cfg",
        HAPROXY.format(
            rules="<% if mtls %>\n    http-request deny unless { ssl_c_used }\n    <% end %>",
            servers="server a 10.0.0.5:8080",
        ),
    ),
    "what Apache requires": ("httpd.conf", APACHE.format(verify="SSLVerifyClient {{ verify }}")),
}
NONE = {
    "variables": ("nginx.conf", nginx(f"set $api api; location / {{ {VERIFIED} proxy_pass http://$api; }}")),
    "a variable in capitals": (
        "nginx.conf",
        nginx(
            f"location / {{ {VERIFIED} proxy_pass http://$API; }}",
            server="",
            more="map $uri $API { default api; }",
        ),
    ),
    "a comment": ("nginx.conf", nginx(f"# {{{{ ansible_managed }}}}\n{GUARDED}")),
    "a log in JSON": (
        "nginx.conf",
        nginx(GUARDED, more='log_format j \'{"at": "$time_iso8601", "request": {"uri": "$uri"}}\';'),
    ),
    "an expression for names": (
        "nginx.conf",
        nginx(GUARDED, names=r"api.example ~^(?<sub>[a-z]+)\.example$"),
    ),
    "values in a log of HAProxy": (
        "haproxy.cfg",
        HAPROXY.format(
            rules='http-request deny unless { ssl_c_used }\n    log-format \'{"c":"%ci","v":{"n":%[ssl_c_verify]}}\'',
            servers="server a 10.0.0.5:8080",
        ),
    ),
    "what Apache requires": ("httpd.conf", APACHE.format(verify="SSLVerifyClient require")),
}


@pytest.mark.parametrize(("name", "text"), TEMPLATES.values(), ids=TEMPLATES)
def test_nothing_of_a_template_is_judged(name: str, text: str, tmp_path: Path) -> None:
    """Neither a pass nor an accusation: what takes the place of its marks may change any of it."""
    result = joined(tmp_path, text, OPEN, name=name)
    assert found(result) == set()
    assert "GET /secure" in {str(one.operation) for one in result.undecided}
    assert "a template that is not filled in" in {
        one.what for gateway in result.gateways for one in gateway.unresolved
    }
    assert result.exit_status == 3


@pytest.mark.parametrize(("name", "text"), NONE.values(), ids=NONE)
def test_what_resembles_a_template_is_judged(name: str, text: str, tmp_path: Path) -> None:
    """Variables of the server, comments and logs are none."""
    result = joined(tmp_path, text, OPEN, name=name)
    assert result.undecided == ()
    assert "GET /secure" not in {operation for _, operation, _ in found(result)}


def test_the_lines_of_marks_are_counted() -> None:
    """The result names the first."""
    assert list(template_lines("a\nb {{ c }}\n# {{ d }}\n{% if e %}f{% endif %}\n")) == [2, 4, 4]

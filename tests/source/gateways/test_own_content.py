"""Servers with content of their own beside a site of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.source.gateways.joined import OPEN, found, joined

if TYPE_CHECKING:
    from pathlib import Path

OF_APACHE = """
Listen 80
Listen 443
<Directory />
  Require all denied
</Directory>
{main}
<VirtualHost *:443>
  ServerName shop.example
  SSLEngine on
  SSLCertificateFile a
  SSLCACertificateFile ca
  SSLVerifyClient require
  ProxyPass / http://127.0.0.1:8080/
</VirtualHost>
"""
OF_NGINX = """
events {{}}
http {{
  server {{ listen 80 default_server; {other} }}
  server {{ listen 443 ssl; server_name shop.example; ssl_verify_client on; location / {{ {proxy} }} }}
}}
"""
PROXY = "proxy_pass http://10.0.0.9;"
CASES = {
    "a main server of Apache": ("httpd.conf", OF_APACHE.format(main=""), 0),
    "a main server with files": ("httpd.conf", OF_APACHE.format(main="DocumentRoot /srv"), 0),
    "a main server of the same service": (
        "httpd.conf",
        OF_APACHE.format(main="ProxyPass / http://127.0.0.1:8080/"),
        1,
    ),
    "files": ("nginx.conf", OF_NGINX.format(other="root /srv;", proxy=PROXY), 0),
    "a page": ("nginx.conf", OF_NGINX.format(other="location / { return 200; }", proxy=PROXY), 0),
    "a page at two addresses": (
        "nginx.conf",
        OF_NGINX.format(other="listen [::]:80 default_server; location / { return 200; }", proxy=PROXY),
        0,
    ),
    "another path to the service": (
        "nginx.conf",
        OF_NGINX.format(other="root /srv; location /v1/ { proxy_pass http://10.0.0.9/; }", proxy=PROXY),
        1,
    ),
    "files of a server with the name": (
        "nginx.conf",
        OF_NGINX.format(other="server_name shop.example; root /srv;", proxy=PROXY),
        3,
    ),
    "pages of both": (
        "nginx.conf",
        OF_NGINX.format(other="location / { return 200; }", proxy="return 200;"),
        3,
    ),
}


@pytest.mark.parametrize(("name", "text", "expected"), CASES.values(), ids=CASES)
def test_a_default_server(name: str, text: str, expected: int, tmp_path: Path) -> None:
    """It has no operation of the service, unless it hands some request on."""
    result = joined(tmp_path, text, OPEN, name=name)
    assert int(result.exit_status) == expected, (found(result), result.undecided)


def test_the_layout_of_debian(tmp_path: Path) -> None:
    """All servers stand in files that the main one includes."""
    (tmp_path / "ports.conf").write_text("Listen 443\n", encoding="utf-8")
    (tmp_path / "sites-enabled").mkdir()
    site = OF_APACHE.partition("<VirtualHost")
    for mode, expected in (("require", 0), ("none", 3)):
        text = f"{site[1]}{site[2]}".replace("SSLVerifyClient require", f"SSLVerifyClient {mode}")
        (tmp_path / "sites-enabled" / "shop.conf").write_text(text, encoding="utf-8")
        main = "ServerRoot /etc/apache2\nInclude ports.conf\nIncludeOptional sites-enabled/*.conf\n"
        result = joined(tmp_path, main, name="apache2.conf")
        assert int(result.exit_status) == expected

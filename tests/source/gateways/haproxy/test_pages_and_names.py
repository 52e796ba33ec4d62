"""HAProxy's page of statistics, and certificates that are chosen by their names alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from tests.source.gateways.haproxy.test_haproxy_join import SECURE, frontend
from tests.source.gateways.joined import OPEN, found, joined

if TYPE_CHECKING:
    from pathlib import Path

ALWAYS = frontend("http-request deny unless { ssl_c_used } || { path /public }")
PAGE = "listen stats\n    bind :8404\n    mode http\n    stats enable\n    {}\n"


@pytest.mark.parametrize(
    ("line", "open_to_all"),
    [
        ("stats uri /", False),
        ("stats uri /\n    stats auth admin:x", False),
        ("stats uri /stats\n    server a 10.0.0.9:80", False),
        ("stats uri /stats\n    server a {api}", True),
        ("server a {api}", True),
        ("stats uri /secure\n    server a {api}", False),
    ],
)
def test_a_page_of_statistics_is_no_operation(line: str, *, open_to_all: bool, tmp_path: Path) -> None:
    """It hides what services have at its path, and no other."""
    address = ALWAYS.rpartition("server ")[2].split()[1]
    text = f"{ALWAYS}\n{PAGE.format(line.replace('{api}', address))}"
    result = joined(tmp_path, text, OPEN, name="haproxy.cfg")
    expected = {("gateway-plaintext-to-same-upstream", SECURE, "error")} if open_to_all else set()
    assert found(result) == expected
    assert result.undecided == () or not open_to_all


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ("crt /c.pem verify required ca-file /ca.pem strict-sni", ExitStatus.OK),
        ("crt /c.pem verify optional ca-file /ca.pem strict-sni", ExitStatus.DRIFT),
        ("crt-list list.txt ca-file /ca.pem strict-sni", ExitStatus.OK),
        ("crt /c.pem crt-list list.txt ca-file /ca.pem strict-sni", ExitStatus.INCOMPLETE),
    ],
)
def test_names_without_a_certificate_are_refused(options: str, status: ExitStatus, tmp_path: Path) -> None:
    """Whatever they are, if all certificates have the settings of the listener, or are listed with their names."""
    (tmp_path / "list.txt").write_text("api.pem [verify required] api.example\n", encoding="utf-8")
    text = f"""
frontend https
    mode http
    bind :443 ssl {options}
    default_backend app
backend app
    mode http
    server a 10.0.0.5:8080
"""
    result = joined(tmp_path, text, OPEN, name="haproxy.cfg")
    assert result.exit_status is status

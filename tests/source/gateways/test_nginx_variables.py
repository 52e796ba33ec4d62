"""Variables of nginx while a request is processed: maps are kept, and a path in ``proxy_pass`` is all that is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.nginx.nginx_gateway import Nginx

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURATION = """
map $uri $open {{ default 0; /public 1; {volatile} }}
server {{
    listen 443 ssl;
    server_name api.example;
    ssl_verify_client optional;
    set $service api;
    if ($open = 0) {{ set $closed 1; }}
    location /public {{ rewrite ^ /secure last; }}
    location /secure {{ if ($open = 0) {{ return 403; }} proxy_pass {target}; }}
}}
"""


def decided(folder: Path, target: str, path: str, volatile: str = "") -> Decision:
    """The decision about a request without a certificate."""
    file = folder / "site.conf"
    file.write_text(CONFIGURATION.format(target=target, volatile=volatile), encoding="utf-8")
    configuration = Nginx().read(file)
    (entry,) = configuration.entries
    return configuration.decide(
        GatewayRequest(entry=entry, caller=GatewayCaller.ANONYMOUS, method="GET", target=path)
    )


def test_a_map_keeps_its_first_value(tmp_path: Path) -> None:
    """The guard after the rewrite sees the path before it."""
    assert decided(tmp_path, "http://10.0.0.5:80", "/public").passage is Passage.FORWARDED
    assert decided(tmp_path, "http://10.0.0.5:80", "/secure").passage is Passage.REFUSED


def test_a_volatile_map_is_evaluated_again(tmp_path: Path) -> None:
    """Then the guard sees the path after the rewrite."""
    assert decided(tmp_path, "http://10.0.0.5:80", "/public", "volatile;").passage is Passage.REFUSED


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("http://$service.internal/fixed", "/fixed"),
        ("http://$service.internal$request_uri", "/public?x=1"),
        ("http://$service.internal", "/secure?x=1"),
        ("http://api.internal/up", "/up?x=1"),
    ],
)
def test_a_path_with_variables_is_all_that_is_sent(target: str, path: str, tmp_path: Path) -> None:
    """Without a variable, it replaces the beginning of the path."""
    assert decided(tmp_path, target, "/public?x=1").path == path


@pytest.mark.parametrize(
    ("statement", "path"),
    [
        ("try_files /none /secure;", "/secure"),
        ("try_files /none /secure?x=2;", "/secure?x=2"),
        ("error_page 404 = /secure; return 404;", "/secure"),
    ],
)
def test_an_internal_redirect_drops_the_arguments_of_the_request(
    tmp_path: Path, statement: str, path: str
) -> None:
    """nginx takes those of the target alone, also where it has none: a guard may ask for one."""
    file = tmp_path / "site.conf"
    file.write_text(
        f"server {{ listen 80; location /public {{ {statement} }} "
        "location /secure { proxy_pass http://10.0.0.5:80; } }",
        encoding="utf-8",
    )
    configuration = Nginx().read(file)
    (entry,) = configuration.entries
    request = GatewayRequest(
        entry=entry, caller=GatewayCaller.ANONYMOUS, method="GET", target="/public?x=1&y"
    )
    assert configuration.decide(request).path == path


@pytest.mark.parametrize(
    ("first", "later", "passage"),
    [
        ("recursive_error_pages on;", "", Passage.ANSWERED),
        ("", "recursive_error_pages on;", Passage.REFUSED),
        ("", "", Passage.REFUSED),
    ],
)
def test_the_location_of_the_first_error_decides_whether_a_later_one_has_a_page(
    tmp_path: Path, first: str, later: str, passage: Passage
) -> None:
    """nginx admitted anonymous clients by the server's page where a refusal was predicted."""
    file = tmp_path / "site.conf"
    file.write_text(
        "server { listen 80; error_page 403 = @other; "
        f"location /public {{ {first} error_page 403 = @refusing; return 403; }} "
        f'location @refusing {{ {later} return 403; }} location @other {{ return 200 "other"; }} }}',
        encoding="utf-8",
    )
    configuration = Nginx().read(file)
    (entry,) = configuration.entries
    request = GatewayRequest(entry=entry, caller=GatewayCaller.ANONYMOUS, method="GET", target="/public")
    assert configuration.decide(request).passage is passage

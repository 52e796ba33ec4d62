"""Addresses and paths of nginx that ``set`` and ``map`` give, which a client may choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from specdrift.source.nginx.ways.expansions import MOST_EXPANSIONS, Expansions, FilledText
from tests.source.gateways.joined import OPEN, VERIFIED, found, joined, nginx
from tests.source.gateways.test_rewritten_paths import BYPASS, GUARD

if TYPE_CHECKING:
    from pathlib import Path

API, OTHER = "http://10.0.0.5:8080", "http://10.0.0.9:8080"
BY_HEADER = "map $http_x_env $up { default 10.0.0.9:80; alpha 10.0.0.8:80; beta 10.0.0.5:8080; }"
BY_PATH = r"map $uri $new { ~^/m(?<rest>/.*)$ $rest; default /; }"
WAYS = {
    "an address set in the server": (
        f"set $u {API}; location ~ ^/legacy/(.*)$ {{ @ proxy_pass $u/$1; }}",
        "",
    ),
    "an address set in the location": (
        f"location ~ ^/img/(?<p>.*)$ {{ @ set $u {API}; proxy_pass $u/$p; }}",
        "",
    ),
    "one of two that are set": (
        f"set $u {OTHER}; if ($arg_new) {{ set $u {API}; }} location ~ ^/img/(.*)$ {{ @ proxy_pass $u/$1; }}",
        "",
    ),
    "a path that is set": (
        f"location ~ ^/img(/.*)$ {{ @ set $p $1; proxy_pass {API}$p; }}",
        "",
    ),
    "a path of a map": (f"location /m {{ @ proxy_pass {API}$new; }}", BY_PATH),
    "a path of a map behind a variable": (f"set $u {API}; location /m {{ @ proxy_pass $u$new; }}", BY_PATH),
    "a service of a map": (
        "location /beta/ { @ rewrite ^/beta/(.*) /$1 break; proxy_pass http://$up; }",
        BY_HEADER,
    ),
    "a path of a header": (
        f"location /batch {{ @ if ($http_x_target) {{ rewrite ^ $http_x_target break; }} proxy_pass {API}; }}",
        "",
    ),
    "a path of a mapped header": (
        f"location /batch {{ @ rewrite ^ $to break; proxy_pass {API}; }}",
        "map $http_x_target $to { default $http_x_target; '' /public; }",
    ),
}


@pytest.mark.parametrize(("way", "more"), WAYS.values(), ids=WAYS)
def test_a_value_of_a_variable_leads_to_the_operation(way: str, more: str, tmp_path: Path) -> None:
    """Not where the location is guarded as well, or the service is another one."""
    assert BYPASS in found(joined(tmp_path, nginx(f"{GUARD} {way.replace('@', '')}", more=more), OPEN))
    guarded = nginx(f"{GUARD} {way.replace('@', VERIFIED)}", more=more)
    assert BYPASS not in found(joined(tmp_path, guarded, OPEN))
    elsewhere = way.replace("@", "").replace(API, OTHER), more.replace("10.0.0.5", "10.0.0.9")
    result = joined(tmp_path, nginx(f"{GUARD} {elsewhere[0]}", more=elsewhere[1]), OPEN)
    assert (found(result), result.exit_status) == (set(), ExitStatus.OK)


def test_what_replaces_variables_is_bounded() -> None:
    """Variables that stand for each other, or for very many texts, stay."""
    assert Expansions({"a": ("$b",), "b": ("$a",)}).of("$a") == (FilledText("$a"),)
    doubled = {f"v{n}": (f"$v{n + 1}$v{n + 1}", "x") for n in range(30)}
    assert len(Expansions(doubled).of("$v0")) <= MOST_EXPANSIONS
    assert Expansions({"a": ("1", "2")}).of("$a/$c") == (FilledText("1/$c"), FilledText("2/$c"))

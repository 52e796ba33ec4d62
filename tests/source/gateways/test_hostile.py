"""A hostile configuration of a gateway is read in bounded time, and what is not read is listed."""

from __future__ import annotations

import copy
import json
import time
from typing import TYPE_CHECKING

import pytest

from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.offline.routes import routes
from specdrift.reports import render
from specdrift.settings import Settings
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled
from specdrift.source.nginx.nginx_gateway import GATEWAY
from tests.fuzz.gateways import ENVOY
from tests.fuzz.readers import SHOP

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.source.gateway.exchange import GatewayConfiguration

SERVER = "server { listen 80; server_name a.test; "
SECONDS = 2.0


def read(folder: Path, text: str) -> GatewayConfiguration:
    """Read nginx.conf of the folder, in time."""
    (folder / "nginx.conf").write_text(text)
    began = time.process_time()
    found = GATEWAY.read(folder)
    assert time.process_time() - began < SECONDS
    return found


def decided(configuration: GatewayConfiguration, target: str = "/a") -> Decision:
    """Decide a request to its first server, in time."""
    began = time.process_time()
    request = GatewayRequest(
        entry=configuration.entries[0], caller=GatewayCaller.ANONYMOUS, method="GET", target=target
    )
    decision = configuration.decide(request)
    assert time.process_time() - began < SECONDS
    return decision


def reasons(configuration: GatewayConfiguration) -> list[str]:
    """Return what was not read."""
    return [one.what for one in configuration.unresolved]


def test_a_file_that_includes_itself_is_read_once(tmp_path: Path) -> None:
    """Directly, and by another one."""
    (tmp_path / "inner.conf").write_text("include nginx.conf;\nreturn 204;\n")
    found = read(tmp_path, f"{SERVER} include nginx.conf; include inner.conf; }}")
    assert reasons(found) == ["included file nginx.conf: it includes itself"] * 2
    assert found.files == 2
    assert decided(found).passage is Passage.UNKNOWN  # nginx does not start with it


@pytest.mark.slow
def test_files_that_include_the_next_one_twice_do_not_multiply(tmp_path: Path) -> None:
    """Nineteen of them make half a million copies of the last one."""
    for number in range(19):
        (tmp_path / f"{number}.conf").write_text(f"include {number + 1}.conf;\n" * 2)
    (tmp_path / "19.conf").write_text("add_header a b;\n" * 100)
    found = read(tmp_path, f"{SERVER} include 0.conf; }}")
    assert reasons(found)
    assert {what.partition(": ")[2] for what in reasons(found)} == {"too many statements"}


def test_a_file_may_be_included_often(tmp_path: Path) -> None:
    """The control: headers of a proxy stand in each location."""
    (tmp_path / "proxy.conf").write_text("proxy_set_header A b;\n")
    locations = "".join(
        f"location /{number} {{ include proxy.conf; return 204; }}\n" for number in range(1500)
    )
    found = read(tmp_path, f"{SERVER} {locations} }}")
    assert found.files == 2
    assert reasons(found) == []
    assert decided(found, "/1499").status == 204


def test_a_pattern_is_not_expanded_through_links_without_an_end(tmp_path: Path) -> None:
    """Each of the ten links is the folder itself: a pattern of ten parts has ten billion names."""
    for number in range(10):
        (tmp_path / f"link{number}").symlink_to(tmp_path, target_is_directory=True)
    pattern = "/".join(["*"] * 10) + "/*.conf"
    found = read(tmp_path, f"{SERVER} include {pattern}; return 204; }}")
    assert reasons(found) == [f"included files {pattern}: too many"]


def test_blocks_are_nested_to_a_bounded_depth(tmp_path: Path) -> None:
    """What is deeper is listed."""
    found = read(tmp_path, SERVER + "location / { " * 200 + "return 204; " + "}" * 201)
    assert reasons(found) == ["blocks are nested too deeply"]


@pytest.mark.parametrize(
    "statements",
    [
        "".join(
            f"map $a{number} $a{number + 1} {{ default $a{number}$a{number}; }}\n" for number in range(18)
        )
        + SERVER
        + "set $a0 x; if ($a18) { return 403; } return 204; }",
        f"{SERVER} set $a x; {'set $a $a$a; ' * 60} if ($a) {{ return 403; }} return 204; }}",
    ],
    ids=["maps", "set"],
)
def test_values_that_double_are_not_evaluated(tmp_path: Path, statements: str) -> None:
    """Eighteen maps took a quarter of a million look-ups for one value; sixty statements an exabyte."""
    decision = decided(read(tmp_path, statements))
    assert decision.passage is Passage.UNKNOWN
    assert decision.reason in ("too many variables", "a long value")


def test_a_value_of_maps_is_evaluated(tmp_path: Path) -> None:
    """The control."""
    text = "".join(f"map $a{number} $a{number + 1} {{ default $a{number}; }}\n" for number in range(6))
    assert decided(read(tmp_path, f"{text} {SERVER} set $a0 x; if ($a6) {{ return 403; }} }}")).status == 403


@pytest.mark.parametrize(
    ("pattern", "subject"),
    [
        ("a?" * 40 + "a" * 40, "a" * 40),
        ("(a|aa)" * 40 + "x", "a" * 200),
        (".*.*.*.*.*x$", "a" * 500),
        ("(a+)+b", "a" * 40),
        ("(a?){40}x", "a" * 40),
        ("(a{1,9}b?){9}x", "a" * 90),
        ("(a|b|ab)*c", "ab" * 40),
    ],
)
def test_an_expression_that_may_take_long_is_not_evaluated(pattern: str, subject: str) -> None:
    """Some of them took longer than the age of the universe."""
    began = time.process_time()
    with pytest.raises(UnsupportedPattern):
        compiled(pattern).search(subject)
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize(
    ("pattern", "subject"),
    [
        (r"\.(?:jpg|jpeg|gif|png|ico|css|js|svg|woff2?)$", "/static/a/long/path/of/a/site/with/pictures.png"),
        (
            r"^/(en|de|fr)/[^/]+/[^/]+/[^/]+/?$",
            "/en/some-long-category/another-long-category/an-article-with-a-name/",
        ),
        (r"^/api/v\d+/(.*)$", "/api/v1/" + "a" * 500),
        (r"^(\d{1,3}\.){3}\d{1,3}$", "192.168.100.200"),
        (
            r"^/users/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
            "/users/0f8fad5b-d9cb-469f-a165-70867728950e",
        ),
        ("(ab)*c", "ababc"),
    ],
)
def test_expressions_of_real_configurations_are_evaluated(pattern: str, subject: str) -> None:
    """The control."""
    assert compiled(pattern).search(subject)


def test_a_result_does_not_hold_a_long_line_at_each_place_in_it(tmp_path: Path) -> None:
    """A configuration of 44 kB in one line made a result of 532 MB."""
    tree = copy.deepcopy(ENVOY)
    manager = tree["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    route = {"match": {"prefix": "/"}, "route": {"cluster": "c"}}
    manager["route_config"]["virtual_hosts"] = [
        {"name": "v", "domains": [f"a{number}.test"], "routes": [route]} for number in range(100)
    ]
    file = tmp_path / "envoy.json"
    file.write_text(json.dumps(tree))
    result = routes(Settings(spec=str(SHOP / "openapi.yaml")), (file,))
    assert result.gateways
    assert len(render(result, "json")) < 200 * file.stat().st_size


def test_more_headers_than_a_configuration_has_are_not_evaluated(tmp_path: Path) -> None:
    """They would be compared for each server that inherits them."""
    headers = "".join(f"proxy_set_header X-{number} a;\n" for number in range(101))
    decision = decided(read(tmp_path, f"{headers} {SERVER} location / {{ proxy_pass http://a; }} }}"))
    assert (decision.passage, decision.reason) == (Passage.UNKNOWN, "more than 100 headers")

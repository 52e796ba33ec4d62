"""Many backends behind one frontend: a rule of one of them says nothing about the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specdrift.errors import ExitStatus
from specdrift.source.haproxy.haproxy_gateway import GATEWAY
from tests.source.gateways.haproxy.test_haproxy_join import frontend
from tests.source.gateways.joined import OPEN, found, joined

if TYPE_CHECKING:
    from pathlib import Path

GUARD = "http-request deny if { path_beg /secure } !{ ssl_c_used }"
RULE = "http-request replace-path /v1/(.*) /\\1"


def chosen(server: str) -> str:
    """A backend that rewrites paths, for some paths alone."""
    backend = f"backend old\n    {RULE}\n    server a {server}\n"
    return frontend(f"{GUARD}\n    use_backend old if {{ path_beg /v1 }}", more=backend)


def test_the_services_of_a_rewriting_backend_are_known(tmp_path: Path) -> None:
    """A rule of the frontend may lead to any."""
    path = tmp_path / "haproxy.cfg"
    path.write_text(chosen("10.0.0.9:8080"), encoding="utf-8")
    configuration = GATEWAY.read(path)
    (route,) = configuration.rewritten(configuration.entries[0])
    assert route.upstream == frozenset({"10.0.0.9:8080"})
    path.write_text(frontend(f"{GUARD}\n    {RULE}"), encoding="utf-8")
    configuration = GATEWAY.read(path)
    (route,) = configuration.rewritten(configuration.entries[0])
    assert route.upstream == frozenset()


def test_a_rewriting_backend_is_a_way_only_to_its_own_service(tmp_path: Path) -> None:
    """The one of the API is reported."""
    result = joined(tmp_path, chosen("10.0.0.5:8080"), OPEN, name="haproxy.cfg")
    assert ("gateway-location-bypass", "GET /secure", "error") in found(result)
    twin = tmp_path / "twin"
    twin.mkdir()
    result = joined(twin, chosen("10.0.0.9:8080"), OPEN, name="haproxy.cfg")
    assert (found(result), result.exit_status) == (set(), ExitStatus.OK)

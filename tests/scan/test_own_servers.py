"""Operations with servers of their own are probed there, and not judged by answers of another server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from specdrift import scan
from specdrift.checks.bypass import plaintext
from specdrift.checks.undocumented import undocumented
from specdrift.model.contract.base_paths import BasePaths
from specdrift.scan.execution.planning import plan
from tests.changed_settings import changed
from tests.checks.plan_builders import planned
from tests.scan.running import run, settings_for
from tests.scan.small_api import api_of, listening

if TYPE_CHECKING:
    from specdrift.model.result.result import Result
    from specdrift.settings import Settings
    from tests.servers.pki import TestPki
    from tests.servers.python.tls import Handler

pytestmark = pytest.mark.slow

PROD = "https://prod.test/v1"


@pytest.mark.parametrize(
    ("base_url", "root", "own", "expected"),
    [
        (PROD, (PROD,), (), "/v1"),
        (PROD, (PROD,), (PROD,), "/v1"),
        (PROD, (PROD,), ("https://prod.test/v2/",), "/v2"),
        (PROD, (PROD,), ("https://PROD.test:443",), ""),
        (PROD, (PROD,), ("/v2",), "/v2"),
        (PROD, (PROD,), ("v2",), "/v2"),
        (PROD, ("/",), ("/",), "/v1"),
        (PROD, (PROD,), ("/",), ""),
        (PROD, (PROD,), ("https://other.test/v2", "https://prod.test/v2"), "/v2"),
        (PROD, (PROD,), ("/v 2\r\nX: y",), "/v%202X:%20y"),
        (PROD, (PROD,), ("https://other.test/v2",), None),
        (PROD, (PROD,), ("https://prod.test:8443/v2",), None),
        (PROD, (PROD,), ("http://prod.test/v2",), None),
        (PROD, (PROD,), ("//other.test/v2",), None),
        (PROD, (PROD,), ("https://user@prod.test/v2",), None),
        (PROD, (PROD,), ("/v2?x=1",), None),
        (PROD, (PROD,), ("/{version}",), None),
        (PROD, (PROD,), ("https://[/v2",), None),
        ("https://staging.test/v1", (PROD,), ("https://prod.test/v2",), "/v2"),
        ("https://staging.test/api", (PROD,), ("https://prod.test/v2",), None),
        (PROD, (PROD, "https://eu.test/v1"), ("https://eu.test/v2",), None),
    ],
)
def test_the_base_path_is_that_of_the_nearest_servers(
    base_url: str, root: tuple[str, ...], own: tuple[str, ...], expected: str | None
) -> None:
    """At the target's origin, or at that of a root server that the base URL replaces; else it is not probed."""
    operation = replace(planned().operation, servers=own)
    assert BasePaths(base_url=base_url, servers=root).of(operation) == expected


def described(folder: Path, root: str, **own: str) -> str:
    """``GET /a`` at the root's server; ``b`` and ``c`` have this one: ``b`` as operation, ``c`` as path item."""
    servers = {name: [{"url": url}] for name, url in own.items()}
    get = {"responses": {"200": {"description": "OK"}}}
    paths = {
        "/a": {"get": get},
        "/b": {"get": {**get, **({"servers": servers["b"]} if "b" in servers else {})}},
        "/c": {"get": get, **({"servers": servers["c"]} if "c" in servers else {})},
    }
    whole = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": root}],
        "security": [{"mtls": []}],
        "paths": paths,
        "components": {"securitySchemes": {"mtls": {"type": "mutualTLS"}}},
    }
    (folder / "openapi.json").write_text(json.dumps(whole), encoding="utf-8")
    return str(folder / "openapi.json")


def allowing(pki: TestPki, host: str, **changes: Any) -> Settings:  # noqa: ANN401
    """Return settings without a base URL, whose owner allows the host of the document's servers."""
    return changed(settings_for(pki, "", **changes), **{"network.allow_hosts": (host,)})


def found(result: Result) -> set[tuple[str, str]]:
    """Rule and path of each drift of an operation."""
    return {(d.rule, d.operation.path) for d in result.drifts if d.operation}


@pytest.mark.parametrize(("open_at", "drift"), [("/v2/", True), ("/v1/", False), ("", False)])
def test_an_operation_is_judged_by_its_own_server(
    pki: TestPki,
    tmp_path: Path,
    open_at: str,
    drift: bool,  # noqa: FBT001
) -> None:
    """Open there: drift, with a command for that server. Open only below the base URL: none."""
    places = {f"/{version}/{name}" for version in ("v1", "v2") for name in "bc"} | {"/v1/a"}

    def admits(request: Handler) -> bool | None:
        opened = bool(open_at) and request.path.startswith(open_at) and request.path != "/v1/a"
        return (bool(request.caller) or opened) if request.path in places else None

    with listening(api_of(admits), pki) as url:
        spec = described(tmp_path, f"{url}/v1", b=f"{url}/v2", c="/v2")
        recorded = tmp_path / "recorded.json"
        result = run(allowing(pki, "127.0.0.1", spec=spec, record=recorded))
    holes = {("mtls-not-enforced", "/b"), ("mtls-not-enforced", "/c")} if drift else set()
    assert (found(result), result.undecided) == (holes, ())
    assert all(f"{url}/v2{d.operation.path}" in d.reproduce for d in result.drifts if d.operation)
    assert found(scan.rejudge(recorded)) == holes


def test_an_operation_is_documented_at_its_own_server_only(pki: TestPki, tmp_path: Path) -> None:
    """An answer below the base URL is undocumented."""

    def admits(request: Handler) -> bool | None:
        known = ("/v1/a", "/v2/b", "/v2/c", "/v1/b")
        return bool(request.caller) if request.path in known else None

    with listening(api_of(admits), pki) as url:
        spec = described(tmp_path, f"{url}/v1", b=f"{url}/v2", c="/v2")
        result = run(allowing(pki, "127.0.0.1", spec=spec, skip_checks=()))
    assert found(result) == set()
    assert {one.path for one in result.undocumented} == {"/v1/b"}


def test_a_plan_names_the_same_servers(pki: TestPki, tmp_path: Path) -> None:
    """The operation's own server is no alternate endpoint for it; other operations use it as one."""
    spec = described(tmp_path, PROD, b="https://prod.test/v2")
    probes = plan(scan.prepare(allowing(pki, "prod.test", spec=spec, skip_checks=())))
    asked = [p for p in probes if p.operation and p.operation.path == "/b" and p.request]
    baseline = {p.request.target for p in asked if p.check == "certificate" and p.request}
    assert baseline == {"/v2/b"}
    endpoints = {
        (p.connection.endpoint.tls, p.request.target)
        for p in asked
        if p.check == plaintext.CHECK.name and p.request
    }
    assert (False, "/v1/b") in endpoints
    assert not any(tls for tls, _ in endpoints)
    assert undocumented.CHECK.name in {p.check for p in asked} | {p.check for p in probes}


@pytest.mark.parametrize("own", ["https://other.test/v2", "http://127.0.0.1/v2", "/v2?x=1", "https://[/v2"])
def test_an_operation_at_another_host_stays_undecided(pki: TestPki, tmp_path: Path, own: str) -> None:
    """Nothing is sent to it; the others are judged; the run is incomplete, with advice."""
    seen: list[str] = []

    def admits(request: Handler) -> bool | None:
        seen.append(request.path)
        return bool(request.caller) if request.path in ("/v1/a", "/v1/b", "/v1/c") else None

    with listening(api_of(admits), pki) as url:
        spec = described(tmp_path, f"{url}/v1", b=own)
        result = run(allowing(pki, "127.0.0.1", spec=spec))
    assert (found(result), result.exit_status) == (set(), 3)
    ((key, reason, how),) = [(str(u.operation), u.reason, u.how_to_decide) for u in result.undecided]
    assert key == "GET /b"
    assert f"{own}, which are not at {url}/v1" in reason
    assert "--include-path '/b'" in how
    assert "/v1/b" not in seen
    assert "/v1/a" in seen


def test_a_host_that_all_operations_name_is_replaced_by_the_base_url(pki: TestPki, tmp_path: Path) -> None:
    """A document of the production API, checked at another host: all operations are probed there."""

    def admits(request: Handler) -> bool | None:
        return bool(request.caller) or request.path == "/b" if request.path in ("/a", "/b", "/c") else None

    spec = tmp_path / "openapi.json"
    whole = json.loads(Path(described(tmp_path, PROD)).read_text(encoding="utf-8"))
    del whole["servers"]
    for item in whole["paths"].values():
        item["servers"] = [{"url": PROD}]
    spec.write_text(json.dumps(whole), encoding="utf-8")
    with listening(api_of(admits), pki) as url:
        result = run(settings_for(pki, url, spec=str(spec)))
    assert (found(result), result.undecided) == ({("mtls-not-enforced", "/b")}, ())


def test_the_operation_is_decided_with_its_own_server_as_the_base_url(pki: TestPki, tmp_path: Path) -> None:
    """As the advice states."""

    def admits(request: Handler) -> bool | None:
        return True if request.path == "/v2/b" else None

    with listening(api_of(admits), pki) as url:
        spec = described(tmp_path, PROD, b=f"{url}/v2")
        settings = settings_for(pki, f"{url}/v2", spec=spec)
        result = run(changed(settings, include=replace(settings.selection.include, paths=("/b",))))
    assert found(result) == {("mtls-not-enforced", "/b")}

"""Configurations of Kong as owners write them, each with a fault and without it, beside the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import UsageError
from specdrift.source import is_gateway, read_gateway
from tests.source.gateways.joined import OPEN, found, joined
from tests.source.gateways.kong.kong_texts import ANONYMOUS, TLS_ONLY, Object, kong, mtls, plugin, route

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

SECURE = "GET /secure"
NOTE = {("gateway-trusts-client-header", "GET /public", "note")}
PUBLIC = route(hosts=["api.example"], paths=["/public"])
GUARD = route(mtls(), hosts=["api.example"], paths=["/secure"])


def secure(*plugins: Object, **more: object) -> Object:
    """The route that needs a certificate."""
    return route(*plugins, hosts=["api.example"], paths=["/secure"], **more)


def read(folder: Path, text: str, conf: str = TLS_ONLY, behind: str = OPEN) -> Result:
    """Read a configuration beside the document."""
    if conf:
        (folder / "kong.conf").write_text(conf, encoding="utf-8")
    return joined(folder, text, behind, name="kong.yml")


CASES: dict[str, tuple[str, set[tuple[str, str, str]]]] = {
    "guarded": (kong(GUARD, PUBLIC), NOTE),
    "not guarded": (kong(secure(), PUBLIC), {("gateway-certificate-not-requested", SECURE, "error")}),
    "requested only": (
        kong(secure(plugin("tls-handshake-modifier")), PUBLIC),
        {("gateway-optional-unchecked", SECURE, "error")},
    ),
    "everyone as the anonymous consumer": (
        kong(secure(mtls(anonymous="guest")), PUBLIC, consumers=[ANONYMOUS]),
        {("gateway-optional-unchecked", SECURE, "error"), *NOTE},
    ),
    "the anonymous consumer is refused": (
        kong(
            secure(mtls(anonymous="guest")),
            PUBLIC,
            consumers=[{**ANONYMOUS, "plugins": [plugin("request-termination", {"status_code": 401})]}],
        ),
        NOTE,
    ),
    "a header turns the guard off": (
        kong(GUARD, secure(headers={"x-debug": ["1"]}), PUBLIC),
        {("gateway-request-bypass", SECURE, "error"), *NOTE},
    ),
    "another path for the same": (
        kong(GUARD, PUBLIC, {"hosts": ["api.example"], "paths": ["/internal"]}),
        {("gateway-location-bypass", SECURE, "error"), *NOTE},
    ),
    "another name in the handshake": (
        kong(secure(mtls(), snis=["api.example"]), secure(), PUBLIC),
        {
            ("gateway-server-bypass", SECURE, "error"),
            ("gateway-trusts-client-header", SECURE, "error"),
            *NOTE,
        },
    ),
    "too much": (kong(GUARD, PUBLIC, plugins=[mtls()]), {("open-route-guarded", "GET /public", "warning")}),
}


@pytest.mark.parametrize("name", CASES)
def test_configurations(tmp_path: Path, name: str) -> None:
    """Faults are found, and their correct twins are not accused."""
    text, expected = CASES[name]
    result = read(tmp_path, text)
    assert found(result) == expected
    assert [str(one.operation) for one in result.undecided] == []


UNDECIDED: dict[str, tuple[str, str]] = {
    "kong.conf was not read": (kong(secure(), PUBLIC), ""),
    "a plugin of others": (kong(secure(mtls(), plugin("my-cert-check")), PUBLIC), TLS_ONLY),
    "an expression": (kong(GUARD, PUBLIC, {"expression": 'http.path == "/secure"'}), TLS_ONLY),
    "a certificate in a header": (
        kong(secure(plugin("header-cert-auth", {"secure_source": False, "certificate_header_name": "X-C"}))),
        TLS_ONLY,
    ),
}


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_is_not_understood_is_no_pass(tmp_path: Path, name: str) -> None:
    """The operation is undecided, and there is no error."""
    text, conf = UNDECIDED[name]
    result = read(tmp_path, text, conf)
    assert {str(one.operation) for one in result.undecided} == {SECURE}
    assert {one for one in found(result) if one[2] == "error"} == set()
    assert result.gateways[0].unresolved


def test_a_guard_of_a_plugin_needs_no_other_file(tmp_path: Path) -> None:
    """mtls-auth refuses whatever the listeners demand; the result says that kong.conf was not read."""
    result = read(tmp_path, kong(GUARD, PUBLIC), conf="")
    assert [str(one.operation) for one in result.undecided] == []
    assert "kong.conf was not read" in result.gateways[0].unresolved[0].what


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ({"_info": {"select_tags": ["shop"]}}, "select_tags"),
        ({"_workspace": "shop"}, "workspace"),
        ({"filter_chains": [{"name": "f"}]}, "filter_chains"),
        ({"plugins": [{**mtls(), "route": "elsewhere"}]}, "not in the file"),
        ({"routes": [{"service": "api", "protocols": ["tls"], "snis": ["a.example"]}]}, "passed on"),
    ],
)
def test_what_may_hide_other_ways_is_not_read(tmp_path: Path, more: Object, part: str) -> None:
    """The headline says so, whatever the rest of the file guards."""
    gateway = read(tmp_path, kong(GUARD, PUBLIC, **more), behind="").gateways[0]
    assert gateway.incomplete
    assert part in " ".join(one.what for one in gateway.not_followed)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('_format_version: "3.0"\nservices: [', "kong.yml:2"),
        ('_format_version: "4.0"\n', "kong.yml:1: _format_version '4.0' is not read"),
        ('_format_version: "3.0"\nservices:\n  api: {}\n', "kong.yml:2: a list"),
        ('_format_version: "3.0"\nservices:\n- routes: /a\n', "kong.yml:3: a list"),
        ('_format_version: "3.0"\nroutes:\n- /a\n', "kong.yml:2: a list"),
    ],
)
def test_a_malformed_file_is_an_error_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    """Nothing is judged."""
    file = tmp_path / "kong.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        read_gateway(file)


def test_files_and_folders_are_recognised(tmp_path: Path) -> None:
    """By the version of the format; a folder by the usual names, also beside a service."""
    (tmp_path / "deck.yaml").write_text('_format_version: "1.1"\n', encoding="utf-8")
    (tmp_path / "other.yaml").write_text("services: []\n", encoding="utf-8")
    assert is_gateway(tmp_path / "deck.yaml")
    assert not is_gateway(tmp_path / "other.yaml")
    (tmp_path / "kong.yml").write_text('{"_format_version": "3.0"}', encoding="utf-8")
    assert is_gateway(tmp_path)
    (tmp_path / "Cargo.toml").write_text("", encoding="utf-8")
    assert is_gateway(tmp_path)

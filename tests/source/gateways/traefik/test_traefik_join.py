"""Configurations of Traefik as owners write them, each with a fault and without it, beside the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import UsageError
from specdrift.offline.routes import routes
from specdrift.reports.content.headline import headline
from specdrift.settings import Settings
from specdrift.source import is_gateway, read_gateway
from tests.source.crates import crate, served
from tests.source.gateways.joined import DOCUMENT, OPEN, READS_HEADER, found

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

SECURE = "GET /secure"
NOT_GUARDED = {("gateway-optional-unchecked", SECURE, "error")}
NOT_REQUESTED = {("gateway-certificate-not-requested", SECURE, "error")}
NOT_OPEN = {("open-route-guarded", "GET /public", "warning")}
UNTRUSTED = {("gateway-accepts-untrusted", SECURE, "error"), *NOT_OPEN}
TRUSTED = {("gateway-trusts-client-header", SECURE, "error")}
BYPASS = {("gateway-server-bypass", SECURE, "error")}
PLAINTEXT = {("gateway-plaintext-to-same-upstream", SECURE, "error")}
CHECKS = served(
    'Router::new().route("/secure", get(secure)).route_layer(from_fn(caller)).route("/public", get(public))',
    READS_HEADER.replace("x-client-cert", "x-forwarded-tls-client-cert"),
)
"""A service that checks the header that passTLSClientCert fills."""
STATIC = """
entryPoints:
  websecure:
    address: ":443"
%s
providers:
  file:
    filename: /etc/traefik/dynamic.yml
"""
WEB = """
  web:
    address: ":80"
"""
REDIRECTS = f"{WEB}    http: {{ redirections: {{ entryPoint: {{ to: websecure }} }} }}\n"
ROUTER = """
http:
  services:
    api: { loadBalancer: { servers: [{ url: "http://10.0.0.5:8080" }] } }
  middlewares:
    pass: { passTLSClientCert: { pem: true } }
    strip: { stripPrefix: { prefixes: ["/v1"] } }
    clear: { headers: { customRequestHeaders: { X-Forwarded-Tls-Client-Cert: "" } } }
    local: { ipAllowList: { sourceRange: ["10.0.0.0/8"] } }
    ask: { forwardAuth: { address: "http://auth" } }
    secure: { redirectScheme: { scheme: https } }
  routers:
    api:
      rule: Host(`api.example`)
      service: api
      tls: { options: clients }
%s
tls:
  options:
    clients:
      clientAuth: { caFiles: [ca.pem], clientAuthType: %s }
%s
"""
REQUIRE, GIVEN = "RequireAndVerifyClientCert", "VerifyClientCertIfGiven"
PUBLIC = """
    more:
      rule: Host(`www.example`)
      service: api
      tls: {}
"""
ANY_HOST = """
    more:
      rule: PathPrefix(`/`)
      service: api
      tls: {}
"""
SAME_HOST = """
    more:
      rule: Host(`api.example`) && PathPrefix(`/static`)
      service: api
      tls: {}
"""
NEWER = """
    more:
      rule: Host(`api.example`) && Newer(`a`)
      priority: 1
      service: api
      tls: {}
"""
FORMER = """
    more:
      rule: Host(`www.example`, `old.example`) && Path(`/{any:.*}`)
      ruleSyntax: v2
      service: api
      tls: {}
"""
PLAIN = """
    plain:
      rule: Host(`api.example`)
      entryPoints: [web]
      service: api
"""
HALF = f"{PLAIN}      middlewares: [secure]\n".replace("service: api", "service: half") + PLAIN.replace(
    "plain:", "rest:"
).replace("Host(`api.example`)", "Host(`api.example`)\n      priority: 1")
SECURED = f"{PLAIN}      middlewares: [secure]\n"
STRIPPED = """
    old:
      rule: Host(`api.example`) && PathPrefix(`/v1`)
      middlewares: [strip]
      service: api
      tls: { options: clients }
"""
ALL = "    default:\n      clientAuth: { caFiles: [ca.pem], clientAuthType: RequireAndVerifyClientCert }\n"


def read(folder: Path, dynamic: str, static: str, behind: str = OPEN) -> Result:
    """Read the two files beside the document and a service."""
    files = folder / "traefik"
    files.mkdir()
    (files / "traefik.yml").write_text(static, encoding="utf-8")
    (files / "dynamic.yml").write_text(dynamic, encoding="utf-8")
    (folder / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    return routes(Settings(spec=str(folder / "openapi.yaml")), (files, crate(folder / "service", behind)))


def middlewares(*names: str) -> str:
    """Middlewares of the router."""
    return f"      middlewares: [{', '.join(names)}]\n"


CASES: dict[str, tuple[str, str, str, set[tuple[str, str, str]]]] = {
    "required": (ROUTER % ("", REQUIRE, ""), STATIC % "", OPEN, NOT_OPEN),
    "authorities without a mode": (
        (ROUTER % ("", "X", "")).replace(", clientAuthType: X", ""),
        STATIC % "",
        OPEN,
        NOT_OPEN,
    ),
    "if given": (ROUTER % ("", GIVEN, ""), STATIC % "", OPEN, NOT_GUARDED),
    "none": (ROUTER % ("", "NoClientCert", ""), STATIC % "", OPEN, NOT_REQUESTED),
    "any certificate": (ROUTER % ("", "RequireAnyClientCert", ""), STATIC % "", OPEN, UNTRUSTED),
    "the service checks": (ROUTER % (middlewares("pass"), GIVEN, ""), STATIC % "", CHECKS, set()),
    "the service checks, and any CA": (
        ROUTER % (middlewares("pass"), "RequestClientCert", ""),
        STATIC % "",
        CHECKS,
        {("gateway-accepts-untrusted", SECURE, "error")},
    ),
    "the service checks, and the client is trusted": (
        ROUTER % (middlewares("pass"), GIVEN, ""),
        STATIC % "    forwardedHeaders: { insecure: true }",
        CHECKS,
        TRUSTED,
    ),
    "trusted, and deleted before": (
        ROUTER % (middlewares("clear", "pass"), GIVEN, ""),
        STATIC % "    forwardedHeaders: { insecure: true }",
        CHECKS,
        set(),
    ),
    "trusted, and deleted behind": (
        ROUTER % (middlewares("pass", "clear"), GIVEN, ""),
        STATIC % "    forwardedHeaders: { insecure: true }",
        CHECKS,
        set(),
    ),
    "trusted from everywhere": (
        ROUTER % (middlewares("pass"), GIVEN, ""),
        STATIC % '    forwardedHeaders: { trustedIPs: ["10.0.0.0/8", "0.0.0.0/0"] }',
        CHECKS,
        TRUSTED,
    ),
    "another name without options": (ROUTER % (PUBLIC, REQUIRE, ""), STATIC % "", OPEN, BYPASS),
    "another name, and the default requires": (ROUTER % (PUBLIC, REQUIRE, ALL), STATIC % "", OPEN, NOT_OPEN),
    "another name in the syntax of Traefik 2": (ROUTER % (FORMER, REQUIRE, ""), STATIC % "", OPEN, BYPASS),
    "any name without options": (ROUTER % (ANY_HOST, REQUIRE, ""), STATIC % "", OPEN, BYPASS),
    "options of one name that differ": (ROUTER % (SAME_HOST, REQUIRE, ""), STATIC % "", OPEN, NOT_REQUESTED),
    "options of one name that differ, and the default requires": (
        ROUTER % (SAME_HOST, REQUIRE, ALL),
        STATIC % "",
        OPEN,
        NOT_OPEN,
    ),
    "without TLS": (ROUTER % (PLAIN, REQUIRE, ""), STATIC % WEB, OPEN, PLAINTEXT),
    "without TLS, and redirected": (ROUTER % (SECURED, REQUIRE, ""), STATIC % WEB, OPEN, NOT_OPEN),
    "without TLS, behind a router that Traefik leaves out": (
        (ROUTER % (HALF, REQUIRE, "")).replace(
            "  services:\n",
            "  services:\n    half: { weighted: { services: [{ name: api }, { name: gone }] } }\n",
        ),
        STATIC % WEB,
        OPEN,
        PLAINTEXT,
    ),
    "an entry point that redirects": (ROUTER % (PLAIN, REQUIRE, ""), STATIC % REDIRECTS, OPEN, NOT_OPEN),
    "a prefix that is stripped": (ROUTER % (STRIPPED, REQUIRE, ""), STATIC % "", OPEN, NOT_OPEN),
}


@pytest.mark.parametrize("name", CASES)
def test_findings(tmp_path: Path, name: str) -> None:
    """Each is decided; nothing that could not be evaluated stands in the way."""
    dynamic, static, behind, expected = CASES[name]
    result = read(tmp_path, dynamic, static, behind)
    assert found(result) == expected
    assert result.undecided == ()


CHAINS = "".join(f"    c{n}: {{ chain: {{ middlewares: [c{n + 1}, c{n + 1}] }} }}\n" for n in range(18))
"""Twice as many middlewares in each: 262,144 in the first one."""
UNDECIDED = {
    "chains that double": (
        (ROUTER % (middlewares("c0"), GIVEN, "")).replace(
            "  middlewares:\n", f"  middlewares:\n{CHAINS}    c18: {{ compress: {{}} }}\n"
        ),
        STATIC % "",
    ),
    "services that lead to themselves": (
        (ROUTER % ("", GIVEN, "")).replace(
            '{ loadBalancer: { servers: [{ url: "http://10.0.0.5:8080" }] } }',
            "{ weighted: { services: [{ name: api }] } }",
        ),
        STATIC % "",
    ),
    "no static configuration": (ROUTER % ("", REQUIRE, ""), ""),
    "a redirection to nowhere": (
        ROUTER % (PLAIN, REQUIRE, ""),
        STATIC % REDIRECTS.replace("to: websecure", "to: elsewhere"),
    ),
    "hosts that are resolved": (
        ROUTER % ("", REQUIRE, ""),
        (STATIC % "") + "hostResolver: { cnameFlattening: true }\n",
    ),
    "a template": (ROUTER % ("", REQUIRE, '    other: { minVersion: {{ env "X" }} }'), STATIC % ""),
    "another provider": (ROUTER % ("", REQUIRE, ""), (STATIC % "") + "  docker: {}\n"),
    "addresses of clients": (ROUTER % (middlewares("local"), GIVEN, ""), STATIC % ""),
    "another service is asked": (ROUTER % (middlewares("ask"), GIVEN, ""), STATIC % ""),
    "options of another provider": (ROUTER % ("", REQUIRE, ""), STATIC % ""),
    "a matcher of Traefik 2 that is not read": (
        (ROUTER % ("      ruleSyntax: v2\n", REQUIRE, "")).replace("Host(`api", "HostHeader(`api"),
        STATIC % "",
    ),
    "a syntax that is not known": ((ROUTER % ("      ruleSyntax: V2\n", REQUIRE, "")), STATIC % ""),
    "a wildcard, which some versions know": (
        (ROUTER % ("", REQUIRE, "")).replace("`api.example`", "`*.example`"),
        STATIC % "",
    ),
    "a template of Traefik 2 without its syntax": (
        (ROUTER % ("", GIVEN, "")).replace("`)", "`) && PathPrefix(`/{any:.*}`)"),
        STATIC % "",
    ),
    "options of a router that is not understood, beside others of the same host": (
        ROUTER % (NEWER, REQUIRE, ""),
        STATIC % "",
    ),
    "options that are named as the default of a provider": (
        (ROUTER % ("", REQUIRE, ALL)).replace("options: clients }", "options: default@file }"),
        STATIC % "",
    ),
    "a setting that is not known": (ROUTER % ("      unheard: 1\n", GIVEN, ""), STATIC % ""),
    "a TCP router": (
        (ROUTER % ("", REQUIRE, "")) + "tcp: { routers: { a: { rule: HostSNI(`*`), service: a } } }\n",
        STATIC % "",
    ),
    "a mode without authorities": (
        (ROUTER % ("", REQUIRE, "")).replace("caFiles: [ca.pem], ", ""),
        STATIC % "",
    ),
    "an empty section": (ROUTER % ("", REQUIRE, "    other: { clientAuth: {} }"), STATIC % ""),
    "a rule that is not understood": (
        (ROUTER % ("", REQUIRE, "")).replace("Host(`api", "Hosts(`api"),
        STATIC % "",
    ),
}


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_was_not_understood_is_never_a_pass(tmp_path: Path, name: str) -> None:
    """No operation is called guarded, and the exit status is 3."""
    dynamic, static = UNDECIDED[name]
    if name == "options of another provider":
        dynamic = dynamic.replace("options: clients", "options: clients@docker")
    result = read(tmp_path, dynamic, static)
    assert {str(one.operation) for one in result.undecided} >= {SECURE}
    assert result.exit_status == 3


def test_an_operation_that_two_servers_leave_undecided_is_one(tmp_path: Path) -> None:
    """The headline counts operations."""
    result = read(tmp_path, ROUTER % ("      entryPoints: [websecure]\n", REQUIRE, ""), "")
    assert len(result.undecided) > len({one.operation for one in result.undecided}) == 1
    assert "1 operation that requires a certificate could not be judged" in headline(result).sentence


def test_what_was_not_read_is_listed_where_the_handshake_decides(tmp_path: Path) -> None:
    """A router with a setting that is not known: its handshake is, and the result is not complete."""
    result = read(tmp_path, ROUTER % ("      unheard: 1\n", REQUIRE, ""), STATIC % "")
    assert found(result) == NOT_OPEN
    assert [one.what for view in result.gateways for one in view.unresolved] == [
        "the setting unheard of the router api is not evaluated"
    ]
    assert result.exit_status == 3


def test_headers_of_some_addresses_are_kept(tmp_path: Path) -> None:
    """Whether clients have one of the trusted addresses is not known: no finding, and no pass."""
    trusts = STATIC % '    forwardedHeaders: { trustedIPs: ["10.0.0.0/8"] }'
    result = read(tmp_path, ROUTER % (middlewares("pass"), GIVEN, ""), trusts, CHECKS)
    assert found(result) == set()
    assert {str(one.operation) for one in result.undecided} == {SECURE}


def test_headers_of_some_addresses_that_are_deleted(tmp_path: Path) -> None:
    """The service gets the header of the gateway alone."""
    trusts = STATIC % '    forwardedHeaders: { trustedIPs: ["10.0.0.0/8"] }'
    result = read(tmp_path, ROUTER % (middlewares("clear", "pass"), GIVEN, ""), trusts, CHECKS)
    assert found(result) == set()
    assert result.undecided == ()


def test_files_that_the_provider_does_not_name_are_not_read(tmp_path: Path) -> None:
    """A copy of the file beside it, without the guard."""
    (tmp_path / "traefik").mkdir()
    old = ROUTER % (PUBLIC, GIVEN, "")
    (tmp_path / "traefik" / "old.yml").write_text(old, encoding="utf-8")
    (tmp_path / "traefik" / "traefik.yml").write_text(STATIC % "", encoding="utf-8")
    (tmp_path / "traefik" / "dynamic.yml").write_text(ROUTER % ("", REQUIRE, ""), encoding="utf-8")
    (tmp_path / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    paths = (tmp_path / "traefik", crate(tmp_path / "service", OPEN))
    assert found(routes(Settings(spec=str(tmp_path / "openapi.yaml")), paths)) == NOT_OPEN


@pytest.mark.parametrize(("named", "unread"), [("/etc/traefik", 0), ("/conf", 1)])
def test_a_folder_that_the_provider_names(tmp_path: Path, named: str, unread: int) -> None:
    """Where it is mounted under another name, whether it is this one is not known: the result is not complete."""
    static = (STATIC % "").replace("filename: /etc/traefik/dynamic.yml", f"directory: {named}")
    result = read(tmp_path, ROUTER % ("", REQUIRE, ""), static)
    assert found(result) == NOT_OPEN
    assert len(result.gateways[0].unresolved) == unread
    assert (result.exit_status == 3) is bool(unread)


def test_the_same_in_toml(tmp_path: Path) -> None:
    """With the lines of its keys."""
    (tmp_path / "traefik.toml").write_text(
        '[entryPoints.a]\naddress = ":443"\n[providers.file]\nfilename = "dynamic.toml"\n', encoding="utf-8"
    )
    text = """[http.routers.api]
rule = "Host(`api.example`)"
service = "api"
[http.routers.api.tls]
options = "clients"
[http.services.api.loadBalancer]
servers = [{url = "http://10.0.0.5:8080"}]
[tls.options.clients.clientAuth]
caFiles = ["ca.pem"]
clientAuthType = "VerifyClientCertIfGiven"
"""
    (tmp_path / "dynamic.toml").write_text(text, encoding="utf-8")
    (tmp_path / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    gateway = tmp_path / "dynamic.toml"
    service = crate(tmp_path / "service", OPEN)
    result = routes(Settings(spec=str(tmp_path / "openapi.yaml")), (gateway, service))
    assert found(result) == NOT_GUARDED
    assert {(one.location.line, one.location.file) for one in result.drifts if one.location} == {
        (1, str(gateway))
    }


def test_files_of_others_are_not_taken_for_it(tmp_path: Path) -> None:
    """Of Docker Compose, GitHub, or a resource of Kubernetes."""
    for text in (
        "services: { a: { image: b } }\n",
        "on: push\njobs: {}\n",
        "http: { port: 80 }\n",
        "routers: [\n",
    ):
        (tmp_path / "a.yml").write_text(text, encoding="utf-8")
        assert not is_gateway(tmp_path / "a.yml")
        with pytest.raises(UsageError):
            read_gateway(tmp_path / "a.yml")

"""Resources of Kubernetes for Traefik as owners write them, each with a fault and without it, beside the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import UsageError
from specdrift.offline.routes import routes
from specdrift.settings import Settings
from specdrift.source import is_gateway, read_gateway
from tests.source.crates import crate
from tests.source.gateways.joined import DOCUMENT, OPEN, found
from tests.source.gateways.traefik.test_traefik_join import (
    BYPASS,
    CHECKS,
    NOT_GUARDED,
    NOT_OPEN,
    NOT_REQUESTED,
    PLAINTEXT,
    SECURE,
    TRUSTED,
    UNTRUSTED,
)

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

STATIC = """
entryPoints:
  web: {{ address: ":80" }}
  websecure: {{ address: ":443"{more} }}
providers:
  kubernetesCRD: {{ {options} }}
  kubernetesIngress: {{}}
"""
PLAIN = STATIC.format(more="", options="")
TRUSTS = STATIC.format(more=", forwardedHeaders: { insecure: true }", options="")
HEAD = """
apiVersion: traefik.io/v1alpha1
kind: {kind}
metadata: {{ name: {name}, namespace: shop }}
spec:
"""
SERVICE = """
---
apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop }
spec: { ports: [{ name: http, port: 8080 }], selector: { app: api } }
"""


def options(mode: str, *, name: str = "clients", namespace: str = "shop") -> str:
    """Options of TLS."""
    head = HEAD.format(kind="TLSOption", name=name).replace("namespace: shop", f"namespace: {namespace}")
    written = f"clientAuthType: {mode}, " if mode else ""
    return f"---{head}  clientAuth: {{ {written}secretNames: [ca] }}\n"


def middleware(name: str, spec: str, namespace: str = "shop") -> str:
    """A middleware."""
    head = HEAD.format(kind="Middleware", name=name).replace("namespace: shop", f"namespace: {namespace}")
    return f"---{head}  {spec}\n"


def route(
    rule: str = "Host(`api.example`)",
    *,
    name: str = "api",
    more: str = "",
    tls: str = "{ options: { name: clients } }",
) -> str:
    """A route to the service; ``more`` are members of it."""
    head = HEAD.format(kind="IngressRoute", name=name)
    point = "websecure" if tls else "web"
    encrypted = f"  tls: {tls}\n" if tls else ""
    service = "" if "services" in more else ", services: [{ name: api, port: 8080 }]"
    written = f'{{ kind: Rule, match: "{rule}"{service}{more} }}'
    return f"---{head}  entryPoints: [{point}]\n{encrypted}  routes:\n  - {written}\n"


REQUIRE, GIVEN = "RequireAndVerifyClientCert", "VerifyClientCertIfGiven"
REQUIRED = options(REQUIRE) + SERVICE
PASS = middleware("pass", "passTLSClientCert: { pem: true }")
PASSED = ", middlewares: [{ name: pass }]"
SECRET = "---\napiVersion: v1\nkind: Secret\nmetadata: { name: ca, namespace: shop }\ndata: { %s: YQ== }\n"
OUTSIDE = ", services: [{ name: outside, port: 8080 }]"
EXTERNAL = """
---
apiVersion: v1
kind: Service
metadata: { name: outside, namespace: shop }
spec: { type: ExternalName, externalName: api.internal, ports: [{ port: 8080 }] }
"""
CROSSED = ", middlewares: [{ name: secured, namespace: edge }]"
SECURED = middleware("secured", "redirectScheme: { scheme: https }", "edge")
CROSSES = STATIC.format(more="", options="allowCrossNamespace: true")


def read(folder: Path, resources: str, static: str, behind: str = OPEN) -> Result:
    """Read a folder with resources beside the document and a service."""
    files = folder / "traefik"
    files.mkdir()
    if static:
        (files / "traefik.yml").write_text(static, encoding="utf-8")
    (files / "shop.yaml").write_text(resources, encoding="utf-8")
    (folder / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    return routes(Settings(spec=str(folder / "openapi.yaml")), (files, crate(folder / "service", behind)))


CASES: dict[str, tuple[str, str, str, set[tuple[str, str, str]]]] = {
    "required": (route() + REQUIRED, PLAIN, OPEN, NOT_OPEN),
    "if given": (route() + options(GIVEN) + SERVICE, PLAIN, OPEN, NOT_GUARDED),
    "any certificate": (route() + options("RequireAnyClientCert"), PLAIN, OPEN, UNTRUSTED),
    "no options named, and none are the default": (route(tls="{}") + REQUIRED, PLAIN, OPEN, NOT_REQUESTED),
    "no options named, and the default requires": (
        route(tls="{}") + options(REQUIRE, name="default", namespace="edge"),
        PLAIN,
        OPEN,
        NOT_OPEN,
    ),
    "a secret without a type": (route() + options("") + SECRET % "ca.crt", PLAIN, OPEN, NOT_OPEN),
    "a secret without authorities, and without a type": (
        route() + options("") + SECRET % "tls.crt",
        PLAIN,
        OPEN,
        NOT_REQUESTED,
    ),
    "the service checks": (route(more=PASSED) + options(GIVEN) + PASS, PLAIN, CHECKS, set()),
    "the service checks, and the client is trusted": (
        route(more=PASSED) + options(GIVEN) + PASS,
        TRUSTS,
        CHECKS,
        TRUSTED,
    ),
    "another host without options": (
        route() + route("Host(`www.example`)", name="www", tls="{}") + REQUIRED,
        PLAIN,
        OPEN,
        BYPASS,
    ),
    "another host of another class": (
        route()
        + route("Host(`www.example`)", name="www", tls="{}").replace(
            "name: www,", "name: www, annotations: { kubernetes.io/ingress.class: internal },"
        )
        + REQUIRED,
        PLAIN,
        OPEN,
        NOT_OPEN,
    ),
    "another host with other labels": (
        route().replace("namespace: shop", "namespace: shop, labels: { team: shop }")
        + route("Host(`www.example`)", name="www", tls="{}")
        + REQUIRED.replace("namespace: shop", "namespace: shop, labels: { team: shop }"),
        STATIC.format(more="", options="labelSelector: team=shop"),
        OPEN,
        NOT_OPEN,
    ),
    "another host in a namespace that is not read": (
        route()
        + route("Host(`www.example`)", name="www", tls="{}").replace("namespace: shop", "namespace: lab")
        + REQUIRED,
        STATIC.format(more="", options="namespaces: [shop]"),
        OPEN,
        NOT_OPEN,
    ),
    "two routes of one host that differ": (
        route() + route("Host(`api.example`) && Path(`/a`)", name="a", tls="{}") + REQUIRED,
        PLAIN,
        OPEN,
        NOT_REQUESTED,
    ),
    "without TLS": (route() + route(name="plain", tls="") + REQUIRED, PLAIN, OPEN, PLAINTEXT),
    "without TLS, by the name of the port": (
        route() + route(name="plain", tls="", more=", services: [{ name: api, port: http }]") + REQUIRED,
        PLAIN,
        OPEN,
        PLAINTEXT,
    ),
    "without TLS, to a port that the service does not have": (
        route() + route(name="plain", tls="", more=", services: [{ name: api, port: 9090 }]") + REQUIRED,
        PLAIN,
        OPEN,
        NOT_OPEN,
    ),
    "without TLS, to a number in quotes": (
        route() + route(name="plain", tls="", more=", services: [{ name: api, port: '8080' }]") + REQUIRED,
        PLAIN,
        OPEN,
        NOT_OPEN,
    ),
    "without TLS, and redirected by a middleware of another namespace": (
        route() + route(name="plain", tls="", more=CROSSED) + SECURED + REQUIRED,
        CROSSES,
        OPEN,
        NOT_OPEN,
    ),
    "without TLS, and left out for a middleware of another namespace": (
        route() + route(name="plain", tls="", more=CROSSED) + SECURED + REQUIRED,
        PLAIN,
        OPEN,
        NOT_OPEN,
    ),
    "through a TraefikService": (
        route()
        + route(name="plain", tls="", more=", services: [{ name: both, kind: TraefikService }]")
        + f"---{HEAD.format(kind='TraefikService', name='both')}"
        + "  weighted: { services: [{ name: api, port: 8080 }, { name: other, port: 80 }] }\n"
        + REQUIRED,
        PLAIN,
        OPEN,
        PLAINTEXT,
    ),
    "without TLS, to an external name that is not followed": (
        route() + route(name="plain", tls="", more=OUTSIDE) + REQUIRED + EXTERNAL,
        PLAIN,
        OPEN,
        NOT_OPEN,
    ),
    "without TLS, to an external name": (
        route(more=OUTSIDE) + route(name="plain", tls="", more=OUTSIDE) + REQUIRED + EXTERNAL,
        STATIC.format(more="", options="allowExternalNameServices: true"),
        OPEN,
        PLAINTEXT,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_findings(tmp_path: Path, name: str) -> None:
    """Each is decided; nothing that could not be evaluated stands in the way."""
    resources, static, behind, expected = CASES[name]
    result = read(tmp_path, resources, static, behind)
    assert found(result) == expected
    assert result.undecided == ()


RAW = HEAD.format(kind="IngressRouteTCP", name="raw")
UNDECIDED = {
    "no static configuration": (route() + REQUIRED, ""),
    "no provider of resources": (route() + REQUIRED, PLAIN.replace("kubernetesCRD", "kubernetesGateway")),
    "a TCP route": (
        f"{route()}---{RAW}  routes: [{{ match: 'HostSNI(`*`)', services: [] }}]\n{REQUIRED}",
        PLAIN,
    ),
    "an Ingress": (
        f"{route()}{REQUIRED}---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{ name: a }}\n",
        PLAIN,
    ),
    "a kind that is not known": (f"{route()}{REQUIRED}---{HEAD.format(kind='Access', name='a')}", PLAIN),
    "a field in other letters": (route() + REQUIRED.replace("secretNames", "secretnames"), PLAIN),
    "a value of another type": (route() + REQUIRED.replace("[ca]", "ca"), PLAIN),
    "a route with a field that is not known": (route(more=", parents: [a]") + REQUIRED, PLAIN),
    "a secret that is not in the files, and no type": (route() + options("") + SERVICE, PLAIN),
    "options that are not in the files": (route() + SERVICE, PLAIN),
    "options that are named as the default": (
        route(tls="{ options: { name: default } }") + options(REQUIRE, name="default"),
        PLAIN,
    ),
    "two defaults": (
        route(tls="{}")
        + options(REQUIRE, name="default")
        + options(REQUIRE, name="default", namespace="edge"),
        PLAIN,
    ),
    "a middleware that is not in the files": (route(more=PASSED) + options(GIVEN), PLAIN),
    "a namespace that is written for some": (
        route() + REQUIRED + route(name="more").replace(", namespace: shop", ""),
        PLAIN,
    ),
    "both groups": (
        route() + REQUIRED + route(name="more").replace("traefik.io", "traefik.containo.us"),
        PLAIN,
    ),
    "a template": (route() + REQUIRED.replace("[ca]", "[{{ .Values.ca }}]"), PLAIN),
    "a selector that is not understood": (
        route() + REQUIRED,
        STATIC.format(more="", options='labelSelector: "team in (a, b)"'),
    ),
    "a port by name of a service that is not in the files": (
        route(more=", services: [{ name: other, port: http }]") + options(GIVEN),
        PLAIN,
    ),
}


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_was_not_understood_is_never_a_pass(tmp_path: Path, name: str) -> None:
    """No operation is called guarded, and the exit status is 3."""
    resources, static = UNDECIDED[name]
    result = read(tmp_path, resources, static)
    assert {str(one.operation) for one in result.undecided} >= {SECURE}
    assert result.exit_status == 3


CHART = """
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: traefik, namespace: edge }
spec:
  template:
    spec:
      containers:
      - image: docker.io/traefik:v3.5.0
        name: traefik
        args:
        - --entryPoints.web.address=:8000/tcp
        - --entryPoints.websecure.address=:8443/tcp
        - --entryPoints.websecure.http.tls=%s
        - --metrics.prometheus=true
        - --metrics.prometheus.entrypoint=web
        - --providers.kubernetescrd
        - --providers.kubernetescrd.allowEmptyServices=true
        - --providers.kubernetesingress
"""


def test_the_arguments_of_the_pods_are_the_static_configuration(tmp_path: Path) -> None:
    """As the Helm chart writes them: routes without TLS of their own have that of the entry point."""
    bare = route(tls="").replace("[web]", "[websecure]")
    resources = bare + options(REQUIRE, name="default") + SERVICE + CHART % "true"
    result = read(tmp_path, resources, "")
    assert found(result) == NOT_OPEN
    assert result.undecided == ()


def test_an_entry_point_of_the_arguments_without_tls(tmp_path: Path) -> None:
    """The same routes are then served without TLS."""
    bare = route(tls="").replace("[web]", "[websecure]")
    resources = bare + options(REQUIRE, name="default") + SERVICE + CHART % "false"
    assert found(read(tmp_path, resources, "")) == NOT_REQUESTED


def test_a_route_that_is_left_out_is_listed(tmp_path: Path) -> None:
    """With the reason: its owner takes it for served."""
    resources = route() + route(name="plain", tls="", more=CROSSED) + SECURED + REQUIRED
    (gateway,) = read(tmp_path, resources, PLAIN).gateways
    assert [one.what for one in gateway.unresolved] == [
        "a route of IngressRoute plain that Traefik leaves out: a reference to the namespace edge"
    ]


ELSEWHERE = {
    "an argument that is not understood": (CHART % "true").replace("--metrics.prometheus=true", "-x"),
    "an argument that is given twice": (CHART % "true").replace("--metrics.prometheus=true", "--api")
    + "        - --api=false\n",
    "a file": (CHART % "true").replace("--metrics.prometheus=true", "--configFile=/a.yml"),
    "a folder": (CHART % "true") + "        volumeMounts: [{ name: a, mountPath: /etc/traefik/ }]\n",
    "two of them": (CHART % "true") + (CHART % "true").replace("name: traefik,", "name: second,"),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_arguments_that_are_not_the_whole_static_configuration(tmp_path: Path, name: str) -> None:
    """Nothing is judged."""
    result = read(tmp_path, route() + REQUIRED + ELSEWHERE[name], "")
    assert {str(one.operation) for one in result.undecided} >= {SECURE}
    assert result.exit_status == 3


def test_a_list_in_json_beside_the_static_configuration(tmp_path: Path) -> None:
    """As ``kubectl get -o json`` writes it; the finding names its line."""
    text = """{
 "apiVersion": "v1", "kind": "List", "items": [
  { "apiVersion": "traefik.io/v1alpha1", "kind": "IngressRoute", "metadata": {"name": "api", "namespace": "shop"},
    "spec": { "entryPoints": ["websecure"], "tls": {}, "routes": [
     { "match": "Host(`api.example`)", "services": [{"name": "api", "port": 8080}] } ] } } ] }
"""
    (tmp_path / "shop.json").write_text(text, encoding="utf-8")
    (tmp_path / "traefik.yml").write_text(PLAIN, encoding="utf-8")
    (tmp_path / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    paths = (tmp_path / "shop.json", crate(tmp_path / "service", OPEN))
    result = routes(Settings(spec=str(tmp_path / "openapi.yaml")), paths)
    assert found(result) == NOT_REQUESTED
    assert result.undecided == ()


def test_resources_of_others_are_not_taken_for_it(tmp_path: Path) -> None:
    """A definition of the resources, and those of Kubernetes alone."""
    for text in (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: { group: traefik.io }\n",
        SERVICE,
    ):
        (tmp_path / "a.yml").write_text(text, encoding="utf-8")
        assert not is_gateway(tmp_path / "a.yml")
        with pytest.raises(UsageError):
            read_gateway(tmp_path / "a.yml")

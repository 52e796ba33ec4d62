"""Resources of Kubernetes in the folder of a service: read where they are clearly its own, and named where not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus, UsageError
from specdrift.offline.routes import routes
from specdrift.settings import Settings, SourceSettings
from specdrift.source.gateway import folder_files
from tests.source.crates import crate
from tests.source.gateways.joined import DOCUMENT, GUARDED, OPEN, found, nginx
from tests.source.gateways.mesh.meshes import (
    Object,
    api_gateway,
    http_route,
    mutual,
    policy,
    service,
    to,
    validation,
    written,
)
from tests.source.gateways.mesh.meshes import (
    routes as virtual_service,
)
from tests.source.gateways.traefik.test_resource_join import CHART, GIVEN, REQUIRE, SERVICE, options, route

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from specdrift.model.result.result import Result

SECURE = ("gateway-optional-unchecked", "GET /secure")
PUBLIC_IS_CLOSED = ("open-route-guarded", "GET /public")
HELM = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: {{ .Release.Name }} }
spec:
  {{- with .Values.ingress.className }}
  ingressClassName: {{ . }}
  {{- end }}
"""
INGRESS: Object = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "shop", "namespace": "shop"},
    "spec": {"defaultBackend": {"service": {"name": "shop", "port": {"number": 8080}}}},
}
PROXY: Object = {
    "apiVersion": "projectcontour.io/v1",
    "kind": "HTTPProxy",
    "metadata": {"name": "shop"},
    "spec": {"routes": [{"services": [{"name": "shop", "port": 8080}]}]},
}
HARMLESS: tuple[Object, ...] = (
    *service(),
    {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "n"}, "spec": {}},
    {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"}},
    {"apiVersion": "acme.example/v1", "kind": "Queue", "metadata": {"name": "q"}, "spec": {"size": 1}},
)
"""Nothing of it takes requests from outside to the service."""


def named(name: str, image: str = "") -> list[Object]:
    """A service of another name, and its pods."""
    made = service()
    for one in made:
        one["metadata"]["name"] = name
    if image:
        made[1]["spec"]["template"]["spec"]["containers"][0]["image"] = image
    return made


def traefik(tls: str) -> str:
    """An IngressRoute of the service, these options, and Traefik itself."""
    text = (route() + tls + SERVICE).replace("name: api,", "name: shop,")
    return text + CHART.replace("=%s", "=true")


def read(folder: Path, files: Mapping[str, str], code: str, *front: str, guarded: bool = False) -> Result:
    """Read the folder of a service with these files, behind those of the files that are named."""
    (folder / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    own = crate(folder / "service", {"src/main.rs": code, **files})
    settings = Settings(
        spec=str(folder / "openapi.yaml"), source=SourceSettings(guards=("caller",) if guarded else ())
    )
    return routes(settings, (*(own / one for one in front), own))


def kinds(result: Result) -> set[tuple[str, str]]:
    """Rule and operation of each finding."""
    return {(rule, operation) for rule, operation, _ in found(result)}


def left_out(result: Result) -> list[str]:
    """What was left out."""
    return [one.what for view in result.gateways for one in view.not_followed if not view.entries]


STRICT, LOOSE = mutual(), mutual("OPTIONAL_MUTUAL")
PAIRS: dict[str, tuple[str, str]] = {
    "a service of the name of the package": (
        written(STRICT, virtual_service()),
        written(LOOSE, virtual_service()),
    ),
    "a service that runs its image": (
        written(
            STRICT,
            virtual_service({"route": to("front")}),
            *named("front", "ghcr.io/acme/shop:1.2@sha256:ab"),
        ),
        written(LOOSE, virtual_service({"route": to("front")}), *named("front", "ghcr.io/acme/shop:1.2")),
    ),
    "the Gateway API": (
        written(api_gateway(frontend={"default": validation()}), http_route(), *service()),
        written(
            api_gateway(frontend={"default": validation("AllowInsecureFallback")}), http_route(), *service()
        ),
    ),
    "Traefik": (
        traefik(options(REQUIRE)),
        traefik(options(GIVEN)),
    ),
}
"""With a gateway that requires the certificate, and one that does not."""


@pytest.mark.parametrize("case", PAIRS)
def test_resources_that_name_the_service_alone_are_its_gateway(case: str, tmp_path: Path) -> None:
    """They are read as if their folder were named."""
    for number, text in enumerate(PAIRS[case]):
        results = []
        for way, front in enumerate(((), ("deploy",))):
            folder = tmp_path / f"{number}{way}"
            folder.mkdir()
            results.append(read(folder, {"deploy/front.yaml": text}, OPEN, *front))
        found, expected = map(kinds, results)
        assert found == expected
        assert (SECURE in found, PUBLIC_IS_CLOSED in found) == (bool(number), not number)
        assert [left_out(one) for one in results] == [[], []]
        assert results[0].exit_status is results[1].exit_status


UNCLEAR: dict[str, tuple[dict[str, str], str]] = {
    "a service of another name": (
        {"deploy/front.yaml": written(STRICT, virtual_service({"route": to("orders")}))},
        "VirtualService shop",
    ),
    "a second service": (
        {
            "deploy/front.yaml": written(
                STRICT,
                virtual_service(
                    {"match": [{"uri": {"prefix": "/orders"}}], "route": to("orders")}, {"route": to()}
                ),
            )
        },
        "VirtualService shop",
    ),
    "a policy alone": ({"k8s/policy.yaml": written(policy({}))}, "AuthorizationPolicy p"),
    "an Ingress": ({"k8s/ingress.yaml": written(INGRESS, *service())}, "Ingress shop"),
    "a kind that is not known": ({"k8s/proxy.yaml": written(PROXY, *service())}, "HTTPProxy shop"),
    "a chart": ({"charts/shop/templates/ingress.yaml": HELM}, "a document that is"),
    "a template that can be parsed": (
        {"chart/templates/route.yaml": written(http_route()).replace("api.example", "'{{ .Values.host }}'")},
        "a template that is not filled in",
    ),
    "two gateways": (
        {
            "deploy/mesh.yaml": written(STRICT, virtual_service()),
            "deploy/traefik.yaml": traefik(options(REQUIRE)),
        },
        "IngressRoute shop",
    ),
}


@pytest.mark.parametrize("case", UNCLEAR)
def test_what_is_not_clear_is_named_and_does_not_pass(case: str, tmp_path: Path) -> None:
    """The service is judged as it is alone, and the run is incomplete."""
    files, expected = UNCLEAR[case]
    result = read(tmp_path, files, GUARDED, guarded=True)
    assert any(one.startswith(expected) for one in left_out(result)), left_out(result)
    assert result.exit_status is ExitStatus.INCOMPLETE
    assert kinds(result) == set()


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"deploy/app.yaml": written(*HARMLESS), "deploy/kustomization.yaml": "resources: [app.yaml]\n"},
        {"dev/app.yaml": written(*HARMLESS), "production/app.yaml": written(*HARMLESS)},
        {"tests/data/front.yaml": written(INGRESS), "target/doc/mesh.yaml": written(STRICT)},
        {"examples/helm/templates/ingress.yaml": HELM, ".github/x.yaml": written(INGRESS)},
    ],
    ids=["none", "no gateway", "twice", "tests", "examples"],
)
def test_resources_that_are_no_gateway_leave_the_service_alone(files: dict[str, str], tmp_path: Path) -> None:
    """The twin of those that are left out: nothing of them is deployed, or in front of a service."""
    result = read(tmp_path, files, GUARDED, guarded=True)
    assert (result.exit_status, result.gateways) == (ExitStatus.OK, ())


def test_a_gateway_that_is_named_leaves_nothing_out(tmp_path: Path) -> None:
    """It is then known what is in front."""
    files = {
        "deploy/front.yaml": written(STRICT, virtual_service({"route": to("orders")})),
        "k8s/ingress.yaml": written(INGRESS),
    }
    result = read(tmp_path, files, GUARDED, "deploy", guarded=True)
    assert [view.gateway for view in result.gateways] == ["kubernetes"]
    assert left_out(result) == []


def test_resources_beside_a_file_of_another_gateway(tmp_path: Path) -> None:
    """Their order is not known if both are in front; resources that may be are named beside the file."""
    front = nginx("location / { proxy_pass http://api; }")
    clear, unclear = tmp_path / "clear", tmp_path / "unclear"
    for folder in (clear, unclear):
        folder.mkdir()
    with pytest.raises(UsageError, match="nginx and kubernetes; name each file, what is in front first"):
        read(clear, {"nginx.conf": front, "deploy/front.yaml": written(STRICT, virtual_service())}, OPEN)
    result = read(unclear, {"nginx.conf": front, "deploy/ingress.yaml": written(INGRESS)}, OPEN, guarded=True)
    assert [view.gateway for view in result.gateways] == ["nginx", "kubernetes"]
    assert left_out(result) != []


def test_folders_with_too_many_names_do_not_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows may hold any resource."""
    files = {
        "deploy/a.yaml": written(STRICT, virtual_service(), *service()),
        "deploy/b.yaml": written(INGRESS),
    }
    for most, reason in ((100, "Ingress of"), (5, "more than 5 names in the folder")):
        folder = tmp_path / str(most)
        folder.mkdir()
        monkeypatch.setattr(folder_files, "MOST_NAMES", most)
        front = crate(folder / "service", {"src/main.rs": OPEN, **files}) / "deploy"
        for name in ("c.txt", "d.txt", "e.txt", "f.txt"):
            (front / name).write_text("", encoding="utf-8")
        (folder / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
        result = routes(Settings(spec=str(folder / "openapi.yaml")), (front,))
        whats = [one.what for view in result.gateways for one in view.unresolved]
        assert any(one.startswith(reason) for one in whats), whats
        assert result.exit_status is ExitStatus.INCOMPLETE

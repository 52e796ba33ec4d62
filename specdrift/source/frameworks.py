"""The frameworks and gateways that can be read. Imported only when a source is read: each brings a parser."""

import re
from collections.abc import Mapping
from pathlib import Path

from specdrift.source import usual_names
from specdrift.source.kong import kong_files
from specdrift.source.kubernetes import manifests
from specdrift.source.kubernetes.manifests import MESH
from specdrift.source.listed_framework import ListedFramework
from specdrift.source.listed_gateway import ListedGateway, named
from specdrift.source.protocol import Framework, Gateway
from specdrift.source.traefik import traefik_files
from specdrift.source.traefik.traefik_files import GROUPS


def _is_of_traefik(path: Path) -> bool:
    return manifests.is_recognised(path, GROUPS) or traefik_files.is_recognised(path)


KUBERNETES = ListedGateway(
    name="kubernetes",
    module="specdrift.source.kubernetes.kubernetes_gateway",
    may_be=manifests.is_recognised,
)
TRAEFIK = ListedGateway(
    name="traefik", module="specdrift.source.traefik.traefik_gateway", may_be=_is_of_traefik
)

FRAMEWORKS: tuple[Framework, ...] = (
    ListedFramework(
        name="axum",
        module="specdrift.source.axum.adapter",
        may_be=lambda folder: (folder / "Cargo.toml").is_file(),
    ),
    ListedFramework(
        name="go",
        module="specdrift.source.go.go_adapter",
        may_be=lambda folder: (folder / "go.mod").is_file() or (folder / "go.work").is_file(),
    ),
)
GATEWAYS: tuple[Gateway, ...] = (
    ListedGateway(
        name="nginx", module="specdrift.source.nginx.nginx_gateway", may_be=named(*usual_names.NGINX)
    ),
    ListedGateway(
        name="envoy", module="specdrift.source.envoy.envoy_gateway", may_be=named(*usual_names.ENVOY)
    ),
    KUBERNETES,
    ListedGateway(
        name="haproxy", module="specdrift.source.haproxy.haproxy_gateway", may_be=named(*usual_names.HAPROXY)
    ),
    ListedGateway(
        name="caddy", module="specdrift.source.caddy.caddy_gateway", may_be=named(*usual_names.CADDY)
    ),
    ListedGateway(
        name="apache", module="specdrift.source.apache.apache_gateway", may_be=named(*usual_names.APACHE)
    ),
    TRAEFIK,
    ListedGateway(name="kong", module="specdrift.source.kong.kong_gateway", may_be=kong_files.recognises),
)
RESOURCES: Mapping[str, re.Pattern[str]] = {KUBERNETES.name: MESH, TRAEFIK.name: GROUPS}
"""Gateways that read resources of Kubernetes, with what fits the groups of these."""

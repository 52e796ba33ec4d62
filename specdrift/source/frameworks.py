"""The frameworks and gateways that can be read. Imported only when a source is read: each brings a parser."""

import re
from collections.abc import Mapping

from specdrift.source.apache.apache_gateway import GATEWAY as APACHE
from specdrift.source.axum.adapter import FRAMEWORK as AXUM
from specdrift.source.caddy.caddy_gateway import GATEWAY as CADDY
from specdrift.source.envoy.envoy_gateway import GATEWAY as ENVOY
from specdrift.source.haproxy.haproxy_gateway import GATEWAY as HAPROXY
from specdrift.source.kong.kong_gateway import GATEWAY as KONG
from specdrift.source.kubernetes.kubernetes_gateway import GATEWAY as KUBERNETES
from specdrift.source.kubernetes.manifests import MESH
from specdrift.source.nginx.nginx_gateway import GATEWAY as NGINX
from specdrift.source.protocol import Framework, Gateway
from specdrift.source.traefik.traefik_gateway import GATEWAY as TRAEFIK
from specdrift.source.traefik.traefik_gateway import GROUPS

FRAMEWORKS: tuple[Framework, ...] = (AXUM,)
GATEWAYS: tuple[Gateway, ...] = (NGINX, ENVOY, KUBERNETES, HAPROXY, CADDY, APACHE, TRAEFIK, KONG)
RESOURCES: Mapping[str, re.Pattern[str]] = {KUBERNETES.name: MESH, TRAEFIK.name: GROUPS}
"""Gateways that read resources of Kubernetes, with what fits the groups of these."""

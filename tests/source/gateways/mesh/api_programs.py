"""Makes resources of the Gateway API in which constructs combine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from tests.source.gateways.mesh import meshes

if TYPE_CHECKING:
    from random import Random

    from tests.source.gateways.mesh.meshes import Object

PATHS = (
    ("PathPrefix", "/"),
    ("PathPrefix", "/a"),
    ("PathPrefix", "/a/"),
    ("PathPrefix", "/a/b"),
    ("PathPrefix", "/b"),
    ("Exact", "/a"),
    ("Exact", "/a/b"),
    ("Exact", "/b"),
)
EXPRESSION = ("RegularExpression", "/a.*")
MODES = (None, "AllowValidOnly", "AllowInsecureFallback", "plaintext")
HOSTNAMES: tuple[list[str], ...] = (["one.example"], ["*.example"], [], ["one.example", "two.test"])


class ApiWriter(Struct):
    """Writes a gateway of Istio's class with one listener, and its routes: no two of one host."""

    random: Random

    def often(self, chance: float) -> bool:
        """Return true that often."""
        return self.random.random() < chance

    def program(self, number: int, port: int) -> list[Object]:
        """Return the resources of one listener."""
        mode = self.random.choice(MODES)
        protocol = "HTTP" if mode == "plaintext" else "HTTPS"
        listener = meshes.listener(protocol=protocol, port=port)
        del listener["hostname"]
        frontend = {"default": meshes.validation(mode)} if mode and protocol == "HTTPS" else None
        gateway = meshes.api_gateway(listener, frontend=frontend, of="istio")
        gateway["metadata"]["name"] = f"g{number}"
        rules = [self.rule() for _ in range(self.random.randrange(1, 6))]
        route = meshes.http_route(
            *rules,
            name=f"r{number}",
            parentRefs=[{"name": f"g{number}"}],
            hostnames=self.random.choice(HOSTNAMES),
        )
        return [gateway, route]

    def rule(self) -> Object:
        """One rule."""
        found: Object = {"backendRefs": [{"name": self.random.choice(("alpha", "beta")), "port": 8080}]}
        if self.often(0.9):
            found["matches"] = [self.match() for _ in range(self.random.choice((1, 1, 2)))]
        filters = []
        if self.often(0.3):
            filters.append({"type": "RequestHeaderModifier", "requestHeaderModifier": self.headers()})
        if self.often(0.15):
            path = {"type": "ReplaceFullPath", "replaceFullPath": "/v1/all"}
            filters.append({"type": "URLRewrite", "urlRewrite": {"path": path}})
        if self.often(0.1):
            redirect = {"path": {"type": "ReplaceFullPath", "replaceFullPath": "/elsewhere"}}
            filters = [{"type": "RequestRedirect", "requestRedirect": redirect | {"statusCode": 301}}]
            del found["backendRefs"]
        return {**found, "filters": filters} if filters else found

    def headers(self) -> Object:
        """What happens to a header."""
        kind = self.random.choice(("set", "add", "remove"))
        if kind == "remove":
            return {"remove": ["X-Client-Cert"]}
        return {kind: [{"name": "X-Client-Cert", "value": "constant"}]}

    def match(self) -> Object:
        """One condition of a rule."""
        found: Object = {}
        if self.often(0.9):
            kind, value = EXPRESSION if self.often(0.04) else self.random.choice(PATHS)
            found["path"] = {"type": kind, "value": value}
            if kind == "PathPrefix" and self.often(0.3):
                del found["path"]["type"]
        if self.often(0.3):
            found["method"] = self.random.choice(("GET", "POST"))
        if self.often(0.25):
            found["headers"] = [self.header(name) for name in self.random.choice((["X-A"], ["X-A", "Host"]))]
        if self.often(0.2):
            found["queryParams"] = [{"name": "debug", "value": "1"}]
        return found

    def header(self, name: str) -> Object:
        """A condition on a header."""
        if name == "Host":
            return {"type": "RegularExpression", "name": "X-B", "value": "[0-9]+"}
        return {"name": name, "value": self.random.choice(("1", "12"))}

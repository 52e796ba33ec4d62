"""Makes resources of Istio in which constructs combine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from tests.source.gateways.mesh import meshes

if TYPE_CHECKING:
    from random import Random

    from tests.source.gateways.mesh.meshes import Object

PATHS: tuple[Object, ...] = (
    {"prefix": "/"},
    {"prefix": "/a"},
    {"prefix": "/a/"},
    {"exact": "/a"},
    {"exact": "/a/b"},
    {"regex": "/a.*"},
    {"regex": "/(a|b)/?"},
)
POLICY_PATHS = ("/a", "/a*", "*b", "*", "/a/{*}", "/{*}/b", "/a/{**}", "/b/")
HOSTS = ("one.example", "*.example", "*.one.example", "two.test", "*")
HEADER: tuple[Object, ...] = ({"exact": "1"}, {"prefix": "1"}, {"regex": "[0-9]+"}, {})
CERTIFICATE = "%DOWNSTREAM_PEER_SUBJECT%"
NAME = "example.com/alice"
MODES = ("SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL", "OPTIONAL_MUTUAL", None)


class MeshWriter(Struct):
    """Writes a gateway with one server, its routes and its policies."""

    random: Random

    def often(self, chance: float) -> bool:
        """Return true that often."""
        return self.random.random() < chance

    def program(self, number: int, port: int) -> list[Object]:
        """Return the resources of one listener."""
        mode = self.random.choice(MODES)
        tls = {"mode": mode, "credentialName": "c"} if mode else None
        server = meshes.server(tls, port=port, protocol="HTTPS" if mode else "HTTP", hosts=["*"])
        labels = {"istio": f"g{number}"}
        spec = {"selector": labels, "servers": [server]}
        hosts = self.random.sample(HOSTS, 2)
        services = [self.virtual_service(number, at, host) for at, host in enumerate(hosts)]
        count = self.random.choice((0, 1, 1, 2, 3))
        policies = [
            meshes.policy(self.policy(labels), name=f"p{number}-{one}", **self.dry()) for one in range(count)
        ]
        return [meshes.istio("Gateway", f"g{number}", spec, "istio-system"), *services, *policies]

    def dry(self) -> Object:
        """Annotations of a policy."""
        return {"annotations": {"istio.io/dry-run": "true"}} if self.often(0.1) else {}

    def virtual_service(self, number: int, at: int, host: str) -> Object:
        """Routes of one host."""
        http = [self.route() for _ in range(self.random.randrange(1, 5))]
        spec = {"hosts": [host], "gateways": [f"istio-system/g{number}"], "http": http}
        return meshes.istio("VirtualService", f"v{number}-{at}", spec)

    def route(self) -> Object:
        """One route."""
        found: Object = {}
        if self.often(0.85):
            found["match"] = [self.match() for _ in range(self.random.choice((1, 1, 2)))]
        if self.often(0.1):
            return {**found, "redirect": {"uri": "/elsewhere"}}
        if self.often(0.15):
            return {**found, "directResponse": {"status": self.random.choice((200, 403))}}
        expressions = any("regex" in one.get("uri", {"regex": ""}) for one in found.get("match", [{}]))
        if not expressions and self.often(0.3):
            found["rewrite"] = {"uri": self.random.choice(("/v1", "/v1/", "/"))}
        if self.often(0.5):
            found["headers"] = {"request": self.headers()}
        return {**found, "route": meshes.to(self.random.choice(("alpha", "beta")))}

    def match(self) -> Object:
        """One condition of a route."""
        found: Object = {}
        if self.often(0.85):
            found["uri"] = self.random.choice(PATHS)
            if "regex" not in found["uri"] and self.often(0.15):
                found["ignoreUriCase"] = True
        if self.often(0.2):
            found["method"] = {"exact": "GET"}
        for name in ("headers", "withoutHeaders"):
            if self.often(0.12):
                found[name] = {"x-a": self.random.choice(HEADER)}
        if self.often(0.1):
            found["queryParams"] = {"debug": self.random.choice(({"exact": "1"}, {}))}
        if self.often(0.1):
            found["authority"] = {"exact": "one.example"}
        return found

    def headers(self) -> Object:
        """What happens to the header about the certificate."""
        kind = self.random.choice(("set", "add", "remove"))
        if kind == "remove":
            return {"remove": ["X-Client-Cert"]}
        return {kind: {"X-Client-Cert": self.random.choice((CERTIFICATE, CERTIFICATE, "constant"))}}

    def policy(self, labels: dict[str, str]) -> Object:
        """A policy for the gateway."""
        found: Object = {"selector": {"matchLabels": labels}}
        action = self.random.choice(("ALLOW", "ALLOW", "DENY", "DENY", "AUDIT", None))
        if action:
            found["action"] = action
        if self.often(0.9):
            allows = action in ("ALLOW", None)
            found["rules"] = [self.rule(allows=allows) for _ in range(self.random.choice((1, 1, 2)))]
        return found

    def rule(self, *, allows: bool) -> Object:
        """A rule. Only one that allows has the name: it stands for any that the valid client may have."""
        found: Object = {}
        if self.often(0.6):
            found["from"] = [{"source": self.source(allows=allows)}]
        if self.often(0.6):
            found["to"] = [{"operation": self.operation()} for _ in range(self.random.choice((1, 1, 2)))]
        if self.often(0.25):
            values = {self.random.choice(("values", "notValues")): [self.random.choice(("1", "1*", "*"))]}
            found["when"] = [{"key": "request.headers[x-a]", **values}]
        return found

    def source(self, *, allows: bool) -> Object:
        """Who sends the request."""
        if allows and self.often(0.4):
            return {"principals": [NAME]}
        return {self.random.choice(("principals", "notPrincipals")): ["*"]}

    def operation(self) -> Object:
        """What is requested."""
        found: Object = {}
        if self.often(0.8):
            name = self.random.choice(("paths", "paths", "notPaths"))
            found[name] = self.random.sample(POLICY_PATHS, self.random.choice((1, 2)))
        if self.often(0.25) or not found:
            found[self.random.choice(("methods", "notMethods"))] = ["GET"]
        if self.often(0.15):
            found[self.random.choice(("hosts", "notHosts"))] = [
                self.random.choice(("ONE.example", "*.example"))
            ]
        return found

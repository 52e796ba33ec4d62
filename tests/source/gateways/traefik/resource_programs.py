"""Makes resources of Kubernetes for Traefik in which constructs combine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from tests.source.gateways.traefik.traefik_programs import FORMER, TraefikWriter

if TYPE_CHECKING:
    from random import Random

Object = dict[str, Any]
OWN, OTHER = "@NAME@-a", "@NAME@-b.x"
"""Namespaces of a program. No real one has a dot, which Traefik replaces in the names that it makes."""
TYPES = (
    *("NoClientCert", "RequestClientCert", "RequireAnyClientCert"),
    *("VerifyClientCertIfGiven", "RequireAndVerifyClientCert", "RequireAndVerifyClientCert"),
)
LABELS: tuple[Object, ...] = ({"team": "a"}, {"team": "a", "tier": "web"}, {"team": "a"}, {"team": "b"}, {})
SELECTORS = ("", "", "team=a", "team!=b", "tier!=web,team=a")
CLASSES = ("", "", "", "traefik", "other")
VERSION = "traefik.io/v1alpha1"


class ResourceProgram(Struct, frozen=True):
    """Resources of one configuration, with marks for its name, ports and authorities."""

    resources: list[Object]
    elsewhere: list[Object]
    """Resources that the cluster has and the files have not."""
    points: Object


def settings(random: Random) -> Object:
    """Make the options of the provider."""
    found: Object = {}
    if random.random() < 0.4:
        found["allowCrossNamespace"] = True
    if random.random() < 0.5:
        found["allowExternalNameServices"] = True
    if (selector := random.choice(SELECTORS)) != "":
        found["labelSelector"] = selector
    if random.random() < 0.2:
        found["ingressClass"] = random.choice(("traefik", "other"))
    return found


class ResourceWriter(Struct):
    """Writes one program."""

    random: Random
    programs: TraefikWriter
    made: list[Object] = field(default_factory=list)

    def program(self) -> ResourceProgram:
        """Make one program."""
        random = self.random
        for namespace in (OWN, OTHER):
            self.made += [_service(namespace, name) for name in ("x-one", "y-one")]
            self.made += [slices(namespace, name) for name in ("x-one", "y-one")]
            self.made.append(_external(namespace))
            self.made += [self.options(namespace, name) for name in ("o1", "o2")]
            self.made += [self.middleware(namespace, f"m{number}") for number in range(3)]
            self.made += [self.chain(namespace), self.weighted(namespace)]
        elsewhere = [one for namespace in (OWN, OTHER) for one in _elsewhere(namespace)]
        for namespace in (OWN, OTHER):
            authorities = secret(namespace, "ca", {"ca.crt": "@CA@"})
            random.choice((self.made, elsewhere)).append(authorities)
        for number in range(random.randrange(2, 5)):
            self.made.append(self.route(random.choice((OWN, OWN, OTHER)), f"r{number}"))
        points = {"t": self.programs.point(), "p": self.programs.point(plain=True)}
        random.shuffle(self.made)
        return ResourceProgram(self.made, elsewhere, points)

    def options(self, namespace: str, name: str) -> Object:
        """Make options of TLS."""
        random = self.random
        client: Object = {}
        if random.random() < 0.7:
            client["clientAuthType"] = random.choice(TYPES)
        verifies = "Verify" in client.get("clientAuthType", "")
        if verifies or random.random() < 0.8:
            # Without authorities, a type that verifies refuses all; secrets outside of the files are taken to exist.
            existing = (["ca"], ["ca"], ["ca", "none"])
            client["secretNames"] = random.choice(existing if verifies else (*existing, ["empty"], ["none"]))
        spec: Object = {"minVersion": "VersionTLS12"}
        return self._of("TLSOption", namespace, name, spec | ({"clientAuth": client} if client else {}))

    def middleware(self, namespace: str, name: str) -> Object:
        """Make a middleware."""
        spec = self.programs.middleware()
        if "basicAuth" in spec:
            spec = {"basicAuth": self.random.choice(({"secret": "users"}, {"secret": "users", "realm": "a"}))}
        if "rateLimit" in spec:
            spec = {"rateLimit": {"average": 0}}
        return self._of("Middleware", namespace, name, spec)

    def chain(self, namespace: str) -> Object:
        """Make a chain; its names are not normalised."""
        names = self.random.sample(("m0", "m1", "m2"), 2)
        spec = {"chain": {"middlewares": [{"name": name} for name in names]}}
        return self._of("Middleware", namespace, "chain", spec)

    def weighted(self, namespace: str) -> Object:
        """Make a service of services."""
        inner = self.service(nested=True)
        spec: Object = {"weighted": {"services": [inner]}}
        if self.random.random() < 0.4:
            # The mirror is the service itself: a prediction has the addresses of both.
            spec = {"mirroring": {**inner, "mirrors": [{**inner, "percent": 0}]}}
        return self._of("TraefikService", namespace, "w", spec)

    def service(self, *, nested: bool = False) -> Object:
        """Make a reference to a service."""
        random = self.random
        name = random.choice(("x-one", "y-one"))
        found: Object = random.choice(
            (
                *[{"name": name, "port": 80}] * 5,
                {"name": name, "port": "web"},
                {"name": name, "port": random.choice((81, "80", 0))},
                {"name": name},
                {"name": f"{name}@kubernetescrd", "port": 80, "kind": "Service"},
                {"name": name, "port": 80, "namespace": random.choice((OWN, OTHER))},
                {"name": name, "port": 80, "scheme": random.choice(("http", "gopher"))},
                {"name": "x-away", "port": random.choice((80, 80, "web"))},
                {"name": "y-external", "port": "@Y@"},
                {
                    "name": name,
                    "port": 80,
                    "nativeLB": False,
                    "strategy": random.choice(("wrr", "RoundRobin")),
                },
            )
        )
        if not nested and random.random() < 0.2:
            found = {"name": random.choice(("w", "w@kubernetescrd")), "kind": "TraefikService"}
            if random.random() < 0.3:
                found["namespace"] = random.choice((OWN, OTHER))
        return found

    def route(self, namespace: str, name: str) -> Object:
        """Make routes."""
        random = self.random
        tls = random.random() < 0.7
        spec: Object = {"entryPoints": [f"@NAME@-{'t' if tls else 'p'}"], "routes": []}
        for _ in range(random.randrange(1, 4)):
            rule: Object = {"match": self.programs.rule(), "kind": "Rule"}
            if random.random() < FORMER:
                rule |= {"match": self.programs.former_rule(), "syntax": "v2"}
            if spec["routes"] and random.random() < 0.15:
                rule |= {
                    key: value for key, value in spec["routes"][-1].items() if key in ("match", "syntax")
                }
            rule["services"] = [self.service() for _ in range(random.choice((1, 1, 1, 1, 2, 0)))]
            if len(rule["services"]) == 2:
                rule["services"][1] = dict(rule["services"][0])
            if random.random() < 0.5:
                names = random.sample(("m0", "m1", "m2", "chain"), random.randrange(1, 3))
                rule["middlewares"] = [self._reference(one) for one in names]
            if random.random() < 0.2:
                rule["priority"] = random.choice((1, 5, 100, 0))
            spec["routes"].append(rule)
        if tls:
            options = random.choice((None, *map(self._reference, ("o1", "o1", "o2", "o2", "default"))))
            spec["tls"] = random.choice(({}, {"secretName": "own"})) | (
                {"options": options} if options else {}
            )
        made = self._of("IngressRoute", namespace, name, spec)
        if (own := random.choice(CLASSES)) != "":
            made["metadata"]["annotations"] = {"kubernetes.io/ingress.class": own}
        return made

    def _reference(self, name: str) -> Object:
        random = self.random
        if random.random() < 0.1:
            return {"name": f"@NAME@-{random.choice(('a', 'b-x'))}-{name}@kubernetescrd"}
        return {"name": name} | ({"namespace": random.choice((OWN, OTHER))} if random.random() < 0.25 else {})

    def _of(self, kind: str, namespace: str, name: str, spec: Object) -> Object:
        metadata: Object = {"name": name, "namespace": namespace}
        if labels := self.random.choice(LABELS):
            metadata["labels"] = labels
        return {"apiVersion": VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def program(random: Random) -> ResourceProgram:
    """Make one program."""
    return ResourceWriter(random, TraefikWriter(random)).program()


def resource(kind: str, namespace: str, name: str, spec: Object) -> Object:
    """Return one of Traefik's resources that every selector has."""
    metadata = {"name": name, "namespace": namespace, "labels": {"team": "a"}}
    return {"apiVersion": VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def secret(namespace: str, name: str, data: Object) -> Object:
    """Return a secret."""
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}


def _service(namespace: str, name: str) -> Object:
    spec = {"selector": {"app": name}, "ports": [{"name": "web", "port": 80}], "clusterIP": "10.0.0.1"}
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def _external(namespace: str) -> Object:
    made = _service(namespace, "y-external")
    made["spec"] = {"type": "ExternalName", "externalName": "127.0.0.1"}
    return made


def slices(namespace: str, name: str, port: str = "") -> Object:
    """Return where the pods of a service listen; the first letter of its name is that of the runner's service."""
    metadata = {
        "name": f"{name}-1",
        "namespace": namespace,
        "labels": {"kubernetes.io/service-name": name},
    }
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": metadata,
        "addressType": "IPv4",
        "ports": [{"name": "web", "port": port or f"@{name[0].upper()}@"}],
        "endpoints": [{"addresses": ["127.0.0.1"], "conditions": {"ready": True}}],
    }


def _elsewhere(namespace: str) -> list[Object]:
    return [
        _service(namespace, "x-away"),
        slices(namespace, "x-away"),
        secret(namespace, "empty", {"other": "YQ=="}),
        secret(namespace, "users", {"users": "@USERS@"}),
    ]

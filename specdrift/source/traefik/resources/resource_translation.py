"""Traefik's resources, translated into the members that dynamic files have: one tree for each resource."""

from collections.abc import Iterator
from hashlib import sha256

from msgspec import Struct

from specdrift.loader.parse.tree import Mark, MarkedMapping, Value
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.kubernetes.manifests import KubernetesObject
from specdrift.source.traefik.resources.resource_fields import SHAPES, faults
from specdrift.source.traefik.resources.resource_scope import FORMER_GROUP, ClusterResources
from specdrift.source.traefik.resources.resource_services import (
    MayBeAbsent,
    NotServed,
    ServiceTranslator,
    service_of,
)
from specdrift.source.traefik.resources.translated_tree import (
    PROVIDER,
    Member,
    copied,
    first_mark,
    joined,
    mapping,
    mark_of,
    normal,
    qualified,
    under,
)
from specdrift.source.traefik.traefik_files import NamedPart, TraefikFiles

DEFAULT = "default"
AUTHORITIES = ("tls.ca", "ca.crt")
"""Keys of a secret that have the authorities of clients."""
_OWN = f"@{PROVIDER}"


class Translation(Struct, frozen=True):
    """Adds what resources say to the dynamic configuration."""

    resources: ClusterResources
    files: TraefikFiles

    def add(self) -> None:
        """Add all resources. What is not certain is listed."""
        for one in self.resources.routes("IngressRoute"):
            if self._is_whole(one):
                _Routes(self, one, ServiceTranslator(self.resources, one.namespace)).add()
        for one in self.resources.routes("IngressRouteTCP"):
            self._add_raw(one)
        for one in self.resources.routes("IngressRouteUDP"):
            self.files.not_read(one.place, f"{one} is not evaluated")
        for one in self.resources.of("TraefikService"):
            self._add_service(one)
        for one in self.resources.of("Middleware"):
            self._add_middleware(one)
        for one in self.resources.of("TLSOption"):
            self._add_options(one)

    def put(self, one: KubernetesObject, tree: MarkedMapping) -> None:
        """Add a tree that was made of a resource."""
        self.files.translated.append(YamlNode(tree, one.node.file, one.place))

    def doubt(self, node: YamlNode, section: NamedPart, name: str, what: str) -> None:
        """List why the meaning of something that has a name is not known."""
        self.files.not_read(node.place, what)
        self.files.doubts[section, name] = what

    def _is_whole(self, one: KubernetesObject) -> bool:
        """Return whether the API server takes the routes of a resource; else any route may be missing."""
        node, what = next(faults(one.spec, SHAPES[one.kind]), (None, ""))
        if node is not None:
            self.files.not_read(node.place, f"{what}, in {one}", anything=True)
        return node is None

    def _add_raw(self, one: KubernetesObject) -> None:
        mark = mark_of(one.node, "metadata", "name")
        name = qualified(normal(joined(one.namespace, one.name)))
        points = mapping(copied(one.spec, "entryPoints"))
        self.put(one, under(mark, points, "tcp", "routers", name))

    def _add_service(self, one: KubernetesObject) -> None:
        translator = ServiceTranslator(self.resources, one.namespace)
        name, mark = qualified(normal(joined(one.namespace, one.name))), mark_of(one.node, "metadata", "name")
        fault, what = next(faults(one.spec, SHAPES[one.kind]), (one.node, ""))
        try:
            service_of(one, translator)
        except MayBeAbsent as error:
            self.doubt(one.node, NamedPart.SERVICES, name, f"{one}: {error}")
        except NotServed as error:
            self.doubt(one.node, NamedPart.SERVICES, name, f"{one}, which Traefik refuses: {error}")
        if what:
            self.doubt(fault, NamedPart.SERVICES, name, f"{what}, in {one}")
        if translator.made:
            self.put(one, _services(translator, mark))

    def _add_middleware(self, one: KubernetesObject) -> None:
        name = qualified(normal(joined(one.namespace, one.name)))
        mark = mark_of(one.node, "metadata", "name")
        fault, what = next(faults(one.spec, SHAPES[one.kind]), (one.node, ""))
        for kind in ("basicAuth", "digestAuth"):
            own = one.spec.get(kind)
            if own and not own.get("secret").written:
                fault, what = own, f"{kind} without a secret"
        members = [
            (key, _chain(inner, one.namespace) if key == "chain" else inner.value, mark_of(one.spec, key))
            for key, inner in one.spec.entries()
            if inner.value is not None
        ]
        if what:
            self.doubt(fault, NamedPart.MIDDLEWARES, name, f"{what}, in {one}")
        elif one.spec.get("chain") and not self.resources.scope.crosses and _crosses(one):
            what = f"{one}, which refers to another namespace"
            self.doubt(one.spec.get("chain"), NamedPart.MIDDLEWARES, name, what)
        self.put(one, under(mark, mapping(members), "http", "middlewares", name))

    def _add_options(self, one: KubernetesObject) -> None:
        own = joined(one.namespace, one.name)
        name = DEFAULT if one.name == DEFAULT else f"{own}{_OWN}"
        mark = mark_of(one.node, "metadata", "name")
        fault, what = next(faults(one.spec, SHAPES[one.kind]), (one.node, ""))
        members = list(copied(one.spec, *(key for key, _ in one.spec.entries() if key != "clientAuth")))
        client = one.spec.get("clientAuth")
        if client:
            written, unknown = self._client_auth(one, client)
            members.append(("clientAuth", written, mark_of(one.spec, "clientAuth")))
            what = what or unknown
        if what:
            self.doubt(fault, NamedPart.OPTIONS, name, f"{what}, in {one}")
        self.put(one, under(mark, mapping(members), "tls", "options", name))

    def _client_auth(self, one: KubernetesObject, client: YamlNode) -> tuple[MarkedMapping, str]:
        """Return what is asked of clients, and what of it is not known.

        Without authorities, Traefik refuses all clients if the type verifies certificates. Without a type it asks for
        none: secrets that are not in the files are not taken to exist then.
        """
        mode = client.get("clientAuthType").written
        names = [item.written for item in client.get("secretNames").items()]
        read = {name: self.resources.named("Secret", one.namespace, name) for name in names}
        kept = [name for name, own in read.items() if own is None or _has_authority(own)]
        members: list[Member] = list(copied(client, "clientAuthType"))
        if kept:
            members.append(("caFiles", kept, mark_of(client, "secretNames")))
        if mode or not kept or any(read[name] is not None for name in kept):
            return mapping(members), ""
        return mapping(members), f"clientAuth without a type, and the secret {kept[0]} is not in the files"


class _Routes(Struct, frozen=True):
    """The routes of a resource."""

    translation: Translation
    one: KubernetesObject
    services: ServiceTranslator

    def add(self) -> None:
        """Add the routers, and the services that their references make."""
        routers: dict[str, tuple[MarkedMapping, Mark]] = {}
        for route in self.one.spec.get("routes").items():
            match = route.get("match").written
            if route.get("kind").written not in ("", "Rule") or not match:
                continue
            own = self.one.name or self.one.node.get("metadata", "generateName").written
            key = f"{own}-{sha256(match.encode()).hexdigest()[:20]}"
            name = qualified(normal(joined(self.one.namespace, key)))
            mark = mark_of(route, "match")
            try:
                routers[name] = mapping(self._router(route, name, mark)), mark
            except NotServed as error:
                what = f"a route of {self.one} that Traefik leaves out: {error}"
                self.translation.files.left_out(route.place, what)
            except MayBeAbsent as error:
                what = f"{error}, in {self.one}"
                self.translation.doubt(route, NamedPart.ROUTERS, name, what)
                routers[name] = mapping(self._matched(route, mark)), mark
        if routers:
            mark = mark_of(self.one.node, "spec", "routes")
            tree = mapping((name, value, own) for name, (value, own) in routers.items())
            self.translation.put(self.one, under(mark, tree, "http", "routers"))
        if self.services.made:
            self.translation.put(self.one, _services(self.services, first_mark(self.one.node)))

    def _router(self, route: YamlNode, name: str, mark: Mark) -> Iterator[Member]:
        """Yield the members of a router. Raises NotServed and MayBeAbsent."""
        middlewares = [self._middleware(one) for one in route.get("middlewares").items()]
        services = tuple(route.get("services").items())
        # Without services, it has those of a former route with the same rule; else Traefik refuses it, and its hosts
        # choose options of TLS all the same.
        service = name if name in self.services.made else ""
        if len(services) == 1:
            service = self.services.single(services[0], name)
        elif services:
            self.services.weighted(iter(services), name, mark_of(route, "services"))
            service = name
        self._check_options()
        yield from self._matched(route, mark)
        yield "middlewares", middlewares, mark_of(route, "middlewares")
        yield "service", service, mark_of(route, "services")

    def _matched(self, route: YamlNode, mark: Mark) -> Iterator[Member]:
        """Yield what decides which requests a router gets."""
        yield "rule", route.get("match").written, mark
        yield from copied(route, "priority")
        yield from copied(self.one.spec, "entryPoints")
        former = "v2" if self.one.group == FORMER_GROUP else ""
        syntax: Value = route.get("syntax").written or former
        if syntax:
            yield "ruleSyntax", syntax, mark
        tls = self._tls()
        if tls is not None:
            yield "tls", tls, mark_of(self.one.node, "spec", "tls")

    def _middleware(self, node: YamlNode) -> str:
        name, namespace = node.get("name").written, node.get("namespace").written
        scope = self.translation.resources.scope
        if name.endswith(_OWN) and not scope.crosses:
            kind = NotServed if scope.crosses is False else MayBeAbsent
            raise kind(f"the middleware {name}, which may be of another namespace")
        if "@" in name:
            return name
        self.services.check_namespace(namespace or self.one.namespace)
        return qualified(normal(joined(namespace or self.one.namespace, name)))

    def _check_options(self) -> None:
        """Check the reference to options of TLS. Raises NotServed and MayBeAbsent."""
        options = self.one.spec.get("tls", "options")
        name, namespace = options.get("name").written, options.get("namespace").written
        if name.endswith(_OWN) and not self.translation.resources.scope.crosses:
            raise MayBeAbsent(f"the options {name}, which may be of another namespace")
        if name and "@" not in name:
            self.services.check_namespace(namespace or self.one.namespace)

    def _tls(self) -> MarkedMapping | None:
        """Return what the routers have of TLS; ``None`` for nothing."""
        tls = self.one.spec.get("tls")
        if not tls:
            return None
        options = tls.get("options")
        name, namespace = options.get("name").written, options.get("namespace").written
        if not name:
            return MarkedMapping()
        own = name if "@" in name else f"{joined(namespace or self.one.namespace, name)}{_OWN}"
        return under(mark_of(options, "name"), own, "options")


def _services(translator: ServiceTranslator, mark: Mark) -> MarkedMapping:
    tree = mapping((name, value, own) for name, (value, own) in translator.made.items())
    return under(mark, tree, "http", "services")


def _chain(node: YamlNode, namespace: str) -> Value:
    """Return a chain with the names as Traefik makes them: these it does not normalise."""
    mark = mark_of(node, "middlewares")
    names = [
        name
        if "@" in (name := one.get("name").written)
        else qualified(joined(one.get("namespace").written or namespace, name))
        for one in node.get("middlewares").items()
    ]
    return under(mark, names, "middlewares")


def _crosses(one: KubernetesObject) -> bool:
    """Return whether a chain has a middleware that may be of another namespace."""
    return any(
        item.get("name").written.endswith(_OWN) or item.get("namespace").written not in ("", one.namespace)
        for item in one.spec.get("chain", "middlewares").items()
    )


def _has_authority(secret: KubernetesObject) -> bool:
    """Return whether a secret has authorities of clients."""
    own = (secret.node.get(part) for part in ("data", "stringData"))
    return any(key in AUTHORITIES for node in own for key, _ in node.entries())

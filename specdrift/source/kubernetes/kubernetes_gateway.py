"""The adapter of Istio and the Gateway API: from resources to decisions about requests."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from specdrift.model.result.gateway import GatewayEntry, Passage
from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.gateway.exchange import MOST_FILLED, Decision, GatewayRequest, Undetermined
from specdrift.source.gateway.raw_listeners import RawListener
from specdrift.source.gateway.rewritten_paths import RewrittenPath
from specdrift.source.gateway.truth import Unknown
from specdrift.source.keys.same_object import SameObject
from specdrift.source.kubernetes import manifests as manifest_files
from specdrift.source.kubernetes.grants import Grants
from specdrift.source.kubernetes.listeners.api_listeners import ApiListeners
from specdrift.source.kubernetes.listeners.entrances import (
    Entrance,
    EntranceList,
    PassedOn,
    without_conflicts,
)
from specdrift.source.kubernetes.listeners.istio_servers import NETWORKING, add_istio_entrances
from specdrift.source.kubernetes.listeners.sidecars import SECURITY, add_sidecars
from specdrift.source.kubernetes.manifests import Manifests
from specdrift.source.kubernetes.mesh_choices import choices_of, hosts_of, rewritten_of
from specdrift.source.kubernetes.mesh_decision import CERTIFICATE, MeshDecision, MeshSite
from specdrift.source.kubernetes.policies.authorization import scoped, weight_of
from specdrift.source.kubernetes.policies.interference import (
    interferences,
    not_evaluated,
    settings_of,
)
from specdrift.source.kubernetes.policies.other_routes import ServedServices
from specdrift.source.kubernetes.policies.past_gateways import PastGateways
from specdrift.source.kubernetes.routes.request_match import CompiledRoute, RouteOutcome
from specdrift.source.kubernetes.services import Services
from specdrift.source.kubernetes.workloads import GATEWAY_API, Pods, Scopes
from specdrift.source.protocol import Gateway

NAME = "kubernetes"


class MeshConfiguration(Struct, frozen=True, eq=False):
    """Resources that were read."""

    entrances: tuple[Entrance, ...]
    passed_on: tuple[PassedOn, ...]
    unresolved: tuple[UnresolvedExpression, ...]
    files: int
    site: MeshSite
    filled: frozenset[str]
    """Headers that some route fills from the certificate."""
    by_entry: Mapping[SameObject[GatewayEntry], Entrance]
    """By the identity of the entry."""
    raw: Mapping[SameObject[GatewayEntry], PassedOn]
    chosen: dict[SameObject[object], tuple[ClientChoice, ...]] = field(default_factory=dict)
    """What clients can send, by the identity of the table or of the entrance, as far as it was asked for."""

    @property
    def entries(self) -> tuple[GatewayEntry, ...]:
        return (*(one.entry for one in self.entrances), *(one.entry for one in self.passed_on))

    def services(self, _: GatewayEntry, /) -> frozenset[str] | None:
        """Return that the addresses which requests may get to are not known."""
        return None

    def certificate_headers(self) -> frozenset[str]:
        """Return the headers that some route fills from the certificate."""
        return self.filled

    def choices(self, entry: GatewayEntry) -> tuple[ClientChoice, ...]:
        """Return what clients can send so that conditions of routes and policies hold."""
        entrance = self.by_entry.get(SameObject(entry))
        if entrance is None:
            return ()
        key = SameObject(entrance.table)
        if key not in self.chosen:
            policies = self.site.guard(entrance.workload).policies
            self.chosen[key] = choices_of(entrance.table.routes(), policies)
        if SameObject(entrance) not in self.chosen:
            hosts = hosts_of(entrance, self.site.guard(entrance.workload).policies)
            self.chosen[SameObject(entrance)] = (*self.chosen[key], *hosts)
        return self.chosen[SameObject(entrance)]

    def rewritten(self, entry: GatewayEntry) -> tuple[RewrittenPath, ...]:
        """Return the beginnings of paths that a server hands on as others."""
        entrance = self.by_entry.get(SameObject(entry))
        found = rewritten_of(entrance.table.routes()) if entrance is not None else ()
        return tuple(dict.fromkeys(found))

    def decide(self, request: GatewayRequest) -> Decision:
        """Return what becomes of a request."""
        passed_on = self.raw.get(SameObject(request.entry))
        try:
            if passed_on is not None:
                return self._passed_on(passed_on, request)
            return MeshDecision(self.site, self.by_entry[SameObject(request.entry)], request).decide()
        except Undetermined as error:
            return Decision(passage=Passage.UNKNOWN, at=error.at or request.entry.location, reason=error.what)

    def _passed_on(self, one: PassedOn, request: GatewayRequest) -> Decision:
        guard = self.site.guard(one.workload)
        unknown = self.site.unread or guard.connection or guard.request or one.validation.unknown
        if unknown is not None:
            raise unknown.error()
        if guard.policies:
            raise Undetermined("policies about connections", guard.policies[0].place)
        if not one.terminates:
            raise Undetermined("TLS that ends at the service", one.at)
        return RawListener(entry=one.entry, upstream=one.upstream, at=one.at).decide(request)


class Kubernetes(Struct, frozen=True):
    """Reads resources of Istio and of the Gateway API in YAML or JSON: a file, or a folder of them."""

    name: str = NAME

    def recognises(self, path: Path) -> bool:
        """Return whether a file, or a file of a folder, has a resource that decides about requests."""
        return manifest_files.is_recognised(path)

    def read(self, path: Path) -> MeshConfiguration:
        """Read the resources. Raises UsageError for a file that cannot be read."""
        return _configuration(manifest_files.read(path))


GATEWAY: Gateway = Kubernetes()


def _configuration(manifests: Manifests) -> MeshConfiguration:
    pods = Pods.of(manifests)
    services = Services.of(manifests, pods)
    scopes = Scopes(settings_of(manifests), pods)
    policies = scoped((one, True) for one in manifests.of(SECURITY, "AuthorizationPolicy"))
    found = EntranceList(weight=weight_of(policies))
    add_istio_entrances(manifests, pods, services, found)
    others = interferences(manifests)
    ApiListeners(manifests, services, Grants.of(manifests), others, found).add()
    add_sidecars(manifests, services, scopes, found)
    entrances = tuple(without_conflicts(found.entrances))
    raw = tuple(_of_same_services(found, entrances))
    filled = frozenset(_filled(entrances))
    if len(filled) > MOST_FILLED:
        found.note(manifests.start, f"more than {MOST_FILLED} headers about the certificate")
    served = ServedServices(
        hosts=_hosts(entrances),
        gateways=frozenset(one.name for one in manifests.of(GATEWAY_API, "Gateway")),
        judged=frozenset(one.host for one in entrances if one.is_sidecar),
    )
    unresolved = (
        *manifests.unresolved,
        *found.unresolved,
        *_kinds(manifests),
        *PastGateways(services, served, manifests.of(NETWORKING, "Gateway")).found(),
        *_other_ways(manifests, served),
    )
    if not entrances and not raw:
        what = "no listener whose routes are in the files"
        unresolved = (*unresolved, UnresolvedExpression(manifests.start, what, UnresolvedKind.SERVED))
    return MeshConfiguration(
        entrances=entrances,
        passed_on=raw,
        unresolved=unresolved,
        files=manifests.files,
        site=MeshSite(
            manifests.of(SECURITY, "AuthorizationPolicy"), scopes, services, others, _unread(manifests)
        ),
        filled=filled,
        by_entry={SameObject(one.entry): one for one in entrances},
        raw={SameObject(one.entry): one for one in raw},
    )


def _unread(manifests: Manifests) -> Unknown | None:
    found = manifests.unread
    return Unknown(found.what, found.location) if found is not None else None


def _of_same_services(found: EntranceList, entrances: Iterable[Entrance]) -> Iterator[PassedOn]:
    """Yield the listeners that pass connections on to a service that gets requests too; others are listed."""
    hosts = _hosts(entrances)
    for one in found.passed_on:
        if any(address.rpartition(":")[0] in hosts or address in hosts for address in one.upstream):
            yield one
        else:
            kind = UnresolvedKind.UNREACHED if hosts else UnresolvedKind.SERVED
            found.note(one.at, "connections that are passed on to a service", kind)


def _hosts(entrances: Iterable[Entrance]) -> frozenset[str]:
    """Return the services that get requests."""
    return frozenset(
        backend.host for one in entrances for route in one.table.routes() for backend in route.action.backends
    )


def _filled(entrances: Iterable[Entrance]) -> Iterator[str]:
    tables = {SameObject(one.table): one.table for one in entrances}
    for table in tables.values():
        for route in table.routes():
            yield from _certificate_headers(route)


def _certificate_headers(route: CompiledRoute) -> Iterator[str]:
    if route.action.outcome is RouteOutcome.FORWARD:
        for change in route.action.changes:
            if CERTIFICATE in change.value:
                yield change.name.lower()


def _kinds(manifests: Manifests) -> Iterator[UnresolvedExpression]:
    """Yield the kinds that are not evaluated, each at its first resource, and the settings of the mesh."""
    seen: set[tuple[str, str]] = set()
    for one in not_evaluated(manifests):
        if (one.group, one.kind) not in seen:
            seen.add((one.group, one.kind))
            yield UnresolvedExpression(one.place, f"{one.kind} of {one.group}", UnresolvedKind.ROUTE)
    for one in manifests.of(SECURITY, "AuthorizationPolicy"):
        if one.spec.get("action").written == "CUSTOM" and "CUSTOM" not in {group for group, _ in seen}:
            seen.add(("CUSTOM", ""))
            what = "an AuthorizationPolicy with the action CUSTOM"
            yield UnresolvedExpression(one.place, what, UnresolvedKind.ROUTE)


def _other_ways(manifests: Manifests, served: ServedServices) -> Iterator[UnresolvedExpression]:
    """Yield what may serve the same services: resources that are not evaluated and name them."""
    for one in not_evaluated(manifests):
        name = "" if one.group.endswith("istio.io") else served.named_by(one)
        if name:
            yield UnresolvedExpression(one.place, f"{one} may serve {name} too", UnresolvedKind.SERVED)

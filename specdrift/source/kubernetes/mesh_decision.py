"""Decides one request: handshake, policies, route, and the sidecar of the service behind."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import (
    ForwardedHeader,
    GatewayCaller,
    GatewayClientAuth,
    Passage,
)
from specdrift.model.result.source import ListenerKind
from specdrift.source.envoy.paths import PathRules, SlashAction, normalized
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.exchange import MOST_HEADERS, Decision, GatewayRequest, Undetermined
from specdrift.source.gateway.truth import Unknown
from specdrift.source.keys.same_object import SameObject
from specdrift.source.kubernetes.listeners.entrances import Entrance
from specdrift.source.kubernetes.manifests import KubernetesObject
from specdrift.source.kubernetes.policies.authorization import (
    PolicyDecision,
    ScopedPolicy,
    decision,
    names_in,
    scoped,
)
from specdrift.source.kubernetes.policies.gateway_identity import GatewayIdentity
from specdrift.source.kubernetes.policies.interference import Interferences, Reach, first_of
from specdrift.source.kubernetes.policies.policy_conditions import (
    FROM_CERTIFICATE,
    XFCC,
    Attempt,
    PeerIdentity,
)
from specdrift.source.kubernetes.routes.request_match import (
    CompiledRoute,
    HeaderAction,
    RoutedRequest,
    RouteOutcome,
)
from specdrift.source.kubernetes.services import ServicePort, Services
from specdrift.source.kubernetes.workloads import Scopes, Workload

CERTIFICATE = "DOWNSTREAM_PEER_"
"""Values of headers about the client certificate have it (Envoy's formatters)."""
BASE = PathRules(normalize=True, merge_slashes=False, escaped_slashes=SlashAction.KEEP)
"""How Istio normalises paths, unless the settings of the mesh say otherwise."""
STRANGE = re.compile(r"//|/\.{1,2}(?:/|$)|\\|%(?:2[DdEeFf]|5[CcFf]|7[Ee]|[46][1-9A-Fa-f]|[57][0-9Aa]|3[0-9])")
"""What gateways normalise differently."""


class WorkloadGuard(Struct, frozen=True, eq=False):
    """What is in front of a workload, beside TLS."""

    policies: tuple[ScopedPolicy, ...]
    names: tuple[str, ...]
    connection: Unknown | None
    """What may change the handshake, and is not evaluated."""
    request: Unknown | None
    """What may change or refuse requests, and is not evaluated."""


class MeshSite(Struct, frozen=True, eq=False):
    """What decisions need to know of the files."""

    authorization: tuple[KubernetesObject, ...]
    scopes: Scopes
    services: Services
    interferences: Interferences
    unread: Unknown | None
    """A part of the files that was not read: a policy may stand there."""
    guards: dict[SameObject[Workload], WorkloadGuard] = field(default_factory=dict)
    """By the identity of the workload, as far as they were asked for."""

    def guard(self, workload: Workload) -> WorkloadGuard:
        """Return what is in front of a workload."""
        key = SameObject(workload)
        if key not in self.guards:
            policies = scoped((one, self.scopes.applies(one, workload)) for one in self.authorization)
            found = self.interferences.at(self.scopes, workload)
            self.guards[key] = WorkloadGuard(
                policies=policies,
                names=names_in(policies),
                connection=first_of(found, Reach.CONNECTION),
                request=first_of(found, Reach.REQUEST),
            )
        return self.guards[key]


class MeshDecision(Struct, frozen=True, eq=False):
    """One request to one entrance."""

    site: MeshSite
    entrance: Entrance
    request: GatewayRequest

    def decide(self) -> Decision:
        """Decide. Raises Undetermined."""
        if self.site.unread is not None:
            raise self.site.unread.error()
        validation = self.entrance.validation
        guard = self.site.guard(self.entrance.workload)
        if guard.connection is not None:
            raise guard.connection.error()
        if validation.unknown is None and self._fails_in_tls():
            return Decision(passage=Passage.REFUSED_IN_TLS, at=validation.at)
        if not self.request.target.startswith("/") or "%00" in self.request.target:
            return Decision(passage=Passage.REFUSED, status=400, at=self.entrance.entry.location)
        path = self._path()
        request = self._routed(path)
        denial = decision(guard.policies, guard.names, self._attempt(request))
        if denial.refused is True:
            return Decision(passage=Passage.REFUSED, status=403, at=denial.at)
        for unknown in (validation.unknown, guard.request, denial.refused):
            if isinstance(unknown, Unknown):
                raise unknown.error()
        if self.entrance.redirects is not None:
            return Decision(passage=Passage.REDIRECTED, status=301, at=self.entrance.redirects)
        route = self.entrance.table.find(request)
        if route is None:
            return Decision(passage=Passage.REFUSED, status=404, at=self.entrance.entry.location)
        return self._acted(route, request, path)

    @property
    def _caller(self) -> GatewayCaller:
        """The caller as the connection shows it."""
        none = self.entrance.validation.auth is GatewayClientAuth.NONE
        return GatewayCaller.ANONYMOUS if none else self.request.caller

    def _fails_in_tls(self) -> bool:
        match self.entrance.validation.auth:
            case GatewayClientAuth.REQUIRED:
                return self.request.caller is not GatewayCaller.VALID
            case GatewayClientAuth.OPTIONAL:
                return self.request.caller is GatewayCaller.UNTRUSTED
        return False

    def _path(self) -> str:
        """Return the target as routes and the service see it. Raises Undetermined."""
        target = self.request.target
        strange = STRANGE.search(target.partition("?")[0]) is not None
        settings = self.site.scopes.settings
        if self.entrance.is_istio:
            if strange and settings is not None:
                raise Undetermined("the normalisation of paths", settings.place)
            return normalized(target, BASE)
        if strange:
            raise Undetermined("the normalisation of paths", self.entrance.entry.location)
        return target

    @property
    def _authority(self) -> str:
        """The host with its port, if the client sends one: policies compare it, virtual hosts do not."""
        return self.request.host or self.entrance.host

    def _routed(self, path: str) -> RoutedRequest:
        bare, _, query = path.partition("?")
        host = self._authority.partition(":")[0].lower()
        arguments = dict(reversed(parse_qsl(query, keep_blank_values=True)))
        return RoutedRequest(
            method=self.request.method,
            path=bare,
            arguments=arguments,
            headers=self.request.headers,
            host=host,
            secure=self.entrance.entry.kind is ListenerKind.TLS,
        )

    def _attempt(self, request: RoutedRequest) -> Attempt:
        anonymous = self._caller is GatewayCaller.ANONYMOUS
        return Attempt(
            identity=PeerIdentity.NONE if anonymous else PeerIdentity.NAMED,
            method=request.method,
            path=request.path,
            host=self._authority,
            headers=request.headers,
            port=self._own_port() if self.entrance.is_sidecar else None,
            sni=request.host if request.secure else "",
        )

    def _own_port(self) -> int | None:
        own = self.site.services.backend(self.entrance.host, self.entrance.entry.port)
        found = self.site.services.port(own)
        return found.target if found is not None else None

    def _acted(self, route: CompiledRoute, request: RoutedRequest, path: str) -> Decision:
        action = route.action
        if action.unknown is not None:
            raise action.unknown.error()
        if action.outcome is RouteOutcome.REDIRECT:
            return Decision(passage=Passage.REDIRECTED, status=action.status, at=action.at, route=route.at)
        if action.outcome is RouteOutcome.ANSWER:
            return self._answered(route)
        if not action.backends:
            raise Undetermined("a route without a destination", action.at)
        sent = dict(self._sent(route))
        new = path if action.rewrite is None else action.rewrite.applied(path, route.matched(request))
        upstream = frozenset(one.address for one in action.backends)
        try:
            refused = self._refused_behind(route, request, new, sent)
        except Undetermined as error:  # where the request goes is known all the same
            return Decision(
                passage=Passage.UNKNOWN,
                at=error.at or action.at,
                upstream=upstream,
                path=new,
                route=route.at,
                reason=error.what,
            )
        if refused is not None:
            return refused
        headers = tuple(self._headers(route))
        if len(headers) > MOST_HEADERS:
            raise Undetermined(f"more than {MOST_HEADERS} headers", headers[-1].location)
        return Decision(
            passage=Passage.FORWARDED,
            at=action.at,
            upstream=upstream,
            path=new,
            route=route.at,
            headers=headers,
            sent=sent,
            copies=tuple(self._copies(route, request, new, sent)),
        )

    def _copies(
        self, route: CompiledRoute, request: RoutedRequest, path: str, sent: Mapping[str, str]
    ) -> Iterator[Decision]:
        """Yield the copies that services get, unless their sidecars refuse them."""
        for backend in route.action.copies:
            port = self.site.services.port(backend)
            refused = self._behind(port, request, path, sent).refused if port is not None else False
            if refused is not True:
                unknown = isinstance(refused, Unknown)
                yield Decision(
                    passage=Passage.UNKNOWN if unknown else Passage.FORWARDED,
                    at=route.action.at,
                    upstream=frozenset({backend.address}),
                    path=path,
                    route=route.at,
                    reason=refused.what if isinstance(refused, Unknown) else "",
                )

    @staticmethod
    def _answered(route: CompiledRoute) -> Decision:
        status = route.action.status
        passage = Passage.REFUSED if status >= 400 else Passage.ANSWERED
        if 300 <= status < 400:
            passage = Passage.REDIRECTED
        return Decision(passage=passage, status=status, at=route.action.at, route=route.at)

    def _headers(self, route: CompiledRoute) -> Iterator[ForwardedHeader]:
        for change in route.action.changes:
            if change.kind is not HeaderAction.REMOVE:
                yield ForwardedHeader(
                    name=change.name,
                    value=change.value,
                    from_certificate=CERTIFICATE in change.value,
                    location=change.at,
                )

    def _sent(self, route: CompiledRoute) -> Mapping[str, str]:
        """Return the request's headers as the service gets them."""
        headers = dict(self.request.headers)
        certificate = self._caller is not GatewayCaller.ANONYMOUS
        if XFCC in headers:
            # Gateways delete it or set it anew, which depends on their settings; sidecars append to it.
            headers[XFCC] = UNKNOWN_PART
        for change in route.action.changes:
            name = change.name.lower()
            if change.kind is HeaderAction.REMOVE:
                headers.pop(name, None)
                continue
            value = change.value
            if CERTIFICATE in value:
                value = FROM_CERTIFICATE if certificate else ""
            if not value:
                continue  # Envoy sets no header without a value: the client's own stays
            own = headers.get(name, "") if change.kind is HeaderAction.ADD else ""
            headers[name] = f"{own},{value}" if own else value
        return headers

    def _refused_behind(
        self, route: CompiledRoute, request: RoutedRequest, path: str, sent: Mapping[str, str]
    ) -> Decision | None:
        """Return the refusal of the sidecars behind; ``None`` if one passes the request. Raises Undetermined."""
        if self.entrance.is_sidecar:
            return None
        last: PolicyDecision | None = None
        unknown: Unknown | None = None
        for backend in route.action.backends:
            port = self.site.services.port(backend)
            denial = self._behind(port, request, path, sent) if port is not None else None
            if denial is None or denial.refused is False:
                return None
            unknown = denial.refused if isinstance(denial.refused, Unknown) else unknown
            last = denial
        if unknown is not None:
            raise unknown.error()
        at: SourceLocation | None = last.at if last is not None else None
        return Decision(passage=Passage.REFUSED, status=403, at=at, route=route.at)

    def _behind(
        self, port: ServicePort, request: RoutedRequest, path: str, sent: Mapping[str, str]
    ) -> PolicyDecision:
        guard = self.site.guard(port.workload)
        attempt = Attempt(
            identity=PeerIdentity.GATEWAY,
            method=request.method,
            path=path.partition("?")[0],
            host=self._authority,
            headers=sent,
            port=port.target,
            sni="",
        )
        presumed = replace(attempt, presumed=GatewayIdentity.of(self.entrance.workload))
        admitted = decision(guard.policies, guard.names, presumed)
        if admitted.refused is False:
            return admitted
        found = decision(guard.policies, guard.names, attempt)
        if found.refused is True and guard.connection is not None:
            return PolicyDecision(refused=guard.connection)
        return found

"""The routes, layers and TLS configuration found in the source of a service."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.drift import Severity
from specdrift.model.result.verdict import Confidence

ANY_METHOD = "*"
"""Stands for every method (``any``, a service, a fallback)."""


class RouteKind(StrEnum):
    """What answers at the path of a route."""

    ROUTE = "route"
    """A handler registered for methods of the path."""
    SERVICE = "service"
    """A tower service: answers every method."""
    OTHER_METHODS = "other-methods"
    """A custom 405 for the methods that the path does not have."""
    NOT_FOUND = "not-found"
    """The 404 of a router nested as a service; the outer fallback does not apply there."""
    FALLBACK = "fallback"
    """Answers every path below ``path`` that has no route."""


class PathComparison(StrEnum):
    """How a router compares the path of a request with that of a route."""

    AS_SENT = "as-sent"
    """With its escapes."""
    SEGMENTS = "segments"
    """Each segment without escapes. A path with dot segments or empty ones is redirected to its normal form."""
    CLEANED = "cleaned"
    """Without escapes. A path that has dot segments or empty ones then is redirected to its normal form."""
    DECODED = "decoded"
    """Without escapes."""
    UNKNOWN = "unknown"


class Guarding(StrEnum):
    """How a layer, extractor or handler authenticates callers."""

    CERTIFICATE = "certificate"
    """Reads the client certificate and can reject."""
    IDENTITY = "identity"
    """Reads an identity from the request extensions and can reject."""
    NAMED = "named"
    """Listed under ``guards`` in the configuration."""
    TOKEN = "token"  # noqa: S105 - a kind, no secret
    """Reads a header or a cookie and can reject."""
    NONE = "none"
    UNKNOWN = "unknown"
    """Code of another crate or code that could not be evaluated; it may do anything."""

    @property
    def certain(self) -> bool:
        """True if anonymous callers are certainly rejected."""
        return self in (Guarding.CERTIFICATE, Guarding.IDENTITY, Guarding.NAMED)


class ListenerKind(StrEnum):
    """What a router is served on."""

    TLS = "tls"
    PLAINTEXT = "plaintext"
    LOCAL = "local"
    """A Unix socket, a pipe or a loopback address: not reachable over the network."""
    UNKNOWN = "unknown"


class SourceLayer(Struct, frozen=True, kw_only=True):
    """A layer in effect around a route."""

    name: str
    location: SourceLocation
    guarding: Guarding = Guarding.NONE
    conditional: bool = False
    """A condition decides whether the layer is added."""
    arguments: tuple[str, ...] = ()
    """Strings passed to the layer, such as a role."""
    checks_nothing_at: SourceLocation | None = None
    """Its function, if that looks like a guard and passes every request on."""


class SourceRoute(Struct, frozen=True, kw_only=True):
    """A route of a served router."""

    methods: tuple[str, ...]
    """Upper case; ANY_METHOD for all."""
    path: str
    """Template in OpenAPI syntax. Of a fallback: the prefix below which it answers."""
    written: str
    """Template in the syntax of the framework."""
    kind: RouteKind
    handler: str
    location: SourceLocation
    handler_at: SourceLocation | None = None
    layers: tuple[SourceLayer, ...] = ()
    """Layers in effect, outermost first."""
    guard: Guarding = Guarding.NONE
    """The strongest guard among layers, extractors and the handler."""
    guard_name: str = ""
    guard_listed_as: str = ""
    """The name by which the configuration lists the guard, or what may answer outside of it; empty if it cannot."""
    guard_conditional: bool = False
    """A condition decides whether the guard is added."""
    guard_by_request: bool = False
    """The guard skips requests by path or method."""
    guard_after_input: bool = False
    """Parameters or the body are parsed before the guard runs."""
    roles: tuple[str, ...] = ()
    """Roles of the document that occur in the code around the route, unconditionally."""
    untyped_body: bool = False
    """The handler accepts any JSON body."""
    comparison: PathComparison = PathComparison.UNKNOWN
    """How paths of requests are compared with its own."""
    gives_data: bool = False
    """Of what answers the requests that no route matches: a client without a certificate may get data."""
    runs: tuple[SourceLocation, ...] = ()
    """Other functions that its handler gives a request without a certificate to, to answer it."""
    trail: tuple[SourceLocation, ...] = ()
    """The calls that mount its router, innermost first."""
    entry: str = ""
    """The binary or function whose router it belongs to."""
    binaries: tuple[str, ...] = ()
    """The binaries that may serve it; empty if unknown."""
    conditional: bool = False
    """A condition decides whether the route is registered."""
    mounted: bool = True
    """False for the router of a function that no served router calls: the path may be longer."""
    listeners: tuple[ListenerKind, ...] = ()
    """What its router is served on; empty if no call that serves it is known."""
    configurations: tuple[tuple["TlsFact", ...], ...] = ()
    """The TLS facts of each listener that serves it, where its binary has listeners that differ; none if unknown."""

    @property
    def handler_subject(self) -> str:
        """The handler and the file that registers it: tells two registrations apart without line numbers."""
        return f"{self.handler} {self.location.file}"


class UnresolvedKind(StrEnum):
    """What an unresolved expression leaves unknown."""

    SERVED = "served"
    """Which router, or which part of it, is served."""
    ROUTE = "route"
    """The path or handler of a route."""
    UNREACHED = "unreached"
    """Whether the routes of this code are served."""
    FILE = "file"
    """The content of a module."""


class UnresolvedExpression(Struct, frozen=True):
    """An expression of the source that may wire routes and could not be evaluated."""

    location: SourceLocation
    what: str
    kind: UnresolvedKind


class ClientAuth(StrEnum):
    """How a TLS configuration in the source handles client certificates."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"
    CUSTOM = "custom"
    """A verifier defined in the source."""


class TlsFact(Struct, frozen=True, kw_only=True):
    """A statement about client certificates in a TLS configuration."""

    location: SourceLocation
    client_auth: ClientAuth
    what: str
    conditional: bool = False
    """A condition decides whether it applies."""
    entries: tuple[str, ...] = ()
    """The binaries that may run this code."""
    configured_at: tuple[SourceLocation, ...] = ()
    """The configurations that it is a part of, such as one that gets this verifier; none if it is one itself."""


STRENGTH = (ClientAuth.NONE, ClientAuth.OPTIONAL, ClientAuth.CUSTOM, ClientAuth.REQUIRED)
"""The weakest first."""


class TlsSetting(Struct, frozen=True):
    """A TLS configuration as reports show it."""

    client_auth: ClientAuth
    what: str
    location: SourceLocation
    """Of what makes it as weak."""


class HeaderMention(Struct, frozen=True):
    """The name of a header about the client certificate, in the code."""

    name: str
    location: SourceLocation


class SourceView(Struct, frozen=True, kw_only=True):
    """What the source of one service registers and configures."""

    crate: str
    framework: str
    version: str = ""
    """Version requirement in Cargo.toml."""
    entries: tuple[str, ...] = ()
    """Binaries and functions whose routers were analysed."""
    routes: tuple[SourceRoute, ...] = ()
    tls: tuple[TlsFact, ...] = ()
    unresolved: tuple[UnresolvedExpression, ...] = ()
    files: int = 0
    """Number of source files read."""
    binaries: tuple[str, ...] = ()
    """All binaries of the packages."""
    certificate_headers: tuple[HeaderMention, ...] = ()
    """Headers about a client certificate that the code reads."""
    verification_results: tuple[str, ...] = ()
    """Results of a verification that the code names, as gateways write them: ``SUCCESS``, ``NONE``."""

    @property
    def wired(self) -> tuple[SourceRoute, ...]:
        """All routes except those that answer 404."""
        return tuple(route for route in self.routes if route.kind is not RouteKind.NOT_FOUND)

    def tls_of(self, binaries: Iterable[str]) -> tuple[TlsFact, ...]:
        """Return the TLS facts of some binaries; without any, of all binaries."""
        wanted = frozenset(binaries) or frozenset(self.binaries)
        return tuple(fact for fact in self.tls if wanted & frozenset(fact.entries) or not wanted)

    @property
    def configurations(self) -> tuple[TlsSetting, ...]:
        """Return each TLS configuration once, by the weakest of its facts."""
        parts: dict[SourceLocation, list[TlsFact]] = {}
        for fact in self.tls:
            for place in fact.configured_at or (fact.location,):
                parts.setdefault(place, []).append(fact)
        return tuple(self._setting(facts) for facts in parts.values())

    def _setting(self, facts: Iterable[TlsFact]) -> TlsSetting:
        ordered = sorted(facts, key=lambda fact: STRENGTH.index(fact.client_auth))
        certain = next((number for number, fact in enumerate(ordered) if not fact.conditional), len(ordered))
        shown = ordered[: certain + 1]
        texts = dict.fromkeys(self.describe(fact) for fact in reversed(shown))
        return TlsSetting(shown[0].client_auth, ", or ".join(texts), shown[0].location)

    def describe(self, fact: TlsFact) -> str:
        """Describe a TLS fact, with its binaries if there are several or none."""
        some = " (conditional)" if fact.conditional else ""
        several = len(self.binaries) > 1
        whose = f", in {', '.join(fact.entries)}" if several and fact.entries else ""
        return f"{fact.what}{some}{whose}{', in no binary' if self.binaries and not fact.entries else ''}"

    @property
    def not_followed(self) -> tuple[UnresolvedExpression, ...]:
        """The expressions that hide a served router or a part of one."""
        return tuple(one for one in self.unresolved if one.kind is UnresolvedKind.SERVED)

    @property
    def incomplete(self) -> bool:
        """True if nothing was read, or a served router was not followed."""
        found = any(route.kind is not RouteKind.FALLBACK or route.path for route in self.wired)
        return not found or bool(self.not_followed)

    @property
    def distinct(self) -> int:
        """Number of routes, each counted once whatever its layers."""
        return len({(route.methods, route.path, route.kind) for route in self.wired})


class SourceFinding(Struct, frozen=True, kw_only=True):
    """A finding of the source analysis."""

    rule: str
    message: str
    location: SourceLocation
    """In the source, or in the document if the source has no matching line."""
    confidence: Confidence = Confidence.HIGH
    operation: OperationKey | None = None
    related: tuple[SourceLocation, ...] = ()
    severity: Severity | None = None
    subject: str = ""
    """Tells findings of one rule on one operation apart, without line numbers."""

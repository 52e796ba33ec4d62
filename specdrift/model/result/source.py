"""What the source of a service wires: routes, the layers that wrap them, and what could not be understood."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.drift import Severity
from specdrift.model.result.verdict import Confidence

ANY_METHOD = "*"
"""Stands for every method: ``any``, a service, a fallback."""


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


class Guarding(StrEnum):
    """What a layer, extractor or handler does about who calls. The first three refuse who is not known."""

    CERTIFICATE = "certificate"
    """Reads the peer's certificate, and can refuse."""
    IDENTITY = "identity"
    """Reads an identity that something before it put into the request, and can refuse."""
    NAMED = "named"
    """The owner says that it is one."""
    TOKEN = "token"  # noqa: S105 - a kind, no secret
    """Reads a header or a cookie, and can refuse."""
    NONE = "none"
    UNKNOWN = "unknown"
    """Code of another crate, or none that was understood: it may do anything."""

    @property
    def certain(self) -> bool:
        """Whether who has no certificate is kept out."""
        return self in (Guarding.CERTIFICATE, Guarding.IDENTITY, Guarding.NAMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLayer:
    """A layer in effect. ``conditional``: it is only there in some runs. ``arguments`` are texts that it was given."""

    name: str
    location: SourceLocation
    guarding: Guarding = Guarding.NONE
    conditional: bool = False
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRoute:
    """A route of a router that is served.

    ``path`` is a template as OpenAPI writes it, ``written`` as the source does; ``methods`` are upper case, ``*`` for
    all. ``layers`` are those in effect, the outermost first. ``kind`` is ``route``, ``service``, ``other-methods``,
    ``not-found``, or ``fallback``, whose path is that below which it answers. ``guard`` says how well callers are kept
    out by layers, extractors and the handler itself; ``guard_name`` by which. ``entry`` is the binary or function whose
    router it is, ``binaries`` those that may serve it; ``conditional``: it is only there in some runs. Not ``mounted``
    is what a function gives that nobody was seen to call, where other routers are served: its path may be longer.
    """

    methods: tuple[str, ...]
    path: str
    written: str
    kind: RouteKind
    handler: str
    location: SourceLocation
    handler_at: SourceLocation | None = None
    layers: tuple[SourceLayer, ...] = ()
    guard: Guarding = Guarding.NONE
    guard_name: str = ""
    guard_conditional: bool = False
    guard_by_request: bool = False
    """The guard itself decides by path or method whom it asks."""
    guard_after_input: bool = False
    """Parameters or a body are read before the guard comes."""
    roles: tuple[str, ...] = ()
    """Roles of the document that the code around it speaks of in every run."""
    untyped_body: bool = False
    """The handler takes any JSON as a body."""
    trail: tuple[SourceLocation, ...] = ()
    """The calls by which its router is mounted, the innermost first."""
    entry: str = ""
    binaries: tuple[str, ...] = ()
    conditional: bool = False
    mounted: bool = True

    @property
    def handler_subject(self) -> str:
        """The handler, and where it is wired without the line, to tell two ways apart."""
        return f"{self.handler} {self.location.file}"


@dataclass(frozen=True, slots=True)
class UnresolvedExpression:
    """An expression of the source that may wire routes and could not be evaluated."""

    location: SourceLocation
    what: str


class ClientAuth(StrEnum):
    """What a TLS configuration in the source does about client certificates."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"
    CUSTOM = "custom"
    """A verifier of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFact:
    """``conditional``: it is only so in some runs; ``entries`` are the binaries that may run this code."""

    location: SourceLocation
    client_auth: ClientAuth
    what: str
    conditional: bool = False
    entries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """``framework`` and ``version`` (as Cargo.toml asks for it); ``entries`` are what was taken for the service,
    ``binaries`` all that there are.
    """

    crate: str
    framework: str
    version: str = ""
    entries: tuple[str, ...] = ()
    routes: tuple[SourceRoute, ...] = ()
    tls: tuple[TlsFact, ...] = ()
    unresolved: tuple[UnresolvedExpression, ...] = ()
    files: int = 0
    binaries: tuple[str, ...] = ()

    @property
    def wired(self) -> tuple[SourceRoute, ...]:
        """The routes that answer something: all but those that say 404."""
        return tuple(route for route in self.routes if route.kind is not RouteKind.NOT_FOUND)

    def tls_of(self, binaries: Iterable[str]) -> tuple[TlsFact, ...]:
        """The TLS that any of some binaries may have; where none is known, all TLS that runs in any."""
        meant = frozenset(binaries) or frozenset(self.binaries)
        return tuple(fact for fact in self.tls if meant & frozenset(fact.entries) or not meant)

    def said_of(self, fact: TlsFact) -> str:
        """What a TLS configuration does, and whose it is, where there are several or none that runs it."""
        some = " (in some runs)" if fact.conditional else ""
        several = len(self.binaries) > 1
        whose = f", in {', '.join(fact.entries)}" if several and fact.entries else ""
        return f"{fact.what}{some}{whose}{', in no binary' if self.binaries and not fact.entries else ''}"

    @property
    def distinct(self) -> int:
        """How many routes there are, in however many ways each may be wrapped."""
        return len({(route.methods, route.path, route.kind) for route in self.wired})


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFinding:
    """A finding before it is given its rule's words.

    ``location`` is in the source, or in the document where the source has nothing; ``related`` the other lines;
    ``subject`` tells findings of one rule on one operation apart, without lines.
    """

    rule: str
    message: str
    location: SourceLocation
    confidence: Confidence = Confidence.HIGH
    operation: OperationKey | None = None
    related: tuple[SourceLocation, ...] = ()
    severity: Severity | None = None
    subject: str = ""

"""The check protocol, and its input: planned operations, identities and the target."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.checks.core.credentials import BoundToken, Variation
from specdrift.checks.core.undecided import Undecided
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.contract.operation import Operation, OperationKey, RequestBody
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.fetch import CertificateFetch
from specdrift.model.exchange.identity import ClientIdentity, IdentityKind
from specdrift.model.exchange.issuer import IssuerMetadata
from specdrift.model.exchange.probe import Connection, Endpoint, Probe, Request, TlsRange
from specdrift.model.policy import WITH_BODY, Expect, UnsafeMethods
from specdrift.model.result.candidate import Candidate
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import OperationResult, Skipped, UndecidedOperation, Undocumented

GUARDED_DEMANDS = frozenset(demand for demand in Demand if demand.excludes_anonymous)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
REMOVING = frozenset({"DELETE"})
REPLACING = frozenset({"PUT"})
"""Methods that replace the state of their target by their content (RFC 9110 §9.3.4)."""
DESTRUCTIVE = REMOVING | REPLACING
"""Methods that destroy what is there, unless their content is stated."""

MOST_CONFIGURED = 2
"""Configured identities that must be refused everywhere, and get more than the usual request."""
ANYONES = "self-signed"
"""The profile of a certificate that anyone can make."""


class PlannedOperation(Struct, frozen=True, kw_only=True):
    """An operation with the requests to send."""

    operation: Operation
    request: Request
    """Sent by callers that must be refused, and by identities without an entry in ``own``."""
    mode: UnsafeMethods = UnsafeMethods.SEND
    """SEND for safe methods; for others as configured, and HEADERS only with a required body."""
    withheld: Undecided | None = None
    """Why nothing is sent (mode NEVER), or only a handshake although requests are allowed."""
    base_path: str | None = None
    """That of the operation's own servers; ``None``: the run's."""
    other_base_paths: frozenset[str] = frozenset()
    """Base paths at which the document has the operation too: those of its other servers at the target."""
    has_all_credentials: bool = False
    """The request carries every required credential besides the certificate."""
    unsafe_allowed: bool = False
    """The configuration allows unsafe methods (RFC 9110 §9.2.1) on this path."""
    destructive_allowed: bool = False
    """Also DELETE."""
    own: Mapping[str, Request] = field(default_factory=dict)
    """Requests of identities with other credentials or values, by name."""
    variants: Mapping[str, "PlannedOperation"] = field(default_factory=dict)
    """The operation with the values of each valid identity, by name; empty if all send the same values."""
    configured_for: frozenset[str] = frozenset()
    """Names of the identities that the configured values of their requests are meant for; empty: all."""
    tokens: frozenset[str] = frozenset()
    """Names of the identities with tokens of their own."""
    valid_for: frozenset[str] = field(default_factory=frozenset)
    """Names of the identities whose credentials these are; empty means all."""
    learned_for: frozenset[str] = frozenset()
    """Names of the identities that got a success with the learned values of their requests; empty: none are learned."""
    others: tuple[Request, ...] = ()
    """The requests for other resources that the API lists, with credentials as in ``request``."""
    not_learned: str = ""
    """Why made-up values stay, for people; empty if nothing was to be learned."""
    bodies_refused: str = ""
    """The answers to all bodies that were tried, for people; empty if the server took one, or none was tried."""
    variations: tuple[Variation, ...] = ()
    bound: BoundToken | None = None

    def request_for(self, identity: str) -> Request:
        """The request with the credentials of this identity."""
        return self.own.get(identity, self.request)

    def with_values_of(self, identity: str) -> "PlannedOperation":
        """The operation whose requests all have the values of a valid identity, each with the sender's credentials.

        Answers to different identities are compared only if they are about the same resource.
        """
        return self.variants.get(identity, self)

    @property
    def has_same_values(self) -> bool:
        """Whether all identities send the same configured values."""
        return not self.configured_for

    @property
    def is_probed(self) -> bool:
        """Whether requests or their heads are sent."""
        return self.mode in WITH_BODY

    @property
    def is_guarded(self) -> bool:
        """Whether anonymous callers and invalid certificates must be refused."""
        return self.operation.requirement.demand in GUARDED_DEMANDS

    @property
    def admits_anonymous(self) -> bool:
        """Whether anonymous callers must be admitted."""
        requirement = self.operation.requirement
        return requirement.anonymous_allowed and requirement.demand is not Demand.UNKNOWN

    @property
    def is_public(self) -> bool:
        """Whether it is a GET with anonymous access that may be sent."""
        sent = self.mode is UnsafeMethods.SEND and self.request.method == "GET"
        return sent and self.admits_anonymous

    @property
    def key(self) -> OperationKey:
        """The operation's key."""
        return self.operation.key


def open_operations(operations: Iterable[PlannedOperation]) -> frozenset[OperationKey]:
    """Return the operations that admit anonymous callers."""
    return frozenset(planned.key for planned in operations if planned.admits_anonymous)


def roles_of(operations: Iterable[PlannedOperation]) -> dict[OperationKey, frozenset[str]]:
    """Return the roles that may call each guarded operation that requires one."""
    return {s.key: s.operation.roles for s in operations if s.is_guarded and s.operation.roles}


class AlternateEndpoint(Struct, frozen=True, kw_only=True):
    """Another listener that serves the same API and must enforce the same policy."""

    url: str
    """As written in the configuration or the document."""
    endpoint: Endpoint
    base_path: str
    """Without a trailing slash."""
    of_owner: bool = True
    """Whether the configuration names its origin or host. If only the document does, it gets no credentials."""


class Http3(Struct, frozen=True, kw_only=True):
    """What is known of HTTP/3 before the run."""

    listener: Endpoint | None = None
    """The configured listener; its port is of UDP."""
    where: str = ""
    """Host and port of it, for messages."""
    announced: bool = False
    """Probe the listeners that Alt-Svc names on the target's host."""
    available: bool = False
    """The client can send requests over HTTP/3."""


class PlanContext(Struct, frozen=True, kw_only=True, dict=True):
    """The input of planning and judging. Pure data, except for ``documented``, a pure lookup."""

    operations: Sequence[PlannedOperation]
    identities: Mapping[str, ClientIdentity]
    """By name, the anonymous caller included."""
    endpoint: Endpoint
    base_path: str
    documented: Callable[[str, str], bool]
    """Whether the document has an operation for a method and a request target."""
    nonce: str
    """Part of the paths that do not exist."""
    tls: tuple[TlsRange, ...] = (TlsRange.ANY,)
    """TLS ranges to try, the main one first."""
    addresses: tuple[str, ...] = ()
    """IP addresses of the host that answer, the main one first."""
    alpn: tuple[tuple[str, ...], ...] = (("http/1.1",),)
    """ALPN offers to try, the main one first."""
    rules: frozenset[str] = field(default_factory=frozenset)
    """Ids of the rules to report."""
    declared: frozenset[OperationKey] = field(default_factory=frozenset)
    """All operations of the document, planned or not."""
    alternate_endpoints: tuple[AlternateEndpoint, ...] = ()
    names: tuple[str, ...] = ()
    """Other names of the listener."""
    certified_names: tuple[str, ...] = ()
    """Other names that the server's own certificate is for."""
    early_data: bool = False
    """The client can send early data."""
    omits_messages: bool = False
    """The client can omit messages of a handshake."""
    http3: Http3 = Http3()
    prior_sessions: Mapping[str, TlsRange] = field(default_factory=dict)
    """Identities with a TLS session from before the run, by name, and its TLS version."""
    revoked_within: Mapping[str, float] = field(default_factory=dict)
    """By name of each identity that is revoked at the end of the run: the seconds until it must be refused."""
    issuers: tuple[IssuerMetadata, ...] = ()
    """Metadata of the token issuers, as far as they were read."""
    public_cas: Mapping[str, str] = field(default_factory=dict)
    """By name of each valid identity of a public CA: which of its renewals have no clientAuth, and the CA."""
    callback_url: str = ""
    """Where the run listened for requests of the server; empty: nowhere."""
    fetches: tuple[CertificateFetch, ...] = ()
    """What it requested there."""
    candidates: tuple[Candidate, ...] = ()
    """Undocumented endpoints of traffic imports."""
    only_changed: bool = False
    """Only changed operations are planned; no search for undocumented endpoints."""
    added: frozenset[OperationKey] = field(default_factory=frozenset)
    """With ``only_changed``: the operations that the older document lacks."""
    with_wordlist: bool = True
    """Whether to request the curated list of paths. Of several shards one does."""
    names_certificates: bool = True
    """Whether the document requires a client certificate for some operation, or may do so."""
    exhaustive: bool = False
    only_safe: bool = False
    """The configuration forbids every request that is not safe (RFC 9110 §9.2.1), whatever it does."""
    bodies: Callable[[PlannedOperation], Sequence[RequestBody]] = lambda _: ()
    """The other bodies with which an operation may be sent: of other media types, and other alternatives of its schema.
    A pure lookup; empty where results are judged again.
    """
    absent: Callable[[PlannedOperation], Request | None] = lambda _: None
    """The request of an operation for a resource that does not exist; ``None`` where its path has no parameter.
    A lookup as ``bodies`` is.
    """
    allowed_target: str = ""
    """A GET that the caller of bypass attempts may send; empty for the anonymous caller, who has ``public_target``."""

    def connection(self, tls: TlsRange) -> Connection:
        """Return a kept-alive connection to the target."""
        return self._connections[tls]

    @cached_property
    def _connections(self) -> Mapping[TlsRange, Connection]:
        """A connection for each range of TLS versions, made once: each probe has one."""
        return {tls: Connection(endpoint=self.endpoint, tls=tls, alpn=self.alpn[0]) for tls in TlsRange}

    @cached_property
    def kept(self) -> dict[Hashable, list[Any]]:
        """What checks make of it alone, and need again."""
        return {}

    def base_of(self, planned: PlannedOperation) -> str:
        """Return the base path of an operation, without a trailing slash."""
        return self.base_path if planned.base_path is None else planned.base_path

    @cached_property
    def guarded(self) -> tuple[PlannedOperation, ...]:
        """The operations that anonymous callers must not access, and that may be sent."""
        return tuple(s for s in self.operations if s.mode is UnsafeMethods.SEND and s.is_guarded)

    @cached_property
    def public_target(self) -> str:
        """The request target of the first GET with anonymous access; empty if there is none.

        Bypass attempts use it for priming requests.
        """
        return self.allowed_target or next(
            (self.base_of(s) + s.operation.target for s in self.operations if s.is_public), ""
        )

    @cached_property
    def connection_variants(self) -> tuple[Connection, ...]:
        """TLS version, protocol and address variants, one changed at a time; the main connection first."""
        main = self.connection(self.tls[0])
        return (
            *(replace(main, tls=tls) for tls in self.tls),
            *(replace(main, alpn=alpn) for alpn in self.alpn[1:]),
            *(replace(main, endpoint=replace(self.endpoint, address=a)) for a in self.addresses[1:]),
        )

    @cached_property
    def accepted(self) -> tuple[ClientIdentity, ...]:
        """The configured identities that a correct server admits: the controls."""
        return tuple(i for i in self.identities.values() if i.is_control)

    @cached_property
    def generated_controls(self) -> tuple[ClientIdentity, ...]:
        """Generated valid certificates: the controls of generated invalid ones."""
        # Those of certificates that imitate an identity are sent with them: most servers refuse them.
        held = {i.beside for i in self.identities.values() if not i.imitates}
        return tuple(
            i for i in self.identities.values() if i.kind is IdentityKind.GENERATED and i.name in held
        )

    @cached_property
    def refused(self) -> tuple[ClientIdentity, ...]:
        """Identities with a certificate that a correct server rejects. Those that imitate one have their own check."""
        return tuple(
            i
            for i in self.identities.values()
            if i.expect is Expect.REFUSED
            and i.kind is not IdentityKind.ANONYMOUS
            and not (i.refused_by_policy or i.imitates)
        )

    @cached_property
    def wrong_certificates(self) -> tuple[ClientIdentity, ...]:
        """Those that get more than the usual request, for what a handler does for any certificate: one that anyone can
        make, and configured ones, such as that of a former partner.
        """
        generated = (identity for identity in self.refused if identity.profile)
        configured = tuple(identity for identity in self.refused if not identity.profile)
        anyones = sorted(generated, key=lambda identity: identity.profile != ANYONES)[:1]
        return (*anyones, *configured[:MOST_CONFIGURED])

    @cached_property
    def policy(self) -> tuple[ClientIdentity, ...]:
        """Identities with a certificate that only the battery's default policy rejects."""
        return tuple(
            i for i in self.identities.values() if i.refused_by_policy and i.expect is Expect.REFUSED
        )


class Conclusions(Struct, frozen=True, kw_only=True):
    """The conclusions of a check."""

    findings: tuple[Finding, ...] = ()
    operations: tuple[OperationResult, ...] = ()
    undecided: tuple[UndecidedOperation, ...] = ()
    undocumented: tuple[Undocumented, ...] = ()
    skipped: tuple[Skipped, ...] = ()


class Check(Protocol):
    """Plans probes and judges their exchanges. Pure."""

    @property
    def name(self) -> str:
        """Name of the check, which its probes carry."""
        ...

    @property
    def rules(self) -> frozenset[str]:
        """Ids of the rules that it may report; none for a control."""
        ...

    def plan(self, context: PlanContext) -> Iterable[Probe]:
        """Return the probes that do not depend on responses."""
        ...

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterable[Probe]:
        """Return further probes because of responses; called again until there are no new ones."""
        ...

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """Return the conclusions."""
        ...

"""What a check is, and what it is given."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Protocol

from specdrift.checks.core.undecided import Undecided
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ClientIdentity, IdentityKind
from specdrift.model.exchange.probe import Connection, Endpoint, Probe, Request, TlsRange
from specdrift.model.policy import Expect, UnsafeMethods
from specdrift.model.result.candidate import Candidate
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import OperationResult, Skipped, UndecidedOperation, Undocumented

GUARDED_DEMANDS = frozenset(demand for demand in Demand if demand.excludes_anonymous)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class CredentialChange(StrEnum):
    """What is wrong with the credentials that accompany a certificate."""

    LEFT_OUT = "without"
    MADE_UP = "made-up"
    OTHER_ALTERNATIVE = "alternative"
    """They are those of another alternative of the requirement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """A request of an operation with other credentials: without the one of ``scheme``, or with one that nobody has.
    For an alternative ``scheme`` names all of its schemes, and ``certificate`` whether one of them is the certificate.
    """

    change: CredentialChange
    scheme: str
    request: Request
    certificate: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundToken:
    """A token that belongs to the identity ``owner``: ``request`` carries it, ``bare`` is the same without it.
    ``proven``: the token itself names the owner's certificate (RFC 8705 §3.1). ``certificate``: the document asks for
    a certificate beside it.
    """

    owner: str
    scheme: str
    proven: bool
    certificate: bool
    request: Request
    bare: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOperation:
    """An operation together with how it may be asked.

    ``mode`` is SEND for safe methods, for others what the owner allows. ``withheld`` says why nothing is sent
    (mode NEVER), and what would decide it. ``base_path`` is that of servers of its own; ``None``: the run's.
    ``accompanied``: the request carries every credential but the certificate. ``unsafe_allowed``:
    the owner lets methods that change things be sent to this path.

    ``request`` is what callers send who must not get in; ``own`` has the requests of identities that send something
    else, since they have credentials of their own (``tokens``) or may send what is enough without a certificate.
    ``owners`` are the identities whom the credentials suit; empty: everybody. ``variations`` carry fewer or other
    credentials, ``bound`` a token of somebody.
    """

    operation: Operation
    request: Request
    mode: UnsafeMethods = UnsafeMethods.SEND
    withheld: Undecided | None = None
    base_path: str | None = None
    has_all_credentials: bool = False
    unsafe_allowed: bool = False
    own: Mapping[str, Request] = field(default_factory=dict)
    tokens: frozenset[str] = frozenset()
    valid_for: frozenset[str] = field(default_factory=frozenset)
    variations: tuple[Variation, ...] = ()
    bound: BoundToken | None = None

    def request_for(self, identity: str) -> Request:
        """The request with the credentials of this identity."""
        return self.own.get(identity, self.request)

    @property
    def is_guarded(self) -> bool:
        """Whether a caller with nothing at all, or with a bad certificate, must be refused."""
        return self.operation.requirement.demand in GUARDED_DEMANDS

    @property
    def admits_anonymous(self) -> bool:
        """Whether a caller with nothing at all must be admitted: also beside alternatives that need no certificate."""
        requirement = self.operation.requirement
        return requirement.anonymous_allowed and requirement.demand is not Demand.UNKNOWN

    @property
    def is_public(self) -> bool:
        """Whether it is a GET that the document lets anybody call, and that may be sent."""
        sent = self.mode is UnsafeMethods.SEND and self.request.method == "GET"
        return sent and self.admits_anonymous

    @property
    def key(self) -> OperationKey:
        """The operation's key."""
        return self.operation.key


def roles_of(operations: Iterable[PlannedOperation]) -> dict[OperationKey, frozenset[str]]:
    """Who may call the operations that ask for a role."""
    return {s.key: s.operation.roles for s in operations if s.is_guarded and s.operation.roles}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternateEndpoint:
    """A further way to the same API, which must not be open: ``url`` is how the owner or the document writes it,
    ``base_path`` stands before the paths of the document, without a slash at its end.
    """

    url: str
    endpoint: Endpoint
    base_path: str


@dataclass(frozen=True, kw_only=True)
class PlanContext:
    """Everything that planning and judging depends on. Pure data, but for ``documented``, a pure lookup.

    ``tls`` are the ranges to try, ``alpn`` the protocol offers, ``addresses`` the IP addresses of the host that
    answer; the first of each is the main one. ``documented`` tells whether the
    document has an operation for a method and a target; ``declared`` are all its operations, asked or not.
    ``nonce`` makes paths that do not exist. ``doors`` are further listeners, ``names`` further names of this one.
    ``early_data``: there is a way to send some. ``older_sessions`` are there of these identities, made before the run,
    each for one TLS version.
    ``leads`` are places that the owner's feeds speak of and the document does not have. ``narrowed``: only what has
    changed is asked, so that nothing is looked for at large. ``curated``: the list of well-known paths is asked, which
    one of several shards does for all. What follows from them is worked out once: checks ask for each operation.
    """

    operations: Sequence[PlannedOperation]
    identities: Mapping[str, ClientIdentity]
    endpoint: Endpoint
    base_path: str
    documented: Callable[[str, str], bool]
    nonce: str
    tls: tuple[TlsRange, ...] = (TlsRange.ANY,)
    addresses: tuple[str, ...] = ()
    alpn: tuple[tuple[str, ...], ...] = (("http/1.1",),)
    rules: frozenset[str] = field(default_factory=frozenset)
    declared: frozenset[OperationKey] = field(default_factory=frozenset)
    alternate_endpoints: tuple[AlternateEndpoint, ...] = ()
    names: tuple[str, ...] = ()
    early_data: bool = False
    prior_sessions: Mapping[str, TlsRange] = field(default_factory=dict)
    candidates: tuple[Candidate, ...] = ()
    only_changed: bool = False
    with_wordlist: bool = True
    exhaustive: bool = False

    def connection(self, tls: TlsRange) -> Connection:
        """A kept-alive connection to the target."""
        return Connection(endpoint=self.endpoint, tls=tls, alpn=self.alpn[0])

    def base_of(self, planned: PlannedOperation) -> str:
        """What stands before the operation's path, without a slash at its end."""
        return self.base_path if planned.base_path is None else planned.base_path

    @cached_property
    def guarded(self) -> tuple[PlannedOperation, ...]:
        """The operations that demand something of a caller and may be asked."""
        return tuple(s for s in self.operations if s.mode is UnsafeMethods.SEND and s.is_guarded)

    @cached_property
    def public_target(self) -> str:
        """The target of the first GET that the document lets anybody call, without credentials; empty for none.

        Ways around the certificate begin there.
        """
        return next((self.base_of(s) + s.operation.target for s in self.operations if s.is_public), "")

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
        """The owner's identities that a correct server lets in where a certificate is due: the controls."""
        return tuple(i for i in self.identities.values() if i.is_control)

    @cached_property
    def generated_controls(self) -> tuple[ClientIdentity, ...]:
        """Minted certificates with nothing wrong, which others are held against."""
        held = {i.beside for i in self.identities.values()}
        return tuple(
            i for i in self.identities.values() if i.kind is IdentityKind.GENERATED and i.name in held
        )

    @cached_property
    def refused(self) -> tuple[ClientIdentity, ...]:
        """Identities with a certificate that a correct server refuses."""
        return tuple(
            i
            for i in self.identities.values()
            if i.expect is Expect.REFUSED and i.kind is not IdentityKind.ANONYMOUS
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusions:
    """What a check makes of the evidence."""

    findings: tuple[Finding, ...] = ()
    operations: tuple[OperationResult, ...] = ()
    undecided: tuple[UndecidedOperation, ...] = ()
    undocumented: tuple[Undocumented, ...] = ()
    skipped: tuple[Skipped, ...] = ()


class Check(Protocol):
    """``name`` is the check of its probes; ``rules`` are the ids that it can report (none: a control)."""

    @property
    def name(self) -> str:
        """The check's name, which its probes carry."""
        ...

    @property
    def rules(self) -> frozenset[str]:
        """Ids of the rules that it may report."""
        ...

    def plan(self, context: PlanContext) -> Iterable[Probe]:
        """The probes that are known from the start."""
        ...

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterable[Probe]:
        """Further probes that the answers so far call for; asked again until there are none."""
        ...

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """What it all means."""
        ...

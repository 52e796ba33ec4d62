"""Looks for the data of guarded operations in the answers to other requests of callers who must be refused.

A page for unknown paths may suggest customers, the answer to OPTIONS may list the choices of a field, and an open
operation may return records of another one. Sends only OPTIONS and the choices of open operations: the answers of the
whole run are searched, once for each that differs. Requests that claim another caller are left to their own checks.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from specdrift.checks.choices.representations import with_choices
from specdrift.checks.core.assessment import OperationAssessment, assess, must_be_refused
from specdrift.checks.core.base import SAFE_METHODS, Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import caller_phrase, ids_of, probe_ids, role_phrase
from specdrift.checks.undocumented.candidates import path_targets
from specdrift.checks.undocumented.guarded_data import Found, GuardedData
from specdrift.classify.check_names import CERTIFICATE, UNKNOWN_PATH
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.resource import NOTHING
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Phase, Probe, ProbeTag, Request
from specdrift.model.exchange.values import unpack
from specdrift.model.plural import plural
from specdrift.model.policy import Expect
from specdrift.model.result.drift import Severity
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Confidence
from specdrift.rules.ids import DATA_ELSEWHERE

NAME = "data-elsewhere"
UNDOCUMENTED = "undocumented"
CLAIMS = frozenset({"forwarded", "forwarded-elsewhere", "mistaken-identity"})
"""Checks whose requests claim another caller."""
ORIGIN = "https://example.com"
LEAST_SPECIFIC = 2
"""Specific values that an answer must have before its text is read."""
MOST_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """An answer to a caller that has data of an operation which refuses this caller."""

    exchange: Exchange
    http: HttpFacts
    request: Request
    found: Found
    declared: OperationKey | None
    """The operation that the document lets the caller send this request to; ``None``: it has no such request."""


@dataclass(frozen=True, slots=True)
class DataElsewhereCheck:
    """Data of guarded operations in answers to other requests."""

    name: str = NAME
    rules: frozenset[str] = frozenset({DATA_ELSEWHERE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """OPTIONS, resources that do not exist, and the choices of open operations."""
        if context.guarded:
            yield from self._options(context)
            yield from self._absent(context)
            yield from self._choices(context)

    def _options(self, context: PlanContext) -> Iterator[Probe]:
        """Yield OPTIONS on each documented path, also as a browser sends it before a request of another origin (Fetch,
        CORS protocol).
        """
        why = "whether OPTIONS tells data of operations"
        for key, target in path_targets(context).items():
            if not context.documented("OPTIONS", target):
                request = Request(method="OPTIONS", target=target)
                preflight = (("Origin", ORIGIN), ("Access-Control-Request-Method", key.method))
                yield self._probe(context, key, request, "OPTIONS", why)
                yield self._probe(
                    context, key, replace(request, headers=preflight), "OPTIONS of a preflight", why
                )

    def _absent(self, context: PlanContext) -> Iterator[Probe]:
        """Yield guarded requests for what does not exist: a handler that looks it up first may name others."""
        why = "whether the answer for a resource that does not exist tells of others"
        for planned in context.guarded:
            absent = context.absent(planned) if planned.request.method in SAFE_METHODS else None
            if absent is not None:
                request = planned.request.to(absent.target)
                yield self._probe(context, planned.key, request, "a resource that does not exist", why)

    def _choices(self, context: PlanContext) -> Iterator[Probe]:
        """Yield the choices of open operations: a scope may add guarded data."""
        why = "whether its optional parameters give data of guarded operations"
        for planned in context.operations:
            for name, request in with_choices(planned) if planned.is_public else ():
                yield self._probe(context, planned.key, request, name, why)

    def _probe(
        self, context: PlanContext, operation: OperationKey, request: Request, name: str, why: str
    ) -> Probe:
        return Probe(
            check=self.name,
            operation=operation,
            identity=ANONYMOUS.name,
            connection=context.connection(context.tls[0]),
            request=request,
            phase=Phase.MAIN,
            variant=name,
            tag=ProbeTag(name=name),
            why=why,
        )

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:  # noqa: ARG002
        """Each parameter alone, where several were refused together."""
        for exchange in log.by_check(self.name):
            http, request, added = exchange.observation.http, exchange.probe.request, exchange.probe.variant
            if http is None or request is None or 200 <= http.status < 300 or "&" not in added:
                continue
            usual = request.target.removesuffix(added)
            for one in added.split("&"):
                yield replace(
                    exchange.probe, request=request.to(usual + one), variant=one, tag=ProbeTag(name=one)
                )

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each operation whose data are elsewhere."""
        leaks: dict[OperationKey, list[Leak]] = defaultdict(list)
        for leak in _Search(context, classifier).leaks():
            leaks[leak.found.operation].append(leak)
        return Conclusions(findings=tuple(_finding(context, each) for each in leaks.values()))


@dataclass
class _Search:
    """The search through the exchanges of a run."""

    context: PlanContext
    classifier: Classifier
    data: GuardedData = field(init=False)
    _planned: dict[OperationKey, PlannedOperation] = field(init=False)
    _assessed: dict[OperationKey, OperationAssessment] = field(default_factory=dict)
    _refused: dict[tuple[str, OperationKey], bool] = field(default_factory=dict)
    _specific: dict[bytes, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the operations."""
        self.data = GuardedData(self.classifier)
        self._planned = {planned.key: planned for planned in self.context.operations}

    def leaks(self) -> Iterator[Leak]:
        """Yield the leaks in the order of the exchanges."""
        for exchange in self.classifier.log.by_id.values():
            http, request = exchange.observation.http, exchange.probe.request
            identity = self.context.identities.get(exchange.probe.identity)
            if http is None or request is None or identity is None or not self._may_have_data(http):
                continue
            if self._is_plain(exchange.probe, identity) and not _is_judged(exchange, request, http):
                leak = self._leak(exchange, request, http, identity)
                if leak is not None:
                    yield leak

    def _may_have_data(self, http: HttpFacts) -> bool:
        known = self._specific.get(http.values)
        if known is None:
            shared = self.data.hints.intersection(unpack(http.values))
            known = self._specific[http.values] = len(shared) >= LEAST_SPECIFIC
        return known

    def _is_plain(self, probe: Probe, identity: ClientIdentity) -> bool:
        """Return whether the listener sees the caller as it is, at the target."""
        connection = probe.connection
        own = (connection.endpoint.host, connection.endpoint.port, connection.endpoint.server_name)
        target = self.context.endpoint
        return (
            probe.check not in CLAIMS
            and not (probe.tag and probe.tag.headers)
            and probe.priming is None
            and connection.resumes is None
            and not (connection.prior_session or connection.shows)
            and own == (target.host, target.port, target.server_name)
            and not (identity.imitates or identity.refused_by_policy)
            and identity.name not in self.context.revoked_within
        )

    def _leak(
        self, exchange: Exchange, request: Request, http: HttpFacts, identity: ClientIdentity
    ) -> Leak | None:
        every = self.classifier.learned.values_of(exchange)
        own = exchange.probe.operation if exchange.probe.check != UNDOCUMENTED else None
        judged = exchange.probe.check != NAME  # its own data are looked for by other checks
        is_declared = self.context.documented(request.method, request.target.partition("?")[0])
        if is_declared and (own is None or own.method != request.method):
            return None  # another operation's request, which its own checks judge
        declared = own if is_declared and own and not self._must_be_refused(identity, own) else None
        pairs = NOTHING if declared else self.data.pairs_in(http, every)
        by_operation: dict[OperationKey, set[int]] = defaultdict(set)
        known = self.data.known_of(own) if declared is None and own and judged else NOTHING
        for number in ((every & self.data.specific) | pairs) - known:
            others = tuple(self._others(number, declared))
            if others and all(self._is_refused(identity, each) for each in others):
                for each in others:
                    by_operation[each].add(number)
        anyone = not identity.is_control
        found = [
            one
            for operation, numbers in by_operation.items()
            if (one := self.data.found(operation, frozenset(numbers), http, single=anyone and not declared))
        ]
        best = max(found, key=lambda each: (each.entries, len(each.values)), default=None)
        if best is None or (declared and not self._has_most(exchange, best, identity, declared)):
            return None
        return Leak(exchange=exchange, http=http, request=request, found=best, declared=declared)

    def _has_most(
        self, exchange: Exchange, found: Found, identity: ClientIdentity, declared: OperationKey
    ) -> bool:
        may_call = frozenset(
            key
            for key in self._planned
            if not (self._must_be_refused(identity, key) or (self._is_open(declared) and self._is_open(key)))
        )
        values = self.classifier.learned.values_of(exchange)
        return found.entries > 1 and self.data.is_most(found.operation, values, may_call - {declared})

    def _others(self, number: int, declared: OperationKey | None) -> Iterator[OperationKey]:
        """Yield the operations besides ``declared`` that have a value, and by which it may be public or not.

        Open operations do not excuse each other: both may give away what a third one guards. Nor is public what an open
        operation withholds from callers without a certificate.
        """
        for owner in self.data.owners[number] - {declared}:
            excused = declared is not None and self._is_open(declared)
            if not (self._is_open(owner) and (excused or self._is_withheld(number, owner))):
                yield owner

    def _is_open(self, operation: OperationKey) -> bool:
        planned = self._planned.get(operation)
        return planned is not None and planned.admits_anonymous

    def _is_withheld(self, number: int, operation: OperationKey) -> bool:
        """Return whether an open operation gives a value to a valid certificate each time, and never without one."""
        anonymous = self.classifier.log.of(CERTIFICATE, operation, ANONYMOUS.name)
        answers = [self.classifier.learned.values_of(each) for each in anonymous if each.observation.http]
        return (
            bool(answers)
            and not any(number in values for values in answers)
            and any(all(number in values for values in each) for each in self.data.given[operation])
        )

    def _must_be_refused(self, identity: ClientIdentity, operation: OperationKey) -> bool:
        planned = self._planned.get(operation)
        if planned is None or not planned.is_guarded:
            return False
        return identity.expect is Expect.REFUSED or must_be_refused(identity, planned)

    def _is_refused(self, identity: ClientIdentity, operation: OperationKey) -> bool:
        """Return whether a caller must be refused by an operation, and is."""
        key = (identity.name, operation)
        if key not in self._refused:
            self._refused[key] = self._must_be_refused(identity, operation) and self._was_refused(
                identity, operation
            )
        return self._refused[key]

    def _was_refused(self, identity: ClientIdentity, operation: OperationKey) -> bool:
        if operation not in self._assessed:
            self._assessed[operation] = assess(self.context, self._planned[operation], self.classifier)
        assessment = self._assessed[operation]
        own = assessment.by_identity.get(identity.name, assessment.anonymous)
        caller = own if own.probes else assessment.anonymous
        return assessment.control_ok and assessment.anonymous.outcome.refused and caller.outcome.refused


def _is_judged(exchange: Exchange, request: Request, http: HttpFacts) -> bool:
    """Return whether it is the success of an undocumented endpoint, which is reported as one."""
    return exchange.probe.check == UNDOCUMENTED and request.method != "OPTIONS" and 200 <= http.status < 300


def _finding(context: PlanContext, leaks: list[Leak]) -> Finding:
    anonymous = ANONYMOUS.name
    best = min(leaks, key=lambda leak: (leak.declared is not None, leak.exchange.probe.identity != anonymous))
    alike = [leak for leak in leaks if (leak.declared is None) == (best.declared is None)]
    identity = context.identities[best.exchange.probe.identity]
    return Finding(
        rule=DATA_ELSEWHERE,
        severity=Severity.WARNING if best.declared else Severity.ERROR,
        message=_message(context, best, alike, identity),
        operation=best.found.operation,
        identity=identity.name,
        profile=identity.profile or None,
        confidence=Confidence.HIGH if len(alike) > 1 else Confidence.MEDIUM,
        probes=probe_ids((best.exchange.probe.id,), ids_of(leak.exchange for leak in alike[:MOST_SHOWN])),
        subject=NAME,
    )


def _message(context: PlanContext, leak: Leak, alike: Iterable[Leak], identity: ClientIdentity) -> str:
    found, caller = leak.found, caller_phrase(identity)
    roles = next((p.operation.roles for p in context.operations if p.key == found.operation), frozenset())
    demand = f"requires a certificate{f' of {role_phrase(roles)}' if roles else ''}"
    what = f"({', '.join(found.members)}; {plural(found.entries, 'entry')})"
    if leak.declared:
        places = list(dict.fromkeys(str(each.declared) for each in (leak, *alike)))
        answers = f"the answer{'s' if len(places) > 1 else ''} to {' and '.join(places)}"
        return (
            f"{caller} gets most of the data of {found.operation} {what}, which {demand}, in {answers}, "
            "which the document allows this caller. If that is intended, accept it in the baseline; "
            "else remove the data there."
        )
    where = (
        "a path that does not exist"
        if leak.exchange.probe.check == UNKNOWN_PATH
        else f"{leak.request.method} {leak.request.target.partition('?')[0]}"
    )
    return (
        f"{caller} gets data of {found.operation} {what}, which {demand}, in the answer to {where} "
        f"(HTTP {leak.http.status})."
    )


CHECK: Check = DataElsewhereCheck()

"""Searches all answers of a run for the data of operations that refuse their caller. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct, field

from specdrift.body.placed import leaves
from specdrift.checks.core.assessment import OperationAssessment, assess, must_be_refused
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.undocumented.guarded_data import LEAST_MEMBERS, Found, GuardedData
from specdrift.checks.undocumented.undocumented import candidates
from specdrift.checks.undocumented.wordlist import SEVERITY
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.classify.likeness import same_answer
from specdrift.classify.resource import NOTHING, echo_of_request
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Probe, ProbeTag, Request
from specdrift.model.exchange.values import unpack
from specdrift.model.policy import Expect
from specdrift.model.result.drift import Severity
from specdrift.rules.ids import DATA_ELSEWHERE

UNDOCUMENTED = "undocumented"
POINTING_AT, POINTING_NEAR = "points at another operation", "may point at another operation"
UNOFFERED = "not offered"
POINTING = frozenset({POINTING_AT, POINTING_NEAR, UNOFFERED})
"""Forms of the requests of open operations whose inputs the document does not offer: the input names the other
operation by its path, or by a word that may mean anything else; or it is undeclared or malformed.
"""
CLAIMS = frozenset({"forwarded", "forwarded-elsewhere", "mistaken-identity"})
"""Checks whose requests claim another caller."""
LEAST_SPECIFIC = 2
"""Specific values that an answer must have before its text is read."""


class Leak(Struct, frozen=True, kw_only=True):
    """An answer to a caller that has data of an operation which refuses this caller."""

    exchange: Exchange
    http: HttpFacts
    request: Request
    found: Found
    declared: OperationKey | None
    """The operation that the document lets the caller send this request to; ``None``: it has no such request."""
    pointing: bool = False
    """An input has a value that the document does not offer, and that points at the operation of the data."""

    @property
    def is_offered(self) -> bool:
        """Whether the document lets the caller send the request as it is."""
        return self.declared is not None and not self.pointing


class LeakSearch(Struct, dict=True):
    """The search through the exchanges of a run."""

    context: PlanContext
    classifier: Classifier
    _assessed: dict[OperationKey, OperationAssessment] = field(default_factory=dict)
    _refused: dict[tuple[str, OperationKey], bool] = field(default_factory=dict)
    _specific: dict[bytes, bool] = field(default_factory=dict)

    @cached_property
    def data(self) -> GuardedData:
        return GuardedData(self.classifier)

    @cached_property
    def _planned(self) -> dict[OperationKey, PlannedOperation]:
        return {planned.key: planned for planned in self.context.operations}

    def leaks(self) -> Iterator[Leak]:
        """Yield the leaks in the order of the exchanges."""
        for exchange in self.classifier.log.by_id.values():
            http, request = exchange.observation.http, exchange.probe.request
            identity = self.context.identities.get(exchange.probe.identity)
            if http is None or request is None or identity is None:
                continue
            is_pointing = exchange.probe.tag is not None and exchange.probe.tag.form in POINTING
            if not (is_pointing or self._may_have_data(http)):
                continue
            if self._is_plain(exchange.probe, identity) and not self._is_judged(exchange, request, http):
                leak = None if is_pointing else self._leak(exchange, request, http, identity)
                may_be = is_pointing or exchange.probe.check == UNDOCUMENTED
                if leak is None and may_be and not self._is_as_unknown(request, http):
                    leak = self._pointed(exchange, request, http, identity)
                if leak is not None:
                    yield leak

    def _is_judged(self, exchange: Exchange, request: Request, http: HttpFacts) -> bool:
        """Return whether it is the success of an undocumented endpoint, which is reported as an error."""
        is_success = request.method != "OPTIONS" and 200 <= http.status < 300
        return exchange.probe.check == UNDOCUMENTED and is_success and exchange.probe.tag in self._grave

    @cached_property
    def _grave(self) -> frozenset[ProbeTag]:
        """The tags of undocumented endpoints that are an error wherever they answer."""
        all_guarded = all(planned.is_guarded for planned in self.context.operations)
        return frozenset(
            candidate.tag
            for candidate in candidates(self.context)
            if SEVERITY[candidate.kind] is Severity.ERROR
            or (candidate.sibling is not None and candidate.sibling.is_guarded)
            or (candidate.imported and all_guarded)
        )

    def _is_as_unknown(self, request: Request, http: HttpFacts) -> bool:
        """Return whether it is the answer for a path that does not exist, in which references are no data."""
        return any(same_answer(http, other) for other in self.classifier.unknown.get(request.method, ()))

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
        judged = exchange.probe.check != DATA_ELSEWHERE  # its own data are looked for by other checks
        is_declared = self.context.documented(request.method, request.target.partition("?")[0])
        if is_declared and (own is None or own.method != request.method):
            return None  # another operation's request, which its own checks judge
        declared = own if is_declared and own and not self._must_be_refused(identity, own) else None
        pairs = self.data.pairs_in(http, every)
        known = self.data.known_of(own) if declared is None and own and judged else NOTHING
        by_operation = self._refused_data(((every & self.data.specific) | pairs) - known, identity, declared)
        # An answer that the document offers must have nearly all of a resource.
        members = 0 if identity.is_control else 1 if declared else LEAST_MEMBERS
        found = [
            one
            for operation, numbers in by_operation.items()
            if (one := self.data.found(operation, frozenset(numbers), http, members=members))
        ]
        best = max(found, key=lambda each: (each.entries, len(each.values)), default=None)
        if best is None or (declared and not self._has_most(exchange, best, identity, declared)):
            return None
        return Leak(exchange=exchange, http=http, request=request, found=best, declared=declared)

    def _refused_data(
        self, values: Iterable[int], identity: ClientIdentity, declared: OperationKey | None
    ) -> Mapping[OperationKey, set[int]]:
        """Return the values that only operations have which refuse the caller, by operation."""
        by_operation: dict[OperationKey, set[int]] = defaultdict(set)
        for number in values:
            others = tuple(self._others(number, declared))
            if others and all(self.is_refused(identity, each) for each in others):
                for each in others:
                    by_operation[each].add(number)
        return by_operation

    def _pointed(
        self, exchange: Exchange, request: Request, http: HttpFacts, identity: ClientIdentity
    ) -> Leak | None:
        """Return the data of an undocumented endpoint, or of an open operation with an input that points at them. What
        open operations have in their usual answers does not count.
        """
        every, open_one = self.classifier.learned.values_of(exchange), exchange.probe.operation
        public = frozenset(key for key in self._planned if not self._must_be_refused(identity, key))
        echo = echo_of_request(request)
        specific = self._refused_data(every & self.data.specific, identity, None)
        guarded = [each for each in self.data.given if self.is_refused(identity, each)]
        found = [
            one
            for operation in guarded
            if (
                one := self.data.most_of(
                    operation,
                    frozenset(specific.get(operation, ())),
                    every,
                    elsewhere=public,
                    echo=echo,
                )
            )
        ]
        best = max(found, key=lambda each: (each.entries, len(each.values)), default=None)
        if best is None:
            return None
        form = exchange.probe.tag.form if exchange.probe.tag else ""
        pointing = open_one is not None and (form == POINTING_AT or not self._is_usual(http, open_one))
        return Leak(
            exchange=exchange, http=http, request=request, found=best, declared=open_one, pointing=pointing
        )

    def _is_usual(self, http: HttpFacts, operation: OperationKey) -> bool:
        """Return whether an answer may be one of an open operation about other records: it has no further members, or
        the usual request gets none to compare with.
        """
        usual = {
            place.path
            for each in self.classifier.log.of(CERTIFICATE, operation, ANONYMOUS.name)
            if each.observation.http
            for place, _ in leaves(each.observation.http.body_excerpt)
        }
        return not usual or {place.path for place, _ in leaves(http.body_excerpt)} <= usual

    def _has_most(
        self, exchange: Exchange, found: Found, identity: ClientIdentity, declared: OperationKey
    ) -> bool:
        may_call = frozenset(
            key
            for key in self._planned
            if not (self._must_be_refused(identity, key) or (self._is_open(declared) and self._is_open(key)))
        )
        values = self.classifier.learned.values_of(exchange)
        elsewhere = may_call - {declared}
        if not self.data.has_identifiers(found):  # what the document offers may name the entries of others
            return self.data.is_whole(found.operation, values, elsewhere)
        is_most = self.data.is_most(found.operation, values, elsewhere)
        return is_most or self.data.is_most_evidence(found.operation, values, elsewhere)

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

    def is_refused(self, identity: ClientIdentity, operation: OperationKey) -> bool:
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

"""The exchanges of a run, indexed for the checks, and the classification of each, compared with its controls."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.body.content import Headers
from specdrift.classify.check_names import CERTIFICATE, EACH_FOLLOWED, EVIDENCE
from specdrift.classify.comparison import Comparison
from specdrift.classify.denials import Denial, redirects_with_a_denial
from specdrift.classify.disclosed.samples import Difference, ValidSamples, samples_of
from specdrift.classify.exchange import Exchange, Refusals, is_answered, is_control
from specdrift.classify.exchange_index import ExchangeIndex
from specdrift.classify.learned import Learned
from specdrift.classify.resource import NONE_CARRIED, Carried, Resource, Values
from specdrift.classify.tables.alike import AlikeAnswers, Compared
from specdrift.classify.tables.altered import ALTERED
from specdrift.classify.tables.compared import COMPARED
from specdrift.classify.tables.control import CONTROL
from specdrift.classify.tables.open import OPEN
from specdrift.classify.tables.redirected import perhaps_admitted
from specdrift.classify.tables.row import Table, classify_answer
from specdrift.classify.tables.unread import unless_unread
from specdrift.classify.wire import classify_head, classify_wire
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import HttpFacts, Observation
from specdrift.model.exchange.probe import Connection, Probe, Request
from specdrift.model.exchange.redirect import Redirect, redirect_of
from specdrift.model.result.verdict import Classification, Obstacle, Outcome
from specdrift.model.shortened import shortened

FOLLOWED = frozenset({Obstacle.REDIRECT, Obstacle.SPELLING, Obstacle.LOOP})
"""Obstacles that the target's answer removes."""


class ExchangeLog(ExchangeIndex, kw_only=True):
    """Grows during the run; classifications are computed on demand from the exchanges so far."""

    identities: Mapping[str, ClientIdentity]
    off_document: dict[OperationKey, str] = field(default_factory=dict)
    """What is undocumented in the response to a valid identity, for operations where it was examined."""
    inferred_refusals: dict[tuple[str, Connection], Sequence[Exchange]] = field(default_factory=dict)
    """Exchanges that show that the listener refuses an identity in TLS, by identity and kind of connection."""
    roles: Mapping[OperationKey, frozenset[str]] = field(default_factory=dict)
    """Roles that may call an operation; empty if every valid certificate may."""
    open_operations: frozenset[OperationKey] = frozenset()
    """Operations that admit anonymous callers: their answers are no refusals, and no secret."""
    named: Mapping[OperationKey, frozenset[str]] = field(default_factory=dict)
    """The words by which the document names each operation."""
    sent: Headers = ()
    """The header fields that each request of the run has, beside its own."""
    refusals: Refusals = field(default_factory=dict)
    """Refusals that were read, to read each only once."""
    own_values: dict[Exchange, Values] = field(default_factory=dict)
    """The values of answers without those of their requests, each read once."""
    _classifier: "Classifier | None" = None
    """Shared by all checks, and kept while added exchanges say nothing about the others."""

    def add(self, probe: Probe, observation: Observation) -> None:
        """Add a finished probe; a second one with the same id replaces the first."""
        entry, is_new = Exchange(probe, observation), probe.id not in self.by_id
        self.file(entry)
        if self._classifier is not None and not (is_new and self._classifier.takes(entry)):
            self._classifier = None

    def set_identities(self, identities: Mapping[str, ClientIdentity]) -> None:
        """Replace the identities, after more were generated."""
        self.identities, self._classifier = identities, None

    def infer_refusal(self, identity: str, connection: Connection, shown: Sequence[Exchange]) -> None:
        """Record that the listener refuses an identity before any HTTP, as ``shown`` proves."""
        self.inferred_refusals[identity, connection.kind] = tuple(shown)
        self._classifier = None

    def inferred_for(self, identity: str) -> Iterator[tuple[Connection, Sequence[Exchange]]]:
        """Yield the refusals inferred for an identity: the kind of connection and the exchanges that prove it."""
        return ((c, shown) for (name, c), shown in self.inferred_refusals.items() if name == identity)

    def classifier(self) -> "Classifier":
        """Return the classifier of the exchanges so far. Call again after adding more."""
        if self._classifier is None:
            self._classifier = Classifier(self)
        return self._classifier


class Classifier(Struct, dict=True):
    """Classifies each exchange once, compared with its controls."""

    log: ExchangeLog
    _known: dict[int, dict[Exchange, Classification]] = field(default_factory=lambda: defaultdict(dict))
    """Classifications by the ``id`` of their table."""
    _alike: AlikeAnswers = field(default_factory=AlikeAnswers)
    _samples: dict[OperationKey, ValidSamples] = field(default_factory=dict)
    of_the_operation: dict[OperationKey, bool] = field(default_factory=dict)
    """Whether open operations refuse all callers alike, in words of their own; filled on demand."""

    def takes(self, entry: Exchange) -> bool:
        """Return whether an exchange that was added leaves the classifications of the others as they are.

        Forgets those of the exchanges whose redirects it followed: they depend on it.
        """
        shows_a_connection = is_answered(entry.observation) and is_control(self.log, entry.probe.identity)
        if entry.probe.check in EVIDENCE or (
            shows_a_connection and entry.probe.connection.kind not in self.control_connections
        ):
            return False
        for redirected in self.log.before(entry):
            for known in self._known.values():
                known.pop(redirected, None)
        return True

    @cached_property
    def learned(self) -> Learned:
        """What the run shows about the server."""
        return Learned(self.log, self.control)

    def resource(self, operation: OperationKey) -> Resource:
        """Return the values that only this operation returns, and only to valid certificates."""
        return self.learned.resource(operation)

    @property
    def unknown(self) -> Mapping[str, tuple[HttpFacts, ...]]:
        """The answers to paths that do not exist, by method."""
        return self.learned.unknown.by_method

    @property
    def denials(self) -> tuple[Denial, ...]:
        """How this server refuses callers."""
        return self.learned.denials

    def anonymous_answers(self, operation: OperationKey) -> tuple[HttpFacts, ...]:
        """Return the different answers to the anonymous client."""
        return self.learned.anonymous_answers(operation)

    @cached_property
    def control_connections(self) -> frozenset[Connection]:
        """Kinds of connection on which a certificate that must be accepted got an HTTP response."""
        return frozenset(
            entry.probe.connection.kind
            for entry in self.log.by_id.values()
            if is_answered(entry.observation) and is_control(self.log, entry.probe.identity)
        )

    @cached_property
    def answered(self) -> Mapping[tuple[str, Connection], OperationKey]:
        """The first operation whose plain request was answered, by identity and kind of connection."""
        found: dict[tuple[str, Connection], OperationKey] = {}
        for entry in self.log.by_check(CERTIFICATE):
            if entry.observation.http is not None and entry.probe.operation is not None:
                found.setdefault((entry.probe.identity, entry.probe.connection.kind), entry.probe.operation)
        return found

    def control(self, entry: Exchange) -> Classification:
        """Classify the exchange of an identity that should be admitted: whether it reached the operation."""
        return self._classify_once(entry, CONTROL)

    def compared(self, entry: Exchange) -> Classification:
        """Classify the exchange of any other caller, compared with the responses to valid identities."""
        return self._classify_once(entry, COMPARED)

    def allowed(self, entry: Exchange) -> Classification:
        """Classify the exchange of a caller whom the document admits without a certificate."""
        return self._classify_once(entry, OPEN)

    def carried(self, entry: Exchange) -> Carried:
        """Return the data that only this operation returns, as far as the response carries them."""
        operation = entry.probe.operation
        if entry.observation.http is None or operation is None:
            return NONE_CARRIED
        return self.learned.carried(operation, self.learned.values_of(entry))

    def altered(self, entry: Exchange) -> Classification:
        """Classify an altered request for an operation that admitted no valid certificate."""
        return self._classify_once(entry, ALTERED)

    def _classify_once(self, entry: Exchange, table: Table) -> Classification:
        known = self._known[id(table)]
        classification = known.get(entry)
        if classification is None:
            classification = known[entry] = self._classify(entry, table)
        return classification

    def _classify(self, entry: Exchange, table: Table) -> Classification:
        request, http = entry.probe.request, entry.observation.http
        if http is None and request is not None and request.head_only:
            head = classify_head(entry.observation, request, control=table is CONTROL)
            if head is not None:
                return head
        if http is None:
            return classify_wire(entry.observation, control_responded=self._control_responded(entry))
        comparison, own = self._classify_read(entry, http, table)
        refused = own.outcome is not Outcome.ADMITTED and not own.leaks
        altered = entry.probe.check not in EACH_FOLLOWED and refused
        follower = self.log.followed(entry) if altered or own.obstacle in FOLLOWED else None
        if follower is None:
            return own
        found = self._classify_followed(comparison, follower, table)
        if table is COMPARED and found.outcome.refused and (doubt := self._doubt_of(entry, comparison)):
            reason = f"{found.reason}; but {doubt}"
            return replace(found, outcome=Outcome.INCONCLUSIVE, reason=reason, obstacle=Obstacle.DATA)
        leads_on = found.obstacle in FOLLOWED and self.log.next_target(entry) is not None
        if table is COMPARED or found.outcome is Outcome.ADMITTED or leads_on:
            return found
        itself = classify_answer(replace(comparison, redirect=None), table)
        return itself if itself.outcome is Outcome.ADMITTED else found

    def _doubt_of(self, entry: Exchange, redirect: Comparison) -> str:
        """Return what a redirect whose target refuses may have given or done, in words."""
        if not redirect.shows_no_data() or self.learned.unexplained(entry):
            return "the redirect itself has content that may be the data"
        return perhaps_admitted(redirect, self.learned.valid.redirects(entry.probe.operation))

    def _classify_read(self, entry: Exchange, http: HttpFacts, table: Table) -> Compared:
        """Classify an answer by itself; alike answers only once."""
        compared = table is not CONTROL and entry.probe.operation is not None
        own = (self.learned.values_of(entry), self.learned.steady_values_of(entry)) if compared else ()
        case, found = self._alike.classify(entry, own, table, lambda: self._comparison(entry, http, table))
        return case, self._unless_unread(entry, case, found, table)

    def _unless_unread(
        self, entry: Exchange, case: Comparison, found: Classification, table: Table
    ) -> Classification:
        refuses = found.outcome.refused or found.refuses
        if table is not COMPARED or not refuses or found.leaks:
            return found
        return unless_unread(case, found, self.learned.unexplained(entry))

    def _classify_followed(self, first: Comparison, follower: Exchange, table: Table) -> Classification:
        """Classify a redirected exchange by the answer of the last target that was requested."""
        previous: tuple[Request, ...] = (first.request,)
        followed: tuple[str, ...] = ()
        found = Classification(outcome=Outcome.INCONCLUSIVE, reason="")
        for exchange in self.log.chain(follower):
            request, http = exchange.probe.request, exchange.observation.http
            assert request is not None  # noqa: S101 - only requests follow a redirect
            if http is None:
                responded = self._control_responded(exchange)
                found = classify_wire(exchange.observation, control_responded=responded)
            else:
                comparison = self._redirected(first, exchange, http, table, previous)
                found = self._unless_unread(exchange, comparison, classify_answer(comparison, table), table)
            previous, followed = (*previous, request), (*followed, exchange.probe.id)
            if found.obstacle not in FOLLOWED:
                break
        places = ", then ".join(shortened(request.target) for request in previous[1:])
        return replace(found, reason=f"redirected to {places}, and there: {found.reason}", followed=followed)

    def _redirected(
        self,
        first: Comparison,
        exchange: Exchange,
        http: HttpFacts,
        table: Table,
        previous: tuple[Request, ...],
    ) -> Comparison:
        request, operation = exchange.probe.request, exchange.probe.operation
        own = replace(self._comparison(exchange, http, table), previous=previous)
        if table is CONTROL or operation is None or request is None:
            return own
        valid, alike = self.learned.valid, first.like_admitted()
        there, answers = request.target in valid.targets(operation), valid.at_target(operation)
        return replace(own, redirected_alike=alike, valid_there=there, at_target=answers)

    def redirect(self, entry: Exchange) -> Redirect | None:
        """Return where an answer redirects the client."""
        request, http = entry.probe.request, entry.observation.http
        return redirect_of(entry.probe.connection.endpoint, request, http) if request and http else None

    def admitted_answers(self, operation: OperationKey) -> tuple[HttpFacts, ...]:
        """Return the different answers with which valid identities were admitted; see Learned."""
        return self.learned.admitted_answers(operation)

    def _comparison(self, entry: Exchange, http: HttpFacts, table: Table) -> Comparison:
        request, operation = entry.probe.request, entry.probe.operation
        assert request is not None  # noqa: S101 - there is a response, so there was a request
        redirect = self.redirect(entry) if self._is_followed(entry) else None
        early_data, head_only = entry.observation.tls.early_data, request.head_only
        valid = http if table is CONTROL else None
        unknown = self.learned.unknown.like(request.method, head_only=head_only, valid=valid)
        if operation is None or table is CONTROL:
            return Comparison(
                answer=http,
                request=request,
                redirect=redirect,
                unknown=unknown,
                early_data=early_data,
                head_only=head_only,
                anonymous=self.learned.anonymous_answers(operation) if operation else (),
            )
        admitted, not_admitted = self.learned.valid.answers(operation)
        values, resource = self.learned.values_of(entry), self.learned.resource(operation)
        carried = self.learned.carried(operation, values)
        denial = None if carried.leaks else self.learned.denial_for(entry, operation)
        usual = bool(denial and denial.of_the_server)
        alone = self.learned.is_alone(operation, http) and not self._gives_entries(entry, http, values)
        return Comparison(
            answer=http,
            request=request,
            redirect=redirect,
            unknown=unknown,
            early_data=early_data,
            head_only=head_only,
            admitted=admitted,
            not_admitted=not_admitted,
            head_continued=head_only and self.learned.valid.head_continued(operation),
            anonymous=self.learned.anonymous_answers(operation) if table is ALTERED else (),
            resource=resource,
            own=values - self.learned.controls,
            is_alone=alone,
            difference=self._difference_of(operation, http, values) if alone else Difference.NOT_COMPARED,
            carried=carried,
            denial=denial,
            as_absent=self.learned.unknown.is_as_absent(operation, http),
            redirects_with_a_denial=redirects_with_a_denial(self.denials, http, values),
            exceeds_denials=self.learned.has_peculiar_data(operation, values)
            or (not usual and self.learned.exceeds_denials(operation, http, values)),
            refuses_otherwise=self._refuses_otherwise(operation, entry.probe.identity),
        )

    def _difference_of(self, operation: OperationKey, http: HttpFacts, values: Values) -> Difference:
        """Return how an answer differs from those to valid certificates, which may differ from each other."""
        if operation not in self._samples:
            admitted = [e for each in self.learned.valid.exchanges(operation) for e in each.admitted]
            self._samples[operation] = samples_of(admitted, self.learned.values_of)
        return self._samples[operation].difference_of(http, values)

    def _gives_entries(self, entry: Exchange, http: HttpFacts, values: Values) -> bool:
        """Return whether an answer has entries of lists that are withheld: no layout has what differs between these."""
        listed = self.learned.listed.get(entry.probe.identity)
        return listed is not None and bool(listed.disclosed_by(http, values))

    def _is_followed(self, entry: Exchange) -> bool:
        """Whether only the target of a redirect classifies the exchange. Not each altered request is followed."""
        probe = entry.probe
        return probe.check in EACH_FOLLOWED or bool(probe.follows) or self.log.followed(entry) is not None

    def _refuses_otherwise(self, operation: OperationKey, identity: str) -> bool:
        if any(denial.of_the_server for denial in self.learned.denials):
            return True
        anonymous = self.log.of(CERTIFICATE, operation, ANONYMOUS.name)
        return identity != ANONYMOUS.name and any(
            self.compared(entry).outcome is Outcome.REFUSED_IN_TLS for entry in anonymous
        )

    def _control_responded(self, entry: Exchange) -> bool:
        return entry.probe.connection.kind in self.control_connections

"""What a run shows about a server, learned from its answers. Pure."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from functools import cached_property

from msgspec import Struct, field

from specdrift.classify.check_names import CERTIFICATE, UNALTERED
from specdrift.classify.denials import (
    Answered,
    Denial,
    KnownDenials,
    RefusedExchanges,
    is_redirect,
    learn,
    without_target,
)
from specdrift.classify.disclosed.listed import Listed, listed_for
from specdrift.classify.disclosed.own_records import own_records
from specdrift.classify.disclosed.withheld import withheld_from
from specdrift.classify.envelope import values_about_the_service
from specdrift.classify.exchange import (
    Exchange,
    Exchanges,
    answers_to,
    asked_instead,
    forbidden,
    http_of,
    known_words,
    must_be_refused,
    own_request,
    own_values_of,
)
from specdrift.classify.explanation.explained import Explained
from specdrift.classify.explanation.layers import values_of_layers
from specdrift.classify.explanation.own_words import OwnWords, own_words_of
from specdrift.classify.explanation.refused import RefusedAnswer
from specdrift.classify.likeness import alone_in_format, built_alike, distinct, format_of
from specdrift.classify.outliers import peculiar_data
from specdrift.classify.resource import (
    NOTHING,
    Carried,
    Resource,
    Values,
    common_values,
    layout_of,
    may_have_data,
    names_of,
    resource_of,
    values_of_shared_fields,
    without,
    without_dumped,
    words_of_callers,
)
from specdrift.classify.unknown_paths import UnknownPaths
from specdrift.classify.valid_exchanges import ValidExchanges
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Classification


class Learned(Struct, dict=True):
    """What a server's answers show: its resources, its refusals, its answers to unknown paths."""

    log: Exchanges
    control: Callable[[Exchange], Classification]
    """The classification of an answer to an identity that should be admitted."""
    _resources: dict[OperationKey, Resource] = field(default_factory=dict)
    _anonymous: dict[OperationKey, tuple[HttpFacts, ...]] = field(default_factory=dict)
    _values: dict[Exchange, Values] = field(default_factory=dict)
    _distinct_values: dict[Values, Values] = field(default_factory=dict)
    """One object for the equal values of many answers."""
    _carried: dict[tuple[OperationKey, Values], Carried] = field(default_factory=dict)
    _valid_values_of: dict[OperationKey, list[Values]] = field(default_factory=dict)

    @cached_property
    def valid(self) -> ValidExchanges:
        """The exchanges of valid identities."""
        return ValidExchanges(self.log, self.control)

    def values_of(self, entry: Exchange) -> Values:
        """Return the values of an answer, without those of its request."""
        found = self._values.get(entry)
        if found is None:
            own = without(own_values_of(self.log, entry), self._layered)
            found = self._values[entry] = self._distinct_values.setdefault(own, own)
        return found

    def steady_values_of(self, entry: Exchange) -> Values:
        """Return those that each repetition of the request has, for the same caller with the same form of answer."""
        return self._steady.get(self._refused_exchanges.repetition_of(entry), self.values_of(entry))

    @cached_property
    def _steady(self) -> Mapping[Hashable, Values]:
        """The values that stay in repeated answers to callers who must be refused."""
        return self._refused_exchanges.steady_values(self.values_of)

    @cached_property
    def _refused_exchanges(self) -> RefusedExchanges:
        return RefusedExchanges(self.log)

    @cached_property
    def _layered(self) -> Values:
        """The values that layers write into all answers of an operation."""
        admitted = {each: self.admitted_answers(each) for each in self._operations}
        return values_of_layers(admitted, self._refused_exchanges.answers)

    @cached_property
    def unknown(self) -> UnknownPaths:
        """The answers to paths that do not exist."""
        return UnknownPaths(self.log)

    def admitted_answers(self, operation: OperationKey) -> tuple[HttpFacts, ...]:
        """Return the different answers that admitted valid identities of the required role; of any if none of these."""
        return self.valid.answers(operation)[0]

    @cached_property
    def _operations(self) -> frozenset[OperationKey]:
        probed = (entry.probe.operation for entry in self.log.by_check(CERTIFICATE))
        return frozenset(operation for operation in probed if operation is not None)

    def is_alone(self, operation: OperationKey, http: HttpFacts) -> bool:
        """Return whether no other operation admitted a valid certificate, or has any answer in this one's format."""
        if operation not in self._alone or self._admitting == {operation}:
            return operation in self._alone
        found = format_of(http)
        others = (each for key, each in self._refused_in if key != operation)
        return found in map(format_of, self.admitted_answers(operation)) and found not in others

    @cached_property
    def _refused_in(self) -> frozenset[tuple[OperationKey, Hashable]]:
        return frozenset((each.operation, format_of(each.http)) for each in self._refused)

    @cached_property
    def _alone(self) -> frozenset[OperationKey]:
        return alone_in_format({each: self.admitted_answers(each) for each in self._admitting})

    @cached_property
    def _admitting(self) -> frozenset[OperationKey]:
        """The operations that admitted a valid certificate."""
        exchanges = {operation: self.valid.exchanges(operation) for operation in self._operations}
        return frozenset(key for key, each in exchanges.items() if any(valid.admitted for valid in each))

    @cached_property
    def controls(self) -> Values:
        """Values that belong to no single resource."""
        return (
            self._shared_controls | layout_of(map(self._valid_values, self._operations))
        ) - self._disclosed

    @cached_property
    def _shared_controls(self) -> Values:
        """The same without the words of pages that two operations share."""
        unknown = (self.values_of(entry) for entry, _ in self.unknown.answered)
        valid = list(map(self._valid_values, self._operations))
        refused: dict[OperationKey, list[Values]] = defaultdict(list)
        for answer in self._refused:
            refused[answer.operation].append(answer.values)
        every = frozenset().union(
            *unknown,
            self.unknown.field_values,
            *map(common_values, self.valid.by_format(self._operations, self.values_of)),
            values_of_shared_fields(self.admitted_answers(operation) for operation in self._operations),
            *(values_about_the_service(self.admitted_answers(operation)) for operation in self._operations),
            without_dumped(common_values(refused.values()), valid),
            names_of(self.log.identities.values()),
            self._records,
        )
        return every - self._disclosed

    @cached_property
    def _records(self) -> Values:
        """What logs have of refused requests: no refusal has it from there."""
        return own_records(self.log, ((one, self._valid_values(one)) for one in self._operations))

    @cached_property
    def _disclosed(self) -> Values:
        """The values of lists that refusals give away. That all of them do does not make these the server's."""
        return NOTHING.union(*(self.listed[e.identity].disclosed_by(e.http, e.values) for e in self._refused))

    @cached_property
    def listed(self) -> Mapping[str, Listed]:
        """What stands in single entries of lists that each identity must not get, by its name."""
        names = names_of(self.log.identities.values()) | self._records
        public = names.union(*map(self.values_of, self.unknown.of_controls))
        valid = self.valid.by_identity(self._operations)
        said = tuple(distinct(map(http_of, self.unknown.of_controls)))
        return listed_for(forbidden(self.log, self._operations), valid, public, said)

    @cached_property
    def _refused(self) -> tuple[Answered, ...]:
        """The answers to callers who must be refused where a certificate is required, redirects followed."""
        return tuple(
            Answered(
                entry.probe.operation,
                entry.probe.identity,
                http_of(entry),
                self.values_of(entry),
                self.steady_values_of(entry),
                like_admitted=self._like_admitted(entry.probe.operation, entry),
            )
            for entry in self._refused_exchanges.repetitions
            if entry.probe.operation
        )

    def _like_admitted(self, operation: OperationKey, entry: Exchange) -> bool:
        """Return whether a valid certificate gets a body of the same structure."""
        given = may_have_data(self.admitted_answers(operation), self.values_of(entry))
        return any(built_alike(http_of(entry), each) for each in given)

    @cached_property
    def denials(self) -> tuple[Denial, ...]:
        """How this server refuses callers."""
        valid = (
            Answered(operation, entry.probe.identity, http_of(entry), values, values)
            for operation in self._operations - self.log.open_operations
            for entry in self.valid.admitted_or_failed(operation)
            for values in (self.values_of(entry),)
        )
        refused = [answer for answer in self._refused if not self._leaks(answer)]
        return learn((*refused, *map(without_target, filter(is_redirect, refused))), valid)

    def carried(self, operation: OperationKey, values: Values) -> Carried:
        """Return the values of an operation's resource that an answer with these values carries."""
        found = self._carried.get((operation, values))
        if found is None:
            found = self._carried[operation, values] = self.resource(operation).carried_by(values)
        return found

    def _leaks(self, answer: Answered) -> bool:
        return self.carried(answer.operation, answer.values).leaks

    def denial_for(self, entry: Exchange, operation: OperationKey) -> Denial | None:
        """Return the denial that an answer fits, unless identities that the operation admits get it too.

        They get it with or after a success: the operation is open, or the first request deleted the resource.
        """
        found = self._known_denials.fitting(http_of(entry), self.steady_values_of(entry))
        if found is None:
            return None
        beside = self.valid.beside(operation, is_open=operation in self.log.open_operations)
        return None if any(found.fits(http_of(each), self.values_of(each)) for each in beside) else found

    @cached_property
    def _known_denials(self) -> KnownDenials:
        return KnownDenials(self.denials)

    def unexplained(self, entry: Exchange) -> tuple[str, ...] | None:
        """Return where a refusal has what only the data explain; None if it is not compared with others (Explained)."""
        if entry.probe.check not in UNALTERED or (refusal := self._forbidden(entry)) is None:
            return None
        is_changing = not self.resource(refusal.operation).recognisable
        return self._explained.unexplained(refusal, is_changing=is_changing)

    def disclosed(self, entry: Exchange) -> tuple[str, ...]:
        """Return where an answer to any request has what its caller must not get, in words."""
        return self._explained.disclosed_in(answer) if (answer := self._forbidden(entry)) else ()

    def _forbidden(self, entry: Exchange) -> RefusedAnswer | None:
        """Return the answer to a caller whom the operation must refuse, and admits others."""
        operation, request = entry.probe.operation, own_request(entry)
        # Of controls nothing is asked that depends on what admits them.
        if request is None or operation not in self._admitting:
            return None
        must_refuse = must_be_refused(self.log, entry.probe.identity, operation)
        return self._refusal(operation, request, entry) if must_refuse else None

    def _refusal(self, operation: OperationKey, request: Request, entry: Exchange) -> RefusedAnswer:
        if (found := self.log.refusals.get(entry)) is None:
            probe = entry.probe
            own = (operation, probe.identity, http_of(entry), request, self.values_of(entry))
            more = (bool(probe.follows), asked_instead(self.log, entry), known_words(self.log, entry))
            found = self.log.refusals[entry] = RefusedAnswer(*own, *more)
        return found

    @cached_property
    def _explained(self) -> Explained:
        unknown = self.unknown.answered
        refused = [
            (self._refusal(answer.operation, request, entry), self._leaks(answer))
            for entry, answer in zip(self._refused_exchanges.repetitions, self._refused, strict=True)
            if (request := own_request(entry))
        ]
        return Explained(
            refused=tuple(each for each, _ in refused),
            denials=tuple(each for each, leaks in refused if not leaks),
            elsewhere=self.unknown.tokens,
            absent=self.unknown.absent_tokens,
            varying_fields=self.unknown.varying_fields,
            callers=words_of_callers(self.log.identities.values(), self.log.roles.values()),
            routes=self.valid.routes(self._operations),
            other_values=frozenset().union(*(self.values_of(entry) for entry, _ in unknown)),
            own_words=self._own_words,
            named=self.log.named,
            withheld=withheld_from(forbidden(self.log, self._operations), self._own_words),
            listed=self.listed,
        )

    @cached_property
    def _own_words(self) -> Mapping[OperationKey, OwnWords]:
        return own_words_of(
            {operation: self._valid_values(operation) for operation in self._admitting},
            members=self._shared_controls,
            texts=self.controls,
            anyones=names_of(self.log.identities.values()) | self.unknown.field_values,
            contents={operation: self.valid.contents(operation) for operation in self._admitting},
        )

    def _valid_values(self, operation: OperationKey) -> list[Values]:
        if operation not in self._valid_values_of:
            valid = self.valid.exchanges(operation)
            self._valid_values_of[operation] = [self.values_of(e) for each in valid for e in each.admitted]
        return self._valid_values_of[operation]

    def exceeds_denials(self, operation: OperationKey, http: HttpFacts, values: Values) -> bool:
        """Return whether an answer that fits no denial has more than one: members, or data."""
        if operation in self.log.open_operations:
            return False
        own = values - self.controls
        return any(denial.is_exceeded_by(http, own | (values & denial.values)) for denial in self.denials)

    def has_peculiar_data(self, operation: OperationKey, values: Values) -> bool:
        """Return whether an answer has data that only this operation's denials have, and always."""
        return bool(values & self._peculiar.get(operation, frozenset()))

    @cached_property
    def _peculiar(self) -> Mapping[OperationKey, Values]:
        return peculiar_data(self._refused, lambda operation: self.resource(operation).data)

    def resource(self, operation: OperationKey) -> Resource:
        """Return the values that only this operation returns, and only to valid certificates."""
        if operation not in self._resources:
            answers = (
                [self.values_of(entry) for entry in each.admitted] for each in self.valid.exchanges(operation)
            )
            self._resources[operation] = resource_of(answers, self.controls, self._disclosed)
        return self._resources[operation]

    def anonymous_answers(self, operation: OperationKey) -> tuple[HttpFacts, ...]:
        """Return the different answers to the anonymous client."""
        if operation not in self._anonymous:
            self._anonymous[operation] = tuple(distinct(answers_to(self.log, operation, ANONYMOUS.name)))
        return self._anonymous[operation]

"""The exchanges of valid identities: whether they were admitted, and with which answers. Pure."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.denials import is_failure
from specdrift.classify.exchange import Exchange, Exchanges, OfIdentity
from specdrift.classify.explanation.refused import words_of_paths
from specdrift.classify.likeness import distinct, format_of, redirects
from specdrift.classify.resource import Values
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.observation import Ending, HttpFacts
from specdrift.model.result.verdict import Classification, Outcome


class ValidExchanges(Struct):
    """What valid identities got, by operation."""

    log: Exchanges
    control: Callable[[Exchange], Classification]
    """The classification of an answer to an identity that should be admitted."""
    _answers: dict[OperationKey, tuple[tuple[HttpFacts, ...], tuple[HttpFacts, ...]]] = field(
        default_factory=dict
    )
    _exchanges: dict[OperationKey, tuple[OfIdentity, ...]] = field(default_factory=dict)
    _beside: dict[OperationKey, tuple[Exchange, ...]] = field(default_factory=dict)

    def answers(self, operation: OperationKey) -> tuple[tuple[HttpFacts, ...], tuple[HttpFacts, ...]]:
        """Return the answers that admitted valid identities, and those that did not admit the same identities."""
        if operation not in self._answers:
            valid = self.exchanges(operation)
            admitted = [_http(entry) for identity in valid for entry in identity.admitted]
            both = [_http(entry) for identity in valid if identity.admitted for entry in identity.other]
            never = [_http(entry) for identity in valid if not identity.admitted for entry in identity.other]
            self._answers[operation] = tuple(distinct(admitted)), tuple(distinct(both if admitted else never))
        return self._answers[operation]

    def beside(self, operation: OperationKey, *, is_open: bool) -> tuple[Exchange, ...]:
        """Return what the identities that an operation admits got otherwise; where it is open, all that they got."""
        if operation not in self._beside:
            admitted = (each for each in self.exchanges(operation) if each.admitted)
            self._beside[operation] = tuple(
                entry for each in admitted for entry in (*each.other, *(each.admitted if is_open else ()))
            )
        return self._beside[operation]

    def admitted_or_failed(self, operation: OperationKey) -> Iterator[Exchange]:
        """Yield the exchanges that admitted a valid identity, and those in which the server failed."""
        for identity in self.exchanges(operation):
            yield from identity.admitted
            yield from (entry for entry in identity.other if is_failure(_http(entry).status))

    def contents(self, operation: OperationKey) -> tuple[HttpFacts, ...]:
        """Return the answers to the identities that were admitted, one of each body."""
        admitted = (_http(entry) for identity in self.exchanges(operation) for entry in identity.admitted)
        return tuple({http.body_sha256: http for http in admitted}.values())

    def at_target(self, operation: OperationKey) -> tuple[HttpFacts, ...]:
        """Return the answers to valid identities at the target of a redirect that admitted them by itself."""
        admitted = (entry for each in self.exchanges(operation) for entry in each.admitted)
        chains = (tuple(self.log.chain(entry)) for entry in admitted)
        last = (chain[-1].observation.http for chain in chains if len(chain) > 1)
        return tuple(distinct(http for http in last if http))

    def redirects(self, operation: OperationKey | None) -> tuple[HttpFacts, ...]:
        """Return the redirects of valid identities that were admitted where these led."""
        admitted = (
            entry
            for identity in self.log.identities.values()
            if identity.is_control
            for entry in self.log.of(CERTIFICATE, operation, identity.name)
            if self.control(entry).outcome is Outcome.ADMITTED
        )
        first = (entry.observation.http for entry in admitted)
        return tuple(distinct(http for http in first if http and redirects(http)))

    def targets(self, operation: OperationKey) -> frozenset[str]:
        """Return the targets of the redirects of valid identities that were followed."""
        entries = (e for each in self.exchanges(operation) for e in (*each.admitted, *each.other))
        return frozenset(e.probe.request.target for e in entries if e.probe.follows and e.probe.request)

    def routes(self, operations: Iterable[OperationKey]) -> Mapping[OperationKey, frozenset[str]]:
        """Return the words of the paths to which each operation redirects valid identities."""
        return {operation: words_of_paths(self.targets(operation)) for operation in operations}

    def head_continued(self, operation: OperationKey) -> bool:
        """Return whether a valid identity whose role suits got 100 Continue to a head alone."""
        roles = self.log.roles.get(operation, frozenset())
        return any(
            entry.observation.ending is Ending.CONTINUE
            for identity in self.log.identities.values()
            if identity.is_control and identity.holds(roles)
            for entry in self.log.of(CERTIFICATE, operation, identity.name)
        )

    def exchanges(self, operation: OperationKey) -> tuple[OfIdentity, ...]:
        """Return the exchanges of the valid identities with the required role; of all if none of these was admitted.

        100 Continue to a head alone admits too, without an answer.
        """
        if operation not in self._exchanges:
            roles = self.log.roles.get(operation, frozenset())
            controls = [i for i in self.log.identities.values() if i.is_control]
            suitable = self._split(operation, (i for i in controls if i.holds(roles)))
            found = self.head_continued(operation) or any(each.admitted for each in suitable)
            self._exchanges[operation] = suitable if found else self._split(operation, controls)
        return self._exchanges[operation]

    def by_identity(
        self, operations: Iterable[OperationKey]
    ) -> Mapping[OperationKey, Sequence[tuple[HttpFacts, ...]]]:
        """Return the answers that admitted each valid identity."""
        return {
            operation: [tuple(map(_http, each.admitted)) for each in self.exchanges(operation)]
            for operation in operations
        }

    def by_format(
        self, operations: Iterable[OperationKey], values_of: Callable[[Exchange], Values]
    ) -> list[list[list[Values]]]:
        """Return the values of the admitted answers of operations, by format: formats share data, and no envelope."""
        found: dict[Hashable, dict[OperationKey, list[Values]]] = defaultdict(lambda: defaultdict(list))
        for operation in operations:
            for entry in (e for each in self.exchanges(operation) for e in each.admitted):
                found[format_of(_http(entry))][operation].append(values_of(entry))
        return [list(by_operation.values()) for by_operation in found.values()]

    def _split(self, operation: OperationKey, identities: Iterable[ClientIdentity]) -> tuple[OfIdentity, ...]:
        return tuple(self._of_identity(operation, identity) for identity in identities)

    def _of_identity(self, operation: OperationKey, identity: ClientIdentity) -> OfIdentity:
        admitted, other = list[Exchange](), list[Exchange]()
        for entry in self.log.of(CERTIFICATE, operation, identity.name):
            if entry.observation.http is not None:
                classification = self.control(entry)
                last = self._last_answered(entry, classification) if classification.followed else entry
                (admitted if classification.outcome is Outcome.ADMITTED else other).append(last)
        return OfIdentity(tuple(admitted), tuple(other))

    def _last_answered(self, entry: Exchange, classification: Classification) -> Exchange:
        """Return what the last target answered. It may have given no answer: the run or the connection ended before."""
        answered = (each for each in self.log.chain(entry) if each.observation.http is not None)
        return next((each for each in answered if each.probe.id in classification.followed[-1:]), entry)


def _http(entry: Exchange) -> HttpFacts:
    assert entry.observation.http is not None  # noqa: S101 - only exchanges with a response come here
    return entry.observation.http

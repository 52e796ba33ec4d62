"""All that was seen in a run, indexed for the checks, with the reading of each exchange beside its controls."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from specdrift.classify.comparison import Comparison
from specdrift.classify.denials import Denial
from specdrift.classify.exchange import Exchange
from specdrift.classify.learned import Learned, said
from specdrift.classify.resource import Resource
from specdrift.classify.tables.compared import COMPARED
from specdrift.classify.tables.control import CONTROL
from specdrift.classify.tables.open import OPEN
from specdrift.classify.tables.row import Row, read_answer
from specdrift.classify.wire import read_wire
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.observation import HttpFacts, Observation
from specdrift.model.exchange.probe import Connection, Probe
from specdrift.model.result.verdict import Classification

Table = tuple[Row, ...]


@dataclass(slots=True)
class ExchangeLog:
    """Grows while the run goes on; readings are computed when asked for, from what is there by then."""

    identities: Mapping[str, ClientIdentity]
    seen: dict[str, Exchange] = field(default_factory=dict)
    off_document: dict[OperationKey, str] = field(default_factory=dict)
    """What is undocumented about the answer that a good identity got, for operations where that was looked at."""
    decisions: dict[tuple[str, Connection], Sequence[Exchange]] = field(default_factory=dict)
    """What a listener refuses whatever is asked: by identity and kind of connection, the exchanges that show it."""
    roles: Mapping[OperationKey, frozenset[str]] = field(default_factory=dict)
    """Who may call an operation, where that is not every bearer of a good certificate."""
    _index: dict[tuple[str, OperationKey | None, str], list[Exchange]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _classifier: "Classifier | None" = None
    """Over what is here now; all checks read with the same one until something is added."""

    def add(self, probe: Probe, observation: Observation) -> None:
        """Takes one finished probe; a second one with the same id replaces the first."""
        entry = Exchange(probe, observation)
        known = self.seen.get(probe.id)
        bucket = self._index[probe.check, probe.operation, probe.identity]
        if known is not None:
            self._index[known.probe.check, known.probe.operation, known.probe.identity].remove(known)
        bucket.append(entry)
        self.seen[probe.id] = entry
        self._classifier = None

    def know(self, identities: Mapping[str, ClientIdentity]) -> None:
        """Takes who there is, once more callers could be made."""
        self.identities, self._classifier = identities, None

    def decide(self, identity: str, connection: Connection, shown: Sequence[Exchange]) -> None:
        """Notes that the listener refuses an identity before any HTTP."""
        self.decisions[identity, connection.kind] = tuple(shown)
        self._classifier = None

    def decided(self, identity: str) -> Iterator[tuple[Connection, Sequence[Exchange]]]:
        """The decisions about an identity."""
        return ((c, shown) for (name, c), shown in self.decisions.items() if name == identity)

    def of(self, check: str, operation: OperationKey | None, identity: str) -> Sequence[Exchange]:
        """The exchanges of a check on an operation by an identity, in the order in which they ended."""
        return self._index.get((check, operation, identity), ())

    def by_check(self, check: str) -> Iterator[Exchange]:
        """All exchanges of a check."""
        return (entry for entry in self.seen.values() if entry.probe.check == check)

    def classifier(self) -> "Classifier":
        """Readings over what is here now. Ask for a new one after adding more."""
        if self._classifier is None:
            self._classifier = Classifier(self)
        return self._classifier


@dataclass
class Classifier:
    """Classifies exchanges beside their controls, each once."""

    log: ExchangeLog
    _alone: dict[Exchange, Classification] = field(default_factory=dict)
    _beside: dict[Exchange, Classification] = field(default_factory=dict)
    _open: dict[Exchange, Classification] = field(default_factory=dict)

    @cached_property
    def learned(self) -> Learned:
        """What the run shows about the server."""
        return Learned(self.log, self.control)

    def resource(self, operation: OperationKey) -> Resource:
        """What only this operation says to valid certificates."""
        return self.learned.resource(operation)

    @property
    def unknown(self) -> Mapping[str, tuple[HttpFacts, ...]]:
        """The answers to paths that do not exist, by method."""
        return self.learned.unknown

    @property
    def denials(self) -> tuple[Denial, ...]:
        """How this server refuses callers."""
        return self.learned.denials

    def strangers(self, operation: OperationKey) -> tuple[HttpFacts, ...]:
        """The different answers to callers without a certificate."""
        return self.learned.anonymous_answers(operation)

    @cached_property
    def through(self) -> frozenset[Connection]:
        """Kinds of connection on which a certificate that must be accepted got an HTTP response."""
        return frozenset(
            entry.probe.connection.kind
            for entry in self.log.seen.values()
            if entry.observation.http is not None and self.learned.is_control(entry.probe.identity)
        )

    def control(self, entry: Exchange) -> Classification:
        """The reading of an identity that should get in: whether it reached the operation."""
        return self._read(entry, CONTROL, self._alone)

    def compared(self, entry: Exchange) -> Classification:
        """The reading of any other caller: what it got beside what a good identity gets."""
        return self._read(entry, COMPARED, self._beside)

    def let_in(self, entry: Exchange) -> Classification:
        """The reading of a caller without a certificate whom the document lets in."""
        return self._read(entry, OPEN, self._open)

    def _read(self, entry: Exchange, table: Table, known: dict[Exchange, Classification]) -> Classification:
        classification = known.get(entry)
        if classification is None:
            classification = known[entry] = self._reading(entry, table)
        return classification

    def _reading(self, entry: Exchange, table: Table) -> Classification:
        http = entry.observation.http
        if http is None:
            return read_wire(entry.observation, control_got_through=self._got_through(entry))
        return read_answer(self._case(entry, http, table), table)

    def good(self, operation: OperationKey) -> tuple[HttpFacts, ...]:
        """The different answers with which valid identities were admitted: those of the right role, or any where
        none of these was admitted.
        """
        return self.learned.good(operation)

    def _case(self, entry: Exchange, http: HttpFacts, table: Table) -> Comparison:
        request, operation = entry.probe.request, entry.probe.operation
        assert request is not None  # noqa: S101 - there is a response, so there was a request
        alone = Comparison(
            seen=http,
            target=request.target,
            unknown=self.learned.unknown.get(request.method, ()),
            early_data=entry.observation.tls.early_data,
        )
        if operation is None:
            return alone
        if table is CONTROL:
            return replace(alone, anonymous=self.learned.anonymous_answers(operation))
        good, others = self.learned.answers(operation)
        values, resource = said(entry), self.learned.resource(operation)
        carried = resource.carried_by(values)
        fitting = () if carried.leaks else self.learned.denials
        return replace(
            alone,
            good=good,
            others=others,
            resource=resource,
            carried=carried,
            denial=next((denial for denial in fitting if denial.fits(http, values)), None),
        )

    def _got_through(self, entry: Exchange) -> bool:
        return entry.probe.connection.kind in self.through

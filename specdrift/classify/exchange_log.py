"""All that was seen in a run, indexed for the checks, with the reading of each exchange beside its controls."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from specdrift.classify.answer import COMPARED, CONTROL, OPEN, Row, read_answer
from specdrift.classify.comparison import Comparison
from specdrift.classify.likeness import place_of
from specdrift.classify.wire import read_wire
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import HttpFacts, Observation
from specdrift.model.exchange.probe import Connection, Probe
from specdrift.model.result.verdict import Classification, Outcome

UNKNOWN_PATH = "unknown-path"
"""The check whose probes ask for paths that no document has: the control of every comparison."""
CERTIFICATE = "certificate"
"""The check whose probes ask each operation as each identity."""
CONSISTENCY = "consistency"
"""The check that repeats the anonymous caller's probes by every way in."""

Table = tuple[Row, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Exchange:
    """A probe and what it brought. Each is only the same as itself."""

    probe: Probe
    observation: Observation


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
    _reader: "Classifier | None" = None
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
        self._reader = None

    def know(self, identities: Mapping[str, ClientIdentity]) -> None:
        """Takes who there is, once more callers could be made."""
        self.identities, self._reader = identities, None

    def decide(self, identity: str, connection: Connection, shown: Sequence[Exchange]) -> None:
        """Notes that the listener refuses an identity before any HTTP."""
        self.decisions[identity, connection.kind] = tuple(shown)
        self._reader = None

    def decided(self, identity: str) -> Iterator[tuple[Connection, Sequence[Exchange]]]:
        """The decisions about an identity."""
        return ((c, shown) for (name, c), shown in self.decisions.items() if name == identity)

    def of(self, check: str, operation: OperationKey | None, identity: str) -> Sequence[Exchange]:
        """The exchanges of a check on an operation by an identity, in the order in which they ended."""
        return self._index.get((check, operation, identity), ())

    def by_check(self, check: str) -> Iterator[Exchange]:
        """All exchanges of a check."""
        return (entry for entry in self.seen.values() if entry.probe.check == check)

    def reader(self) -> "Classifier":
        """Readings over what is here now. Ask for a new one after adding more."""
        if self._reader is None:
            self._reader = Classifier(self)
        return self._reader


@dataclass
class Classifier:
    """Reads exchanges beside their controls. One reader computes each reading once."""

    evidence: ExchangeLog
    _good: dict[OperationKey, tuple[tuple[HttpFacts, ...], tuple[HttpFacts, ...]]] = field(
        default_factory=dict
    )
    _strangers: dict[OperationKey, tuple[HttpFacts, ...]] = field(default_factory=dict)
    _alone: dict[Exchange, Classification] = field(default_factory=dict)
    _beside: dict[Exchange, Classification] = field(default_factory=dict)
    _open: dict[Exchange, Classification] = field(default_factory=dict)

    @cached_property
    def unknown(self) -> Mapping[str, tuple[HttpFacts, ...]]:
        """The answers to paths that do not exist, by method."""
        answers: dict[str, list[HttpFacts]] = defaultdict(list)
        for entry in self.evidence.by_check(UNKNOWN_PATH):
            if entry.observation.http and entry.probe.request:
                answers[entry.probe.request.method].append(entry.observation.http)
        return {method: tuple(distinct(facts)) for method, facts in answers.items()}

    @cached_property
    def through(self) -> frozenset[Connection]:
        """Kinds of connection on which a certificate that must be accepted got an HTTP response."""
        return frozenset(
            entry.probe.connection.kind
            for entry in self.evidence.seen.values()
            if entry.observation.http is not None and self._is_control(entry.probe.identity)
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
        reading = known.get(entry)
        if reading is None:
            reading = known[entry] = self._reading(entry, table)
        return reading

    def _reading(self, entry: Exchange, table: Table) -> Classification:
        http = entry.observation.http
        if http is None:
            return read_wire(entry.observation, control_got_through=self._got_through(entry))
        return read_answer(self._case(entry, http, table), table)

    def good(self, operation: OperationKey) -> tuple[HttpFacts, ...]:
        """The different answers with which identities that should be accepted were let in: those of the right
        role, or whoever there is where none of these got in.
        """
        return self._answers(operation)[0]

    def _answers(self, operation: OperationKey) -> tuple[tuple[HttpFacts, ...], tuple[HttpFacts, ...]]:
        """Those, and what the same identities got that did not let them in."""
        if operation not in self._good:
            roles = self.evidence.roles.get(operation, frozenset())
            controls = [i for i in self.evidence.identities.values() if i.is_control]
            suitable = self._admitted(operation, (i for i in controls if i.holds(roles)))
            self._good[operation] = suitable if suitable[0] else self._admitted(operation, controls)
        return self._good[operation]

    def _admitted(
        self, operation: OperationKey, identities: Iterable[ClientIdentity]
    ) -> tuple[tuple[HttpFacts, ...], tuple[HttpFacts, ...]]:
        admitted, others, never = list[HttpFacts](), list[HttpFacts](), list[HttpFacts]()
        for identity in identities:
            got, not_got = list[HttpFacts](), list[HttpFacts]()
            for entry in self.evidence.of(CERTIFICATE, operation, identity.name):
                if entry.observation.http is not None:
                    let_in = self.control(entry).outcome is Outcome.ADMITTED
                    (got if let_in else not_got).append(entry.observation.http)
            admitted += got
            (others if got else never).extend(not_got)
        return tuple(distinct(admitted)), tuple(distinct(others if admitted else never))

    def strangers(self, operation: OperationKey) -> tuple[HttpFacts, ...]:
        """The different answers to callers without a certificate."""
        if operation not in self._strangers:
            seen = self.evidence.of(CERTIFICATE, operation, ANONYMOUS.name)
            answers = (entry.observation.http for entry in seen)
            self._strangers[operation] = tuple(distinct(http for http in answers if http))
        return self._strangers[operation]

    def _case(self, entry: Exchange, http: HttpFacts, table: Table) -> Comparison:
        request, operation = entry.probe.request, entry.probe.operation
        assert request is not None  # noqa: S101 - there is a response, so there was a request
        beside = table is not CONTROL and operation is not None
        good, others = self._answers(operation) if beside and operation else ((), ())
        return Comparison(
            seen=http,
            target=request.target,
            good=good,
            others=others,
            strangers=self.strangers(operation) if table is CONTROL and operation is not None else (),
            unknown=self.unknown.get(request.method, ()),
            early_data=entry.observation.tls.early_data,
        )

    def _got_through(self, entry: Exchange) -> bool:
        return entry.probe.connection.kind in self.through

    def _is_control(self, name: str) -> bool:
        identity = self.evidence.identities.get(name)
        return identity is not None and identity.is_control


def distinct(answers: Iterable[HttpFacts]) -> Iterator[HttpFacts]:
    """One answer of each kind. Files are told apart by their bytes, and no bodies by what is said of them."""
    known = set()
    for answer in answers:
        shape = answer.shape
        detail = {"binary": answer.body_sha256, "empty": answer.header("content-length")}.get(shape.kind, "")
        kind = (answer.status, shape.kind, shape.skeleton, place_of(answer), detail)
        if kind not in known:
            known.add(kind)
            yield answer

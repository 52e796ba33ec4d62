"""Many attempts, one outcome: laws that hold whatever the attempts brought, and in whatever order."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.classify.combined import NOT_PROBED, RANK, combine, weakest
from specdrift.classify.exchange import Exchange
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import Connection, Reuse, TlsRange
from specdrift.model.result.verdict import Basis, Classification, Confidence, Outcome
from tests.classify.exchanges import ENDPOINT, probe, seen

Pair = tuple[Exchange, Classification]
TELLING = (Outcome.ADMITTED, Outcome.REFUSED_IN_TLS, Outcome.REFUSED_BY_APPLICATION)
SILENT = (Outcome.INCONCLUSIVE, Outcome.UNREACHABLE)
ways = st.builds(
    Connection,
    endpoint=st.just(ENDPOINT),
    tls=st.sampled_from(TlsRange),
    alpn=st.sampled_from([("http/1.1",), ("h2", "http/1.1")]),
    reuse=st.sampled_from(Reuse),
)
readings = st.builds(
    Classification,
    outcome=st.sampled_from(Outcome),
    reason=st.sampled_from(["a", "b", "c"]),
    certificate=st.booleans(),
    confidence=st.sampled_from(Confidence),
)


def attempt(outcome: Outcome, way: Connection | None = None, number: int = 1, **words: object) -> Pair:
    """One exchange with its reading."""
    asked = probe(attempt=number)
    entry = seen(replace(asked, connection=way) if way else asked, Ending.TIMEOUT)
    return entry, Classification(outcome=outcome, reason=outcome.value, **words)  # type: ignore[arg-type]


@st.composite
def attempts(draw: st.DrawFn, outcomes: tuple[Outcome, ...] = tuple(Outcome), least: int = 0) -> list[Pair]:
    """Attempts over several kinds of connection."""
    found = draw(
        st.lists(
            st.tuples(ways, readings.filter(lambda reading: reading.outcome in outcomes)),
            min_size=least,
            max_size=6,
        )
    )
    return [
        (seen(replace(probe(attempt=number), connection=way), Ending.TIMEOUT), reading)
        for number, (way, reading) in enumerate(found)
    ]


@given(attempts(), st.randoms(use_true_random=False))
def test_the_order_of_attempts_does_not_matter(pairs: list[Pair], chance: object) -> None:
    """Workers finish when they finish."""
    shuffled = list(pairs)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert combine(shuffled) == combine(pairs)


@given(attempts(), attempts(outcomes=(Outcome.ADMITTED,), least=1))
def test_let_in_once_is_let_in(pairs: list[Pair], admitted: list[Pair]) -> None:
    """A door that opens sometimes is open."""
    assert combine([*pairs, *admitted]).outcome is Outcome.ADMITTED


@given(attempts(), attempts(outcomes=SILENT))
def test_what_tells_nothing_turns_nothing_around(pairs: list[Pair], silent: list[Pair]) -> None:
    """It may leave us without an outcome; it never makes one of admitted, refused or nothing."""
    before, after = combine(pairs), combine([*pairs, *silent])
    if before.outcome is Outcome.ADMITTED:
        assert after.outcome is Outcome.ADMITTED
    assert after.outcome in (before.outcome, *SILENT)


@given(attempts(outcomes=SILENT))
def test_nothing_told_stays_nothing(pairs: list[Pair]) -> None:
    """Neither a refusal nor an admission comes out of silence."""
    assert combine(pairs).outcome in SILENT


@given(attempts(least=1))
def test_a_refusal_needs_a_refusal_on_every_kind_of_connection(pairs: list[Pair]) -> None:
    """Where one way in could not be judged, the outcome is not "refused"."""
    if combine(pairs).outcome.refused:
        kinds = {entry.probe.connection.kind for entry, _ in pairs}
        refused = {entry.probe.connection.kind for entry, reading in pairs if reading.outcome.refused}
        assert refused == kinds


@given(attempts(least=1))
def test_the_outcome_is_one_that_was_seen(pairs: list[Pair]) -> None:
    """With the probes that show it, the most certain reading among them, and no others."""
    combined = combine(pairs)
    shown = [reading for entry, reading in pairs if entry.probe.id in combined.probes]
    assert combined.classification in shown
    assert {reading.outcome for reading in shown} == {combined.outcome}
    assert (
        next(reading for entry, reading in pairs if entry.probe.id == combined.probes[0])
        == combined.classification
    )
    assert RANK[combined.classification.confidence] == max(RANK[reading.confidence] for reading in shown)


@given(attempts(outcomes=TELLING))
def test_unanimous_means_that_no_attempts_disagreed(pairs: list[Pair]) -> None:
    """As far as they told something."""
    assert combine(pairs).unanimous == (len({reading.outcome for _, reading in pairs}) <= 1)


@pytest.mark.parametrize(
    ("outcomes", "expected", "unanimous"),
    [
        ([], Outcome.INCONCLUSIVE, True),
        ([Outcome.REFUSED_IN_TLS, Outcome.INCONCLUSIVE], Outcome.REFUSED_IN_TLS, True),
        ([Outcome.UNREACHABLE, Outcome.REFUSED_BY_APPLICATION], Outcome.REFUSED_BY_APPLICATION, True),
        ([Outcome.REFUSED_IN_TLS, Outcome.REFUSED_BY_APPLICATION], Outcome.REFUSED_BY_APPLICATION, False),
        ([Outcome.INCONCLUSIVE, Outcome.UNREACHABLE], Outcome.INCONCLUSIVE, False),
        ([Outcome.REFUSED_IN_TLS, Outcome.ADMITTED], Outcome.ADMITTED, False),
    ],
)
def test_attempts_over_one_kind_of_connection(
    outcomes: list[Outcome],
    expected: Outcome,
    unanimous: bool,  # noqa: FBT001 - a table's column
) -> None:
    """A repetition that told something makes up for one that did not."""
    combined = combine(attempt(outcome, number=n) for n, outcome in enumerate(outcomes))
    assert (combined.outcome, combined.unanimous) == (expected, unanimous)


def test_a_repetition_over_another_kind_of_connection_makes_up_for_nothing() -> None:
    """What TLS 1.3 said tells nothing about TLS 1.2."""
    one, other = (Connection(endpoint=ENDPOINT, tls=tls) for tls in (TlsRange.ONLY_1_2, TlsRange.ONLY_1_3))
    combined = combine([attempt(Outcome.REFUSED_IN_TLS, one), attempt(Outcome.INCONCLUSIVE, other, 2)])
    assert (combined.outcome, combined.unanimous) == (Outcome.INCONCLUSIVE, False)


def test_a_fresh_connection_is_of_the_same_kind() -> None:
    """The listener does not notice the difference."""
    fresh = Connection(endpoint=ENDPOINT, reuse=Reuse.FRESH)
    assert combine([attempt(Outcome.INCONCLUSIVE), attempt(Outcome.REFUSED_IN_TLS, fresh, 2)]).outcome.refused


def test_nobody_was_asked() -> None:
    """No probes, no outcome, and no evidence of anything."""
    assert combine([]) is NOT_PROBED
    assert (NOT_PROBED.outcome, NOT_PROBED.probes) == (Outcome.INCONCLUSIVE, ())


@pytest.mark.parametrize("basis", list(Basis))
def test_the_kind_of_evidence_is_kept(basis: Basis) -> None:
    """Whether the operation itself was asked."""
    assert combine([attempt(Outcome.ADMITTED)], basis).basis is basis


@pytest.mark.parametrize(
    ("several", "least"),
    [
        ([], Confidence.HIGH),
        ([Confidence.MEDIUM, Confidence.HIGH], Confidence.MEDIUM),
        ([Confidence.HIGH, Confidence.LOW, Confidence.MEDIUM], Confidence.LOW),
    ],
)
def test_the_weakest_link(several: list[Confidence], least: Confidence) -> None:
    """Certainty is that of the least certain part."""
    assert weakest(several) is least


def test_what_an_ordinary_client_saw_is_shown_first() -> None:
    """Who repeats it need not narrow the TLS versions, unless it shows there only."""
    narrow, plain = (
        attempt(Outcome.ADMITTED, Connection(endpoint=ENDPOINT, tls=versions), number)
        for number, versions in enumerate((TlsRange.ONLY_1_2, TlsRange.ANY))
    )
    assert combine([narrow, plain]).probes == (plain[0].probe.id, narrow[0].probe.id)
    assert combine([narrow]).probes == (narrow[0].probe.id,)

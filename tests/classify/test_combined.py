"""Laws of combining attempts into one outcome: they hold for all attempts in any order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from specdrift.classify.combined import NOT_PROBED, RANK, combine, weakest
from specdrift.classify.exchange import Exchange
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import Connection, ProbeTag, Reuse, TlsRange
from specdrift.model.result.verdict import Basis, Classification, Confidence, Outcome
from tests.classify.exchanges import ENDPOINT, exchange, probe

Pair = tuple[Exchange, Classification]
DECISIVE = (Outcome.ADMITTED, Outcome.REFUSED_IN_TLS, Outcome.REFUSED_BY_APPLICATION)
INDECISIVE = (Outcome.INCONCLUSIVE, Outcome.UNREACHABLE)
variants = st.builds(
    Connection,
    endpoint=st.just(ENDPOINT),
    tls=st.sampled_from(TlsRange),
    alpn=st.sampled_from([("http/1.1",), ("h2", "http/1.1")]),
    reuse=st.sampled_from(Reuse),
)


def classifications(outcomes: tuple[Outcome, ...] = tuple(Outcome)) -> st.SearchStrategy[Classification]:
    """Build classifications with one of these outcomes."""
    return st.builds(
        Classification,
        outcome=st.sampled_from(outcomes),
        reason=st.sampled_from(["a", "b", "c"]),
        certificate=st.booleans(),
        confidence=st.sampled_from(Confidence),
    )


def attempt(outcome: Outcome, variant: Connection | None = None, number: int = 1, **words: object) -> Pair:
    """Build one exchange with its classification."""
    sent = probe(attempt=number)
    entry = exchange(replace(sent, connection=variant) if variant else sent, Ending.TIMEOUT)
    return entry, Classification(outcome=outcome, reason=outcome.value, **words)  # type: ignore[arg-type]


@st.composite
def attempts(draw: st.DrawFn, outcomes: tuple[Outcome, ...] = tuple(Outcome), least: int = 0) -> list[Pair]:
    """Draw attempts over several connection variants."""
    found = draw(st.lists(st.tuples(variants, classifications(outcomes)), min_size=least, max_size=6))
    return [
        (exchange(replace(probe(attempt=number), connection=variant), Ending.TIMEOUT), classification)
        for number, (variant, classification) in enumerate(found)
    ]


@given(attempts(), st.randoms(use_true_random=False))
def test_the_order_of_attempts_does_not_matter(pairs: list[Pair], chance: object) -> None:
    """Workers finish in any order."""
    shuffled = list(pairs)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert combine(shuffled) == combine(pairs)


@given(attempts(), attempts(outcomes=(Outcome.ADMITTED,), least=1))
def test_one_admission_makes_the_outcome_admitted(pairs: list[Pair], admitted: list[Pair]) -> None:
    """A server that admits once does not enforce."""
    assert combine([*pairs, *admitted]).outcome is Outcome.ADMITTED


@given(attempts(), attempts(outcomes=INDECISIVE))
def test_indecisive_attempts_never_change_the_outcome(pairs: list[Pair], indecisive: list[Pair]) -> None:
    """They may make it inconclusive; they never turn a refusal into an admission or back."""
    before, after = combine(pairs), combine([*pairs, *indecisive])
    if before.outcome is Outcome.ADMITTED:
        assert after.outcome is Outcome.ADMITTED
    assert after.outcome in (before.outcome, *INDECISIVE)


@given(attempts(outcomes=INDECISIVE))
def test_indecisive_attempts_alone_stay_indecisive(pairs: list[Pair]) -> None:
    """They are neither a refusal nor an admission."""
    assert combine(pairs).outcome in INDECISIVE


@given(attempts(least=1))
def test_a_refusal_needs_a_refusal_on_every_kind_of_connection(pairs: list[Pair]) -> None:
    """Where one variant is inconclusive, the outcome is not "refused"."""
    if combine(pairs).outcome.refused:
        kinds = {entry.probe.connection.kind for entry, _ in pairs}
        refused = {
            entry.probe.connection.kind for entry, classification in pairs if classification.outcome.refused
        }
        assert refused == kinds


@given(attempts(least=1))
def test_the_outcome_is_that_of_an_attempt(pairs: list[Pair]) -> None:
    """With the probes that show it and the most certain classification among them, and no others."""
    combined = combine(pairs)
    shown = [classification for entry, classification in pairs if entry.probe.id in combined.probes]
    assert combined.classification in shown
    assert {classification.outcome for classification in shown} == {combined.outcome}
    assert (
        next(classification for entry, classification in pairs if entry.probe.id == combined.probes[0])
        == combined.classification
    )
    assert RANK[combined.classification.confidence] == max(
        RANK[classification.confidence] for classification in shown
    )


@given(attempts(outcomes=DECISIVE))
def test_unanimous_means_that_no_decisive_attempts_disagree(pairs: list[Pair]) -> None:
    """Indecisive attempts do not count."""
    assert combine(pairs).unanimous == (len({classification.outcome for _, classification in pairs}) <= 1)


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
    """A decisive repetition replaces an indecisive attempt."""
    combined = combine(attempt(outcome, number=n) for n, outcome in enumerate(outcomes))
    assert (combined.outcome, combined.unanimous) == (expected, unanimous)


def test_a_repetition_over_another_variant_replaces_no_attempt() -> None:
    """TLS 1.3 shows nothing about TLS 1.2."""
    one, other = (Connection(endpoint=ENDPOINT, tls=tls) for tls in (TlsRange.ONLY_1_2, TlsRange.ONLY_1_3))
    combined = combine([attempt(Outcome.REFUSED_IN_TLS, one), attempt(Outcome.INCONCLUSIVE, other, 2)])
    assert (combined.outcome, combined.unanimous) == (Outcome.INCONCLUSIVE, False)


def test_a_fresh_connection_is_of_the_same_kind() -> None:
    """The listener cannot tell the difference."""
    fresh = Connection(endpoint=ENDPOINT, reuse=Reuse.FRESH)
    assert combine([attempt(Outcome.INCONCLUSIVE), attempt(Outcome.REFUSED_IN_TLS, fresh, 2)]).outcome.refused


def test_without_attempts_there_is_no_outcome() -> None:
    """No probes, no outcome, no basis."""
    assert combine([]) is NOT_PROBED
    assert (NOT_PROBED.outcome, NOT_PROBED.probes) == (Outcome.INCONCLUSIVE, ())


@pytest.mark.parametrize("basis", list(Basis))
def test_the_basis_is_kept(basis: Basis) -> None:
    """Whether the operation itself was probed."""
    assert combine([attempt(Outcome.ADMITTED)], basis).basis is basis


@pytest.mark.parametrize(
    ("several", "least"),
    [
        ([], Confidence.HIGH),
        ([Confidence.MEDIUM, Confidence.HIGH], Confidence.MEDIUM),
        ([Confidence.HIGH, Confidence.LOW, Confidence.MEDIUM], Confidence.LOW),
    ],
)
def test_the_confidence_is_that_of_the_least_certain_part(
    several: list[Confidence], least: Confidence
) -> None:
    """Certainty is that of the least certain part."""
    assert weakest(several) is least


def test_the_probe_of_an_ordinary_client_is_shown_first() -> None:
    """A reader reproduces it without limiting the TLS version, unless it occurs with that version only."""
    narrow, plain = (
        attempt(Outcome.ADMITTED, Connection(endpoint=ENDPOINT, tls=versions), number)
        for number, versions in enumerate((TlsRange.ONLY_1_2, TlsRange.ANY))
    )
    assert combine([narrow, plain]).probes == (plain[0].probe.id, narrow[0].probe.id)
    assert combine([narrow]).probes == (narrow[0].probe.id,)


def test_a_refusal_of_another_request_does_not_make_an_admission_occasional() -> None:
    """Each attempt with the operation's own request is admitted; another representation is refused by itself."""
    plain = [attempt(Outcome.ADMITTED, number=number) for number in (1, 2)]
    entry, refused = attempt(Outcome.REFUSED_BY_APPLICATION, number=3)
    tagged = Exchange(replace(entry.probe, tag=ProbeTag(name="another resource")), entry.observation)
    assert combine([*plain, (tagged, refused)]).unanimous
    assert not combine([*plain, (entry, refused)]).unanimous

"""The exchange log, and the classification of its exchanges beside their controls."""

import pytest

from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.likeness import distinct
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import Ending, HttpFacts
from specdrift.model.exchange.probe import Probe, Request, Reuse, TlsRange
from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import ALICE, EXPIRED, ITEM, REVOKED, answer, exchange, probe

IDENTITIES = {identity.name: identity for identity in (ANONYMOUS, ALICE, REVOKED, EXPIRED)}
OK, SAME, MISSING, DENIED = (
    answer(200, '{"id": 1}'),
    answer(200, '{"id": 2}'),
    answer(404, '{"detail": "Not Found"}'),
    answer(403, '{"error": "x"}'),
)


def collected(
    *exchanges: tuple[Probe, HttpFacts | Ending], identities: dict[str, ClientIdentity] = IDENTITIES
) -> ExchangeLog:
    """Build a log of these exchanges, in this order."""
    evidence = ExchangeLog(identities=identities)
    for sent, what in exchanges:
        evidence.add(sent, exchange(sent, what).observation)
    return evidence


def unknown(method: str = "GET", variant: str = "") -> Probe:
    """Build a probe of a path that does not exist."""
    return probe(
        check="unknown-path",
        operation=None,
        request=Request(method=method, target="/nope"),
        variant=f"{method}{variant}",
    )


def classifier(*exchanges: tuple[Probe, HttpFacts | Ending]) -> Classifier:
    """Build a classifier over these exchanges."""
    return collected(*exchanges).classifier()


def test_exchanges_are_found_by_check_operation_and_identity() -> None:
    """In the order in which they ended."""
    other = OperationKey(path="/other", method="GET")
    probes = [
        probe("alice", attempt=2),
        probe("alice", attempt=1),
        probe("alice", operation=other),
        probe(),
        probe("alice", check="preflight"),
    ]
    evidence = collected(*((sent, OK) for sent in probes))
    assert [entry.probe.attempt for entry in evidence.of("certificate", ITEM, "alice")] == [2, 1]
    assert [entry.probe for entry in evidence.of("certificate", other, "alice")] == [probes[2]]
    assert list(evidence.of("certificate", ITEM, "bob")) == []
    assert [entry.probe for entry in evidence.by_check("certificate")] == probes[:4]


def test_a_lookup_without_a_result_leaves_no_trace() -> None:
    """The log holds only what was added."""
    evidence = collected((probe(), OK))
    before = len(evidence._index)
    assert not evidence.of("nothing", None, "unknown")
    assert len(evidence._index) == before


def test_a_repeated_probe_id_replaces_its_exchange() -> None:
    """One id, one exchange."""
    evidence = collected((probe(), Ending.TIMEOUT), (probe(attempt=2), DENIED), (probe(), OK))
    assert [entry.observation.http for entry in evidence.of("certificate", ITEM, "anonymous")] == [DENIED, OK]
    assert evidence.by_id[probe().id].observation.http == OK
    assert len(evidence.by_id) == 2


def test_decisions_are_kept_by_identity_and_connection_variant() -> None:
    """A later one for the same key replaces the first."""
    evidence = collected()
    first, second = (exchange(probe(attempt=n), Ending.ALERT, alert="unknown_ca") for n in (1, 2))
    fresh = probe(reuse=Reuse.FRESH).connection
    evidence.infer_refusal("expired", fresh, [first])
    evidence.infer_refusal("expired", probe().connection, [first, second])
    evidence.infer_refusal("expired", probe(tls=TlsRange.ONLY_1_2).connection, [second])
    evidence.infer_refusal("alice", probe().connection, [first])
    assert dict(evidence.inferred_for("expired")) == {
        probe().connection: (first, second),
        probe(tls=TlsRange.ONLY_1_2).connection: (second,),
    }
    assert list(evidence.inferred_for("unknown")) == []


def test_the_answers_to_unknown_paths_are_kept_by_method() -> None:
    """One of each kind; endings without an answer are not kept."""
    found = classifier(
        (unknown(), MISSING),
        (unknown(variant="2"), answer(404, '{"detail": "other words"}')),
        (unknown("POST"), DENIED),
        (unknown("PUT"), Ending.TIMEOUT),
        (probe(), OK),
    ).unknown
    assert dict(found) == {"GET": (MISSING,), "POST": (DENIED,)}


@pytest.mark.parametrize(
    ("identity", "what", "through"),
    [
        ("alice", OK, True),
        ("alice", DENIED, True),
        ("alice", Ending.ALERT, False),
        ("anonymous", OK, False),
        ("revoked", OK, False),
        ("expired", OK, False),
        ("unknown", OK, False),
    ],
)
def test_an_answered_control_shows_that_the_listener_admits_certificates(
    identity: str,
    what: HttpFacts | Ending,
    through: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Only an identity that must be admitted counts, with any HTTP answer."""
    found = classifier((probe(identity, reuse=Reuse.FRESH), what)).control_connections
    assert found == (frozenset({probe().connection}) if through else frozenset())


@pytest.mark.parametrize(
    ("tls", "outcome"),
    [(TlsRange.ANY, Outcome.REFUSED_IN_TLS), (TlsRange.ONLY_1_2, Outcome.INCONCLUSIVE)],
)
def test_an_ambiguous_refusal_counts_where_a_valid_certificate_is_admitted(
    tls: TlsRange, outcome: Outcome
) -> None:
    """On the same connection variant, and not on another."""
    sent = probe(tls=tls)
    reading = classifier((probe("alice"), OK), (sent, MISSING))
    entry = exchange(sent, Ending.ALERT, alert="handshake_failure")
    assert reading.compared(entry).outcome is outcome
    assert reading.control(entry).outcome is outcome


def test_a_control_is_classified_alone_and_other_callers_beside_it() -> None:
    """The same answer has two meanings."""
    found = classifier((probe("alice"), OK), (unknown(), MISSING))
    assert found.control(exchange(probe("alice"), OK)).outcome is Outcome.ADMITTED
    assert found.compared(exchange(probe(), SAME)).outcome is Outcome.ADMITTED
    assert found.compared(exchange(probe(), MISSING)).outcome is Outcome.REFUSED_BY_APPLICATION
    assert found.control(exchange(probe("alice"), MISSING)).outcome is Outcome.INCONCLUSIVE
    assert found.compared(exchange(probe(operation=None), SAME)).outcome is Outcome.INCONCLUSIVE


def test_control_answers_are_those_of_admitted_controls() -> None:
    """One of each kind, and of this operation only."""
    sent = [probe("alice", attempt=n) for n in range(1, 5)]
    found = classifier(
        (sent[0], OK),
        (sent[1], SAME),
        (sent[2], DENIED),
        (sent[3], answer(200, '{"other": 1}')),
        (probe("revoked"), answer(200, "x")),
        (probe(), answer(200, "y")),
        (probe("alice", operation=OperationKey(path="/x", method="GET")), answer(200, "z")),
        (probe("alice", check="consistency"), answer(200, "w")),
    )
    assert found.admitted_answers(ITEM) == (OK, answer(200, '{"other": 1}'))
    assert found.admitted_answers(ITEM) is found.admitted_answers(ITEM)
    assert found.admitted_answers(OperationKey(path="/none", method="GET")) == ()


def test_unknown_paths_are_compared_by_method() -> None:
    """The answer to POST shows nothing about GET."""
    page = answer(200, "<html><p>app")
    found = classifier((unknown("POST"), page), (probe("alice"), page))
    assert found.compared(exchange(probe(), page)).outcome is Outcome.ADMITTED
    found = classifier((unknown("GET"), page), (probe("alice"), page))
    assert found.compared(exchange(probe(), page)).outcome is Outcome.INCONCLUSIVE


def test_a_new_classifier_has_the_later_exchanges() -> None:
    """An older one does not change."""
    evidence = collected((probe("alice"), Ending.TIMEOUT))
    old = evidence.classifier()
    assert old.admitted_answers(ITEM) == ()
    evidence.add(probe("alice", attempt=2), exchange(probe("alice", attempt=2), OK).observation)
    assert (old.admitted_answers(ITEM), evidence.classifier().admitted_answers(ITEM)) == ((), (OK,))


def test_one_answer_of_each_kind() -> None:
    """By status and structure; the first represents the others."""
    assert list(distinct([OK, SAME, MISSING, OK, answer(201, '{"id": 1}')])) == [
        OK,
        MISSING,
        answer(201, '{"id": 1}'),
    ]

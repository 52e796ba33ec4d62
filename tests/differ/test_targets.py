"""Two results of one document are compared caller by caller."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from specdrift.differ.targets import beside
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity, IdentityKind
from specdrift.model.policy import Expect
from specdrift.model.result.drift import Severity
from specdrift.model.result.problem import Problem, ProblemKind
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import Result
from specdrift.model.result.two_targets import TargetAgreement
from specdrift.model.result.verdict import Basis, IdentityOutcome, Outcome
from tests.differ.earlier_results import judged, outcome, run

OLD = "https://old.example"


def at(*outcomes: IdentityOutcome, problem: str = "") -> Result:
    """The result of a target with one operation."""
    found = run(operations=(judged(*_key(), *outcomes),))
    stopped = Problem(kind=ProblemKind.UNREACHABLE, text=problem) if problem else None
    return replace(found, drifts=(), problem=stopped, target=replace(found.target, base_url=OLD))


def _key() -> tuple[OperationKey]:
    return (judged().operation.key,)


def got(identity: str, outcome_: Outcome) -> IdentityOutcome:
    """What a caller got, by probes."""
    return outcome(identity, outcome_, Basis.PROBED)


ADMITTED, IN_TLS, BY_STATUS = (
    Outcome.ADMITTED,
    Outcome.REFUSED_IN_TLS,
    Outcome.REFUSED_BY_APPLICATION,
)


def test_a_caller_that_only_this_target_admits_is_an_error() -> None:
    """The callers are named in one finding."""
    here = at(got("anonymous", ADMITTED), got("expired", ADMITTED), got("alice", ADMITTED))
    there = at(got("anonymous", IN_TLS), got("expired", BY_STATUS), got("alice", ADMITTED))
    (drift,) = beside(here, there).drifts
    assert (drift.rule, drift.severity, drift.subject) == ("target-differs", Severity.ERROR, "admits")
    assert "without a certificate, with expired; https://old.example refuses it" in drift.message


def test_a_caller_that_only_this_target_refuses_is_a_warning() -> None:
    """Both directions can be on one operation."""
    here = at(got("anonymous", ADMITTED), got("alice", BY_STATUS))
    there = at(got("anonymous", BY_STATUS), got("alice", ADMITTED))
    found = {drift.subject: drift.severity for drift in beside(here, there).drifts}
    assert found == {"admits": Severity.ERROR, "refuses": Severity.WARNING}


def test_a_refusal_in_tls_is_a_refusal() -> None:
    """Where it happens may differ."""
    compared = beside(at(got("anonymous", IN_TLS)), at(got("anonymous", BY_STATUS)))
    assert (compared.drifts, compared.undecided) == ((), ())


@pytest.mark.parametrize("other", [Outcome.INCONCLUSIVE, Outcome.UNREACHABLE, None])
def test_what_only_one_target_decides_is_undecided(other: Outcome | None) -> None:
    """It is no agreement."""
    there = at(got("anonymous", other)) if other else at(got("alice", ADMITTED))
    (item,) = beside(at(got("anonymous", BY_STATUS)), there).undecided
    assert (item.kind, item.operation) == (UndecidedReason.NO_COMPARISON, *_key())
    assert OLD in item.reason


@pytest.mark.parametrize(
    ("here", "words"),
    [
        (Outcome.INCONCLUSIVE, "what this target answers without a certificate could not be decided"),
        (None, "what this target answers without a certificate could not be decided"),
    ],
)
def test_what_only_the_other_target_decides_is_undecided(here: Outcome | None, words: str) -> None:
    """The comparison has no direction."""
    compared = beside(
        at(got("alice", ADMITTED), *([got("anonymous", here)] if here else [])),
        at(got("alice", ADMITTED), got("anonymous", BY_STATUS)),
    )
    (item,) = compared.undecided
    assert (item.kind, item.reason) == (UndecidedReason.NO_COMPARISON, words)


def test_what_neither_target_decides_is_undecided() -> None:
    """Two open questions are no agreement."""
    open_question = got("anonymous", Outcome.INCONCLUSIVE)
    compared = beside(at(open_question), at(open_question))
    assert [item.kind for item in compared.undecided] == [UndecidedReason.NO_COMPARISON]
    assert compared.beside
    assert [one.agreement for one in compared.beside.operations] == [TargetAgreement.UNDECIDED]


def shared(*outcomes: tuple[str, Outcome], sent: bool) -> Result:
    """A target with two operations; a generated certificate is sent to the first, or to both."""
    expired = ClientIdentity(
        name="expired", kind=IdentityKind.GENERATED, expect=Expect.REFUSED, profile="expired"
    )
    results = [
        judged(
            OperationKey(path=path, method="GET"),
            *(got(name, outcome) for name, outcome in outcomes if sent or path == "/a" or name != "expired"),
        )
        for path in ("/a", "/b")
    ]
    return replace(run(operations=tuple(results)), drifts=(), identities=(expired,))


@pytest.mark.parametrize(
    ("refused", "agreement"), [(BY_STATUS, TargetAgreement.ALIKE), (ADMITTED, TargetAgreement.UNDECIDED)]
)
@pytest.mark.parametrize("turned", [False, True])
def test_a_certificate_that_operations_share_is_compared_by_what_refuses_it(
    refused: Outcome, agreement: TargetAgreement, *, turned: bool
) -> None:
    """It was not sent to the second operation of one target, whose guard answers like the first one's."""
    few = shared(("anonymous", BY_STATUS), ("expired", refused), sent=False)
    all_ = shared(("anonymous", BY_STATUS), ("expired", BY_STATUS), sent=True)
    compared = (beside(all_, few) if turned else beside(few, all_)).beside
    assert compared
    second = next(one for one in compared.operations if one.operation.path == "/b")
    assert second.agreement is agreement


def test_differences_come_first() -> None:
    """Then what is undecided; whatever the order in the document."""
    paths = {"/a": ADMITTED, "/b": Outcome.INCONCLUSIVE, "/c": BY_STATUS}

    def target(outcomes: dict[str, Outcome]) -> Result:
        items = [
            judged(OperationKey(path=path, method="GET"), got("anonymous", outcome))
            for path, outcome in outcomes.items()
        ]
        return replace(run(operations=tuple(reversed(items))), drifts=())

    compared = beside(target(paths), target(dict.fromkeys(paths, BY_STATUS))).beside
    assert compared
    assert [(one.operation.path, one.agreement) for one in compared.operations] == [
        ("/a", TargetAgreement.DIFFERENT),
        ("/b", TargetAgreement.UNDECIDED),
        ("/c", TargetAgreement.ALIKE),
    ]


def test_a_target_that_could_not_be_checked_leaves_the_run_undecided() -> None:
    """Once, with its reason."""
    compared = beside(at(got("anonymous", BY_STATUS)), at(problem="connection refused"))
    (item,) = compared.undecided
    assert item.operation is None
    assert item.reason == "https://old.example could not be checked: connection refused"

"""A drift is fixed only where it was judged again."""

import pytest
from msgspec.structs import replace

from specdrift.checks import CHECKS
from specdrift.differ.judged import CERTIFICATE, Judge
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import Ending
from specdrift.model.result.problem import Problem, ProblemKind, StopReason
from specdrift.model.result.reasons import SkipReason, UndecidedReason
from specdrift.model.result.result import ProbeRecord, Result, Skipped, Suppression, UndecidedOperation
from specdrift.model.result.verdict import Basis, Outcome, Verdict
from tests.differ.drift_builders import ITEM, OTHER
from tests.differ.earlier_results import OF_DOCUMENT, asked, entry, identity, judged, outcome, run

BY_PATH = entry(rule="path-variant-bypass", check="path-variant")
BY_LISTENER = judged(ITEM, outcome(got=Outcome.REFUSED_IN_TLS, evidence=Basis.LISTENER))
UNDECIDED = UndecidedOperation(
    kind=UndecidedReason.INCONCLUSIVE, operation=ITEM, reason="HTTP 503", how_to_decide="repeat"
)


def by(check: str, rule: str, subject: str = "") -> Suppression:
    """An entry whose drift another check showed."""
    return entry(rule=rule, check=check, subject=subject)


def called(status: str) -> ProbeRecord:
    """A gRPC call that ended with this status."""
    fields = (("grpc-status", status),)
    return asked("grpc", status=200, subject="gRPC /a.B/C", operation=None, headers=fields)


@pytest.mark.parametrize(
    ("why", "known", "result"),
    [
        ("the caller is refused now", entry(), run()),
        (
            "the caller is admitted, which is correct now",
            entry(),
            run(operations=(judged(ITEM, outcome(got=Outcome.ADMITTED)),)),
        ),
        (
            "another drift of the operation is there",
            entry(),
            run(operations=(judged(verdict=Verdict.DRIFT),)),
        ),
        ("the spelling was asked, and is refused", BY_PATH, run(probes=(asked("path-variant"),))),
        ("it got an alert", BY_PATH, run(probes=(asked("path-variant", Ending.ALERT),))),
        ("nothing of this caller gets past the listener", BY_PATH, run(operations=(BY_LISTENER,))),
        (
            "the listener refuses the sampled operations",
            by("plaintext", "plaintext-listener"),
            run(probes=(asked("plaintext", Ending.NOT_HTTP, operation=OTHER),)),
        ),
        (
            "the path outside the document was asked; that another one is broken does not matter",
            replace(by("undocumented", "undocumented-endpoint", "GET /metrics"), operation=None),
            run(
                probes=(
                    asked("undocumented", status=404, subject="GET /metrics", operation=None),
                    asked("undocumented", status=503, subject="GET /status", operation=None),
                )
            ),
        ),
        (
            "the gRPC method was called, and is refused",
            replace(by("grpc", "undocumented-endpoint", "gRPC /a.B/C"), operation=None),
            run(probes=(called("16"),)),
        ),
        (
            "the listener was probed, by a handshake without a request",
            replace(by("preflight", "certificate-never-requested"), operation=None, identity=""),
            run(probes=(asked("preflight", Ending.SILENCE, operation=None),)),
        ),
        ("the document was read", entry(OF_DOCUMENT), run()),
        (
            "also where the run came to nothing",
            entry(OF_DOCUMENT),
            run(problem=Problem(kind=ProblemKind.UNREACHABLE, text="no route"), operations=()),
        ),
    ],
)
def test_a_drift_counts_as_judged(why: str, known: Suppression, result: Result) -> None:
    """The question was put again, and there was an answer."""
    assert Judge(result).checked_for(known), why


@pytest.mark.parametrize(
    ("why", "known", "result"),
    [
        ("the operation is undecided", entry(), run(operations=(judged(verdict=Verdict.UNDECIDED),))),
        ("a part of it is", entry(), run(undecided=(UNDECIDED,))),
        ("filters left it out", entry(), run(operations=(judged(OTHER),))),
        (
            "it was skipped",
            entry(),
            run(skipped=(Skipped(kind=SkipReason.FILTERED, operation=ITEM, reason="disabled"),)),
        ),
        (
            "the check skipped it",
            BY_PATH,
            run(
                probes=(asked("path-variant"),),
                skipped=(
                    Skipped(kind=SkipReason.FILTERED, operation=ITEM, check="path-variant", reason="no"),
                ),
            ),
        ),
        ("no check reports the rule", entry(), run(rules=("path-variant-bypass",))),
        ("there is no such rule any more", entry(rule="gone"), run(rules=("gone",))),
        ("there was no such caller", entry(identity="bob"), run()),
        (
            "the caller met a timeout",
            entry(),
            run(operations=(judged(ITEM, outcome(got=Outcome.UNREACHABLE)),)),
        ),
        (
            "the caller met a broken server",
            entry(),
            run(operations=(judged(ITEM, outcome(got=Outcome.INCONCLUSIVE)),)),
        ),
        ("the run was interrupted", entry(), run(stop_reason=StopReason.INTERRUPTED)),
        (
            "the run came to nothing",
            entry(),
            run(problem=Problem(kind=ProblemKind.NO_CONTROL, text="no certificate")),
        ),
        ("the check did not ask", BY_PATH, run()),
        ("there was no answer", BY_PATH, run(probes=(asked("path-variant", Ending.TIMEOUT),))),
        (
            "the gRPC server was not available",
            replace(by("grpc", "undocumented-endpoint", "gRPC /a.B/C"), operation=None),
            run(probes=(called("14"),)),
        ),
        ("the server was too busy", BY_PATH, run(probes=(asked("path-variant", status=429),))),
        (
            "one of two got none",
            BY_PATH,
            run(probes=(asked("path-variant"), asked("path-variant", status=502, subject="b"))),
        ),
        (
            "a refusal by the listener refutes no refusal",
            by("combinations", "mtls-over-enforced", "apiKey"),
            run(operations=(BY_LISTENER,)),
        ),
        (
            "another scheme was left out",
            by("combinations", "combination-not-enforced", "apiKey"),
            run(probes=(asked("combinations", subject="basic", per_subject=True),)),
        ),
        (
            "the listener is unreachable",
            by("plaintext", "plaintext-listener"),
            run(probes=(asked("plaintext", Ending.NO_CONNECTION),)),
        ),
        ("the document could not be read", entry(OF_DOCUMENT), run(exit_status=2)),
        ("the older document was not there", entry(replace(OF_DOCUMENT, rule="security-downgrade")), run()),
        ("nothing is known but a fingerprint", Suppression(fingerprint="1", reason="why"), run()),
    ],
)
def test_a_drift_does_not_count_as_judged(why: str, known: Suppression, result: Result) -> None:
    """Absence is no proof: neither of a server nor of a run that did not probe."""
    assert not Judge(result).checked_for(known), why


@pytest.mark.parametrize(
    ("control", "checked_for"), [(Outcome.ADMITTED, True), (Outcome.REFUSED_IN_TLS, False)]
)
def test_a_refusal_beside_a_refused_control_is_inconclusive(control: Outcome, checked_for: bool) -> None:  # noqa: FBT001
    """An expired certificate is refused for its date only where the same certificate with a valid date is admitted."""
    callers: tuple[ClientIdentity, ...] = (ANONYMOUS, identity("good"), identity("expired", beside="good"))
    operation = judged(ITEM, outcome("expired"), outcome("good", control))
    result = run(identities=callers, operations=(operation,))
    assert (
        Judge(result).checked_for(entry(rule="invalid-certificate-accepted", identity="expired"))
        is checked_for
    )


@pytest.mark.parametrize(("records", "checked_for"), [((), False), ((asked("certificate"),), True)])
def test_an_impersonating_caller_is_judged_by_the_exchanges(
    records: tuple[ProbeRecord, ...],
    checked_for: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Such a caller has no outcome of its own: what counts is how its answer resembles another's."""
    result = run(operations=(judged(ITEM, outcome("alice")),), probes=records)
    assert Judge(result).checked_for(entry()) is checked_for


def test_the_certificate_check_has_that_name() -> None:
    """A check that is renamed must be renamed here."""
    assert CERTIFICATE in {check.name for check in CHECKS}

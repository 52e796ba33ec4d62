"""Findings become drifts, and drifts become verdicts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from specdrift.differ.diff import document_drift, document_drifts, drift_of, ordered, settle
from specdrift.differ.reproduce import Reproducer
from specdrift.model.contract.contract import Diagnostic
from specdrift.model.contract.operation import Operation
from specdrift.model.result.drift import Drift, Severity
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Basis, Confidence, Enforcement, IdentityOutcome, Outcome, Verdict
from specdrift.rules import RULES
from tests.differ.drift_builders import ITEM, OTHER, drift, finding, operation, place, probe, result

REPEATER = Reproducer(document="api.yaml", base_url="https://api.test:8443")


def drift_from(found: Finding, *operations: Operation) -> Drift:
    """The drift of a finding about these operations."""
    return drift_of(
        found, operations={o.key: o for o in operations}, probes={probe().id: probe()}, repeater=REPEATER
    )


def test_a_drift_has_the_rules_words_and_the_documents_place() -> None:
    """All that a reader needs, from three sources."""
    rule = RULES["mtls-not-enforced"]
    seen = drift_from(finding(), operation())
    assert (seen.title, seen.remediation, seen.severity) == (rule.title, rule.remedy, rule.severity)
    assert (seen.message, seen.confidence, seen.identity) == (finding().message, Confidence.HIGH, "anonymous")
    assert (seen.location, seen.related, seen.operation) == (place(), (), ITEM)
    assert seen.probes == (probe().id,)
    assert seen.reproduce == REPEATER.command_for(probe(), rule=seen.rule)


def test_a_requirement_that_is_inherited_points_to_the_operation_too() -> None:
    """The line that decides, and the line of the operation."""
    declared = place(40, "/paths/~1items~1{id}/get")
    assert drift_from(finding(), operation(location=place(2, "/security"), declared=declared)).related == (
        declared,
    )


def test_a_finding_may_have_its_own_severity() -> None:
    """Where it differs from the rule's."""
    assert drift_from(finding(severity=Severity.NOTE), operation()).severity is Severity.NOTE


def test_a_finding_about_something_undocumented_has_no_place() -> None:
    """No operation, no line; an operation that is not among those judged has none either."""
    for found in (finding(operation=None), finding(operation=OTHER)):
        seen = drift_from(found, operation())
        assert (seen.location, seen.related) == (None, ())


def test_a_finding_without_a_known_probe_has_no_command() -> None:
    """The first probe that is known is the one to repeat."""
    assert drift_from(finding(probes=()), operation()).reproduce == ""
    assert drift_from(finding(probes=("gone",)), operation()).reproduce == ""
    assert drift_from(finding(probes=("gone", probe().id)), operation()).reproduce.startswith("curl ")


@pytest.mark.parametrize(
    "other",
    [
        finding(message="other words"),
        finding(confidence=Confidence.LOW),
        finding(probes=("other",)),
        finding(severity=Severity.NOTE),
    ],
)
def test_the_fingerprint_stays(other: Finding) -> None:
    """When lines move, words change, or another probe shows the same."""
    moved = operation(location=place(99), declared=place(98))
    assert drift_from(other, moved).fingerprint == drift_from(finding(), operation()).fingerprint


@pytest.mark.parametrize(
    "other",
    [
        finding("mtls-over-enforced"),
        finding(operation=OTHER),
        finding(operation=None),
        finding(identity="alice"),
        finding(identity=None),
        finding(profile="expired"),
        finding(subject="/admin"),
    ],
)
def test_different_findings_have_different_fingerprints(other: Finding) -> None:
    """By rule, operation, identity, profile and subject."""
    assert drift_from(other, operation()).fingerprint != drift_from(finding(), operation()).fingerprint


DUPLICATE = Diagnostic(rule="duplicate-key", message='"get" twice (first at line 6)', location=place(11))


def test_a_drift_of_the_document() -> None:
    """The diagnostic's place and message, the rule's words; no probe shows it."""
    related = (place(6),)
    seen = document_drift(replace(DUPLICATE, related=related, operation=ITEM))
    rule = RULES["duplicate-key"]
    assert (seen.title, seen.remediation, seen.severity) == (rule.title, rule.remedy, rule.severity)
    assert (seen.location, seen.related, seen.operation) == (place(11), related, ITEM)
    assert (seen.message, seen.probes, seen.reproduce) == (DUPLICATE.message, (), "")


def test_a_diagnostic_may_have_its_own_severity() -> None:
    """The loader says where less, or more, depends on it."""
    assert document_drift(replace(DUPLICATE, severity=Severity.WARNING)).severity is Severity.WARNING


@pytest.mark.parametrize(
    "other",
    [
        replace(DUPLICATE, location=place(500)),
        replace(DUPLICATE, location=place(11, file="renamed.yaml")),
        replace(DUPLICATE, message='"get" twice (first at line 7)'),
        replace(DUPLICATE, message=DUPLICATE.message + " GET /a and 3 more cannot be judged."),
        replace(DUPLICATE, operation=OTHER),
        replace(DUPLICATE, severity=Severity.NOTE),
    ],
)
def test_the_fingerprint_of_the_documents_drift_stays(other: Diagnostic) -> None:
    """Its message quotes lines and counts operations, both of which change with every edit elsewhere."""
    assert document_drift(other).fingerprint == document_drift(DUPLICATE).fingerprint


@pytest.mark.parametrize(
    "other",
    [
        replace(DUPLICATE, rule="ref-siblings"),
        replace(DUPLICATE, location=place(11, "/paths/~1b")),
        replace(DUPLICATE, location=None),
        replace(DUPLICATE, location=None, operation=ITEM),
        replace(DUPLICATE, location=None, operation=OTHER),
    ],
)
def test_different_diagnostics_have_different_fingerprints(other: Diagnostic) -> None:
    """By rule and pointer; by the operation where there is no place."""
    assert document_drift(other).fingerprint != document_drift(DUPLICATE).fingerprint


def at(pointer: str, file: str = "api.yaml", rule: str = "undefined-security-scheme") -> Diagnostic:
    """Something wrong at that place."""
    return Diagnostic(rule=rule, message="wrong", location=place(3, pointer, file))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("/paths/~1a/get/security/0/clientCrt", "/paths/~1a/get/security/3/clientCrt"),
        ("/paths/~1a/get/parameters/2", "/paths/~1a/get/parameters/0"),
        ("/servers/1/url", "/servers/0/url"),
    ],
)
def test_the_fingerprint_stays_when_arrays_are_reordered(before: str, after: str) -> None:
    """An alternative, a parameter or a server has no name but what is in it."""
    assert document_drift(at(before)).fingerprint == document_drift(at(after)).fingerprint


@pytest.mark.parametrize("other", ["/paths/~1a/get/responses/401", "/paths/~1security~10"])
def test_numbers_that_are_names_are_kept(other: str) -> None:
    """A status is no place in an array, and neither is a part of a path template."""
    assert document_drift(at(other)).subject == other


def test_equal_fingerprints_are_distinguished_by_location() -> None:
    """Else accepting one would accept both; the others keep theirs."""
    alone, first, second, elsewhere = document_drifts(
        [
            at("/security/0/a"),
            at("/paths/~1a/get/security/0"),
            at("/paths/~1a/get/security/1"),
            at("/security/0/a", rule="invalid-security"),
        ]
    )
    assert alone.fingerprint == document_drift(at("/security/0/a")).fingerprint
    assert first.fingerprint != second.fingerprint
    assert elsewhere.fingerprint != alone.fingerprint
    files = document_drifts([at("/security/0/a", "one.yaml"), at("/security/0/a", "two.yaml")])
    assert len({drift.fingerprint for drift in (*files, alone)}) == 3


@pytest.mark.parametrize(
    ("listener", "base_url", "subject"),
    [
        ("http://api.test:8443/v1", "https://api.test:8443/v1", "http://target/v1"),
        ("http://10.0.0.7:49152/v1", "https://10.0.0.7:49152/v1", "http://target/v1"),
        ("http://[::1]:49152", "https://[::1]:49152", "http://target"),
        ("http://api.test:8080", "https://api.test:8443", "http://target:8080"),
        ("http://api.test", "https://api.test", "http://target:80"),
        ("http://xn--bcher-kva.test/v1", "https://bücher.test/v1", "http://target:80/v1"),
        ("http://other.test:8443", "https://api.test:8443", "http://other.test:8443"),
        ("GET /metrics", "https://api.test:8443", "GET /metrics"),
        ("http://[broken", "https://api.test:8443", "http://[broken"),
        ("http://api.test:99999", "https://api.test:8443", "http://api.test:99999"),
    ],
)
def test_a_listener_is_named_without_the_targets_address(listener: str, base_url: str, subject: str) -> None:
    """A server that is restarted for each run gets another port; its second port is an alternate endpoint."""
    seen = drift_of(
        finding("plaintext-listener", subject=listener),
        operations={},
        probes={},
        repeater=replace(REPEATER, base_url=base_url),
    )
    assert seen.subject == subject
    assert (
        seen.fingerprint
        == drift_of(
            finding("plaintext-listener", subject=subject), operations={}, probes={}, repeater=REPEATER
        ).fingerprint
    )


@pytest.mark.parametrize("severity", [Severity.ERROR, Severity.WARNING])
def test_an_operation_with_a_drift_has_drifted(severity: Severity) -> None:
    """With the confidence of the drift; the others stay as they are."""
    settled = settle([result(), result(OTHER)], [drift(severity, confidence=Confidence.MEDIUM)])
    assert [r.verdict for r in settled] == [Verdict.DRIFT, Verdict.CONSISTENT]
    assert [r.confidence for r in settled] == [Confidence.MEDIUM, Confidence.LOW]


@pytest.mark.parametrize(
    "harmless",
    [
        drift(Severity.NOTE),
        drift(probes=()),
        drift(operation=None),
        drift(operation=OTHER),
    ],
)
def test_what_changes_no_verdict(harmless: Drift) -> None:
    """Notes, what is wrong with the document only, and what belongs elsewhere."""
    assert settle([result()], [harmless]) == (result(),)


def test_the_worst_drift_gives_the_confidence() -> None:
    """Whatever their order."""
    drifts = [
        drift(Severity.WARNING, confidence=Confidence.LOW),
        drift(Severity.ERROR, confidence=Confidence.HIGH),
        drift(Severity.NOTE, confidence=Confidence.MEDIUM),
    ]
    for order in (drifts, drifts[::-1]):
        assert settle([result()], order)[0].confidence is Confidence.HIGH


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("invalid-certificate-accepted", Enforcement.ENFORCED, Enforcement.BYPASSABLE),
        ("invalid-certificate-accepted", Enforcement.NOT_ENFORCED, Enforcement.NOT_ENFORCED),
        ("invalid-certificate-accepted", Enforcement.INDETERMINATE, Enforcement.INDETERMINATE),
        ("valid-certificate-refused", Enforcement.ENFORCED, Enforcement.ENFORCED),
        ("mtls-not-enforced", Enforcement.NOT_ENFORCED, Enforcement.NOT_ENFORCED),
    ],
)
def test_a_bypass_makes_enforcement_bypassable(rule: str, before: Enforcement, after: Enforcement) -> None:
    """What is enforced for some and not for others is no enforcement."""
    assert settle([result(enforcement=before)], [drift(rule=rule)])[0].enforcement is after


drifts = st.builds(
    drift,
    st.sampled_from(Severity),
    rule=st.sampled_from(["a", "b"]),
    location=st.sampled_from([None, place(1), place(2), place(1, file="b.yaml")]),
    operation=st.sampled_from([None, ITEM, OTHER]),
    identity=st.sampled_from([None, "alice"]),
)


@given(st.lists(drifts, max_size=8), st.randoms(use_true_random=False))
def test_drifts_come_in_one_order(found: list[Drift], chance: object) -> None:
    """The worst first, whatever order the checks found them in."""
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert ordered(shuffled) == ordered(found)
    ranks = [entry.severity.rank for entry in ordered(found)]
    assert ranks == sorted(ranks, reverse=True)
    assert sorted(map(repr, ordered(found))) == sorted(map(repr, found))


@pytest.mark.parametrize("admitted", [True, False])
def test_a_refused_valid_certificate_decides_only_where_another_caller_is_admitted(*, admitted: bool) -> None:
    """An operation that refuses every caller stays undecided, so that the run does not end with 0."""
    outcome = Outcome.ADMITTED if admitted else Outcome.REFUSED_BY_APPLICATION
    seen = IdentityOutcome(identity="bob", outcome=outcome, basis=Basis.PROBED, probes=("p",))
    open_question = replace(result(), verdict=Verdict.UNDECIDED, outcomes=(seen,))
    found = drift(Severity.WARNING, rule="valid-certificate-refused")
    (settled,) = settle([open_question], [found])
    assert settled.verdict is (Verdict.DRIFT if admitted else Verdict.UNDECIDED)

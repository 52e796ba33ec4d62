"""Servers that fail on the names that they do not know: their answers to controls are no refusals."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from specdrift.checks.certificate import certificate, mistaken_identity, unknown_path
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending
from specdrift.model.result.verdict import Confidence
from tests.checks.plan_builders import ALICE, BOB, context, http, planned, play
from tests.checks.test_imitators import ADMIN, DENIED, EVERYBODY, FORBIDDEN, MISSING, PARTIAL, STATS, TWIN
from tests.checks.unknown_clients import UNKNOWN

if TYPE_CHECKING:
    from specdrift.checks.core.base import Conclusions, PlannedOperation
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

FAILED, BUSY = http(500, shape="error"), http(503, shape="busy")


def conclude(
    answers: dict[str, HttpFacts | Ending],
    *operations: PlannedOperation,
    rest: HttpFacts | Ending = FAILED,
) -> tuple[Conclusions, Counter[str]]:
    """Return the conclusions about a server that admits bob and answers others so, and how often each was sent."""

    def server(probe: Probe) -> HttpFacts | Ending:
        if probe.operation is None:
            return MISSING
        known = {ANONYMOUS.name: DENIED, BOB.name: STATS, ALICE.name: FORBIDDEN}
        return {**known, **answers}.get(probe.identity, rest)

    ctx = context(*operations or ADMIN, identities=EVERYBODY)
    log = play((unknown_path.CHECK, certificate.CHECK, mistaken_identity.CHECK), ctx, server)
    sent = Counter(each.probe.identity for each in log.by_check(mistaken_identity.CHECK.name))
    return mistaken_identity.CHECK.judge(ctx, log.classifier()), sent


@pytest.mark.parametrize("failure", [FAILED, Ending.CLOSED], ids=["an error", "no answer"])
def test_a_part_of_a_name_is_found_although_the_server_fails_on_unknown_names(
    failure: HttpFacts | Ending,
) -> None:
    """As an extractor that throws for a subject that its pattern is not in: the control is not admitted either way."""
    found, sent = conclude({PARTIAL.name: STATS}, rest=failure)
    assert {str(finding.operation) for finding in found.findings} == {f"GET /admin/{name}" for name in "abc"}
    assert {finding.rule for finding in found.findings} == {"role-not-enforced"}
    assert "other words in place of its names is" in found.findings[0].message
    assert found.undecided == ()
    assert sent[TWIN.name] == sent[PARTIAL.name] == 9


def test_an_error_for_a_control_makes_the_confidence_medium() -> None:
    """It is no refusal, and is quoted."""
    found, _ = conclude({PARTIAL.name: STATS})
    assert {finding.confidence for finding in found.findings} == {Confidence.MEDIUM}
    assert "is not admitted: server error 500" in found.findings[0].message


def test_a_server_that_fails_on_every_unknown_name_is_decided() -> None:
    """The correct twin: it compares the whole name. One operation of those with alike guards shows it."""
    found, sent = conclude({})
    assert (found.findings, found.undecided) == ((), ())
    assert (sent[PARTIAL.name], sent[TWIN.name]) == (1, 0)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({UNKNOWN.name: Ending.TIMEOUT}, "were not sent, because of the answer to valid-other-client"),
        ({UNKNOWN.name: BUSY}, "were not sent, because of the answer to valid-other-client"),
        ({PARTIAL.name: BUSY}, "are inconclusive, because of the answer to partial-unit (server error 503"),
        ({PARTIAL.name: STATS, TWIN.name: BUSY}, "no finding explains it"),
        ({PARTIAL.name: STATS, TWIN.name: STATS}, "no finding explains it"),
    ],
    ids=["no answer in time", "a busy server", "the imitator", "its twin", "both are admitted"],
)
def test_what_nothing_establishes_is_undecided_and_named(
    answers: dict[str, HttpFacts | Ending], words: str
) -> None:
    """Never silence: an operation whose imitators are left out is not consistent."""
    found, _ = conclude(answers)
    assert found.findings == ()
    assert {str(entry.operation) for entry in found.undecided} >= {"GET /admin/a"}
    assert all(PARTIAL.name in entry.reason and words in entry.reason for entry in found.undecided)


def test_a_twin_of_an_operation_without_roles_is_named() -> None:
    """Where no role is required, nothing else makes the operation undecided."""
    found, _ = conclude({PARTIAL.name: STATS, TWIN.name: BUSY, ALICE.name: STATS}, planned("/list"))
    (entry,) = found.undecided
    assert "partial-unit are inconclusive, because of the answer to partial-unit-neutral" in entry.reason


def test_an_imitated_identity_on_which_the_server_fails_leaves_its_imitators_undecided() -> None:
    """Another identity is admitted, so that the operation would be consistent."""
    found, sent = conclude({BOB.name: FAILED, ALICE.name: STATS}, planned("/list"))
    assert sent[PARTIAL.name] == 0
    (entry,) = found.undecided
    assert PARTIAL.name in entry.reason
    assert "because of the answer to bob" in entry.reason

"""Open operations that refuse every caller alike: a login, a link that was sent by mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.verdict import Confidence, Outcome
from tests.checks.plan_builders import context, planned, play
from tests.classify.exchanges import answer

if TYPE_CHECKING:
    from specdrift.checks.core.base import Conclusions
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

CHECKS = (unknown_path.CHECK, certificate.CHECK)
GUARDED, OPEN = planned("/projects"), planned("/sessions", demand=Demand.NOT_REQUIRED)
REFUSED = answer(401, '{"error": "unauthorized"}')
PROJECTS = answer(200, '[{"id": "p-48211", "name": "Kattegat"}]')
UNKNOWN = answer(404, '{"error": "not_found"}')
WRONG = answer(401, '{"error": "invalid_credentials"}')
EXPIRED = answer(404, '{"error": "invitation_not_found"}')
IN_WORDS = answer(401, '{"title": "Unauthorized", "status": 401, "detail": "sign in with a pass"}')


def conclude(
    to_valid: HttpFacts,
    to_anonymous: HttpFacts,
    *,
    refused: HttpFacts = REFUSED,
    unknown: HttpFacts = UNKNOWN,
) -> Conclusions:
    """Judge a server with one open operation and one that is guarded."""

    def server(probe: Probe) -> HttpFacts | str:
        anonymous = probe.identity == ANONYMOUS.name
        if probe.operation is None:
            return unknown
        if probe.operation == OPEN.key:
            return to_anonymous if anonymous else to_valid
        return PROJECTS if probe.identity in ("alice", "bob") else refused

    ctx = context(GUARDED, OPEN)
    return certificate.CHECK.judge(ctx, play(CHECKS, ctx, server).classifier())


def undecided(conclusions: Conclusions) -> list[str]:
    """The paths of undecided operations."""
    return [each.operation.path for each in conclusions.undecided if each.operation]


@pytest.mark.parametrize(
    ("body", "confidence"),
    [
        (WRONG, Confidence.MEDIUM),
        (answer(403, '{"error": "csrf token mismatch"}'), Confidence.MEDIUM),
        (EXPIRED, Confidence.LOW),
        (answer(410, '{"error": "this link was used"}'), Confidence.LOW),
    ],
)
def test_a_refusal_of_its_own_to_all_callers_asks_for_no_certificate(
    body: HttpFacts, confidence: Confidence
) -> None:
    """The request's values do not suit; what a valid certificate gets is no other."""
    conclusions = conclude(body, body)
    assert (undecided(conclusions), conclusions.findings) == ([], ())
    result = next(each for each in conclusions.operations if each.operation.key == OPEN.key)
    assert {each.outcome for each in result.outcomes if each.identity in ("anonymous", "alice")} == {
        Outcome.ADMITTED
    }
    assert result.confidence is confidence


@pytest.mark.parametrize(
    ("body", "refused", "unknown"),
    [
        (REFUSED, REFUSED, UNKNOWN),
        (UNKNOWN, REFUSED, UNKNOWN),
        (answer(401), answer(401), UNKNOWN),
        (answer(403), answer(401), UNKNOWN),
        (answer(401, '{"error": "no client certificate"}'), REFUSED, UNKNOWN),
        (
            answer(401, '{"error": "sessions.create required"}'),
            answer(401, '{"error": "projects.read required"}'),
            UNKNOWN,
        ),
        (answer(401, '{"error": "unauthorized", "detail": "wrong password"}'), REFUSED, UNKNOWN),
        (WRONG, REFUSED, WRONG),
        (
            answer(404, '{"error": "no route for /sessions"}'),
            REFUSED,
            answer(404, '{"error": "no route for /nonce"}'),
        ),
    ],
    ids=[
        "the guard's refusal",
        "the answer of unknown paths",
        "nothing in either",
        "no words",
        "about certificates",
        "the guard names the operation",
        "the guard's refusal and more",
        "as all unknown paths",
        "a router that names the path",
    ],
)
def test_what_may_be_the_guard_or_the_router_stays_undecided(
    body: HttpFacts, refused: HttpFacts, unknown: HttpFacts
) -> None:
    """Nothing tells whether it is about the certificate, or whether the operation is there."""
    conclusions = conclude(body, body, refused=refused, unknown=unknown)
    assert undecided(conclusions) == ["/sessions"]
    assert "configure an identity" not in conclusions.undecided[0].how_to_decide


def test_other_words_without_a_certificate_are_not_one_answer() -> None:
    """The caller without a certificate may be refused for that."""
    assert undecided(conclude(WRONG, answer(401, '{"error": "who_are_you"}'))) == ["/sessions"]


def test_numbers_and_identifiers_may_differ() -> None:
    """Each answer has a number of its own."""
    bodies = (
        answer(401, f'{{"error": "invalid_credentials", "incident": "{n}"}}') for n in ("a1b2c3", "d4e5f6")
    )
    assert undecided(conclude(*bodies)) == []


def test_words_of_the_status_do_not_make_two_refusals_one() -> None:
    """RFC 9457: the title is that of the status."""
    refused = answer(401, '{"title": "Unauthorized", "status": 401, "detail": "who are you?"}')
    assert undecided(conclude(IN_WORDS, IN_WORDS, refused=refused)) == []


def test_a_caller_without_a_certificate_who_alone_is_refused_is_over_enforced() -> None:
    """As before: the document allows access without one."""
    conclusions = conclude(PROJECTS, REFUSED)
    assert [each.rule for each in conclusions.findings] == ["mtls-over-enforced"]

"""Bundles that are answered otherwise than without their parts: each part is tried, whatever the check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.checks import CHECKS
from specdrift.checks.bypass import undeclared_input
from specdrift.checks.bypass.bypass_check import BypassCheck
from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.forwarded import forwarded
from specdrift.checks.sharing.bypass_attempt import BUNDLE
from specdrift.checks.sharing.obscured import Bundles
from specdrift.checks.sharing.other_operations import kind_of
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending
from specdrift.model.result.reasons import UndecidedReason
from tests.checks.plan_builders import context, http, planned, play
from tests.checks.test_bypass_attempts import DENIED, MISSING, OK, OPEN, PLAIN
from tests.checks.test_forwarded import RULES, Callers, callers
from tests.classify.exchanges import answer, exchange, probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from specdrift.checks.core.base import Conclusions, PlanContext
    from specdrift.checks.sharing.bypass_attempt import BypassAttempt
    from specdrift.checks.sharing.representatives import Sent
    from specdrift.classify.exchange import Exchange
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe, Request

    Answer = HttpFacts | Ending

__all__ = ["callers"]

BUNDLING = [check for check in CHECKS if isinstance(check, BypassCheck)]
PARTS = {"undeclared-input", "path-variant", "method-variant", "forwarded-elsewhere", "forgeable"}
PATHS = ("/secure", "/items")
BAD_REQUEST, BROKEN = http(400), http(503)
ELSEWHERE = http(302, headers=(("location", "/sorry"),))


def usual(probe: Probe) -> HttpFacts:
    """Answer as a correct server does."""
    assert probe.request is not None
    path = probe.request.target.partition("?")[0]
    if path == "/public":
        return OPEN
    if path not in PATHS:
        return MISSING
    return DENIED if probe.identity == ANONYMOUS.name else OK


def context_of(callers: Callers) -> PlanContext:
    """Build a context of two operations that need a certificate, and an open one."""
    operations = (*map(planned, PATHS), planned("/public", Demand.NOT_REQUIRED))
    known = (callers.alice, callers.bob)
    return context(*operations, identities=known, alternate_endpoints=(PLAIN,), rules=RULES)


@pytest.mark.slow
@pytest.mark.parametrize(
    "answer",
    [BAD_REQUEST, BROKEN, ELSEWHERE, Ending.CLOSED],
    ids=["bad request", "broken", "redirected", "closed"],
)
@pytest.mark.parametrize("check", BUNDLING, ids=lambda check: check.name)
def test_a_bundle_that_is_answered_otherwise_is_taken_apart(
    check: BypassCheck, callers: Callers, answer: Answer
) -> None:
    """Such an answer to many inputs at once is none to each of them. Every check that bundles has parts."""
    ctx = context_of(callers)

    def server(probe: Probe) -> Answer:
        bundle = probe.check == check.name and probe.tag and probe.tag.subject == BUNDLE
        return answer if bundle and probe.tag and probe.tag.control is None else usual(probe)

    log = play((unknown_path.CHECK, certificate.CHECK, check), ctx, server)
    sent = {(e.probe.identity, e.probe.tag) for e in log.by_check(check.name)}
    every = list(check.attempts(ctx))
    unlocking = {attempt.unlocks for attempt in every if attempt.cause == BUNDLE}
    parts = {kind_of(attempt) for attempt in every if attempt.requires and attempt.requires in unlocking}
    assert parts <= sent
    assert "" not in unlocking
    assert bool(parts) == any(attempt.cause == BUNDLE for attempt in every)
    got = check.judge(ctx, log.classifier())
    assert (got.findings, got.undecided) == ((), ())


def strict(request: Request) -> HttpFacts | None:
    """Refuse every parameter but one, which passes the guard."""
    path, mark, query = request.target.partition("?")
    if not mark or path not in PATHS:
        return None
    return OK if query == "debug=1" else BAD_REQUEST


def filtered(request: Request) -> HttpFacts | None:
    """Refuse what rewrites a path, and let one header field pass the guard."""
    names = {name.lower() for name, _ in request.headers}
    if request.target.partition("?")[0] not in PATHS:
        return None
    if "x-forwarded-groups" in names or "x-appengine-cron" in names:
        return BAD_REQUEST
    return OK if ("X-Internal", "1") in request.headers else None


def refusing(request: Request) -> HttpFacts | None:
    """Refuse every parameter."""
    return BAD_REQUEST if "?" in request.target and request.target.startswith(PATHS) else None


def judged(ctx: PlanContext, around: Callable[[Request], Answer | None]) -> Conclusions:
    """Judge a server that is correct except for what ``around`` answers."""
    check = undeclared_input.CHECK

    def server(probe: Probe) -> Answer:
        return (probe.request and around(probe.request)) or usual(probe)

    log = play((unknown_path.CHECK, certificate.CHECK, check), ctx, server)
    return check.judge(ctx, log.classifier())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("around", "subject"),
    [(strict, "debug"), (filtered, "X-Internal"), (refusing, None)],
    ids=["unknown parameters are refused", "a filter", "a correct strict server"],
)
def test_an_input_among_others_that_are_refused_is_found(
    callers: Callers, around: Callable[[Request], HttpFacts | None], subject: str | None
) -> None:
    """On each operation, once it is found on one; a correct server that is strict is consistent."""
    got = judged(context_of(callers), around)
    found = [(finding.subject, finding.operation.path) for finding in got.findings if finding.operation]
    assert sorted(found) == ([(subject, path) for path in sorted(PATHS)] if subject else [])
    assert got.undecided == ()


def test_a_bundle_that_was_not_taken_apart_leaves_the_operation_undecided(callers: Callers) -> None:
    """The run ended before its parts were sent."""

    def around(request: Request) -> Answer | None:
        many = request.target.count("&") > 2 and request.target.startswith(PATHS)
        return BAD_REQUEST if many else Ending.NOT_SENT if "debug=1" in request.target else None

    got = judged(context_of(callers), around)
    assert [each.kind for each in got.undecided] == [UndecidedReason.NOT_SENT]  # the one that got the bundle


@pytest.mark.slow
def test_a_header_with_a_claim_is_found_among_others_that_are_refused(callers: Callers) -> None:
    """The bundles of claims are taken apart in the same way, whatever the other answer is."""
    ctx = context_of(callers)

    def server(probe: Probe) -> HttpFacts:
        names = {name.lower() for name, _ in probe.request.headers} if probe.request else set()
        on_it = probe.request is not None and probe.request.target in PATHS
        if "x-forwarded-client-cert" in names:
            return BROKEN
        return OK if "x-ssl-client-der" in names and on_it else usual(probe)

    log = play((unknown_path.CHECK, certificate.CHECK, forwarded.CHECK), ctx, server)
    found = forwarded.CHECK.judge(ctx, log.classifier()).findings
    assert {finding.operation.path for finding in found if finding.operation} == set(PATHS)


def test_every_check_that_bundles_is_known(callers: Callers) -> None:
    """A further one belongs into this list, and the tests above."""
    ctx = context_of(callers)
    assert {c.name for c in BUNDLING if any(a.cause == BUNDLE for a in c.attempts(ctx))} == PARTS


def test_a_check_that_sent_nothing_makes_no_attempts() -> None:
    """Of a thousand operations that takes longer than all other judging; what was sent is looked for in all of them."""
    made: list[str] = []

    def attempts() -> Iterator[BypassAttempt]:
        made.append("attempts")
        yield from ()

    log = ExchangeLog(identities={})
    assert Bundles("path-variant", {}, log).obscured(attempts(), ()) == []
    assert made == []
    sent = exchange(probe(check="path-variant"), answer(400))
    first: dict[Sent, Exchange] = {(sent.probe.operation, sent.probe.identity, None): sent}
    assert Bundles("path-variant", first, log).obscured(attempts(), ()) == []
    assert made == ["attempts"]

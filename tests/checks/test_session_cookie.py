"""Cookies that stand for a certificate: only a session that a valid certificate began is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specdrift.checks.bypass import undeclared_input
from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.credentials import session_cookie
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.drift import Severity
from tests.checks.plan_builders import context, http, planned, play
from tests.checks.test_bypass_attempts import DENIED, MISSING, PUBLIC, SECURE

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Check
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe
    from specdrift.model.result.finding import Finding

VALUE = "9F3AB7C2D4"
SET = http(200, shape="secret", headers=(("set-cookie", f"sid={VALUE}; Path=/; HttpOnly"),))


CHECKS = (unknown_path.CHECK, certificate.CHECK, session_cookie.CHECK)


def findings(
    opens: Callable[[str], bool],
    *,
    demand: Demand = Demand.REQUIRED,
    sets: HttpFacts = SET,
    checks: tuple[Check, ...] = CHECKS,
) -> tuple[Finding, ...]:
    """Return the findings on a server that admits these values of ``Cookie`` without a certificate."""
    one = planned("/secure", demand)

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        if probe.request.target == "/public":
            return http(200, shape="public")
        if probe.request.target != "/secure":
            return MISSING
        cookie = dict(probe.request.headers).get("Cookie", "")
        admitted = probe.identity != ANONYMOUS.name or (bool(cookie) and opens(cookie))
        return sets if admitted else DENIED

    ctx = context(one, PUBLIC)
    log = play(checks, ctx, server)
    return session_cookie.CHECK.judge(ctx, log.classifier()).findings


def test_a_session_that_stands_for_the_certificate_is_found() -> None:
    """As frameworks make them by default."""
    (finding,) = findings(lambda cookie: cookie == f"sid={VALUE}")
    assert (finding.operation, finding.identity) == (SECURE.key, ANONYMOUS.name)
    assert "the cookies that a valid certificate was given before" in finding.message


def test_a_made_up_value_that_stands_for_the_certificate_is_an_error() -> None:
    """A guard that asks whether there is a cookie of the session's name."""
    (finding,) = findings(lambda cookie: cookie.startswith("sid="))
    assert finding.severity is Severity.ERROR
    assert "made-up values" in finding.message


def test_a_cookie_beside_the_certificate_is_no_fault() -> None:
    """It opens nothing by itself."""
    assert findings(lambda _: False) == ()


def test_any_cookie_at_all_is_reported_by_another_check() -> None:
    """Its name is no cause."""
    checks = (unknown_path.CHECK, certificate.CHECK, undeclared_input.CHECK, session_cookie.CHECK)
    assert findings(lambda _: True, checks=checks) == ()


def test_what_changes_between_attempts_is_not_reported() -> None:
    """A made-up value that is admitted once may be a fault of enforcement."""
    admitted = iter([True, True, True, False, False, False])
    assert findings(lambda _: next(admitted, False)) == ()


def test_nothing_is_sent_where_no_cookie_is_set() -> None:
    """There is no session."""
    assert findings(lambda _: True, sets=http(200, shape="secret")) == ()


def test_an_alternative_without_a_certificate_may_be_the_session() -> None:
    """The document admits callers without one."""
    assert findings(lambda _: True, demand=Demand.ONE_OF_SEVERAL) == ()


def test_the_turn_without_answers_plans_nothing() -> None:
    """Cookies come with answers."""
    assert list(session_cookie.CHECK.plan(context(SECURE, PUBLIC))) == []

"""Cookies that stand for a certificate: only a session that a valid certificate began is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.credentials import session_cookie
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from tests.checks.plan_builders import context, http, planned, play
from tests.checks.test_bypass_attempts import DENIED, MISSING, PUBLIC, SECURE

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe
    from specdrift.model.result.finding import Finding

VALUE = "9F3AB7C2D4"
SET = http(200, shape="secret", headers=(("set-cookie", f"sid={VALUE}; Path=/; HttpOnly"),))


def findings(
    opens: Callable[[str], bool], *, demand: Demand = Demand.REQUIRED, sets: HttpFacts = SET
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
    log = play((unknown_path.CHECK, certificate.CHECK, session_cookie.CHECK), ctx, server)
    return session_cookie.CHECK.judge(ctx, log.classifier()).findings


def test_a_session_that_stands_for_the_certificate_is_found() -> None:
    """As frameworks make them by default."""
    (finding,) = findings(lambda cookie: cookie == f"sid={VALUE}")
    assert (finding.operation, finding.identity) == (SECURE.key, ANONYMOUS.name)
    assert "the cookies that a valid certificate was given before" in finding.message


@pytest.mark.parametrize(
    "opens",
    [lambda _: False, lambda cookie: cookie.startswith("sid=")],
    ids=["the session is not enough", "any cookie is: another check reports it"],
)
def test_other_servers_are_not_accused(opens: Callable[[str], bool]) -> None:
    """A cookie beside the certificate is no fault."""
    assert findings(opens) == ()


def test_nothing_is_sent_where_no_cookie_is_set() -> None:
    """There is no session."""
    assert findings(lambda _: True, sets=http(200, shape="secret")) == ()


def test_an_alternative_without_a_certificate_may_be_the_session() -> None:
    """The document admits callers without one."""
    assert findings(lambda _: True, demand=Demand.ONE_OF_SEVERAL) == ()


def test_the_turn_without_answers_plans_nothing() -> None:
    """Cookies come with answers."""
    assert list(session_cookie.CHECK.plan(context(SECURE, PUBLIC))) == []

"""What stands for a certificate: only what a valid certificate was given does, a cookie, a token or a link."""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING

import pytest

from specdrift.checks.bypass import undeclared_input
from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.credentials import session_cookie
from specdrift.checks.credentials.issued_secrets import issued_secrets
from specdrift.checks.credentials.issued_values import is_random, made_up
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.drift import Severity
from specdrift.rules import rule_of
from tests.checks.plan_builders import ALICE, BOB, OLD, context, http, planned, play
from tests.checks.test_bypass_attempts import DENIED, MISSING, PUBLIC, SECURE

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Check
    from specdrift.classify.exchange_log import ExchangeLog
    from specdrift.model.exchange.identity import ClientIdentity
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe
    from specdrift.model.result.finding import Finding

    Take = Callable[[Probe], str]

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
    assert (finding.severity, rule_of(finding.rule).severity) == (None, Severity.ERROR)


def test_a_made_up_value_that_stands_for_the_certificate_is_an_error() -> None:
    """A guard that asks whether there is a cookie of the session's name."""
    (finding,) = findings(lambda cookie: cookie.startswith("sid="))
    assert "made-up values" in finding.message


def test_a_cookie_beside_the_certificate_is_no_fault() -> None:
    """It opens nothing by itself."""
    assert findings(lambda _: False) == ()


def test_any_cookie_at_all_is_reported_by_another_check() -> None:
    """Its name is no cause."""
    checks = (unknown_path.CHECK, certificate.CHECK, undeclared_input.CHECK, session_cookie.CHECK)
    assert findings(lambda _: True, checks=checks) == ()


@pytest.mark.parametrize(("values", "count"), [("ab", 1), ("abcd", 1), ("abcdefgh", 0)])
def test_each_value_of_a_cookie_with_few_is_sent(values: str, count: int) -> None:
    """A guard that is missing in one variant of several; more values are sessions, of which one is sent."""
    turns = itertools.cycle(values)
    one = planned("/secure")

    def server(probe: Probe) -> HttpFacts:
        if target_of(probe) == "/public":
            return http(200, shape="public")
        if target_of(probe) != "/secure":
            return MISSING
        admitted = probe.identity != ANONYMOUS.name or fields_of(probe).get("Cookie") == "variant=b"
        variant = (("set-cookie", f"variant={next(turns)}"),)
        return http(200, shape="secret", headers=variant) if admitted else http(401, headers=variant)

    ctx = context(one, PUBLIC)
    log = play(CHECKS, ctx, server)
    found = session_cookie.CHECK.judge(ctx, log.classifier()).findings
    assert len(found) == count
    assert all("value of the cookies" in finding.message for finding in found)


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


OTHERS = "95d2e07b1c84fa3690be17d5"
TOKENS = {"alice": "7f3a9c20b51e8d46a0c9f2e7", "bob": "c41d80e96b2fa7530d1e8b94"}


def as_header(probe: Probe) -> str:
    """The field in which the server gives it too."""
    return fields_of(probe).get("X-Auth-Token", "")


def as_bearer(probe: Probe) -> str:
    """RFC 6750 §2.1."""
    return fields_of(probe).get("Authorization", "").removeprefix("Bearer ")


def in_query(probe: Probe) -> str:
    """A parameter, as links have it."""
    return target_of(probe).partition("sid=")[2]


def in_path(probe: Probe) -> str:
    """A path parameter, as of servlets."""
    return target_of(probe).partition(";jsessionid=")[2]


def fields_of(probe: Probe) -> dict[str, str]:
    """The header fields of a probe's request."""
    assert probe.request is not None
    return dict(probe.request.headers)


def target_of(probe: Probe) -> str:
    """The request target of a probe."""
    assert probe.request is not None
    return probe.request.target


def answer_with(place: str, token: str) -> HttpFacts:
    """The operation's answer with a token there."""
    return {
        "field": http(200, shape="secret", headers=(("x-auth-token", token),)),
        "other field": http(200, shape="secret", headers=(("x-ref", token),)),
        "member": http(200, shape="secret", text=f'{{"data": {{"access_token": "{token}"}}}}'),
        "other member": http(200, shape="secret", text=f'{{"pass": "{token}"}}'),
        "text": http(200, shape="secret", text=token),
        "list": http(200, shape="secret", text=f'[{{"id": 1, "access_token": "{token}"}}, {{"id": 2}}]'),
        "list of links": http(
            200,
            shape="secret",
            text=f'{{"items": [{{"self": "/secure?sid={token}"}}, {{"self": "/b?sid={OTHERS}"}}]}}',
        ),
        "link": http(200, shape="secret", headers=(("link", f'</secure?sid={token}>; rel="self"'),)),
        "member link": http(200, shape="secret", text=f'{{"self": "/secure?sid={token}"}}'),
        "path link": http(200, shape="secret", headers=(("location", f"/secure;jsessionid={token}"),)),
        "other origin": http(
            200, shape="secret", headers=(("link", f"<https://x.test/secure?sid={token}>"),)
        ),
    }[place]


def played(
    place: str, take: Take, *, takes: Callable[[str], bool], demand: Demand = Demand.REQUIRED
) -> ExchangeLog:
    """Play a server that gives tokens there, and takes some here."""
    one = planned("/secure", demand)

    def server(probe: Probe) -> HttpFacts:
        target = target_of(probe)
        if target == "/public":
            return http(200, shape="public")
        if not target.startswith("/secure") or "nonce" in target.partition("?")[0].partition(";")[0]:
            return MISSING
        if probe.identity in TOKENS:
            return answer_with(place, TOKENS[probe.identity])
        return http(200, shape="secret") if take(probe) and takes(take(probe)) else DENIED

    return play(CHECKS, context(one, PUBLIC, identities=(ALICE, BOB)), server)


def findings_with(log: ExchangeLog, demand: Demand = Demand.REQUIRED) -> tuple[Finding, ...]:
    """Judge such a server."""
    ctx = context(planned("/secure", demand), PUBLIC, identities=(ALICE, BOB))
    return session_cookie.CHECK.judge(ctx, log.classifier()).findings


def is_issued(token: str) -> bool:
    """What the server gave."""
    return token in TOKENS.values()


@pytest.mark.parametrize(
    ("place", "take", "words"),
    [
        ("field", as_header, "the header fields (X-Auth-Token)"),
        ("field", as_bearer, "a token (Authorization: Bearer)"),
        ("other field", lambda probe: fields_of(probe).get("X-Ref", ""), "the header fields (X-Ref)"),
        ("member", as_bearer, "a token (Authorization: Bearer)"),
        ("member", as_header, "a token in fields and cookies of its name"),
        (
            "member",
            lambda p: target_of(p).partition("access_token=")[2],
            "a token in the query (access_token)",
        ),
        (
            "member",
            lambda p: fields_of(p).get("Authorization", "").partition("Token ")[2],
            "in the scheme Token",
        ),
        ("other member", as_bearer, "a token (Authorization: Bearer)"),
        ("text", as_bearer, "a token (Authorization: Bearer)"),
        ("list", as_bearer, "a token (Authorization: Bearer)"),
        ("list of links", in_query, "the query of a link (sid)"),
        ("link", in_query, "the query of a link (sid)"),
        ("member link", in_query, "the query of a link (sid)"),
        ("path link", in_path, "the path parameters of a link (jsessionid)"),
    ],
)
def test_a_token_that_replaces_the_certificate_is_an_error(place: str, take: Take, words: str) -> None:
    """Wherever the answer has it, and wherever the server takes it."""
    log = played(place, take, takes=is_issued)
    (finding,) = findings_with(log)
    assert finding.operation == SECURE.key
    assert words in finding.message
    assert finding.message.endswith("Made-up ones are refused.")


@pytest.mark.parametrize(
    "place", ["field", "other field", "member", "list", "list of links", "text", "link", "path link"]
)
def test_a_token_beside_the_certificate_is_no_fault(place: str) -> None:
    """Bound to the certificate (RFC 8705 §3), it opens nothing by itself."""
    assert findings_with(played(place, as_bearer, takes=lambda _: False)) == ()


def test_any_token_of_the_form_is_an_error() -> None:
    """The guard looks whether there is one."""
    (finding,) = findings_with(played("field", as_header, takes=lambda token: len(token) == 24))
    assert "made-up values of the header fields (X-Auth-Token)" in finding.message


@pytest.mark.parametrize("demand", [Demand.ONE_OF_SEVERAL, Demand.OPTIONAL])
def test_a_declared_alternative_may_be_the_token(demand: Demand) -> None:
    """An operation for a bearer token or a certificate is right to take the token."""
    assert findings_with(played("member", as_bearer, takes=is_issued, demand=demand), demand) == ()


def test_links_to_other_origins_are_not_used() -> None:
    """Their parameters are of another server."""
    log = played("other origin", in_query, takes=is_issued)
    assert (findings_with(log), list(log.by_check(session_cookie.NAME))) == ((), [])


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ((("etag", '"7f3a9c20b51e8d46a0c9f2e7"'), ("x-request-id", "7f3a9c20b51e8d46a0c9f2e7")), ""),
        ((), '{"id": "7f3a9c20b51e8d46a0c9f2e7", "at": "2025-03-09T10:00:00Z"}'),
        ((), '[{"id": "7f3a9c20b51e8d46a0c9f2e7"}, {"id": "c41d80e96b2fa7530d1e8b94"}]'),
        ((("link", '</secure?cursor=7f3a9c20b51e8d46a0c9f2e7>; rel="next"'),), ""),
    ],
)
def test_nothing_is_sent_for_values_that_are_the_same_for_all(
    headers: tuple[tuple[str, str], ...], text: str
) -> None:
    """Hashes, ids of resources and cursors are random, and no caller's own."""
    answer = http(200, shape="secret", headers=headers, text=text)
    ctx = context(planned("/secure"), PUBLIC, identities=(ALICE, BOB))
    log = play(CHECKS, ctx, lambda probe: answer if probe.identity in TOKENS else DENIED)
    assert list(log.by_check(session_cookie.NAME)) == []


def test_few_requests_are_sent_where_tokens_are_refused() -> None:
    """One for each place; made-up values follow admissions only."""
    log = played("member", as_bearer, takes=lambda _: False)
    assert len(list(log.by_check(session_cookie.NAME))) == 4


def test_what_is_admitted_once_only_is_undecided() -> None:
    """A token for one use replaces the certificate once."""
    left = iter([True])
    log = played("field", as_header, takes=lambda token: is_issued(token) and next(left, False))
    ctx = context(planned("/secure"), PUBLIC, identities=(ALICE, BOB))
    conclusions = session_cookie.CHECK.judge(ctx, log.classifier())
    assert conclusions.findings == ()
    (undecided,) = conclusions.undecided
    assert undecided.operation == SECURE.key


def test_what_was_sent_is_secret() -> None:
    """No output has the tokens."""
    names, values = issued_secrets(played("member", as_bearer, takes=is_issued))
    assert TOKENS["alice"] in values
    assert "access_token" in names


@pytest.mark.parametrize(
    "text",
    [
        "7f3a9c20b51e8d46",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl",
        "3f2a81c4-09be-4c1d-8e77-5d20a1b9c6f3",
    ],
)
def test_drawn_texts_are_random(text: str) -> None:
    """Hexadecimal, Base64 and UUID; another one of the same form can be made up."""
    assert is_random(text)
    other = made_up(text, "nonce")
    assert (len(other), other != text) == (len(text), True)


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-09T10:00:00.000Z",
        "customerOrderIdentifier",
        "00000000000000000001",
        "abc123",
        "north-hall-14-shelf-22",
    ],
)
def test_words_numbers_and_dates_are_not_random(text: str) -> None:
    """They name something."""
    assert not is_random(text)


@pytest.mark.parametrize(
    ("name", "takes", "count"),
    [("trial_token", True, 2), ("trial_token", False, 0), ("ticket", False, 0)],
    ids=["taken", "not taken", "the number of a case"],
)
def test_a_token_that_a_refusal_hands_out_is_sent(name: str, takes: bool, count: int) -> None:  # noqa: FBT001
    """Anyone has it: a guard that takes it admits everyone."""
    token = "t-91c7Qx2b"
    refusal = http(401, shape="denied", text=f'{{"error": "no certificate", "{name}": "{token}"}}')

    def server(probe: Probe) -> HttpFacts:
        if target_of(probe) == "/public":
            return http(200, shape="public")
        if target_of(probe) not in ("/secure", "/other"):
            return MISSING
        given = takes and fields_of(probe).get("Authorization") == f"Bearer {token}"
        return http(200, shape=target_of(probe)) if given or probe.identity != ANONYMOUS.name else refusal

    ctx = context(planned("/secure"), planned("/other"), PUBLIC)
    log = play(CHECKS, ctx, server)
    found = session_cookie.CHECK.judge(ctx, log.classifier()).findings
    assert len(found) == count
    assert all("that a client without a certificate was given before" in each.message for each in found)


def of_roles(admits: Callable[[str, str], bool], *identities: ClientIdentity) -> tuple[Finding, ...]:
    """Return the findings on a server whose sessions may give another client the role of an administrator."""
    one = planned("/secure", roles=("admin",))
    callers = (ALICE, BOB, *identities)
    begun: dict[str, str] = {}

    def server(probe: Probe) -> HttpFacts:
        name = probe.identity
        if target_of(probe) == "/public":
            return http(200, shape="public")
        if target_of(probe) != "/secure" or name == ANONYMOUS.name:
            return MISSING if target_of(probe) != "/secure" else DENIED
        session = hashlib.sha256(bytes([len(begun)])).hexdigest()
        begun[session] = name
        own = (("set-cookie", f"sid={session}"),)
        holder = begun.get(fields_of(probe).get("Cookie", "").removeprefix("sid="), "")
        if name == "bob" or admits(name, holder):
            return http(200, shape="secret", headers=own)
        return http(403)

    ctx = context(one, PUBLIC, identities=callers)
    log = play(CHECKS, ctx, server)
    return session_cookie.CHECK.judge(ctx, log.classifier()).findings


def test_a_session_that_gives_its_role_to_another_certificate_is_found() -> None:
    """A certificate is required of each request, and the role is not its own."""
    (finding,) = of_roles(lambda name, holder: (name, holder) == ("alice", "bob"))
    assert finding.identity == "alice"
    assert "that another valid certificate was given before" in finding.message
    assert "although the operation is for role admin. Made-up ones are refused." in finding.message


def test_a_session_that_admits_a_certificate_to_refuse_is_found() -> None:
    """That of a former partner."""
    (finding,) = of_roles(lambda name, holder: (name, holder) == ("old", "bob"), OLD)
    assert finding.identity == "old"
    assert '"old" is admitted with the cookies that a valid certificate was given before' in finding.message


def test_a_session_bound_to_its_certificate_is_no_fault() -> None:
    """Another client's is refused."""
    assert of_roles(lambda *_: False, OLD) == ()

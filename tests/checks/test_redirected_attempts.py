"""Bypass attempts that are answered with a redirect: the target's answer decides, and none stays unmentioned."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from specdrift.checks.bypass import method_variant, names, path_variant, plaintext
from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.core import redirects
from specdrift.checks.core.base import AlternateEndpoint
from specdrift.checks.forwarded import forwarded
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Endpoint
from tests.checks.plan_builders import ALICE, BOB, context, http, planned, play
from tests.checks.test_forwarded import Callers, callers

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Check, Conclusions, PlanContext
    from specdrift.classify.exchange_log import ExchangeLog
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

    Around = Callable[[Probe], HttpFacts | None]

__all__ = ["callers"]
"""A fixture."""
PUBLIC = planned("/public", Demand.NOT_REQUIRED)
DATA, OPEN, DENIED, MISSING = http(200, shape="secret"), http(200, shape="public"), http(401), http(404)
COPY = "/internal/copy"
PLAIN = AlternateEndpoint(
    url="http://api.test:8080",
    endpoint=Endpoint(host="api.test", port=8080, server_name="", address="127.0.0.1", tls=False),
    base_path="",
)


def to(location: str, status: int = 302) -> HttpFacts:
    """A redirect."""
    return http(status, headers=(("location", location),))


def serving(around: Around) -> Callable[[Probe], HttpFacts | str]:
    """A server with a role on /admin that is correct except for what ``around`` answers."""

    def server(probe: Probe) -> HttpFacts | str:
        assert probe.request is not None
        if (answer := around(probe)) is not None:
            return answer
        if probe.request.target == "/public":
            return OPEN
        if probe.request.target not in ("/secure", "/admin"):
            return MISSING
        if probe.identity == ANONYMOUS.name:
            return DENIED
        return http(403) if (probe.request.target, probe.identity) == ("/admin", ALICE.name) else DATA

    return server


def run(check: Check, around: Around, ctx: PlanContext | None = None) -> tuple[Conclusions, ExchangeLog]:
    """Send everything, and judge by one check."""
    chosen = ctx or context(planned(), PUBLIC)
    log = play((unknown_path.CHECK, certificate.CHECK, check), chosen, serving(around))
    return check.judge(chosen, log.classifier()), log


def when(altered: Callable[[Probe], bool], location: str = COPY, copy: HttpFacts = DATA) -> Around:
    """Redirect altered requests there; the copy is for every caller."""

    def around(probe: Probe) -> HttpFacts | None:
        assert probe.request is not None
        if probe.request.target.partition("?")[0] == COPY:
            return copy
        return to(location) if altered(probe) else None

    return around


def spelled(probe: Probe) -> bool:
    """Whether the path has two slashes."""
    return probe.request is not None and probe.request.target == "//secure"


def overridden(probe: Probe) -> bool:
    """Whether OPTIONS carries another method."""
    request = probe.request
    return (
        request is not None
        and request.method == "OPTIONS"
        and dict(request.headers).get("X-HTTP-Method") == "GET"
    )


def named_localhost(probe: Probe) -> bool:
    """Whether Host is that of the local machine."""
    request = probe.request
    named = request is not None and ("Host", "localhost:8443") in request.headers[-1:]
    return named and request is not None and request.target == "/secure"


@pytest.mark.parametrize(
    ("check", "altered"),
    [
        (path_variant.CHECK, spelled),
        (method_variant.CHECK, overridden),
        (names.CHECK, named_localhost),
    ],
)
def test_an_attempt_that_is_redirected_to_the_data_is_a_finding(
    check: Check, altered: Callable[[Probe], bool]
) -> None:
    """The redirect's target serves the operation's answer to a caller without a certificate."""
    conclusions, log = run(check, when(altered))
    (finding,) = conclusions.findings
    assert f"redirected to {COPY}, and there: HTTP 200" in finding.message
    first, second = (log.by_id[name].probe for name in finding.probes[:2])
    assert second.follows == first.id
    assert conclusions.skipped == ()


@pytest.mark.parametrize(
    ("check", "altered"),
    [
        (path_variant.CHECK, spelled),
        (method_variant.CHECK, overridden),
        (names.CHECK, named_localhost),
    ],
)
@pytest.mark.parametrize("copy", [DENIED, MISSING, OPEN], ids=["denied", "missing", "public"])
def test_a_target_that_does_not_serve_the_data_is_none(
    check: Check, altered: Callable[[Probe], bool], copy: HttpFacts
) -> None:
    """The correct twin: the target was requested, so nothing stays unknown."""
    conclusions, _ = run(check, when(altered, copy=copy))
    assert not conclusions.findings
    assert not conclusions.skipped


def test_a_target_that_serves_every_path_is_no_finding() -> None:
    """The negative control is redirected too, and gets the same page."""
    everything = when(lambda p: p.request is not None and p.request.target.startswith("//"))
    assert run(path_variant.CHECK, everything)[0].findings == ()


def test_a_caller_that_lacks_the_role_is_followed_too() -> None:
    """Alice, redirected to the data of administrators."""
    around = when(
        lambda p: p.identity != ANONYMOUS.name and p.request is not None and p.request.target == "//admin"
    )
    ctx = context(planned("/admin", roles=("admin",)), planned("/me"), PUBLIC, identities=(ALICE, BOB))
    (finding,) = run(path_variant.CHECK, around, ctx)[0].findings
    assert finding.identity == ALICE.name


@pytest.mark.slow
def test_a_forged_header_that_is_redirected_to_the_data_is_a_finding(callers: Callers) -> None:
    """Its bundle is narrowed down to the header by the answers of the targets."""
    around = when(
        lambda p: p.request is not None and any(n == "X-SSL-Client-Cert" for n, _ in p.request.headers)
    )
    rules = frozenset({"forwarded-certificate-trusted"})
    ctx = context(planned(), identities=(callers.alice, callers.bob), rules=rules)
    (finding,) = run(forwarded.CHECK, around, ctx)[0].findings
    assert finding.subject == "X-SSL-Client-Cert"
    assert f"redirected to {COPY}, and there: " in finding.message


@pytest.mark.parametrize("location", ["/secure", "https://api.test:8443/secure"])
def test_a_redirect_to_the_unaltered_request_is_not_followed(location: str) -> None:
    """That answer is known: the baseline request is refused."""
    conclusions, log = run(path_variant.CHECK, when(spelled, location))
    assert not conclusions.findings
    assert not conclusions.skipped
    assert not any(exchange.probe.follows for exchange in log.by_id.values())


def test_the_redirect_that_refuses_the_unaltered_request_is_not_followed_again() -> None:
    """One login page for all: its answer is known from the baseline request."""

    def login(probe: Probe) -> HttpFacts | None:
        assert probe.request is not None
        if probe.request.target.startswith("/login"):
            return http(200, shape="login")
        wanted = probe.request.target != "/public" and probe.identity == ANONYMOUS.name
        return to(f"/login?next={quote(probe.request.target)}") if wanted else None

    conclusions, log = run(path_variant.CHECK, login)
    assert not conclusions.findings
    assert not conclusions.skipped
    assert {e.probe.check for e in log.by_id.values() if e.probe.follows} == {"certificate"}


@pytest.mark.parametrize(
    "location",
    ["https://files.test/secure", "https://api.test:9443/copy", "https://[broken/"],
    ids=["other host", "other port", "unreadable"],
)
def test_a_target_that_is_not_requested_is_reported(location: str) -> None:
    """The attempt is inconclusive, and the report says where it was redirected to."""
    conclusions, _ = run(path_variant.CHECK, when(spelled, location))
    assert conclusions.findings == ()
    (skipped,) = conclusions.skipped
    assert "1 attempt was redirected" in skipped.reason
    assert f"GET //secure to {location}" in skipped.reason


def test_a_second_redirect_is_reported() -> None:
    """One redirect is followed."""
    (skipped,) = run(path_variant.CHECK, when(spelled, copy=to("/internal/next")))[0].skipped
    assert "whose answer is not known" in skipped.reason


def test_a_second_redirect_to_the_unaltered_request_is_known() -> None:
    """A slash added, and removed again."""
    assert run(path_variant.CHECK, when(spelled, copy=to("/secure")))[0].skipped == ()


def test_a_redirect_to_the_host_that_the_request_named_is_not_reported() -> None:
    """The server writes its Location from Host."""
    around = when(named_localhost, "https://localhost:8443/secure")
    assert run(names.CHECK, around)[0].skipped == ()


def test_a_redirect_from_plain_http_to_the_same_path_is_not_reported() -> None:
    """The usual redirect to HTTPS."""
    around = when(lambda p: not p.connection.endpoint.tls, "https://api.test/secure")
    ctx = context(planned(), PUBLIC, alternate_endpoints=(PLAIN,))
    conclusions, _ = run(plaintext.CHECK, around, ctx)
    assert not conclusions.findings
    assert not conclusions.skipped


def test_the_number_of_followed_redirects_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is counted in the report."""
    monkeypatch.setattr(redirects, "MOST", 3)

    def each_elsewhere(probe: Probe) -> HttpFacts | None:
        assert probe.request is not None
        target = probe.request.target
        if target.startswith("/go/"):
            return DENIED
        return to(f"/go/{probe.id.replace('/', '-')}") if probe.check == "path-variant" else None

    conclusions, log = run(path_variant.CHECK, each_elsewhere)
    assert sum(bool(exchange.probe.follows) for exchange in log.by_id.values()) == 3
    (skipped,) = conclusions.skipped
    tags = (exchange.probe.tag for exchange in log.by_check("path-variant"))
    sent = sum(tag is not None and tag.control is None for tag in tags)
    assert skipped.reason.startswith(f"{sent - 3} attempts were redirected")


@pytest.mark.slow
def test_a_redirect_of_every_caller_is_followed_with_each_alteration(callers: Callers) -> None:
    """A slash is missing, for every caller: the header is trusted at the target."""

    def moved(probe: Probe) -> HttpFacts | None:
        assert probe.request is not None
        if probe.request.target == "/secure":
            return to("/secure/")
        if probe.request.target != "/secure/":
            return None
        forged = any(name == "X-SSL-Client-Cert" for name, _ in probe.request.headers)
        return DATA if forged or probe.identity != ANONYMOUS.name else DENIED

    rules = frozenset({"forwarded-certificate-trusted"})
    ctx = replace(context(planned(), identities=(callers.alice, callers.bob)), rules=rules)
    (finding,) = run(forwarded.CHECK, moved, ctx)[0].findings
    assert finding.subject == "X-SSL-Client-Cert"

"""Methods and spellings: what counts as a way around the certificate, and what only looks like one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from specdrift.checks.bypass import method_variant, names, path_variant, plaintext, protocols
from specdrift.checks.bypass.path_spellings import SPELLINGS, one_of_each, through
from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.core.base import AlternateEndpoint
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import BodyShape
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, Endpoint, Phase, Request, Reuse
from specdrift.model.result.verdict import Confidence
from tests.checks.world import context, http, planned, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Check
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe
    from specdrift.model.result.finding import Finding

SECURE, PUBLIC = planned(), planned("/public", Demand.NOT_REQUIRED)
OK, OTHER, OPEN = http(200, shape="secret"), http(200, shape="page"), http(200, shape="public")
DENIED, MISSING, NOT_ALLOWED = http(401), http(404), http(405)
PLAIN = AlternateEndpoint(
    url="http://api.test:8080",
    endpoint=Endpoint(host="api.test", port=8080, server_name="", address="127.0.0.1", tls=False),
    base_path="",
)
ADMITTED = "A caller without a client certificate is admitted "
EMPTY = replace(http(204), shape=BodyShape())


def serving(around: Callable[[Request], HttpFacts | None]) -> Callable[[Probe], HttpFacts | str]:
    """A correct server but for what ``around`` does with requests."""

    def server(probe: Probe) -> HttpFacts | str:
        assert probe.request is not None
        if (answer := around(probe.request)) is not None:
            return answer
        if probe.request.target == "/public":
            return OPEN
        if probe.request.target != "/secure":
            return MISSING
        return DENIED if probe.identity == ANONYMOUS.name else OK

    return server


def found(
    check: Check, around: Callable[[Request], HttpFacts | None], **changes: object
) -> tuple[Finding, ...]:
    """What a check makes of such a server."""
    ctx = context(SECURE, PUBLIC, **changes)  # type: ignore[arg-type]
    log = play((unknown_path.CHECK, certificate.CHECK, check), ctx, serving(around))
    return check.judge(ctx, log.classifier()).findings


def on(method: str, answer: HttpFacts, *, target: str = "/secure") -> Callable[[Request], HttpFacts | None]:
    """This answer for a method on the operation, whoever asks."""
    return lambda r: answer if (r.method, r.target) == (method, target) else None


def overridden(name: str) -> Callable[[Request], HttpFacts | None]:
    """OPTIONS passes the guard, and this header makes it GET."""
    return lambda r: OK if r.method == "OPTIONS" and dict(r.headers).get(name) == "GET" else None


@pytest.mark.parametrize(
    ("around", "causes"),
    [
        (lambda _: None, []),
        (on("HEAD", OK), ["by HEAD"]),
        (on("HEAD", DENIED), []),
        (on("HEAD", replace(OK, status=500)), []),
        (on("get", OK), ["by get"]),
        (on("get", OTHER), []),
        (on("FOO", OK), ["by FOO"]),
        (lambda r: OK if r.method == "FOO" else None, []),
        (on("FOO", NOT_ALLOWED), []),
        (lambda r: EMPTY if r.method == "OPTIONS" else None, []),
        (overridden("X-HTTP-Method-Override"), ["by OPTIONS with X-HTTP-Method-Override: GET"]),
        (lambda r: OK if r.target == "/secure?_method=GET" else None, ["by OPTIONS with _method: GET"]),
        (lambda r: OK if r.method == "OPTIONS" and r.target.startswith("/secure") else None, []),
        (lambda r: OK if "POST" in r.method and r.target == "/secure" else None, []),
    ],
    ids=[
        "nothing",
        "head",
        "head is refused",
        "head fails",
        "lower case",
        "another answer",
        "invented",
        "invented, for every path",
        "not allowed",
        "preflight",
        "override by header",
        "override by parameter",
        "options is get for everybody, whatever overrides it",
        "unsafe methods are not sent",
    ],
)
def test_a_method_counts_where_it_reaches_the_operation(
    around: Callable[[Request], HttpFacts | None], causes: list[str]
) -> None:
    """The answer must be the operation's, and not what every path or every OPTIONS gets."""
    findings = found(method_variant.CHECK, around)
    assert [finding.message.removeprefix(ADMITTED).partition(": HTTP")[0] for finding in findings] == causes
    assert {finding.rule for finding in findings} <= {"method-not-enforced"}


def test_the_methods_that_get_in_are_one_finding() -> None:
    """Whichever they are; the one that shows the operation's own answer is the first evidence."""

    def any_but_get(r: Request) -> HttpFacts | None:
        return OK if r.method in ("HEAD", "FOO") and r.target == "/secure" else None

    (finding,) = found(method_variant.CHECK, any_but_get)
    assert finding.message.startswith(f"{ADMITTED}by FOO, by HEAD: HTTP 200")
    assert (finding.subject, finding.confidence) == ("method", Confidence.HIGH)
    assert "method FOO" in finding.probes[0]


def test_head_is_not_told_from_a_refusal_with_the_same_status() -> None:
    """Where a refusal has status 200, HEAD tells nothing; and a server that answers HEAD anywhere neither."""

    def polite(r: Request) -> HttpFacts | None:
        return http(200, shape="refusal") if r.method == "HEAD" else None

    assert found(method_variant.CHECK, polite) == ()


def test_unsafe_methods_are_made_up_only_where_the_owner_allows_them() -> None:
    """POST on a path that has only GET: sent for a test system, and held against what a certificate gets by it."""
    lax = replace(SECURE, unsafe_allowed=True)
    careful, careless = (
        {p.request.method for p in method_variant.CHECK.plan(context(s)) if p.request} for s in (SECURE, lax)
    )
    assert (careful, careless - careful) == (
        {"HEAD", "get", "GET", "FOO", "OPTIONS"},
        {"POST", "PUT", "PATCH"},
    )
    declared = context(lax, declared=frozenset({replace(SECURE.key, method="POST")}))
    assert "POST" not in {p.variant.removeprefix("method ") for p in method_variant.CHECK.plan(declared)}


def test_an_undeclared_method_is_held_against_what_a_certificate_gets_by_it() -> None:
    """Its answer need not be that of GET."""
    ctx = context(replace(SECURE, unsafe_allowed=True))
    created = http(201, shape="created")
    server = serving(on("POST", created))
    log = play((unknown_path.CHECK, certificate.CHECK, method_variant.CHECK), ctx, server)
    findings = method_variant.CHECK.judge(ctx, log.classifier()).findings
    assert [(f.subject, f.confidence) for f in findings] == [("method", Confidence.MEDIUM)]


@pytest.mark.parametrize(("usual", "count"), [((), 0), (("error-member",), 1)])
def test_an_error_to_everybody_is_no_way_in_but_a_title_may_be(usual: tuple[str, ...], count: int) -> None:
    """The members of an error are one only where the operation's own answer has none of them."""
    ctx = context(replace(SECURE, unsafe_allowed=True))
    sign = ("error-member",)
    created = replace(http(201), shape=BodyShape(kind="json", skeleton="created", signs=sign))
    own = replace(OK, shape=replace(OK.shape, signs=usual))

    def server(probe: Probe) -> HttpFacts | str:
        answer = serving(on("POST", created))(probe)
        return own if answer is OK else answer

    log = play((unknown_path.CHECK, certificate.CHECK, method_variant.CHECK), ctx, server)
    assert len(method_variant.CHECK.judge(ctx, log.classifier()).findings) == count


@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda spelling: spelling.name)
def test_each_spelling_that_reaches_the_operation_is_found(spelling: object) -> None:
    """A guard that knows one path, and a router that knows another."""
    written = spelling.write("/secure")  # type: ignore[attr-defined]
    findings = found(path_variant.CHECK, on("GET", OK, target=written))
    assert [f.rule for f in findings] == ["path-variant-bypass"]
    assert f"when the path is written {written}:" in findings[0].message


@pytest.mark.parametrize(
    "around",
    [
        on("GET", OTHER, target="//secure"),
        lambda r: OTHER if r.target not in ("/secure", "/public", "/nonce") else None,
        lambda r: OK if r.target.startswith("//") else None,
        on("GET", http(301), target="/secure/"),
    ],
    ids=["another handler", "a page for everything", "every path with two slashes", "redirect"],
)
def test_a_success_from_another_handler_is_no_bypass(
    around: Callable[[Request], HttpFacts | None],
) -> None:
    """The answer must be the operation's, and that of no path that does not exist."""
    assert found(path_variant.CHECK, around) == ()


def test_a_rewriting_header_is_named() -> None:
    """All at once first, then one by one: the finding is about the one that did it."""

    def rewriting(r: Request) -> HttpFacts | None:
        return OK if dict(r.headers).get("X-Rewrite-URL") == "/secure" else None

    findings = found(path_variant.CHECK, rewriting)
    assert [f.subject for f in findings] == ["X-Rewrite-URL"]
    assert "through X-Rewrite-URL: /secure on /public" in findings[0].message


def test_a_path_that_another_operation_has_is_no_other_spelling() -> None:
    """`/SECURE` is declared by itself, and open."""
    ctx = context(SECURE, PUBLIC, planned("/SECURE", Demand.NOT_REQUIRED))
    server = serving(on("GET", OK, target="/SECURE"))
    log = play((unknown_path.CHECK, certificate.CHECK, path_variant.CHECK), ctx, server)
    assert path_variant.CHECK.judge(ctx, log.classifier()).findings == ()


def test_where_the_straight_way_is_open_no_bypass_is_looked_for() -> None:
    """The certificate check says so already; nothing more is asked."""
    ctx = context(SECURE, PUBLIC)
    log = play(
        (unknown_path.CHECK, certificate.CHECK, path_variant.CHECK),
        ctx,
        serving(on("GET", OK, target="/secure")),
    )
    assert path_variant.CHECK.judge(ctx, log.classifier()).findings == ()
    assert {s.probe.phase for s in log.by_check("path-variant")} == {Phase.MAIN}


def test_a_bypass_is_gone_again_on_fresh_connections_beside_its_controls() -> None:
    """Twice more, once as the valid certificate, once to a path that is not there."""
    ctx = context(SECURE, PUBLIC)
    server = serving(on("GET", OK, target="//secure"))
    log = play((unknown_path.CHECK, certificate.CHECK, path_variant.CHECK), ctx, server)
    again = [s.probe for s in log.by_check("path-variant") if s.probe.phase is Phase.CONFIRM]
    assert [(p.identity, p.request.target if p.request else "") for p in again] == [
        ("anonymous", "//secure"),
        ("anonymous", "//secure"),
        ("anonymous", "//nonce"),
        ("alice", "//secure"),
    ]
    assert {p.connection.reuse for p in again} == {Reuse.FRESH}


def test_a_bypass_that_opens_sometimes_is_none() -> None:
    """One of four back ends has no guard: that is another rule's finding."""
    turns = iter([OK, DENIED, OK])
    findings = found(path_variant.CHECK, lambda r: next(turns, DENIED) if r.target == "//secure" else None)
    assert findings == ()


def test_few_operations_are_asked_under_every_spelling_and_many_by_turns() -> None:
    """Each family on each operation, and each spelling on some."""
    few, many = (context(*(planned(f"/folder{n}/secret") for n in range(count)), PUBLIC) for count in (3, 30))
    counts = [
        len(list(path_variant.CHECK.plan(ctx))) / ctx_count for ctx, ctx_count in ((few, 3), (many, 30))
    ]
    assert counts == [len(SPELLINGS) + 4, len({s.family for s in SPELLINGS}) + 4]
    turns = [{s.name for turn in range(count) for s in one_of_each(SPELLINGS, turn)} for count in (3, 7)]
    assert {s.name for s in SPELLINGS} - turns[0] == {
        "matrix parameter leading",
        *(f"suffix {name}" for name in ("tab", "nul", "empty query", "fragment")),
    }
    assert turns[1] == {s.name for s in SPELLINGS}


def test_a_path_that_ends_in_a_slash_is_asked_without_it() -> None:
    """The guard may know only the one."""
    ctx = context(planned("/secure/"))
    assert "/secure" in {p.request.target for p in path_variant.CHECK.plan(ctx) if p.request}


def test_the_absolute_form_counts_whatever_host_it_names() -> None:
    """Where it is the guard that looks at the host of the request line."""
    target = "https://localhost/secure"
    (finding,) = found(path_variant.CHECK, on("GET", OK, target=target))
    assert f"when the path is written {target}:" in finding.message


def test_an_override_in_a_form_is_found() -> None:
    """Only where POST may be sent: a header or parameter is looked at nowhere."""
    ctx = context(replace(SECURE, unsafe_allowed=True))

    def around(request: Request) -> HttpFacts | None:
        return OK if (request.method, request.body) == ("POST", b"_method=GET") else None

    log = play((unknown_path.CHECK, certificate.CHECK, method_variant.CHECK), ctx, serving(around))
    told = {f.subject: f.message for f in method_variant.CHECK.judge(ctx, log.classifier()).findings}
    assert "by POST with _method in a form: GET" in told["POST _method in a form"]
    assert set(told) == {"POST _method in a form"}


@pytest.mark.parametrize(("body", "count"), [(b"{}", 1), (b"[]", 0)])
def test_a_guard_that_is_passed_by_a_body_is_found(body: bytes, count: int) -> None:
    """GET has none by right, and not every guard expects one."""
    found_ = found(method_variant.CHECK, lambda r: OK if r.target == "/secure" and r.body == body else None)
    assert len(found_) == count
    assert all("by GET with a body" in finding.message for finding in found_)


def test_of_many_operations_every_folder_is_represented() -> None:
    """Fifty of a hundred, or one of each folder; all of them when asked to be exhaustive."""
    crowd = [planned(f"/crowd/{n}") for n in range(100)]
    corners = [planned(f"/corner{n}/secret") for n in range(10)]
    ctx = context(*crowd, *corners)
    chosen = path_variant.sample(ctx)
    assert len(chosen) == path_variant.ENOUGH
    assert {s.key for s in corners} <= {s.key for s in chosen}
    assert len(path_variant.sample(replace(ctx, exhaustive=True))) == 110


def test_a_prefix_is_gone_into_and_out_of_again() -> None:
    """As many steps up as it has segments."""
    assert through("/v1/public").write("/v1/secure") == "/v1/public/../../v1/secure"


def test_a_listener_is_asked_for_few_operations_until_one_is_there() -> None:
    """Then for all of them; every operation behind it is a finding of its own."""
    many = [planned(f"/secret/{n}") for n in range(8)]
    ctx = context(*many, alternate_endpoints=(PLAIN,))

    def server(probe: Probe) -> HttpFacts | str:
        assert probe.request is not None
        there = probe.request.target.startswith("/secret/") and "nonce" not in probe.request.target
        if not there:
            return MISSING
        plain = not probe.connection.endpoint.tls
        return OK if plain or probe.identity != ANONYMOUS.name else DENIED

    log = play((unknown_path.CHECK, certificate.CHECK, plaintext.CHECK), ctx, server)
    assert len(list(plaintext.CHECK.plan(ctx))) == plaintext.ENOUGH
    findings = plaintext.CHECK.judge(ctx, log.classifier()).findings
    assert {f.operation for f in findings} == {s.key for s in many}
    assert findings[0].message.startswith(
        "A caller without a client certificate is admitted without TLS at another"
    )
    closed = play((unknown_path.CHECK, certificate.CHECK, plaintext.CHECK), ctx, serving(lambda _: None))
    assert len(list(closed.by_check("plaintext"))) == plaintext.ENOUGH


def test_no_credential_is_sent_without_tls() -> None:
    """Anybody may read it: the request has what the operation needs, and no key."""
    keyed = replace(
        SECURE,
        request=replace(SECURE.request, target="/secure?key=hidden", headers=(("X-Key", "hidden"),)),
    )
    sent = [probe.request for probe in plaintext.CHECK.plan(context(keyed, alternate_endpoints=(PLAIN,)))]
    assert [(r.target, r.headers) for r in sent if r] == [("/secure", ())]


def test_every_name_is_held_against_every_other() -> None:
    """SNI, Host, both, forwarded; what the target's name is made of; and what went first on the connection."""
    ctx = context(SECURE, PUBLIC, names=("b.test",), alpn=(("http/1.1",), ("h2", "http/1.1")))
    sent = {
        p.variant: (
            p.connection.endpoint.server_name,
            dict(p.request.headers) if p.request else {},
            p.priming,
        )
        for p in names.CHECK.plan(ctx)
        if not p.variant.startswith(("port", "no host", "hosts", "authority"))
    }
    second = replace(SECURE.request, target="/public")
    coalesced = Request(method="GET", target="/", headers=(("Host", "b.test:8443"),))
    assert sent == {
        "unknown sni": ("nonce.invalid", {}, None),
        "unknown host": ("api.test", {"Host": "nonce.invalid:8443"}, None),
        "unknown": ("nonce.invalid", {"Host": "nonce.invalid:8443"}, None),
        "local host": ("api.test", {"Host": "localhost:8443"}, None),
        "forwarded host": ("api.test", {"X-Forwarded-Host": "localhost"}, None),
        "second": ("api.test", {}, second),
        "no sni": ("", {}, None),
        "upper-case sni": ("API.TEST", {}, None),
        "upper-case host": ("api.test", {"Host": "API.TEST:8443"}, None),
        "dotted sni": ("api.test.", {}, None),
        "dotted host": ("api.test", {"Host": "api.test.:8443"}, None),
        "address": ("", {"Host": "127.0.0.1:8443"}, None),
        "subdomain": ("nonce.api.test", {"Host": "nonce.api.test:8443"}, None),
        "sni b.test": ("b.test", {}, None),
        "host b.test": ("api.test", {"Host": "b.test:8443"}, None),
        "name b.test": ("b.test", {"Host": "b.test:8443"}, None),
        "forwarded b.test": ("api.test", {"X-Forwarded-Host": "b.test"}, None),
        "coalesced b.test": ("b.test", {}, coalesced),
    }


def test_host_is_asked_as_no_client_writes_it() -> None:
    """Without its port, not at all, twice; over HTTP/2 beside an :authority that is another."""
    ctx = context(SECURE, alpn=(HTTP_1, HTTP_2))
    asked = {
        p.variant: (tuple(value for name, value in p.request.headers if name == "Host"), p.connection.alpn)
        for p in names.CHECK.plan(ctx)
        if p.request and p.variant.startswith(("port", "no host", "hosts", "authority"))
    }
    own, other = "api.test:8443", "localhost:8443"
    assert asked == {
        "port": (("api.test",), HTTP_1),
        "no host": ((), HTTP_1),
        f"hosts {own} {other}": ((own, other), HTTP_1),
        f"hosts {other} {own}": ((other, own), HTTP_1),
        f"authority {own} {other}": ((own, other), HTTP_2),
        f"authority {other} {own}": ((other, own), HTTP_2),
    }
    versions = {p.variant: p.request.version for p in names.CHECK.plan(ctx) if p.request}
    assert {name for name, version in versions.items() if version == "1.0"} == {"no host"}


@pytest.mark.parametrize("manner", protocols.MANNERS, ids=lambda manner: manner.name)
@pytest.mark.parametrize(("answer", "count"), [(OK, 1), (http(101), 0), (DENIED, 0), (OTHER, 0)])
def test_a_guard_that_knows_how_most_clients_speak_is_found(
    manner: protocols.Manner, answer: HttpFacts, count: int
) -> None:
    """By the operation's own answer alone: a switch to another protocol is none."""
    ctx = context(SECURE, PUBLIC)

    def server(probe: Probe) -> HttpFacts | str:
        assert probe.request is not None
        there = probe.request.target == "/secure" and probe.variant == manner.name
        return answer if there else serving(lambda _: None)(probe)

    log = play((unknown_path.CHECK, certificate.CHECK, protocols.CHECK), ctx, server)
    findings = protocols.CHECK.judge(ctx, log.classifier()).findings
    assert [f.rule for f in findings] == ["enforcement-inconsistent"] * count
    assert all(manner.words in finding.message for finding in findings)


@pytest.mark.parametrize(
    ("answer", "count"), [(OK, 1), (http(421), 0), (MISSING, 0), (OTHER, 0), ("unrecognized_name", 0)]
)
def test_another_name_counts_where_it_serves_the_operation(answer: HttpFacts | str, count: int) -> None:
    """421 is a right answer, and so is another site."""
    ctx = context(SECURE, PUBLIC)

    def server(probe: Probe) -> HttpFacts | str:
        assert probe.request is not None
        there = probe.request.target == "/secure" and "dotted" in probe.variant
        return answer if there else serving(lambda _: None)(probe)

    log = play((unknown_path.CHECK, certificate.CHECK, names.CHECK), ctx, server)
    findings = names.CHECK.judge(ctx, log.classifier()).findings
    assert len(findings) == count
    assert all("with SNI api.test., or with Host api.test.:" in finding.message for finding in findings)

"""Methods and path spellings: which answers are a bypass of the certificate, and which only look like one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.bypass import method_variant, names, path_variant, plaintext, protocols
from specdrift.checks.bypass.method_variant import READING
from specdrift.checks.bypass.path_spellings import SPELLINGS, one_of_each, through
from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.core.base import AlternateEndpoint
from specdrift.checks.sharing import kept
from specdrift.model.contract.operation import RequestBody, ValueSource
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import BodyShape, Ending
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, Control, Endpoint, Phase, Request, Reuse, TlsRange
from specdrift.model.result.verdict import Confidence
from tests.checks.plan_builders import context, http, planned, play

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from specdrift.checks.core.base import Check, PlanContext
    from specdrift.checks.sharing.bypass_attempt import BypassAttempt
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe
    from specdrift.model.result.finding import Finding

SECURE, PUBLIC = planned(), planned("/public", Demand.NOT_REQUIRED)
JSON = ("content-type", "application/json")
OK = http(200, shape="secret", text="x" * 41, headers=(JSON, ("content-length", "41"), ("etag", '"a1"')))
OTHER, OPEN = http(200, shape="page"), http(200, shape="public")
DENIED, MISSING, NOT_ALLOWED = http(401), http(404), http(405)
PLAIN = AlternateEndpoint(
    url="http://api.test:8080",
    endpoint=Endpoint(host="api.test", port=8080, server_name="", address="127.0.0.1", tls=False),
    base_path="",
)
ADMITTED = "A caller without a client certificate is admitted "
EMPTY = replace(http(204), shape=BodyShape())


def serving(around: Callable[[Request], HttpFacts | None]) -> Callable[[Probe], HttpFacts | str]:
    """Build a server that is correct except for requests that ``around`` answers."""

    def server(probe: Probe) -> HttpFacts | str:
        assert probe.request is not None
        if (answer := around(probe.request)) is not None:
            return answer
        path = probe.request.target.partition("?")[0]
        if path == "/public":
            return OPEN
        if path != "/secure":
            return MISSING
        return DENIED if probe.identity == ANONYMOUS.name else OK

    return server


def found(
    check: Check, around: Callable[[Request], HttpFacts | None], **changes: object
) -> tuple[Finding, ...]:
    """Return the findings of a check on such a server."""
    ctx = context(SECURE, PUBLIC, **changes)  # type: ignore[arg-type]
    log = play((unknown_path.CHECK, certificate.CHECK, check), ctx, serving(around))
    return check.judge(ctx, log.classifier()).findings


def on(method: str, answer: HttpFacts, *, target: str = "/secure") -> Callable[[Request], HttpFacts | None]:
    """Answer a method on the operation for every caller."""
    return lambda r: answer if (r.method, r.target) == (method, target) else None


def overridden(name: str) -> Callable[[Request], HttpFacts | None]:
    """Let OPTIONS pass the guard; this header makes it GET."""
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
        (on("LIST", OK), ["by LIST"]),
        (lambda r: EMPTY if r.method == "OPTIONS" else None, []),
        (overridden("X-HTTP-Method-Override"), ["by OPTIONS with X-HTTP-Method-Override: GET"]),
        (lambda r: OK if r.target == "/secure?_method=GET" else None, ["by OPTIONS with _method: GET"]),
        (
            lambda r: OK if r.target.startswith("/secure?_method=") else None,
            ["by OPTIONS with an override of any value"],
        ),
        (lambda r: DENIED if r.target.startswith("/secure?_method=") else None, []),
        (lambda r: OK if r.method == "OPTIONS" and r.target.startswith("/secure") else None, ["by OPTIONS"]),
        (lambda r: OK if r.method == "OPTIONS" else None, []),
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
        "a method that reads",
        "preflight",
        "override by header",
        "override by parameter",
        "override by any value",
        "any override is refused",
        "OPTIONS is GET for every caller, whatever overrides it",
        "OPTIONS on every path",
        "unsafe methods are not sent",
    ],
)
def test_a_method_that_reaches_the_operation_is_a_finding(
    around: Callable[[Request], HttpFacts | None], causes: list[str]
) -> None:
    """The answer must be the operation's, and not that of every path or every OPTIONS."""
    findings = found(method_variant.CHECK, around)
    assert [finding.message.removeprefix(ADMITTED).partition(": HTTP")[0] for finding in findings] == causes
    assert {finding.rule for finding in findings} <= {"method-not-enforced"}


def test_all_admitted_methods_are_one_finding() -> None:
    """The first evidence is the method that returns the operation's own answer."""

    def any_but_get(r: Request) -> HttpFacts | None:
        return OK if r.method in ("HEAD", "FOO") and r.target == "/secure" else None

    (finding,) = found(method_variant.CHECK, any_but_get)
    assert finding.message.startswith(f"{ADMITTED}by FOO, by HEAD: HTTP 200")
    assert (finding.subject, finding.confidence) == ("method", Confidence.HIGH)
    assert "method FOO" in finding.probes[0]


def test_head_is_inconclusive_where_a_refusal_has_the_same_status() -> None:
    """Or where the server answers HEAD on every path."""

    def polite(r: Request) -> HttpFacts | None:
        return http(200, shape="refusal") if r.method == "HEAD" else None

    assert found(method_variant.CHECK, polite) == ()


def head(*fields: tuple[str, str], status: int = 200) -> HttpFacts:
    """Build a response to HEAD."""
    return replace(http(status, headers=fields), shape=BodyShape())


TEXT, NO_LENGTH = ("content-type", "text/plain"), ("content-length", "0")


@pytest.mark.parametrize(
    ("answer", "causes"),
    [
        (head(JSON, ("content-length", "41")), ["by HEAD"]),
        (head(TEXT, ("content-length", "41")), ["by HEAD"]),
        (head(TEXT, NO_LENGTH, ("etag", '"a1"')), ["by HEAD"]),
        (head(JSON), ["by HEAD"]),
        (head(NO_LENGTH, ("x-total-count", "3")), ["by HEAD"]),
        (head(TEXT, NO_LENGTH), []),
        (head(JSON, NO_LENGTH), []),
        (head(JSON, ("content-length", "2")), []),
        (head(NO_LENGTH, ("etag", '"empty"')), []),
        (head(TEXT), []),
        (head(), []),
        (head(status=204), []),
    ],
    ids=str,
)
def test_head_is_a_finding_if_it_describes_what_get_returns(answer: HttpFacts, causes: list[str]) -> None:
    """Routers answer HEAD with an empty success of their own, without the handler and its guard."""
    findings = found(method_variant.CHECK, on("HEAD", answer))
    assert [each.message.removeprefix(ADMITTED).partition(": HTTP")[0] for each in findings] == causes


def test_the_length_of_a_refusal_describes_no_content() -> None:
    """A refusal may have the media type and the length of the content."""
    fields = (JSON, ("content-length", "41"))
    denied, ok = http(401, headers=fields), replace(OK, headers=fields)

    def server(probe: Probe) -> HttpFacts | str:
        assert probe.request is not None
        if probe.request.target != "/secure":
            return OPEN if probe.request.target == "/public" else MISSING
        if probe.request.method == "HEAD":
            return head(*fields)
        return denied if probe.identity == ANONYMOUS.name else ok

    ctx = context(SECURE, PUBLIC)
    log = play((unknown_path.CHECK, certificate.CHECK, method_variant.CHECK), ctx, server)
    assert method_variant.CHECK.judge(ctx, log.classifier()).findings == ()


def test_content_that_changes_has_lengths_near_each_other() -> None:
    """Each request may get another length, HEAD too."""
    lengths = iter(range(1000, 9000, 7))

    def found_with(length: int) -> list[str]:
        def server(probe: Probe) -> HttpFacts | str:
            assert probe.request is not None
            if probe.request.target != "/secure":
                return OPEN if probe.request.target == "/public" else MISSING
            if probe.request.method == "HEAD":
                return head(("content-length", str(length)))
            changing = str(next(lengths))
            valid = replace(OK, headers=(("content-length", changing),), body_sha256=changing)
            return DENIED if probe.identity == ANONYMOUS.name else valid

        ctx = context(SECURE, PUBLIC)
        log = play((unknown_path.CHECK, certificate.CHECK, method_variant.CHECK), ctx, server)
        return [each.rule for each in method_variant.CHECK.judge(ctx, log.classifier()).findings]

    assert (found_with(1011), found_with(15)) == (["method-not-enforced"], [])


def test_undeclared_unsafe_methods_are_sent_only_where_allowed() -> None:
    """POST on a path that declares only GET; compared with the answer to a valid certificate."""
    lax = replace(SECURE, unsafe_allowed=True)
    everything = replace(lax, destructive_allowed=True)
    careful, careless, reckless = (
        {p.request.method for p in method_variant.CHECK.plan(context(s)) if p.request}
        for s in (SECURE, lax, everything)
    )
    assert careful == {"HEAD", "get", "GET", "FOO", "OPTIONS", "CONNECT", *READING}
    assert (careless - careful, reckless - careless) == ({"POST", "PATCH"}, {"PUT"})
    declared = context(lax, declared=frozenset({SECURE.key._replace(method="POST")}))
    assert "POST" not in {p.variant.removeprefix("method ") for p in method_variant.CHECK.plan(declared)}


def test_an_undeclared_method_is_compared_with_the_same_method_of_a_valid_certificate() -> None:
    """Its answer may differ from that of GET."""
    ctx = context(replace(SECURE, unsafe_allowed=True))
    created = http(201, shape="created")
    server = serving(on("POST", created))
    log = play((unknown_path.CHECK, certificate.CHECK, method_variant.CHECK), ctx, server)
    findings = method_variant.CHECK.judge(ctx, log.classifier()).findings
    assert [(f.subject, f.confidence) for f in findings] == [("method", Confidence.MEDIUM)]


@pytest.mark.parametrize(("usual", "count"), [((), 0), (("error-member",), 1)])
def test_an_error_for_every_caller_is_no_bypass(usual: tuple[str, ...], count: int) -> None:
    """The members of an error count only where the operation's own answer has none of them."""
    ctx = context(replace(SECURE, unsafe_allowed=True))
    sign = ("error-member",)
    created = replace(http(201), shape=BodyShape(kind="json", skeleton="created", signs=sign))
    own = replace(OK, shape=replace(OK.shape, signs=usual))

    def server(probe: Probe) -> HttpFacts | str:
        answer = serving(on("POST", created))(probe)
        return own if answer is OK else answer

    log = play((unknown_path.CHECK, certificate.CHECK, method_variant.CHECK), ctx, server)
    assert len(method_variant.CHECK.judge(ctx, log.classifier()).findings) == count


@pytest.mark.slow
@pytest.mark.parametrize(
    "spelling", [s for s in SPELLINGS if s.write("/secure") != "/secure"], ids=lambda spelling: spelling.name
)
def test_each_spelling_that_reaches_the_operation_is_a_finding(spelling: object) -> None:
    """The guard and the router read the path differently."""
    written = spelling.write("/secure")  # type: ignore[attr-defined]
    findings = found(path_variant.CHECK, on("GET", OK, target=written))
    assert [f.rule for f in findings] == ["path-variant-bypass"]
    assert f"when the request target is written {written}:" in findings[0].message


@pytest.mark.parametrize(
    ("path", "written"),
    [("/v1/items/7", "/v1/items/07"), ("/7/lines", "/07/lines"), ("/items/7a", "")],
    ids=["last", "inner", "no number"],
)
def test_a_number_is_written_with_a_zero_before_it(path: str, written: str) -> None:
    """A guard that compares text reads another number than the handler that parses it."""
    probes = path_variant.CHECK.plan(context(planned(path), PUBLIC))
    spelled = [p.request.target for p in probes if p.request and p.variant == "number leading zero"]
    assert spelled == ([written] if written else [])


@pytest.mark.parametrize(
    ("opened", "ends"),
    [
        ((), {"/health", "/public/login"}),
        (("/public",), {"/health", "/public/login", "/public"}),
        (("/v1/health", "/openapi.yaml"), {"/health", "/public/login", "/openapi.yaml", ".yaml"}),
        (("/pages/{name}", "/"), {"/health", "/public/login"}),
        (("/a", "/b", "/c", "/d"), {"/health", "/public/login", "/a", "/b", "/c"}),
    ],
    ids=["none", "one", "a file", "without a name", "many"],
)
def test_the_ends_of_open_paths_are_tried(opened: tuple[str, ...], ends: set[str]) -> None:
    """A guard may exempt every path that ends so; each is one request of a group."""
    others = [planned(path, Demand.NOT_REQUIRED) for path in opened]
    probes = path_variant.CHECK.plan(context(planned("/items/7"), *others))
    written = [p.request.target for p in probes if p.request and p.variant.startswith("open ending")]
    assert written == list(dict.fromkeys(written))
    assert {target.removeprefix("/items/7") for target in written} == ends


def test_a_guard_that_exempts_the_end_of_an_open_path_is_found() -> None:
    """The router takes what is below the operation for the operation."""
    findings = found(path_variant.CHECK, on("GET", OK, target="/secure/public"))
    assert ["/secure/public:" in finding.message for finding in findings] == [True]


@pytest.mark.parametrize(
    "exempts",
    [
        lambda target: "/health" in target,
        lambda target: target.endswith(".css"),
        lambda target: "/public" in target,
        lambda target: "/docs" in target,
        lambda target: target.endswith("/public"),
    ],
    ids=[
        "contains a health check",
        "ends like a style sheet",
        "contains an open path",
        "contains the path of a page",
        "ends in an open path",
    ],
)
def test_an_open_path_in_the_query_is_found(exempts: Callable[[str], bool]) -> None:
    """The guard looks for it in the whole target."""
    findings = found(
        path_variant.CHECK,
        lambda r: OK if exempts(r.target) and r.target.partition("?")[0] == "/secure" else None,
    )
    assert [f.rule for f in findings] == ["path-variant-bypass"]
    assert "?specdrift=/public" in findings[0].message


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
def test_a_success_of_another_handler_is_no_bypass(
    around: Callable[[Request], HttpFacts | None],
) -> None:
    """The answer must be the operation's, and not that of an unknown path."""
    assert found(path_variant.CHECK, around) == ()


def test_a_rewriting_header_is_named() -> None:
    """All headers are sent together first, then one by one: the finding names the effective one."""

    def rewriting(r: Request) -> HttpFacts | None:
        return OK if dict(r.headers).get("X-Rewrite-URL") == "/secure" else None

    findings = found(path_variant.CHECK, rewriting)
    assert [f.subject for f in findings] == ["X-Rewrite-URL"]
    assert "through X-Rewrite-URL: /secure on /public" in findings[0].message


def test_a_path_that_another_operation_declares_is_no_spelling() -> None:
    """`/SECURE` is declared separately, and open."""
    ctx = context(SECURE, PUBLIC, planned("/SECURE", Demand.NOT_REQUIRED))
    server = serving(on("GET", OK, target="/SECURE"))
    log = play((unknown_path.CHECK, certificate.CHECK, path_variant.CHECK), ctx, server)
    assert path_variant.CHECK.judge(ctx, log.classifier()).findings == ()


def test_no_bypass_is_attempted_where_the_plain_request_is_admitted() -> None:
    """The certificate check reports that; nothing more is sent."""
    ctx = context(SECURE, PUBLIC)
    log = play(
        (unknown_path.CHECK, certificate.CHECK, path_variant.CHECK),
        ctx,
        serving(on("GET", OK, target="/secure")),
    )
    assert path_variant.CHECK.judge(ctx, log.classifier()).findings == ()
    assert {s.probe.phase for s in log.by_check("path-variant")} == {Phase.MAIN}


def test_a_bypass_is_repeated_on_fresh_connections_beside_its_controls() -> None:
    """Twice more, once as the valid certificate, once to a path that does not exist."""
    ctx = context(SECURE, PUBLIC)
    server = serving(on("GET", OK, target="//secure"))
    log = play((unknown_path.CHECK, certificate.CHECK, path_variant.CHECK), ctx, server)
    again = [
        s.probe
        for s in log.by_check("path-variant")
        if s.probe.phase is Phase.CONFIRM and s.probe.tag and s.probe.tag.control is not Control.BASELINE
    ]
    assert [(p.identity, p.request.target if p.request else "") for p in again] == [
        ("anonymous", "//secure"),
        ("anonymous", "//secure"),
        ("anonymous", "//nonce"),
        ("alice", "//secure"),
    ]
    assert {p.connection.reuse for p in again} == {Reuse.FRESH}


def test_an_intermittent_bypass_is_no_finding() -> None:
    """One of four back ends has no guard: another rule reports it."""
    turns = iter([OK, DENIED, OK])
    findings = found(path_variant.CHECK, lambda r: next(turns, DENIED) if r.target == "//secure" else None)
    assert findings == ()


ENDINGS = [spelling.name.removeprefix("ending ") for spelling in SPELLINGS if spelling.family == "ending"]


def test_spellings_are_distributed_over_many_operations() -> None:
    """Few operations have every spelling; of many, each has every family and some spellings."""
    few, many = (
        context(*(planned(f"/folder{n}/7/secret") for n in range(count)), PUBLIC) for count in (3, 30)
    )
    counts = [
        sum(not attempt.requires for attempt in path_variant.attempts(ctx)) / ctx_count
        for ctx, ctx_count in ((few, 3), (many, 30))
    ]
    # The path has neither a date nor a UUID.
    own = [spelling for spelling in SPELLINGS if spelling.family not in ("date", "date in seconds", "UUID")]
    # The ends of open paths: three, of which each of many operations has one. The open path at the end of the query.
    assert counts == [len(own) + 11, len({s.family for s in own}) + 9]
    turns = [{s.name for turn in range(count) for s in one_of_each(SPELLINGS, turn)} for count in (3, 10)]
    assert {s.name for s in SPELLINGS} - turns[0] == {
        "added prefix application",
        "added prefix script",
        "matrix parameter inner",
        "matrix parameter leading",
        "suffix css",
        *(f"suffix {name}" for name in ("html", "script", "image", "font")),
        *(f"ending {name}" for name in ENDINGS[3:]),
    }
    assert turns[1] == {s.name for s in SPELLINGS}


@pytest.mark.parametrize(
    ("path", "others"),
    [
        ("/days/2026-10-05", {"/days/2026-10-05T00:00:00", "/days/1791158400"}),
        ("/days/2026-02-31", set()),
        (
            "/orders/0f8fad5b-d9cb-469f-a165-70867728950e/lines",
            {"/orders/0f8fad5bd9cb469fa16570867728950e/lines"},
        ),
    ],
)
def test_dates_and_uuids_are_written_as_parsers_take_them_too(path: str, others: set[str]) -> None:
    """A guard that matches the usual form lets the others through."""
    families = ("date", "date in seconds", "UUID")
    assert {s.write(path) for s in SPELLINGS if s.family in families} - {path} == others


def test_a_path_with_a_trailing_slash_is_sent_without_it() -> None:
    """The guard may match only one of them."""
    ctx = context(planned("/secure/"))
    assert "/secure" in {p.request.target for p in path_variant.CHECK.plan(ctx) if p.request}


def with_path(
    headers: tuple[str, ...], path: str, answer: HttpFacts
) -> Callable[[Request], HttpFacts | None]:
    """Answer the operation where a header field has this path."""
    return lambda r: answer if r.target == "/secure" and path in map(dict(r.headers).get, headers) else None


@pytest.mark.parametrize(
    ("around", "subjects"),
    [
        (with_path(("X-Original-URL",), "/public", OK), ["X-Original-URL"]),
        (with_path(("X-Forwarded-Uri",), "/public", OK), ["X-Forwarded-Uri"]),
        (with_path(("X-Original-URL",), "/public", DENIED), []),
        (with_path(("X-Original-URL",), "/public", OTHER), []),
        (lambda r: OK if dict(r.headers).get("X-Original-URL") == "/public" else None, []),
    ],
    ids=["one header", "another one", "refused", "the open path itself", "the same everywhere"],
)
def test_a_guard_that_reads_the_path_from_a_header_is_a_finding(
    around: Callable[[Request], HttpFacts | None], subjects: list[str]
) -> None:
    """The header names an open path, and the router serves that of the request line."""
    findings = found(path_variant.CHECK, around)
    assert [finding.subject for finding in findings] == subjects
    assert all(f"{finding.subject}: /public on /secure" in finding.message for finding in findings)


def test_the_absolute_form_counts_whatever_host_it_names() -> None:
    """The guard may read the host of the request line."""
    target = "https://localhost/secure"
    (finding,) = found(path_variant.CHECK, on("GET", OK, target=target))
    assert f"when the request target is written {target}:" in finding.message


@pytest.mark.parametrize("alpn", [HTTP_1, HTTP_2])
def test_a_path_without_its_leading_slash_is_sent_over_both_protocols(alpn: tuple[str, ...]) -> None:
    """HTTP/2 servers may route a ``:path`` that no policy matches, and reject the same target over HTTP/1.1."""
    ctx = context(SECURE, PUBLIC, alpn=(HTTP_1, HTTP_2))

    def server(probe: Probe) -> HttpFacts | str:
        relative = probe.request is not None and probe.request.target == "secure"
        return OK if relative and probe.connection.alpn == alpn else serving(lambda _: None)(probe)

    log = play((unknown_path.CHECK, certificate.CHECK, path_variant.CHECK), ctx, server)
    (finding,) = path_variant.CHECK.judge(ctx, log.classifier()).findings
    assert ("secure in :path of HTTP/2" in finding.message) == (alpn == HTTP_2)


@pytest.mark.parametrize(
    "host",
    [
        "api.test:8443/public?",
        "api.test:8443/public#",
        "localhost@api.test:8443",
        "api.test:8443@localhost",
        "api.test:8443x",
        "",
    ],
)
def test_a_host_that_is_no_authority_is_a_finding_where_it_passes_the_guard(host: str) -> None:
    """The guard reads a path or a host from it; the router does not."""

    def around(request: Request) -> HttpFacts | None:
        named = dict(request.headers).get("Host") == host
        return OK if named and request.target == "/secure" else None

    (finding,) = found(names.CHECK, around)
    assert finding.message.startswith(
        f"{ADMITTED}with {f'Host {host}' if host else 'an empty Host'}: HTTP 200"
    )


def test_a_malformed_host_that_opens_every_path_is_no_finding() -> None:
    """The answer is that of another site."""
    assert found(names.CHECK, lambda r: OTHER if "?" in dict(r.headers).get("Host", "") else None) == ()


def test_an_override_in_a_form_is_a_finding() -> None:
    """Only where POST may be sent."""
    ctx = context(replace(SECURE, unsafe_allowed=True))

    def around(request: Request) -> HttpFacts | None:
        return OK if (request.method, request.body) == ("POST", b"_method=GET") else None

    log = play((unknown_path.CHECK, certificate.CHECK, method_variant.CHECK), ctx, serving(around))
    messages = {f.subject: f.message for f in method_variant.CHECK.judge(ctx, log.classifier()).findings}
    assert "by POST with _method in a form: GET" in messages["POST _method in a form"]
    assert set(messages) == {"POST _method in a form"}


@pytest.mark.parametrize(("body", "count"), [(b"{}", 1), (b"[]", 0)])
def test_a_guard_that_a_body_bypasses_is_a_finding(body: bytes, count: int) -> None:
    """GET normally has no body, and some guards do not expect one."""
    found_ = found(method_variant.CHECK, lambda r: OK if r.target == "/secure" and r.body == body else None)
    assert len(found_) == count
    assert all("by GET with a body" in finding.message for finding in found_)


GRAPHQL = RequestBody(
    media_type="application/json",
    content=b'{"query": "{ name }", "variables": {"a": 1}}',
    source=ValueSource.EXAMPLE,
)
FORM = RequestBody(
    media_type="application/x-www-form-urlencoded", content=b"query=x&page=2", source=ValueSource.EXAMPLE
)


@pytest.mark.parametrize(
    ("body", "query", "is_open"),
    [
        (GRAPHQL, "query=%7B+name+%7D&variables=%7B%22a%22%3A+1%7D", True),
        (GRAPHQL, "query=%7B+name+%7D&variables=%7B%22a%22%3A+1%7D", False),
        (FORM, "query=x&page=2", True),
        (replace(GRAPHQL, content=b"[1]"), "", False),
    ],
    ids=["GraphQL", "GraphQL, correct", "a form", "a list"],
)
def test_a_guard_of_post_that_get_steps_around_is_a_finding(
    body: RequestBody,
    query: str,
    is_open: bool,  # noqa: FBT001
) -> None:
    """A route often takes the members of its body as parameters of GET too, where the document has POST alone."""
    post = planned(method="POST")
    headers = (("Content-Type", body.media_type),)
    post = replace(
        post,
        request=replace(post.request, body=body.content, headers=headers),
        operation=replace(post.operation, body=body),
    )
    sent = []

    def server(probe: Probe) -> HttpFacts | str:
        request = probe.request
        assert request is not None
        path, _, given = request.target.partition("?")
        if path != "/secure":
            return MISSING
        if request.method == "GET" and probe.variant.startswith("GET with the body"):
            sent.append(given)
        through = request.method == "POST" or (request.method, given) == ("GET", query)
        is_admitted = probe.identity != ANONYMOUS.name or (is_open and request.method == "GET")
        return (OK if is_admitted else DENIED) if through else NOT_ALLOWED

    ctx = context(post, PUBLIC, declared=frozenset({post.key}))
    log = play((unknown_path.CHECK, certificate.CHECK, method_variant.CHECK), ctx, server)
    findings = method_variant.CHECK.judge(ctx, log.classifier()).findings
    assert [f.message.removeprefix(ADMITTED).partition(": HTTP")[0] for f in findings] == [
        "by GET with the members of the body as parameters"
    ] * is_open
    assert set(sent) == ({query} if query else set())


def test_get_is_not_sent_for_post_where_the_document_has_it() -> None:
    """Its own checks send it."""
    post = replace(
        planned(method="POST"), request=Request(method="POST", target="/secure", body=FORM.content)
    )
    post = replace(post, operation=replace(post.operation, body=FORM))
    ctx = context(post, declared=frozenset({post.key, SECURE.key}))
    variants = {probe.variant for probe in method_variant.CHECK.plan(ctx)}
    assert "GET with the body as parameters" not in variants


def test_a_sample_of_operations_represents_every_folder() -> None:
    """Fifty of a hundred, or one of each folder; all of them with ``exhaustive``."""
    crowd = [planned(f"/crowd/{n}") for n in range(100)]
    corners = [planned(f"/corner{n}/secret") for n in range(10)]
    ctx = context(*crowd, *corners)
    chosen = path_variant.sample(ctx)
    assert len(chosen) == path_variant.ENOUGH
    assert {s.key for s in corners} <= {s.key for s in chosen}
    assert len(path_variant.sample(replace(ctx, exhaustive=True))) == 110


def test_a_prefix_is_entered_and_left_again() -> None:
    """With one step up per segment."""
    assert through("/v1/public").write("/v1/secure") == "/v1/public/../../v1/secure"


def test_a_listener_is_probed_with_few_operations_until_one_is_served() -> None:
    """Then with all; every operation that it serves is a finding."""
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
    assert len(list(plaintext.CHECK.plan(ctx))) == plaintext.ENOUGH + 1, "and one that does not exist"
    findings = plaintext.CHECK.judge(ctx, log.classifier()).findings
    assert {f.operation for f in findings} == {s.key for s in many}
    assert findings[0].message.startswith(
        "A caller without a client certificate is admitted without TLS at another"
    )
    closed = play((unknown_path.CHECK, certificate.CHECK, plaintext.CHECK), ctx, serving(lambda _: None))
    assert len(list(closed.by_check("plaintext"))) == plaintext.ENOUGH + 1


def test_no_credential_is_sent_without_tls() -> None:
    """The request has what the operation needs except credentials: it could be read on the network."""
    keyed = replace(
        SECURE,
        request=replace(SECURE.request, target="/secure?key=hidden", headers=(("X-Key", "hidden"),)),
    )
    sent = [probe.request for probe in plaintext.CHECK.plan(context(keyed, alternate_endpoints=(PLAIN,)))]
    assert [(r.target, r.headers) for r in sent if r] == [("/secure", ()), ("/nonce", ())]


def test_every_name_is_combined_with_every_other() -> None:
    """SNI, Host, both, forwarded; variants of the target's name; and the priming request of the connection."""
    ctx = context(SECURE, PUBLIC, names=("b.test",), alpn=(("http/1.1",), ("h2", "http/1.1")))
    sent = {
        p.variant: (
            p.connection.endpoint.server_name,
            dict(p.request.headers) if p.request else {},
            p.priming,
        )
        for p in names.CHECK.plan(ctx)
        if not p.variant.startswith(("port", "no host", "hosts", "authority", "malformed"))
    }
    second = replace(SECURE.request, target="/public")
    coalesced = Request(method="GET", target="/", headers=(("Host", "b.test:8443"),))
    assert sent == {
        "unknown sni": ("nonce.invalid", {}, None),
        "unknown host": ("api.test", {"Host": "nonce.invalid:8443"}, None),
        "unknown": ("internal.nonce.internal", {"Host": "internal.nonce.internal"}, None),
        "unknown authority": ("api.test", {"Host": "nonce.invalid:8443"}, None),
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
        "inner host internal": ("api.test", {"Host": "internal"}, None),
        "inner host localhost": ("api.test", {"Host": "localhost"}, None),
        "coalesced b.test": ("b.test", {}, coalesced),
    }


def test_names_of_the_servers_certificate_are_sent_once() -> None:
    """A virtual host may have no policy; a name that is configured too is sent as such."""
    ctx = context(SECURE, PUBLIC, names=("b.test",), certified_names=("b.test", "c.test"))
    sent = [
        p.variant for p in names.CHECK.plan(ctx) if p.variant.endswith(".test") and "hosts" not in p.variant
    ]
    assert sent == [
        "sni b.test",
        "host b.test",
        "name b.test",
        "forwarded b.test",
        "sni c.test",
        "name c.test",
    ]


@pytest.mark.parametrize(("answer", "count"), [(OK, 1), (DENIED, 0), (OTHER, 0)])
def test_a_virtual_host_without_a_guard_is_a_finding(answer: HttpFacts, count: int) -> None:
    """One that refuses, or serves another site, is correct."""
    ctx = context(SECURE, PUBLIC, certified_names=("c.test",))

    def server(probe: Probe) -> HttpFacts | str:
        assert probe.request is not None
        there = probe.connection.endpoint.server_name == "c.test" and probe.request.target == "/secure"
        return answer if there else serving(lambda _: None)(probe)

    log = play((unknown_path.CHECK, certificate.CHECK, names.CHECK), ctx, server)
    findings = names.CHECK.judge(ctx, log.classifier()).findings
    assert [finding.rule for finding in findings] == ["host-sni-confusion"] * count
    assert all("with SNI c.test and Host api.test" in finding.message for finding in findings)


def test_host_is_sent_in_unusual_forms() -> None:
    """Without its port, absent, twice; over HTTP/2 beside a different :authority."""
    ctx = context(SECURE, alpn=(HTTP_1, HTTP_2))
    asked = {
        p.variant: (tuple(value for name, value in p.request.headers if name == "Host"), p.connection.alpn)
        for p in names.CHECK.plan(ctx)
        if p.request and p.variant.startswith(("port", "no host", "hosts", "authority", "unknown authority"))
    }
    own, other = "api.test:8443", "localhost:8443"
    assert asked == {
        "port": (("api.test",), HTTP_1),
        "no host": ((), HTTP_1),
        f"hosts {own} {other}": ((own, other), HTTP_1),
        f"hosts {other} {own}": ((other, own), HTTP_1),
        "unknown authority": (("nonce.invalid:8443",), HTTP_2),
        f"authority {own} {other}": ((own, other), HTTP_2),
        f"authority {other} {own}": ((other, own), HTTP_2),
    }
    versions = {p.variant: p.request.version for p in names.CHECK.plan(ctx) if p.request}
    assert {name for name, version in versions.items() if version == "1.0"} == {"no host"}


@pytest.mark.parametrize("manner", protocols.MANNERS, ids=lambda manner: manner.name)
@pytest.mark.parametrize(("answer", "count"), [(OK, 1), (http(101), 0), (DENIED, 0), (OTHER, 0)])
def test_a_guard_that_expects_a_usual_request_form_is_a_finding(
    manner: protocols.Manner, answer: HttpFacts, count: int
) -> None:
    """Only the operation's own answer counts: a switch to another protocol does not."""
    ctx = replace(context(SECURE, PUBLIC), tls=(TlsRange.ANY, TlsRange.ONLY_1_2))

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
    """421 is correct, and so is another site."""
    ctx = context(SECURE, PUBLIC)

    def server(probe: Probe) -> HttpFacts | str:
        assert probe.request is not None
        there = probe.request.target == "/secure" and "dotted" in probe.variant
        return answer if there else serving(lambda _: None)(probe)

    log = play((unknown_path.CHECK, certificate.CHECK, names.CHECK), ctx, server)
    findings = names.CHECK.judge(ctx, log.classifier()).findings
    assert len(findings) == count
    assert all("with SNI api.test., or with Host api.test.:" in finding.message for finding in findings)


def test_attempts_are_made_once_for_a_context() -> None:
    """Follow-ups are planned many times, and nothing of an attempt depends on the answers."""
    made: list[object] = []

    def attempts(plan: PlanContext) -> Iterable[BypassAttempt]:
        made.append(plan)
        return method_variant.attempts(plan)

    check = replace(method_variant.CHECK, attempts=attempts, first=None)  # type: ignore[type-var] # a BypassCheck
    plan = context(SECURE, PUBLIC)
    log = play((certificate.CHECK, unknown_path.CHECK, check), plan, serving(lambda _: None))
    assert made == [plan]
    assert list(check.follow_up(plan, log)) == []
    assert list(check.follow_up(replace(plan), log)) == []
    assert len(made) == 2


def test_attempts_of_large_documents_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """They would take hundreds of megabytes."""
    monkeypatch.setattr(kept, "MOST", 2)
    plan = context(SECURE)
    for few in (range(2), range(3)):
        assert list(kept.kept(plan, len(few), lambda few=few: few)) == [*few]  # type: ignore[misc] # bound now
    assert plan.kept == {2: [0, 1]}


def test_attempts_are_made_when_they_are_needed() -> None:
    """A recording of other checks is judged by all: nothing was sent that an attempt could be compared with."""
    made: list[int] = []

    def make() -> list[int]:
        made.append(1)
        return made

    attempts = kept.kept(context(SECURE), "key", make)
    assert made == []
    assert list(attempts) == [1]


@pytest.mark.parametrize(
    ("silent", "findings", "undecided"),
    [
        (lambda _: False, 1, 0),
        (lambda p: p.identity == "alice" and p.request.method == "FOO", 0, 1),
        (lambda p: p.attempt == 2, 0, 1),
        (lambda p: bool(p.tag and p.tag.control is Control.NEGATIVE), 1, 0),
    ],
    ids=["all answered", "the positive control", "a repetition", "the negative control"],
)
def test_a_control_without_a_response_leaves_the_operation_undecided(
    silent: Callable[[Probe], bool], findings: int, undecided: int
) -> None:
    """An attempt that seems to arrive is not dropped; nothing refutes the operation's own data."""
    ctx = context(SECURE, PUBLIC)
    around = serving(on("FOO", OK))

    def server(probe: Probe) -> HttpFacts | str | Ending:
        own = probe.check == method_variant.CHECK.name
        return Ending.TIMEOUT if own and silent(probe) else around(probe)

    log = play((unknown_path.CHECK, certificate.CHECK, method_variant.CHECK), ctx, server)
    got = method_variant.CHECK.judge(ctx, log.classifier())
    assert (len(got.findings), len(got.undecided)) == (findings, undecided)
    assert all("got no response" in entry.reason for entry in got.undecided)

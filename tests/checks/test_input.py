"""Bad input: what counts as not looked at, as a failure, and as a file; and who is told first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.inputs import denial as input_denial
from specdrift.checks.inputs import validation as input_validation
from specdrift.checks.inputs.attempts import FEW
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Phase, Request, Reuse
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.verdict import Confidence
from tests.checks.world import ALICE, BOB, FORGED, OLD, context, http, planned, play

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from specdrift.checks.core.base import Check, PlanContext, PlannedOperation
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe
    from specdrift.model.result.finding import Finding

LIMIT = Input(name="limit", place=Place.QUERY, constraint=Constraint(type="integer", minimum=1, maximum=100))
ORDER = Input(name="order", place=Place.QUERY, constraint=Constraint(type="string", allowed=("asc", "desc")))
TEXT = Input(name="q", place=Place.QUERY, constraint=Constraint(type="string"))
NAME = Input(name="name", place=Place.PATH, required=True, constraint=Constraint(type="string"))
TRACE = Input(name="X-Trace", place=Place.HEADER, constraint=Constraint(type="string", format="uuid"))
AMOUNT = Input(name="amount", place=Place.BODY, required=True, constraint=Constraint(type="integer"))

OK, DENIED, MISSING = http(200, shape="results"), http(401), http(404)
WRONG, BROKEN, ELSEWHERE = http(400, text="limit is no integer"), http(500), http(200, shape="page")
PASSWD = http(200, shape="file", text="root:x:0:0:root:/root:/bin/sh\n")


def asking(*inputs: Input, path: str = "/search", **changes: object) -> PlannedOperation:
    """A guarded operation that takes these."""
    one = planned(path, **changes)  # type: ignore[arg-type]
    return replace(one, operation=replace(one.operation, inputs=inputs))


def guarded(handler: Callable[[Request], HttpFacts]) -> Callable[[Probe], HttpFacts]:
    """Who has a certificate gets the handler's answer."""

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        if probe.operation is None:
            return MISSING
        return DENIED if probe.identity in (ANONYMOUS.name, OLD.name) else handler(probe.request)

    return server


def query(request: Request) -> dict[str, str]:
    """The first value of each parameter."""
    return {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}


def judged(check: Check, ctx: PlanContext, server: Callable[[Probe], HttpFacts | str]) -> list[Finding]:
    """What the check makes of the server."""
    log = play((unknown_path.CHECK, certificate.CHECK, check), ctx, server)
    return list(check.judge(ctx, log.classifier()).findings)


def found(handler: Callable[[Request], HttpFacts], *inputs: Input, path: str = "/search") -> list[Finding]:
    """What the check of input makes of a handler behind a correct guard."""
    return judged(input_validation.CHECK, context(asking(*inputs, path=path)), guarded(handler))


def fails_unless(
    known: Mapping[str, Callable[[str], bool]], otherwise: HttpFacts
) -> Callable[[Request], HttpFacts]:
    """A handler that answers otherwise where a parameter is unknown or not as it should be."""
    return lambda r: OK if all(n in known and known[n](v) for n, v in query(r).items()) else otherwise


def anything(_: str) -> bool:
    """A value that nobody looks at."""
    return True


def in_bounds(value: str) -> bool:
    """A good limit."""
    return value.isdigit() and len(value) < 4 and 1 <= int(value) <= 100


def clamps(request: Request) -> HttpFacts:
    """As many results as were asked for, one to a hundred."""
    limit = query(request).get("limit", "10")
    if not limit.lstrip("-").isdigit():
        return WRONG
    return replace(OK, body_sha256=str(min(max(int(limit[:9]), 1), 100)))


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (fails_unless({"limit": in_bounds, "specdrift": anything}, WRONG), []),
        (lambda _: OK, ['"specdrift" for limit (query)']),
        (
            fails_unless({"limit": str.isdigit, "specdrift": anything}, BROKEN),
            ['HTTP 500 for "specdrift" for limit'],
        ),
        (fails_unless({"limit": str.isdigit}, BROKEN), []),
        (fails_unless({"limit": str.isdigit, "specdrift": anything}, http(503)), []),
        (fails_unless({"limit": str.isdigit, "specdrift": anything}, ELSEWHERE), []),
        (fails_unless({"limit": str.isdigit, "specdrift": anything}, MISSING), []),
        (clamps, []),
        (
            lambda r: replace(clamps(r), body_sha256=query(r).get("limit", "")),
            ['"101" for limit (query); "0" for limit (query)'],
        ),
    ],
    ids=[
        "refuses it",
        "takes everything",
        "fails at it",
        "fails at every parameter that nobody declared",
        "is unavailable",
        "answers another page",
        "looks it up",
        "clamps to the bounds",
        "goes beyond the bounds",
    ],
)
def test_invalid_values_count_where_nothing_else_explains_what_they_do(
    handler: Callable[[Request], HttpFacts], said: list[str]
) -> None:
    """A success must be that of good input, a failure must not come of any parameter, a bound must not be clamped."""
    messages = [finding.message for finding in found(handler, LIMIT)]
    assert len(messages) == len(said)
    assert all(part in message for part, message in zip(said, messages, strict=True))


def test_what_is_accepted_is_one_finding_that_says_what_is_allowed() -> None:
    """All values of an operation together, as sure as one can be of a parameter that may have no effect."""
    (finding,) = found(lambda r: replace(OK, body_sha256=r.target), LIMIT, ORDER)
    assert finding.confidence is Confidence.MEDIUM
    assert finding.message == (
        "Input that the document does not allow is answered like valid input (HTTP 200): "
        '"specdrift" for limit (query); "specdrift" for order (query); "101" for limit (query); "0" for limit (query) '
        "(limit: integer, 1 to 100; order: string, one of asc, desc)."
    )


def test_a_text_without_constraints_cannot_be_violated() -> None:
    """Nor does a header that nobody has to look at count when it is not looked at."""
    assert found(lambda _: OK, TEXT, NAME, TRACE, path="/files/{name}") == []


def test_a_header_at_which_the_server_fails_counts() -> None:
    """It was looked at."""
    handler = lambda r: BROKEN if ("X-Trace", "specdrift") in r.headers else OK  # noqa: E731 - the whole server
    assert [f.subject for f in found(handler, TRACE)] == ["failure"]


def test_an_effect_that_is_seen_once_is_none() -> None:
    """Everything is asked twice, the second time on a fresh connection."""
    seen: list[str] = []

    def once(request: Request) -> HttpFacts:
        seen.append(request.target)
        return BROKEN if "=specdrift" in request.target and seen.count(request.target) == 1 else WRONG

    handler = lambda r: OK if r.target == "/search" else once(r)  # noqa: E731
    assert found(handler, LIMIT) == []
    assert seen.count("/search?limit=specdrift") == 2


def reads_files(request: Request) -> HttpFacts:
    """Joins the last segment to a folder."""
    name = unquote(urlsplit(request.target).path.removeprefix("/files/"))
    if name == "1":
        return OK
    return PASSWD if name.endswith("/etc/passwd") else MISSING


@pytest.mark.parametrize(
    ("handler", "confidences"),
    [
        (reads_files, [Confidence.HIGH]),
        (lambda r: MISSING if "passwd" in r.target else OK, []),
        (lambda r: OK if r.target == "/files/1" else PASSWD, []),
        (lambda _: PASSWD, []),
        (lambda r: replace(OK, body_excerpt=unquote(r.target)), []),
    ],
    ids=["reads it", "does not", "tells the same of every file", "tells it always", "echoes the path"],
)
def test_a_traversal_counts_where_a_well_known_file_comes_back(
    handler: Callable[[Request], HttpFacts], confidences: list[Confidence]
) -> None:
    """And not where the same comes without the file."""
    findings = found(handler, NAME, path="/files/{name}")
    assert [finding.confidence for finding in findings] == confidences
    assert all("reaches a file of the server" in finding.message for finding in findings)
    assert all("..%2f" in finding.probes[0] for finding in findings)


def test_a_value_that_is_looked_up_is_followed_by_a_traversal() -> None:
    """A wrong word for one of some gets 404: the server has looked for it, perhaps among its files."""

    def handler(request: Request) -> HttpFacts:
        order = query(request).get("order", "asc")
        return PASSWD if order.endswith("etc/passwd") else OK if order == "asc" else MISSING

    assert [f.subject for f in found(handler, ORDER)] == ["file"]


@pytest.mark.parametrize("status", [403, 401, 200])
def test_it_is_silent_where_the_guard_is_the_matter(status: int) -> None:
    """Where nobody is admitted, or everybody does, other rules say so."""
    answer = http(status, shape="results")
    everybody: Callable[[Probe], HttpFacts] = lambda p: answer if p.operation else MISSING  # noqa: E731
    assert judged(input_validation.CHECK, context(asking(LIMIT)), everybody) == []


def test_methods_that_change_something_get_wrong_values_only() -> None:
    """And none without leave; a traversal that reached a file would write or remove it."""
    post = asking(AMOUNT, LIMIT, NAME, path="/files/{name}", method="POST")
    post = replace(post, request=replace(post.request, body=b'{"amount": 1}'))
    held = replace(post, mode=UnsafeMethods.HANDSHAKE)
    plan = [p for p in input_validation.CHECK.plan(context(post)) if p.request]
    kinds = [p.variant.partition(" ")[0] for p in plan]
    assert kinds == ["malformed", "wrong", "media", "wrong", "missing", "missing"]
    assert list(input_validation.CHECK.plan(context(held))) == []


def test_a_body_that_is_taken_although_it_is_wrong_counts() -> None:
    """Each member by itself."""
    post = asking(AMOUNT, method="POST")
    post = replace(post, request=replace(post.request, body=b'{"amount":1}'))
    handler = lambda r: OK if b"amount" in r.body else http(422)  # noqa: E731
    (finding,) = judged(input_validation.CHECK, context(post), guarded(handler))
    assert '"specdrift" for amount (body)' in finding.message


JSON = ("Content-Type", "application/json")


def is_json(request: Request) -> bool:
    """Whether it says so and is."""
    return JSON in request.headers and request.body.startswith(b"{") and request.body.endswith(b"}")


@pytest.mark.parametrize(
    ("takes", "words"),
    [
        (is_json, []),
        (lambda r: JSON in r.headers, ['"broken JSON" for all of it (body)']),
        (lambda r: r.body.endswith(b"}"), ['"text/plain" for all of it (body)']),
        (lambda r: is_json(r) or not r.body, ["nothing for all of it (body)"]),
    ],
    ids=["none", "broken", "another media type", "nothing"],
)
def test_a_body_that_is_wrong_as_a_whole_counts_where_it_is_taken(
    takes: Callable[[Request], bool], words: list[str]
) -> None:
    """Broken off, under another name, or not there although a member is required."""
    post = asking(AMOUNT, method="POST")
    post = replace(post, request=replace(post.request, headers=(JSON,), body=b'{"amount":1}'))
    handler = lambda r: OK if takes(r) and b"specdrift" not in r.body and r.body != b"{}" else http(422)  # noqa: E731
    findings = judged(input_validation.CHECK, context(post, exhaustive=True), guarded(handler))
    assert len(findings) == len(words)
    assert all(word in finding.message for word, finding in zip(words, findings, strict=True))


@pytest.mark.parametrize(
    ("closed", "sent", "words"),
    [
        (True, b'{"amount":1}', ['the undeclared member "specdrift" (all of it: no other members)']),
        (False, b'{"amount":1}', []),
        (True, b'{"amount":1,"specdrift":"specdrift"}', []),
        (True, b"[1]", []),
    ],
    ids=["none may be there", "any may be there", "it is there already", "no object"],
)
def test_a_member_that_must_not_be_there_counts_where_it_is_taken(
    closed: bool,  # noqa: FBT001 - a table's column
    sent: bytes,
    words: list[str],
) -> None:
    """Where the schema has no say on further members, many servers read what they know."""
    post = asking(replace(AMOUNT, closed=closed), method="POST")
    post = replace(post, request=replace(post.request, headers=(JSON,), body=sent))
    taken = {sent, b'{"amount":1,"specdrift":"specdrift"}'}
    handler = lambda r: OK if JSON in r.headers and r.body in taken else http(422)  # noqa: E731
    findings = judged(input_validation.CHECK, context(post), guarded(handler))
    assert len(findings) == len(words)
    assert all(word in finding.message for word, finding in zip(words, findings, strict=True))


def test_many_operations_are_asked_with_one_value_each_until_one_does_something() -> None:
    """Then all are asked with values of its kind."""
    many = [asking(LIMIT, path=f"/search/{n}") for n in range(FEW + 4)]
    ctx = context(*many)
    probes = list(input_validation.CHECK.plan(ctx))
    assert len(probes) == len(many)
    assert len({probe.variant for probe in probes}) > 1
    assert len(list(input_validation.CHECK.plan(replace(ctx, exhaustive=True)))) > 3 * len(many)
    lax = judged(input_validation.CHECK, ctx, guarded(lambda _: OK))
    strict = judged(input_validation.CHECK, ctx, guarded(fails_unless({"limit": in_bounds}, WRONG)))
    assert ([f.operation for f in lax], strict) == ([one.key for one in many], [])


def test_the_identity_of_the_right_role_asks() -> None:
    """Another would be refused for what it is."""
    admin = asking(LIMIT, roles=("admin",))
    plan = list(input_validation.CHECK.plan(context(admin, identities=(ALICE, BOB))))
    assert {probe.identity for probe in plan} == {"bob"}
    assert list(input_validation.CHECK.plan(context(admin, identities=(ALICE,)))) == []


def told_first(
    answer: HttpFacts, *, noise: HttpFacts = DENIED, good: HttpFacts = WRONG
) -> Callable[[Probe], HttpFacts]:
    """A server that looks at the query before it looks at the caller."""

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        known = probe.identity == ALICE.name
        if probe.operation is None:
            return MISSING
        if "limit=specdrift" in probe.request.target:
            return good if known else answer
        if "specdrift=specdrift" in probe.request.target and not known:
            return noise
        return OK if known else DENIED

    return server


@pytest.mark.parametrize(
    ("server", "confidences"),
    [
        (guarded(fails_unless({"limit": in_bounds}, WRONG)), []),
        (told_first(WRONG), [Confidence.HIGH]),
        (told_first(http(422, text="bad request")), []),
        (told_first(http(422, text="bad request"), good=http(422)), [Confidence.MEDIUM]),
        (told_first(http(400, text="/search?limit=specdrift is bad"), good=WRONG), [Confidence.MEDIUM]),
        (told_first(http(404), good=http(404)), []),
        (told_first(WRONG, noise=WRONG), []),
        (told_first(http(400, text="No required SSL certificate was sent")), []),
        (told_first(WRONG, good=OK), []),
    ],
    ids=[
        "asks who it is first",
        "names the parameter",
        "says something else than to a good caller",
        "says that something is wrong",
        "echoes the request",
        "says that there is nothing",
        "says so of every parameter",
        "asks for the certificate",
        "is content with it for good callers",
    ],
)
def test_who_is_refused_must_not_be_told_what_is_wrong(
    server: Callable[[Probe], HttpFacts], confidences: list[Confidence]
) -> None:
    """Surest where the answer names what the document names."""
    findings = judged(input_denial.CHECK, context(asking(LIMIT)), server)
    assert [finding.confidence for finding in findings] == confidences
    assert [(f.rule, f.identity) for f in findings] == [("denial-after-validation", "anonymous")] * len(
        confidences
    )


def test_a_denial_after_validation_names_what_it_gave_away() -> None:
    """Nothing is said twice, and everything was asked again on fresh connections."""
    ctx = context(asking(LIMIT, TEXT))
    log = play((unknown_path.CHECK, certificate.CHECK, input_denial.CHECK), ctx, told_first(WRONG))
    (finding,) = input_denial.CHECK.judge(ctx, log.classifier()).findings
    assert finding.message == (
        "A caller without a client certificate gets an error about its input (HTTP 400, which names limit), and "
        "is refused only once the input is valid (HTTP 401)."
    )
    again = [s.probe for s in log.by_check("input-denial") if s.probe.phase is Phase.CONFIRM]
    assert {probe.connection.reuse for probe in again} == {Reuse.FRESH}
    assert len(again) == 3


def test_a_wrong_path_is_sent_where_nothing_else_can_be_wrong() -> None:
    """Many routers know no such path, and never come to the query then."""
    number = replace(NAME, constraint=Constraint(type="integer"))
    both = asking(number, LIMIT, path="/files/{name}")
    alone = asking(number, path="/files/{name}")
    targets = [
        [p.request.target for p in input_denial.CHECK.plan(context(one)) if p.request]
        for one in (both, alone, asking(TEXT))
    ]
    assert targets == [["/files/1?limit=specdrift"], ["/files/specdrift"], []]


def test_refused_in_tls_nobody_is_told_anything() -> None:
    """There is no answer to compare."""
    ctx = context(asking(LIMIT))
    server: Callable[[Probe], HttpFacts | str] = lambda p: (  # noqa: E731
        OK if p.identity == ALICE.name else "certificate_required"
    )
    assert judged(input_denial.CHECK, ctx, server) == []


@pytest.mark.parametrize("demand", [Demand.NOT_REQUIRED, Demand.OPTIONAL, Demand.OTHER])
@pytest.mark.parametrize("check", [input_validation.CHECK, input_denial.CHECK])
def test_operations_that_ask_for_no_certificate_are_left_alone(demand: Demand, check: Check) -> None:
    """What they do with input is not about certificates."""
    assert list(check.plan(context(asking(LIMIT, demand=demand)))) == []


INSIDES = "Traceback (most recent call last):\n"
TELLING, TELLING_DENIED = http(400, text=INSIDES), http(401, text=INSIDES)


@pytest.mark.parametrize(
    ("handler", "subjects"),
    [
        (fails_unless({"limit": in_bounds, "specdrift": anything}, TELLING), ["insides"]),
        (fails_unless({"limit": in_bounds, "specdrift": anything}, http(500, text=INSIDES)), ["failure"]),
        (fails_unless({"limit": in_bounds}, TELLING), []),
        (lambda r: http(400 if "limit" in r.target else 200, shape="results", text=INSIDES), []),
    ],
    ids=["tells", "fails", "tells of any parameter", "tells in successes"],
)
def test_an_answer_to_invalid_input_that_tells_of_the_insides_counts(
    handler: Callable[[Request], HttpFacts], subjects: list[str]
) -> None:
    """Where it comes of the input."""
    findings = found(handler, LIMIT)
    assert [finding.subject for finding in findings] == subjects
    assert all("a stack trace of Python" in finding.message for finding in findings)


def refusing(**answers: HttpFacts) -> Callable[[Probe], HttpFacts]:
    """A guard that answers each caller so, and lets in who is not named."""
    return lambda p: answers.get(p.identity.replace("-", "_"), OK) if p.operation else MISSING


@pytest.mark.parametrize(
    ("server", "told"),
    [
        (refusing(anonymous=DENIED, old=DENIED), []),
        (
            refusing(anonymous=TELLING_DENIED, old=DENIED),
            [("anonymous", "A caller without a client certificate")],
        ),
        (refusing(anonymous=DENIED, old=TELLING_DENIED), [("old", '"old" is refused')]),
        (
            refusing(anonymous=DENIED, old=DENIED, self_signed=TELLING_DENIED),
            [("self-signed", "of profile self-s")],
        ),
        (refusing(anonymous=http(500, text=INSIDES), old=DENIED), [("anonymous", "HTTP 500")]),
        (refusing(anonymous=OK, old=TELLING_DENIED), []),
        (refusing(anonymous=TELLING_DENIED, old=DENIED, alice=http(200, shape="x", text=INSIDES)), []),
        (refusing(anonymous=TELLING_DENIED, old=DENIED, alice=DENIED), []),
        (
            refusing(anonymous=http(401, text="from CN=Partner CA,O=Example"), old=DENIED),
            [("anonymous", "Partner")],
        ),
        (refusing(anonymous=DENIED, old=http(401, text="of CN=old,O=Example")), []),
        (refusing(anonymous=http(401, text="by CN=api.test,O=Example"), old=DENIED), []),
    ],
    ids=[
        "nothing",
        "a trace",
        "a trace, to who has a bad certificate",
        "a trace, to who has a forged one",
        "a trace, failing",
        "nobody refuses",
        "it is the content",
        "nobody gets in",
        "an issuer",
        "the caller's own name",
        "the server's own name",
    ],
)
def test_who_is_refused_must_not_be_told_of_the_insides(
    server: Callable[[Probe], HttpFacts], told: list[tuple[str, str]]
) -> None:
    """One finding for an operation, whoever hears it, also where there is no input."""
    ctx = context(asking(), identities=(ALICE, OLD, FORGED))
    findings = judged(input_denial.CHECK, ctx, server)
    assert [finding.identity for finding in findings] == [identity for identity, _ in told]
    assert all(words in finding.message for finding, (_, words) in zip(findings, told, strict=True))
    assert {finding.rule for finding in findings} <= {"denial-after-validation"}


def test_who_sends_invalid_input_is_asked_again_before_it_is_said_what_it_was_told() -> None:
    """Where the guard comes first for good input, and a trace before that for bad."""
    server = told_first(http(500, text=INSIDES), good=WRONG)
    ctx = context(asking(LIMIT))
    log = play((unknown_path.CHECK, certificate.CHECK, input_denial.CHECK), ctx, server)
    (finding,) = input_denial.CHECK.judge(ctx, log.classifier()).findings
    assert "discloses internal details, when its input is wrong (HTTP 500)" in finding.message
    assert finding.confidence is Confidence.HIGH
    assert [s.probe.attempt for s in log.by_check("input-denial")] == [1, 2]

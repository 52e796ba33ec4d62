"""Invalid input: accepted values, failures, file traversal, and errors that precede the denial."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.inputs import input_denial, input_validation
from specdrift.checks.inputs.attempts import FEW
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Phase, Request, Reuse
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.verdict import Confidence
from tests.checks.plan_builders import ALICE, BOB, OLD, SELF_SIGNED, context, http, planned, play

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


def taking(*inputs: Input, path: str = "/search", **changes: object) -> PlannedOperation:
    """Build a guarded operation with these inputs."""
    one = planned(path, **changes)  # type: ignore[arg-type]
    return replace(one, operation=replace(one.operation, inputs=inputs))


def guarded(handler: Callable[[Request], HttpFacts]) -> Callable[[Probe], HttpFacts]:
    """Build a server that passes callers with a certificate to the handler."""

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        if probe.operation is None:
            return MISSING
        return DENIED if probe.identity in (ANONYMOUS.name, OLD.name) else handler(probe.request)

    return server


def query(request: Request) -> dict[str, str]:
    """Return the first value of each query parameter."""
    return {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}


def judged(check: Check, ctx: PlanContext, server: Callable[[Probe], HttpFacts | str]) -> list[Finding]:
    """Return the findings of the check."""
    log = play((unknown_path.CHECK, certificate.CHECK, check), ctx, server)
    return list(check.judge(ctx, log.classifier()).findings)


def found(handler: Callable[[Request], HttpFacts], *inputs: Input, path: str = "/search") -> list[Finding]:
    """Return the findings of the input check on a handler behind a correct guard."""
    return judged(input_validation.CHECK, context(taking(*inputs, path=path)), guarded(handler))


def fails_unless(
    known: Mapping[str, Callable[[str], bool]], otherwise: HttpFacts
) -> Callable[[Request], HttpFacts]:
    """Build a handler that answers differently where a parameter is unknown or fails the test."""
    return lambda r: OK if all(n in known and known[n](v) for n, v in query(r).items()) else otherwise


def anything(_: str) -> bool:
    """Accept every value."""
    return True


def in_bounds(value: str) -> bool:
    """Return whether a limit is valid."""
    return value.isdigit() and len(value) < 4 and 1 <= int(value) <= 100


def clamps(request: Request) -> HttpFacts:
    """Return as many results as requested, limited to 1 through 100."""
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
        (
            lambda r: http(503) if "specdrift" in query(r) else fails_unless({"limit": in_bounds}, BROKEN)(r),
            [],
        ),
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
        "accepts everything",
        "fails at it",
        "fails at every undeclared parameter",
        "is unavailable",
        "is unavailable to valid input",
        "answers another page",
        "looks it up",
        "clamps to the bounds",
        "goes beyond the bounds",
    ],
)
def test_invalid_values_count_where_nothing_else_explains_the_answer(
    handler: Callable[[Request], HttpFacts], said: list[str]
) -> None:
    """A success must equal that of valid input, failures must depend on the value, bounds must not be clamped."""
    messages = [finding.message for finding in found(handler, LIMIT)]
    assert len(messages) == len(said)
    assert all(part in message for part, message in zip(said, messages, strict=True))


def fails_at(is_wrong: Callable[[str], bool]) -> Callable[[Request], HttpFacts]:
    """Build a handler that fails where the text ``q`` in the query is wrong."""
    return lambda r: BROKEN if any(map(is_wrong, parse_qs(urlsplit(r.target).query).get("q", ()))) else OK


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (fails_at(lambda text: len(text) > 100), ["characters"]),
        (lambda r: BROKEN if r.target.count("q=") > 1 else OK, ["twice"]),
        (fails_at(anything), []),
    ],
    ids=["too long", "sent twice", "every value"],
)
def test_length_and_number_count_where_the_value_itself_does_not_fail(
    handler: Callable[[Request], HttpFacts], said: list[str]
) -> None:
    """dockerd decodes a filter as JSON: it fails at one text `1` as it does at two, and at `a` as at a long one."""
    messages = " ".join(finding.message for finding in found(handler, TEXT))
    assert [word for word in ("characters", "twice") if word in messages] == said


def test_accepted_values_are_one_finding_with_the_allowed_values() -> None:
    """All values of an operation together; a parameter without an effect limits the confidence."""
    (finding,) = found(lambda r: replace(OK, body_sha256=r.target), LIMIT, ORDER)
    assert finding.confidence is Confidence.MEDIUM
    assert finding.message == (
        "Input that the document does not allow is answered like valid input (HTTP 200): "
        '"specdrift" for limit (query); "specdrift" for order (query); "101" for limit (query); "0" for limit (query) '
        "(limit: integer, 1 to 100; order: string, one of asc, desc)."
    )


def test_a_text_without_constraints_cannot_be_violated() -> None:
    """Nor does an ignored header count."""
    assert found(lambda _: OK, TEXT, NAME, TRACE, path="/files/{name}") == []


def test_a_header_that_makes_the_server_fail_counts() -> None:
    """The server read it."""
    handler = lambda r: BROKEN if ("X-Trace", "specdrift") in r.headers else OK  # noqa: E731 - the whole server
    assert [f.subject for f in found(handler, TRACE)] == ["failure"]


def test_an_effect_that_occurs_once_is_no_finding() -> None:
    """Every probe is repeated on a fresh connection."""
    seen: list[str] = []

    def once(request: Request) -> HttpFacts:
        seen.append(request.target)
        return BROKEN if "=specdrift" in request.target and seen.count(request.target) == 1 else WRONG

    handler = lambda r: OK if r.target == "/search" else once(r)  # noqa: E731
    assert found(handler, LIMIT) == []
    assert seen.count("/search?limit=specdrift") == 2


def reads_files(request: Request) -> HttpFacts:
    """Join the last segment to a folder."""
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
    ids=["reads it", "does not", "one answer for every file", "contains it always", "echoes the path"],
)
def test_a_traversal_counts_where_a_well_known_file_is_returned(
    handler: Callable[[Request], HttpFacts], confidences: list[Confidence]
) -> None:
    """And not where the same text is returned without the file."""
    findings = found(handler, NAME, path="/files/{name}")
    assert [finding.confidence for finding in findings] == confidences
    assert all("reaches a file of the server" in finding.message for finding in findings)
    assert all("..%2f" in finding.probes[0] for finding in findings)


def test_a_value_that_is_looked_up_is_followed_by_a_traversal() -> None:
    """An unknown member of an enumeration gets 404: the server may look for a file."""

    def handler(request: Request) -> HttpFacts:
        order = query(request).get("order", "asc")
        return PASSWD if order.endswith("etc/passwd") else OK if order == "asc" else MISSING

    assert [f.subject for f in found(handler, ORDER)] == ["file"]


@pytest.mark.parametrize("status", [403, 401, 200])
def test_input_is_not_judged_where_the_guard_has_a_finding(status: int) -> None:
    """Where no caller or every caller is admitted, other rules report it."""
    answer = http(status, shape="results")
    everybody: Callable[[Probe], HttpFacts] = lambda p: answer if p.operation else MISSING  # noqa: E731
    assert judged(input_validation.CHECK, context(taking(LIMIT)), everybody) == []


def test_unsafe_methods_get_invalid_values_only() -> None:
    """And only where allowed; a traversal that reaches a file would write or remove it."""
    post = taking(AMOUNT, LIMIT, NAME, path="/files/{name}", method="POST")
    post = replace(post, request=replace(post.request, body=b'{"amount": 1}'))
    held = replace(post, mode=UnsafeMethods.HANDSHAKE)
    plan = [p for p in input_validation.CHECK.plan(context(post)) if p.request]
    kinds = [p.variant.partition(" ")[0] for p in plan]
    assert kinds == ["malformed", "wrong", "media", "wrong", "missing", "missing"]
    assert list(input_validation.CHECK.plan(context(held))) == []


def test_an_invalid_body_that_is_accepted_counts() -> None:
    """Each member separately."""
    post = taking(AMOUNT, method="POST")
    post = replace(post, request=replace(post.request, body=b'{"amount":1}'))
    handler = lambda r: OK if b"amount" in r.body else http(422)  # noqa: E731
    (finding,) = judged(input_validation.CHECK, context(post), guarded(handler))
    assert '"specdrift" for amount (body)' in finding.message


JSON = ("Content-Type", "application/json")


def is_json(request: Request) -> bool:
    """Return whether the body is declared as JSON and is JSON."""
    return JSON in request.headers and request.body.startswith(b"{") and request.body.endswith(b"}")


KEYS = [
    "2f1c8a8e-4df5-4f7b-9e4e-4b7f8f4a1d11",
    "KEY-0042",
    "plain-key-of-a-client",
]


def form(key: str) -> str:
    """Return the key with one digit and one letter of each case for all others that hexadecimal numbers have."""
    return re.sub("[0-9]", "0", re.sub("[a-f]", "a", re.sub("[A-F]", "A", key)))


@pytest.mark.parametrize("key", KEYS)
def test_each_body_has_a_key_of_its_own_and_of_the_same_form(key: str) -> None:
    """The stored answer to another body would look like that to valid input."""
    post = taking(AMOUNT, method="POST")
    headers = (JSON, ("Idempotency-Key", key))
    post = replace(post, request=replace(post.request, headers=headers, body=b'{"amount":1}'))
    stored: dict[str, HttpFacts] = {}

    def handler(request: Request) -> HttpFacts:
        known = dict(request.headers)["Idempotency-Key"]
        valid = is_json(request) and b"specdrift" not in request.body and request.body != b"{}"
        return stored.setdefault(known, OK) if valid else stored.get(known, http(422))

    assert judged(input_validation.CHECK, context(post, exhaustive=True), guarded(handler)) == []
    plan = [p.request for p in input_validation.CHECK.plan(context(post)) if p.request]
    sent = {dict(request.headers)["Idempotency-Key"] for request in plan}
    assert len(sent) == len(plan) > 1
    assert key not in sent
    assert {form(each) for each in sent} == {form(key)}


@pytest.mark.parametrize(
    ("takes", "words"),
    [
        (is_json, []),
        (lambda r: JSON in r.headers, ['"broken JSON" for the body']),
        (lambda r: r.body.endswith(b"}"), ['"text/plain" for the body']),
        (lambda r: is_json(r) or not r.body, ["nothing for the body"]),
    ],
    ids=["none", "broken", "another media type", "nothing"],
)
def test_a_body_that_is_invalid_as_a_whole_counts_where_it_is_accepted(
    takes: Callable[[Request], bool], words: list[str]
) -> None:
    """Truncated, with another media type, or absent although a member is required."""
    post = taking(AMOUNT, method="POST")
    post = replace(post, request=replace(post.request, headers=(JSON,), body=b'{"amount":1}'))
    handler = lambda r: OK if takes(r) and b"specdrift" not in r.body and r.body != b"{}" else http(422)  # noqa: E731
    findings = judged(input_validation.CHECK, context(post, exhaustive=True), guarded(handler))
    assert len(findings) == len(words)
    assert all(word in finding.message for word, finding in zip(words, findings, strict=True))


@pytest.mark.parametrize(
    ("closed", "sent", "words"),
    [
        (True, b'{"amount":1}', ['the undeclared member "specdrift" (the body: no other members)']),
        (False, b'{"amount":1}', []),
        (True, b'{"amount":1,"specdrift":"specdrift"}', []),
        (True, b"[1]", []),
    ],
    ids=["none is allowed", "any is allowed", "it is there already", "no object"],
)
def test_an_undeclared_member_counts_where_it_is_accepted(
    closed: bool,  # noqa: FBT001 - a table's column
    sent: bytes,
    words: list[str],
) -> None:
    """Where the schema does not restrict further members, many servers ignore them."""
    post = taking(replace(AMOUNT, closed=closed), method="POST")
    post = replace(post, request=replace(post.request, headers=(JSON,), body=sent))
    taken = {sent, b'{"amount":1,"specdrift":"specdrift"}'}
    handler = lambda r: OK if JSON in r.headers and r.body in taken else http(422)  # noqa: E731
    findings = judged(input_validation.CHECK, context(post), guarded(handler))
    assert len(findings) == len(words)
    assert all(word in finding.message for word, finding in zip(words, findings, strict=True))


def test_many_operations_get_one_value_each_until_one_has_an_effect() -> None:
    """Then all get values of its kind."""
    many = [taking(LIMIT, path=f"/search/{n}") for n in range(FEW + 4)]
    ctx = context(*many)
    probes = list(input_validation.CHECK.plan(ctx))
    assert len(probes) == len(many)
    assert len({probe.variant for probe in probes}) > 1
    assert len(list(input_validation.CHECK.plan(replace(ctx, exhaustive=True)))) > 3 * len(many)
    lax = judged(input_validation.CHECK, ctx, guarded(lambda _: OK))
    strict = judged(input_validation.CHECK, ctx, guarded(fails_unless({"limit": in_bounds}, WRONG)))
    assert ([f.operation for f in lax], strict) == ([one.key for one in many], [])


def test_the_caller_has_the_required_role() -> None:
    """Another caller would be refused for its role."""
    admin = taking(LIMIT, roles=("admin",))
    plan = list(input_validation.CHECK.plan(context(admin, identities=(ALICE, BOB))))
    assert {probe.identity for probe in plan} == {"bob"}
    assert list(input_validation.CHECK.plan(context(admin, identities=(ALICE,)))) == []


def validates_first(
    answer: HttpFacts, *, noise: HttpFacts = DENIED, good: HttpFacts = WRONG
) -> Callable[[Probe], HttpFacts]:
    """Build a server that validates the query before it authorizes the caller."""

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
        (validates_first(WRONG), [Confidence.HIGH]),
        (validates_first(http(422, text="bad request")), []),
        (validates_first(http(422, text="bad request"), good=http(422)), [Confidence.MEDIUM]),
        (validates_first(http(400, text="/search?limit=specdrift is bad"), good=WRONG), [Confidence.MEDIUM]),
        (validates_first(http(404), good=http(404)), []),
        (validates_first(WRONG, noise=WRONG), []),
        (validates_first(http(400, text="No required SSL certificate was sent")), []),
        (validates_first(WRONG, good=OK), []),
    ],
    ids=[
        "authorizes first",
        "names the parameter",
        "differs from the answer to a valid caller",
        "says that something is wrong",
        "echoes the request",
        "answers not found",
        "answers every parameter so",
        "requires the certificate",
        "accepts it from valid callers",
    ],
)
def test_an_error_about_input_before_the_denial_is_a_finding(
    server: Callable[[Probe], HttpFacts], confidences: list[Confidence]
) -> None:
    """Most certain where the answer contains a name of the document."""
    findings = judged(input_denial.CHECK, context(taking(LIMIT)), server)
    assert [finding.confidence for finding in findings] == confidences
    assert [(f.rule, f.identity) for f in findings] == [("denial-after-validation", "anonymous")] * len(
        confidences
    )


def test_a_denial_after_validation_names_the_disclosed_inputs() -> None:
    """Without repetition, and confirmed on fresh connections."""
    ctx = context(taking(LIMIT, TEXT))
    log = play((unknown_path.CHECK, certificate.CHECK, input_denial.CHECK), ctx, validates_first(WRONG))
    (finding,) = input_denial.CHECK.judge(ctx, log.classifier()).findings
    assert finding.message == (
        "A caller without a client certificate gets an error about its input (HTTP 400, which names limit), and "
        "is refused only once the input is valid (HTTP 401)."
    )
    again = [s.probe for s in log.by_check("input-denial") if s.probe.phase is Phase.CONFIRM]
    assert {probe.connection.reuse for probe in again} == {Reuse.FRESH}
    assert len(again) == 3


def test_an_invalid_path_value_is_sent_where_no_other_input_exists() -> None:
    """Many routers do not match such a path, and never read the query."""
    number = replace(NAME, constraint=Constraint(type="integer"))
    both = taking(number, LIMIT, path="/files/{name}")
    alone = taking(number, path="/files/{name}")
    targets = [
        [p.request.target for p in input_denial.CHECK.plan(context(one)) if p.request]
        for one in (both, alone, taking(TEXT))
    ]
    assert targets == [["/files/1?limit=specdrift"], ["/files/specdrift"], []]


def test_a_refusal_in_tls_discloses_nothing() -> None:
    """There is no answer to compare."""
    ctx = context(taking(LIMIT))
    server: Callable[[Probe], HttpFacts | str] = lambda p: (  # noqa: E731
        OK if p.identity == ALICE.name else "certificate_required"
    )
    assert judged(input_denial.CHECK, ctx, server) == []


@pytest.mark.parametrize("demand", [Demand.NOT_REQUIRED, Demand.OPTIONAL, Demand.OTHER])
@pytest.mark.parametrize("check", [input_validation.CHECK, input_denial.CHECK])
def test_operations_that_require_no_certificate_are_not_probed(demand: Demand, check: Check) -> None:
    """Their input validation is not about certificates."""
    assert list(check.plan(context(taking(LIMIT, demand=demand)))) == []


TRACE_TEXT = "Traceback (most recent call last):\n"
TELLING, DISCLOSING_DENIED = http(400, text=TRACE_TEXT), http(401, text=TRACE_TEXT)


@pytest.mark.parametrize(
    ("handler", "subjects"),
    [
        (fails_unless({"limit": in_bounds, "specdrift": anything}, TELLING), ["insides"]),
        (fails_unless({"limit": in_bounds, "specdrift": anything}, http(500, text=TRACE_TEXT)), ["failure"]),
        (fails_unless({"limit": in_bounds}, TELLING), []),
        (lambda r: http(400 if "limit" in r.target else 200, shape="results", text=TRACE_TEXT), []),
    ],
    ids=["discloses", "fails", "discloses for any parameter", "discloses in successes"],
)
def test_internal_details_in_the_answer_to_invalid_input_count(
    handler: Callable[[Request], HttpFacts], subjects: list[str]
) -> None:
    """Where the input causes them."""
    findings = found(handler, LIMIT)
    assert [finding.subject for finding in findings] == subjects
    assert all("a stack trace of Python" in finding.message for finding in findings)


def refusing(**answers: HttpFacts) -> Callable[[Probe], HttpFacts]:
    """Build a guard that gives each caller this answer, and admits callers that are not named."""
    return lambda p: answers.get(p.identity.replace("-", "_"), OK) if p.operation else MISSING


@pytest.mark.parametrize(
    ("server", "told"),
    [
        (refusing(anonymous=DENIED, old=DENIED), []),
        (
            refusing(anonymous=DISCLOSING_DENIED, old=DENIED),
            [("anonymous", "A caller without a client certificate")],
        ),
        (refusing(anonymous=DENIED, old=DISCLOSING_DENIED), [("old", '"old" is refused')]),
        (
            refusing(anonymous=DENIED, old=DENIED, self_signed=DISCLOSING_DENIED),
            [("self-signed", "of profile self-s")],
        ),
        (refusing(anonymous=http(500, text=TRACE_TEXT), old=DENIED), [("anonymous", "HTTP 500")]),
        (refusing(anonymous=OK, old=DISCLOSING_DENIED), []),
        (refusing(anonymous=DISCLOSING_DENIED, old=DENIED, alice=http(200, shape="x", text=TRACE_TEXT)), []),
        (refusing(anonymous=DISCLOSING_DENIED, old=DENIED, alice=DENIED), []),
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
        "a trace, for an invalid certificate",
        "a trace, for a self-signed certificate",
        "a trace, failing",
        "no refusal",
        "it is the content",
        "no caller is admitted",
        "an issuer",
        "the caller's own name",
        "the server's own name",
    ],
)
def test_internal_details_in_a_refusal_are_a_finding(
    server: Callable[[Probe], HttpFacts], told: list[tuple[str, str]]
) -> None:
    """One finding per operation for all callers, also without input."""
    ctx = context(taking(), identities=(ALICE, OLD, SELF_SIGNED))
    findings = judged(input_denial.CHECK, ctx, server)
    assert [finding.identity for finding in findings] == [identity for identity, _ in told]
    assert all(words in finding.message for finding, (_, words) in zip(findings, told, strict=True))
    assert {finding.rule for finding in findings} <= {"denial-after-validation"}


def test_invalid_input_of_a_refused_caller_is_confirmed_before_it_is_reported() -> None:
    """The guard comes first for valid input, and a trace comes before it for invalid input."""
    server = validates_first(http(500, text=TRACE_TEXT), good=WRONG)
    ctx = context(taking(LIMIT))
    log = play((unknown_path.CHECK, certificate.CHECK, input_denial.CHECK), ctx, server)
    (finding,) = input_denial.CHECK.judge(ctx, log.classifier()).findings
    assert "discloses internal details, when its input is wrong (HTTP 500)" in finding.message
    assert finding.confidence is Confidence.HIGH
    assert [s.probe.attempt for s in log.by_check("input-denial")] == [1, 2]

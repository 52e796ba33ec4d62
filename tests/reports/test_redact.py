"""Secrets do not reach a report, also where a server echoes them."""

import base64

import pytest
from msgspec.structs import replace

from specdrift.model.contract.operation import ParameterValue, ValueSource
from specdrift.model.exchange.observation import BodyShape, HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.result.drift import DriftStatus
from specdrift.model.result.problem import Problem, ProblemKind
from specdrift.model.result.result import ProbeRecord, Result
from specdrift.model.result.verdict import Outcome, Verdict
from specdrift.model.secrets import HIDDEN
from specdrift.redaction.configured_secrets import parameters_of
from specdrift.reports import FORMATS, RenderOptions, render
from specdrift.result.redact import Headers, Redactor, redact_headers
from tests.reports import factory, parts

TOKEN = "eyJhbGciOiJub25l.c2VjcmV0.dG9rZW4"
PASSWORD = "correct horse battery"
BASIC = base64.b64encode(f"alice:{PASSWORD}".encode()).decode()
SESSION = "0123456789abcdef"
KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"


def leaky() -> Result:
    """A run with secrets in every place that can hold one, and a server that repeats them all."""
    headers = (
        ("Authorization", f"Bearer {TOKEN}"),
        ("proxy-authorization", f"Basic {BASIC}"),
        ("cookie", f"session={SESSION}; theme=dark"),
        ("x-company-key", KEY),
    )
    echo = f"{TOKEN} {PASSWORD} {BASIC} {SESSION} {KEY}"
    op = replace(parts.OPERATIONS[1], headers=headers[:1])
    record = parts.probe_record(
        op,
        parts.ALICE,
        Outcome.ADMITTED,
        body=echo,
        headers=(("set-cookie", f"id={SESSION}"), ("x-echo", echo)),
    )
    request = record.probe.request
    assert request is not None
    request = replace(
        request, headers=headers, target=f"/v1/items?api_key={KEY}&q=1&mine={KEY}", body=echo.encode()
    )
    record = replace(
        record,
        reason=f"unlike {TOKEN}",
        probe=replace(record.probe, request=request),
        observation=replace(record.observation, detail=f"bad header {TOKEN}"),
    )
    found = parts.drift("mtls-not-enforced", op, parts.ALICE, f"got {TOKEN}", [record])
    found = replace(found, reproduce=f"curl -H 'Authorization: Bearer {TOKEN}' 'https://h/?api_key={KEY}'")
    story = factory.story()
    judged = story.operations[1]
    outcomes = tuple(replace(item, reason=f"said {SESSION}") for item in judged.outcomes)
    return replace(
        story,
        operations=(replace(judged, operation=op, outcomes=outcomes, verdict=Verdict.UNDECIDED),),
        probes=(record,),
        drifts=(found, replace(found, operation=None, identity=None, status=DriftStatus.SUPPRESSED)),
        undocumented=(replace(story.undocumented[0], path=f"/debug?api_key={KEY}&s={SESSION}"),),
        skipped=(replace(story.skipped[0], reason=f"sent {PASSWORD}"),),
        undecided=(replace(story.undecided[0], reason=f"got {BASIC}", how_to_decide=f"send {TOKEN}"),),
        problem=Problem(kind=ProblemKind.NO_CONTROL, text=f"no caller was admitted with {TOKEN}"),
    )


SECRETS = (TOKEN, PASSWORD, BASIC, SESSION, KEY)
REDACTOR = Redactor(("x-company-key",), SECRETS)


def safe() -> Result:
    """The run as every function that makes a result returns it."""
    return REDACTOR.result(leaky())


def received(headers: Headers, body: str = "") -> HttpFacts:
    """Return a response as the redactor of no secrets shows it."""
    record = only(leaky())
    http = record.observation.http
    assert http is not None
    http = replace(http, headers=headers, body_excerpt=body)
    _, shown = Redactor().exchange(record.probe, replace(record.observation, http=http))
    assert shown.http is not None
    return shown.http


def test_a_cookie_of_the_server_is_shown_by_name_only() -> None:
    """Its attributes are the server's words as well."""
    cookies = (("set-cookie", f"id={SESSION}; SameSite=Strict"), ("set-cookie", SESSION))
    assert received(cookies).headers == (("set-cookie", f"id={HIDDEN}"), ("set-cookie", HIDDEN))


@pytest.mark.parametrize(
    "word", ["consistent", "certificate", "localhost", "mtls-not-enforced", "--include-path"]
)
def test_a_server_blanks_no_word_of_the_report(word: str) -> None:
    """The value of a cookie is no secret to search for, also where a followed redirect sent it back."""
    body = f"{word} or not"
    shown = received((("set-cookie", f"a={word}; Path=/{word}"), ("x-word", word)), body)
    assert (shown.body_excerpt, shown.header("x-word")) == (body, word)
    result = leaky()
    record = only(result)
    request = Request(method="GET", target=f"/{word}", headers=(("Cookie", f"a={word}; b={word}"),))
    probe = replace(record.probe, request=request, follows=record.probe.id)
    http = replace(record.observation.http, headers=(("set-cookie", f"a={word}"),))  # type: ignore[type-var]
    redirected = replace(record, probe=probe, observation=replace(record.observation, http=http), reason=word)
    told = REDACTOR.result(
        replace(result, probes=(redirected,), drifts=(replace(result.drifts[0], message=word),))
    )
    assert (told.drifts[0].message, only(told).reason) == (word, word)
    assert only(told).probe.request == replace(request, headers=(("Cookie", f"a={HIDDEN}; b={HIDDEN}"),))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("secret", [TOKEN, PASSWORD, BASIC, SESSION, KEY])
def test_no_format_shows_a_secret(name: str, secret: str) -> None:
    """Not in headers, query, cookie, message or command, and not where the server echoed it."""
    assert secret.encode() not in render(safe(), name, RenderOptions(verbose=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*FORMATS} - {"openmetrics"}))
def test_every_format_marks_redacted_values(name: str) -> None:
    """An empty report does not pass the test above. OpenMetrics has numbers only."""
    assert b"redacted" in render(safe(), name, RenderOptions(verbose=True))


def test_the_result_inside_the_page_shows_no_secret() -> None:
    """It is packed, and the pack holds the same redacted result."""
    assert KEY not in repr(safe())
    assert TOKEN not in repr(safe())


def only(result: Result) -> ProbeRecord:
    """The single exchange of a result."""
    (record,) = result.probes
    return record


def test_other_values_are_not_redacted() -> None:
    """The scheme of an authorization, other parameters and other headers help a reader."""
    request = only(safe()).probe.request
    assert request is not None
    assert dict(request.headers)["Authorization"] == f"Bearer {HIDDEN}"
    assert request.target == f"/v1/items?api_key={HIDDEN}&q=1&mine={HIDDEN}"


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/a?api%5Bkey%5D=secret-of-mine", "/a?api%5Bkey%5D=[redacted]"),
        ("/a?api%5bkey%5d=secret-of-mine&b=1", "/a?api%5bkey%5d=[redacted]&b=1"),
        ("/a?b=1&api[key]=secret-of-mine", "/a?b=1&api[key]=[redacted]"),
        ("/a?api%5Bkeys%5D=many&xapi%5Bkey%5D=1", "/a?api%5Bkeys%5D=many&xapi%5Bkey%5D=1"),
        ("/a?apiXkey=1", "/a?apiXkey=1"),
    ],
)
def test_a_name_of_the_query_may_be_percent_encoded(target: str, shown: str) -> None:
    """RFC 3986 §2.1: `[` cannot stand in a query as it is, and hexadecimal digits have no case."""
    request = Request(method="GET", target=target)
    probe = Redactor(["api[key]"]).probe(replace(only(leaky()).probe, request=request))
    assert probe.request == replace(request, target=shown)


def parameter(name: str, location: str, source: ValueSource = ValueSource.CONFIG) -> ParameterValue:
    """Its value is long enough to be looked for elsewhere."""
    return ParameterValue(name=name, location=location, value="value-of-mine", source=source)


@pytest.mark.parametrize(
    ("given", "masked", "gone"),
    [
        (parameter("X-Api-Key", "header"), True, True),
        (parameter("x-company-key", "header"), True, True),
        (parameter("access_token", "query"), True, True),
        (parameter("session", "cookie"), True, True),
        (parameter("password", "query", ValueSource.EXAMPLE), True, False),
        (parameter("X-Api-Key", "query"), False, False),
        (parameter("password", "path"), False, False),
        (parameter("page", "query"), False, False),
    ],
)
def test_the_value_of_a_parameter_is_as_secret_as_its_place(
    given: ParameterValue, *, masked: bool, gone: bool
) -> None:
    """Where the owner gave it, it is taken out of all else too; a document's own example is an ordinary word."""
    story = leaky()
    operation = replace(story.operations[0].operation, parameters=(given,))
    redactor = Redactor(("x-company-key",), parameters_of([operation], ["x-company-key"]))
    once = redactor.result(
        replace(
            story,
            operations=(replace(story.operations[0], operation=operation),),
            problem=Problem(kind=ProblemKind.NO_CONTROL, text="it said value-of-mine"),
        )
    )
    assert once.operations[0].operation.parameters[0].value == (HIDDEN if masked else "value-of-mine")
    assert ("value-of-mine" in str(once.problem)) is not gone
    assert redactor.result(once) == once


def test_a_forwarded_certificate_stays() -> None:
    """It is public, and it is the evidence."""
    headers = (("x-forwarded-client-cert", "Hash=ab;Subject=CN=admin"), ("client-cert", ":MIIB:"))
    assert redact_headers(headers) == headers


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Bearer abc", f"Bearer {HIDDEN}"),
        ("Digest username=alice", f"Digest {HIDDEN}"),
        ("abc", HIDDEN),
        ("my secret key", HIDDEN),
    ],
)
def test_only_a_known_scheme_is_kept(value: str, expected: str) -> None:
    """The first word of a value may be part of the secret."""
    assert redact_headers((("Authorization", value),)) == (("Authorization", expected),)


def test_names_are_compared_without_case() -> None:
    """RFC 9110 §5.1: field names are case-insensitive."""
    assert redact_headers((("X-Company-KEY", KEY),), ["x-company-key"]) == (("X-Company-KEY", HIDDEN),)


def redaction_is_idempotent(result: Result) -> None:
    """So a saved result can be rendered again."""
    once = REDACTOR.result(result)
    assert REDACTOR.result(once) == once


def test_the_shape_of_a_body_shows_no_secret() -> None:
    """Neither a name of a member, nor the words of a text, nor the name of a field."""
    record = only(leaky())
    http = record.observation.http
    assert http is not None
    body = f"rejected {KEY} sorry"
    shape = BodyShape(kind="text", members=("rejected", "sk", "live", "hqlyjwdarjtt", "sorry"))
    text = replace(http, shape=shape, body_excerpt=body, headers=((f"x-{TOKEN}".lower(), "1"),))
    _, shown = REDACTOR.exchange(record.probe, replace(record.observation, http=text))
    assert shown.http is not None
    assert shown.http.shape.members == ("rejected", "sorry")
    assert shown.http.headers == ((f"x-{HIDDEN}", "1"),)
    named = replace(http, shape=BodyShape(kind="json", members=(KEY, "id")))
    _, shown = REDACTOR.exchange(record.probe, replace(record.observation, http=named))
    assert shown.http is not None
    assert shown.http.shape.members == (HIDDEN, "id")

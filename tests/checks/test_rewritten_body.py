"""Other forms of a body: each says the same, and only JSON is rewritten."""

from __future__ import annotations

import gzip
import json

import pytest
from msgspec.structs import replace

from specdrift.checks.bypass import undeclared_input
from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.inputs.rewritten_body import FORMS, rewritten
from specdrift.model.exchange.probe import Request
from tests.checks.plan_builders import context, planned, play
from tests.checks.test_bypass_attempts import ADMITTED, OK, PUBLIC, SECURE, serving

TYPE = ("Content-Type", "application/json")
CONTENT = {"item": "pen", "query": "{orders{id}}"}
ORDER = Request(method="POST", target="/secure", headers=(TYPE,), body=json.dumps(CONTENT).encode())


def test_each_form_says_the_same() -> None:
    """A server that reads it has the same object."""
    found = dict(rewritten(ORDER))
    assert list(found) == [each.words for each in FORMS]
    for words, request in found.items():
        fields = {name.lower(): value for name, value in request.headers}
        body = gzip.decompress(request.body) if fields.get("content-encoding") == "gzip" else request.body
        read = json.loads(body)
        content = read[0] if isinstance(read, list) else read
        assert content["item"] == "pen"
        assert content["query"].removeprefix(f"query {content.get('operationName')} ") == CONTENT["query"]
        types = [value for name, value in request.headers if name.lower() == "content-type"]
        assert len(types) == ("without a Content-Type" not in words)


@pytest.mark.parametrize(
    "request_",
    [
        replace(ORDER, body=b""),
        replace(ORDER, headers=(("Content-Type", "text/xml"),)),
        replace(ORDER, headers=()),
    ],
    ids=["no body", "XML", "no media type"],
)
def test_other_bodies_are_left_alone(request_: Request) -> None:
    """Nothing is known of their form."""
    assert list(rewritten(request_)) == []


@pytest.mark.parametrize("words", [each.words for each in FORMS])
def test_a_form_that_passes_the_guard_is_reported(words: str) -> None:
    """And no other one."""
    post = planned("/secure", method="POST")
    post = replace(post, request=ORDER)
    through = dict(rewritten(ORDER))[words]
    ctx = context(post, SECURE, PUBLIC)
    log = play(
        (unknown_path.CHECK, certificate.CHECK, undeclared_input.CHECK),
        ctx,
        serving(
            lambda r: (
                OK
                if (r.body, r.headers) == (through.body, through.headers) and r.target == "/secure"
                else None
            )
        ),
    )
    (finding,) = undeclared_input.CHECK.judge(ctx, log.classifier()).findings
    assert (finding.operation, finding.subject) == (post.key, words)
    assert finding.message.startswith(f"{ADMITTED}with {words}: ")


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("{a}", "query Health {a}"),
        ("query {a}", "query Health {a}"),
        ("query Mine($x: Int) {a}", "query Health ($x: Int) {a}"),
        ("mutation {a}", None),
        ("subscription Q {a}", None),
        ("fragment F on A {a} {b}", None),
        ("SELECT * FROM a", None),
        (7, None),
    ],
)
def test_a_graphql_query_is_named(query: object, named: str | None) -> None:
    """It stays the same query; other texts in a member of that name are left alone."""
    request = replace(ORDER, body=json.dumps({"query": query}).encode())
    bodies = [json.loads(each.body) for words, each in rewritten(request) if "GraphQL" in words]
    assert bodies == ([{"query": named, "operationName": "Health"}] if named else [])

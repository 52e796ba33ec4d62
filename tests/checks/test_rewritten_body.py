"""Other forms of a body: each says the same, and only JSON is rewritten."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import pytest

from specdrift.checks.bypass import undeclared_input
from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.inputs.rewritten_body import FORMS, rewritten
from specdrift.model.exchange.probe import Request
from tests.checks.plan_builders import context, planned, play
from tests.checks.test_bypass_attempts import ADMITTED, OK, PUBLIC, SECURE, serving

TYPE = ("Content-Type", "application/json")
ORDER = Request(method="POST", target="/secure", headers=(TYPE,), body=b'{"item": "pen"}')


def test_each_form_says_the_same() -> None:
    """A server that reads it has the same object."""
    found = dict(rewritten(ORDER))
    assert list(found) == [each.words for each in FORMS]
    for words, request in found.items():
        fields = {name.lower(): value for name, value in request.headers}
        body = gzip.decompress(request.body) if fields.get("content-encoding") == "gzip" else request.body
        assert json.loads(body) == {"item": "pen"}
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

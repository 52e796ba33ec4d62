"""The server is recognised by its answers, and the remediation matches it."""

import pytest
from msgspec.structs import replace

from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.result import ProbeRecord, Result
from specdrift.model.result.source import SourceView
from specdrift.model.result.verdict import Outcome
from specdrift.reports import render
from specdrift.reports.html.view.findings.stack_detection import detect
from specdrift.rules.explanation import Stack
from tests.reports import factory, parts
from tests.reports.markup import parse


def answer(body: str = "", status: int = 404, **headers: str) -> ProbeRecord:
    """An exchange with this answer."""
    told = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return parts.probe_record(
        parts.OPERATIONS[0], ANONYMOUS, Outcome.REFUSED_BY_APPLICATION, status, body, headers=told
    )


ANSWERS = {
    "nginx's header": (answer(server="nginx/1.26.3"), Stack.NGINX),
    "nginx's page": (answer("<hr><center>nginx</center>"), Stack.NGINX),
    "Apache": (answer(server="Apache/2.4.65 (Debian)"), Stack.APACHE),
    "Tomcat's old header": (answer(server="Apache-Coyote/1.1"), Stack.SPRING),
    "Spring Boot": (
        answer('{"timestamp":"2026-03-14T09:26:53.000Z","status":404,"error":"Not Found"}'),
        Stack.SPRING,
    ),
    "Envoy": (answer(server="envoy"), Stack.ENVOY),
    "Express": (answer(x_powered_by="Express"), Stack.NODE),
    "Go's mux": (answer("404 page not found\n"), Stack.GO),
    "HAProxy's page": (answer("<html><body><h1>403 Forbidden</h1>\n"), Stack.HAPROXY),
    "another product": (answer("nginx is what I like", server="acme"), None),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_server_is_recognised_by_its_header_or_its_page(name: str) -> None:
    """Not by a mention in other text."""
    record, expected = ANSWERS[name]
    found = detect([record])
    assert (found.stack if found else None) is expected


def test_a_target_without_answers_is_not_recognised() -> None:
    """A refusal in TLS has no header."""
    silent = parts.probe_record(parts.OPERATIONS[0], parts.ALICE, Outcome.REFUSED_IN_TLS)
    assert detect([silent]) is None


def served_by(name: str) -> Result:
    """The realistic run, by another server."""
    result = factory.story()
    return replace(
        result,
        probes=tuple(
            replace(
                record,
                observation=replace(record.observation, http=replace(http, headers=(("server", name),))),
            )
            if (http := record.observation.http)
            else record
            for record in result.probes
        ),
    )


def test_the_fix_is_for_the_server_that_answered() -> None:
    """With the line of its configuration."""
    words = (
        parse(render(served_by("nginx"), "html"))
        .one("section", id="cause-mtls-not-enforced-get-admin-users")
        .words
    )
    assert "In nginx server: nginx" in words
    assert "$ssl_client_verify" in words
    assert "HAProxy" not in words


def test_an_unknown_server_gets_the_remediation_of_every_stack() -> None:
    """Collapsed, once for each rule."""
    words = (
        parse(render(served_by("acme"), "html"))
        .one("section", id="cause-mtls-not-enforced-get-admin-users")
        .words
    )
    assert "How to fix it in Axum, nginx, Envoy, HAProxy, Apache, Spring, Go, Node" in words


def test_with_source_the_remediation_is_for_its_framework() -> None:
    """An Axum service has no header of its own; its source names it."""
    result = replace(served_by("acme"), source=SourceView(crate="invoices", framework="axum"))
    words = parse(render(result, "html")).one("section", id="cause-mtls-not-enforced-get-admin-users").words
    assert "In Axum the source of invoices" in words
    assert "HAProxy" not in words

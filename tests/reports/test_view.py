"""Small parts of the page: references, inline code, Markdown, quotes and the texts of outcomes."""

import pytest
from msgspec.structs import replace

from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending, WirePhase
from specdrift.model.exchange.probe import TlsRange, head_of
from specdrift.model.result.verdict import Outcome
from specdrift.reports.html.view.anchors import Anchors, slug
from specdrift.reports.html.view.findings.cards import CardBuilder
from specdrift.reports.html.view.findings.drift_markdown import markdown
from specdrift.reports.html.view.findings.exchanges import answer, comparison, exchange, request_line
from specdrift.reports.html.view.findings.quotation import promise, quote
from specdrift.reports.html.view.findings.text_differences import differences
from specdrift.reports.html.view.inline import inline
from specdrift.reports.html.view.references import link
from specdrift.reports.html.view.sections.command_line import command
from tests.reports import factory, parts

REFERENCES = {
    "CWE-306": "https://cwe.mitre.org/data/definitions/306.html",
    "RFC 5280 §6.1": "https://www.rfc-editor.org/rfc/rfc5280#section-6.1",
    "RFC 9440": "https://www.rfc-editor.org/rfc/rfc9440",
    "OWASP API9:2023": "https://owasp.org/API-Security/editions/2023/en/0xa9-improper-inventory-management/",
    "OWASP API99:2023": "",
    "OpenAPI Security Requirement Object": "",
    "javascript:alert(1)": "",
}


@pytest.mark.parametrize("reference", REFERENCES)
def test_a_reference_leads_to_its_publisher(reference: str) -> None:
    """What we do not know leads nowhere."""
    assert link(reference).url == REFERENCES[reference]


def test_backticks_mark_code_and_a_lonely_one_does_not() -> None:
    """As the rules and messages use them."""
    assert [(part.text, part.code) for part in inline("say `security: []` or `x")] == [
        ("say ", False),
        ("security: []", True),
        (" or `x", False),
    ]


def test_ids_hold_only_harmless_characters() -> None:
    """Whatever a path template has in it."""
    assert slug("mtls-not-enforced", "GET /items/{id}") == "mtls-not-enforced-get-items-id"
    assert slug('"><script>') == "script"
    assert slug("", "///") == "item"


def test_an_id_never_meets_one_of_the_page_itself() -> None:
    """A rule named like a section would steal its links."""
    anchors = Anchors()
    drift = parts.drift("matrix", None, None, "")
    assert [anchors.of_drift(drift, ""), anchors.of_drift(drift, "")] == ["matrix-2", "matrix-3"]


def test_a_drift_as_markdown_is_complete() -> None:
    """It can be pasted into an issue: rule, place, evidence, command and fix."""
    result = factory.story()
    drift = result.drifts[0]
    op = parts.OPERATIONS[1]
    seen = exchange(result.probes[5], identity=ANONYMOUS, role="What was seen")
    text = markdown(drift, "GET /items/{id}", quote(drift, op), (seen,))
    assert text.startswith("**error: `mtls-not-enforced`** `GET /items/{id}`\n\n")
    for expected in (
        "`openapi.yaml:11:1`\n```\n11 security: [{ clientCert: [] }]",
        "What was seen: `anonymous` sent `GET /v1/items/7` and got `HTTP 200 OK",
        "Reproduce:\n```\ncurl --cacert server-ca.pem",
        "Fix: Put the operation behind",
    ):
        assert expected in text


def test_a_quote_keeps_the_order_of_the_document() -> None:
    """Lines that do not follow each other have a gap between them; other files come last, by name."""
    op = parts.OPERATIONS[4]
    elsewhere = parts.location(3, "get:", "/paths/x", file="paths/admin.yaml")
    drift = replace(parts.drift("mtls-not-enforced", op, None, ""), related=(elsewhere, op.declared_at))
    shown = quote(drift, op)
    assert shown is not None
    assert [(line.number, line.decides) for line in shown.lines] == [
        ("70", False),
        ("⋮", False),
        ("74", True),
        ("⋮", False),
        ("paths/admin.yaml:3", False),
    ]


def test_a_span_of_several_lines_is_quoted_whole() -> None:
    """Each line with its own number, all of them marked."""
    place = replace(parts.ROOT_SECURITY, text="security:\n  - clientCert: []")
    shown = quote(parts.drift("mtls-not-enforced", None, None, "", where=place), None)
    assert shown is not None
    assert [(line.number, line.text, line.decides) for line in shown.lines] == [
        ("11", "security:", True),
        ("12", "  - clientCert: []", True),
    ]


def test_a_promise_names_the_alternatives() -> None:
    """Schemes, roles, and whether one is anonymous."""
    assert promise(parts.OPERATIONS[4].requirement).endswith(
        "Alternatives: clientCert (mutualTLS, role admin)."
    )
    assert promise(parts.OPERATIONS[7].requirement).endswith(
        "Alternatives: clientCert (mutualTLS) or anonymous."
    )
    unknown = replace(parts.OPERATIONS[0].requirement, reason="the scheme x is not defined")
    assert "the scheme x is not defined." in promise(unknown)


REFUSED = parts.probe_record(parts.OPERATIONS[0], parts.ALICE, Outcome.REFUSED_IN_TLS).observation
ANSWERS = [
    (Ending.ALERT, WirePhase.HANDSHAKE, "TLS alert unknown_ca during the handshake"),
    (
        Ending.ALERT,
        WirePhase.REQUEST,
        "TLS alert unknown_ca after the client's Finished, before any response",
    ),
]


@pytest.mark.parametrize(("ending", "phase", "expected"), ANSWERS)
def test_a_refusal_in_tls_names_its_phase(ending: Ending, phase: WirePhase, expected: str) -> None:
    """RFC 8446 §4.4.2.4: with TLS 1.3 the client thinks that it is done before the server has judged."""
    assert answer(replace(REFUSED, ending=ending, phase=phase)) == expected


def test_a_missing_answer_is_described() -> None:
    """With the client library's own text."""
    quiet = replace(REFUSED, tls=parts.TLS_13, phase=WirePhase.CONNECT, detail="timed out")
    assert answer(replace(quiet, ending=Ending.NO_CONNECTION)) == "no connection while connecting (timed out)"
    assert answer(replace(quiet, ending=Ending.NOT_SENT, detail="")) == "not sent"
    assert answer(replace(quiet, ending=Ending.SILENCE, detail="")).startswith("the handshake went through")


def test_a_head_alone_is_described_as_such() -> None:
    """The body is not part of what was sent, and 100 Continue is an answer."""
    record = parts.probe_record(parts.OPERATIONS[0], parts.ALICE, Outcome.ADMITTED)
    assert record.probe.request is not None
    head = head_of(replace(record.probe.request, body=b"{}"))
    assert request_line(replace(record.probe, request=head)).endswith("(head only, the body is never sent)")
    continued = replace(record.observation, http=None, ending=Ending.CONTINUE, detail="x")
    assert answer(continued) == "100 Continue, and the client closed the connection without sending the body"


def test_a_handshake_alone_is_described_as_such() -> None:
    """No request, one TLS version offered, a plaintext listener, no session."""
    record = parts.probe_record(None, ANONYMOUS, Outcome.ADMITTED)
    connection = replace(record.probe.connection, tls=TlsRange.ONLY_1_2)
    bare = replace(record, probe=replace(record.probe, request=None, connection=connection))
    facts = {fact.label: fact.value for fact in exchange(bare, identity=None, role="").facts}
    assert facts["Request"] == "none, only the handshake"
    assert facts["Connection"].endswith("offering TLS 1.2 only")
    plain = replace(connection, endpoint=replace(connection.endpoint, tls=False))
    bare = replace(bare, probe=replace(bare.probe, connection=plain))
    assert {f.label: f.value for f in exchange(bare, identity=None, role="").facts}["Connection"].endswith(
        "without TLS"
    )


def test_one_exchange_shares_nothing_with_itself() -> None:
    """The word "both" needs two."""
    single = exchange(factory.story().probes[0], identity=ANONYMOUS, role="")
    assert not any(line.shared for line in comparison(single).lines)
    assert all(line.shared for line in comparison(single, single).lines)


def test_what_differs_between_two_texts_is_marked() -> None:
    """What they begin and end with is not; equal texts have no mark."""
    marked = differences(["/v1/items/7", "/v1//items/7"])
    assert ["".join(f"[{p.text}]" if p.differs else p.text for p in parts) for parts in marked] == [
        "/v1/items/7",
        "/v1/[/]items/7",
    ]
    assert [[part.differs for part in parts] for parts in differences(["same", "same"])] == [[False], [False]]


def test_a_header_that_is_the_attack_is_not_folded() -> None:
    """It stands beside the control, which does not have it; equal headers stay folded."""
    control = parts.probe_record(parts.OPERATIONS[0], parts.ALICE, Outcome.ADMITTED)
    assert control.probe.request is not None
    attack_request = replace(
        control.probe.request,
        headers=(*control.probe.request.headers, ("X-Client-Cert", "CN=alice")),
        body=b"{}",
    )
    attack = replace(control, probe=replace(control.probe, request=attack_request))
    compared = comparison(
        exchange(attack, identity=ANONYMOUS, role="Evidence"),
        exchange(control, identity=None, role="Control"),
    )
    (line,) = (line for line in compared.lines if line.label == "Sent X-Client-Cert")
    assert ["".join(part.text for part in value) for value in line.values] == ["CN=alice", "not sent"]
    assert line.style == "differs"
    assert "Request body" in [block.label for block in compared.exchanges[0].blocks]


def test_a_quote_shows_the_path() -> None:
    """A reader sees which operation the lines belong to."""
    op = parts.OPERATIONS[1]
    path = parts.location(op.declared_at.line - 1, "  /items/{id}:", "/paths/~1items~1{id}")
    found = quote(replace(parts.drift("mtls-not-enforced", op, None, ""), related=(path, op.declared_at)), op)
    assert found is not None
    assert [line.text for line in found.lines][-2:] == ["  /items/{id}:", "    get:"]


def test_a_finding_about_input_does_not_quote_the_requirement() -> None:
    """It points at the parameter, and no certificate is the matter there."""
    op = parts.OPERATIONS[1]
    where = parts.location(90, "        - name: id", "/paths/~1items~1{id}/get/parameters/0")
    found = quote(parts.drift("input-not-validated", op, None, "", where=where), op)
    assert found is not None
    assert found.promise == ""
    assert found.place == "openapi.yaml:90:9"


def test_commands_name_the_configuration_and_lint_has_its_own() -> None:
    """They can be run as they stand."""
    story = factory.story()
    assert command(story) == (
        "specdrift check openapi.yaml https://api.example.test:8443/v1 --config specdrift.toml"
    )
    assert command(factory.document_only()).startswith("specdrift lint openapi.yaml")
    drift = next(d for d in story.drifts if d.rule == "undefined-security-scheme")
    drift = replace(drift, reproduce="")
    card = CardBuilder(replace(story, drifts=(drift,)), Anchors(), lambda _: ()).card(drift)
    assert card.reproduce == "specdrift lint openapi.yaml"

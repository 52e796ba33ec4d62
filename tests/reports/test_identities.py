"""Who called: certificate cards, roles, and the command that names them."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from specdrift.model.result.result import Result
from specdrift.reports import render
from specdrift.reports.content.matrix import Matrix
from specdrift.reports.html.view.sections.command_line import command
from specdrift.reports.html.view.sections.roles import role_matrix
from tests.reports import factory, parts
from tests.reports.markup import Element, parse

ABOUT = "Signed by its own key.\n\nRFC 5280 §6.1: no path leads\nto a trust anchor."


def page(result: Result) -> Element:
    """The page of a result."""
    return parse(render(result, "html"))


def test_a_certificate_card_names_the_defect_in_one_sentence() -> None:
    """Then what it met, then the RFC, and the certificate itself on demand."""
    forged = replace(parts.SELF_SIGNED, about=ABOUT)
    card = page(replace(factory.story(), identities=(*parts.IDENTITIES[:4], forged))).one(
        "article", id="identity-self-signed"
    )
    assert card.one("p", class_="defect").words == "Signed by its own key."
    assert card.one("p", class_="grounds").words == "RFC 5280 §6.1: no path leads to a trust anchor."
    assert "✗ admitted by 2 operations, refused by 10" in card.words
    assert "CN=alice,OU=Payments,O=Example" in card.one("details").words


@pytest.mark.parametrize(
    ("days", "said"), [(-30, "Expired on 2026-02-12."), (400, ""), (None, "Not valid before 2026-04-13.")]
)
def test_an_expired_or_future_certificate_is_marked(days: int | None, said: str) -> None:
    """A certificate without a description, whose defect is visible in its fields."""
    facts = parts.ALICE.certificate
    assert facts is not None
    if days is None:
        facts = replace(facts, not_before=parts.STARTED + timedelta(days=30))
    else:
        facts = replace(facts, not_after=parts.STARTED + timedelta(days=days))
    identity = replace(parts.ALICE, about="", certificate=facts)
    card = page(replace(factory.story(), identities=(identity, *parts.IDENTITIES[2:]))).one(
        "article", id="identity-alice"
    )
    assert "".join(p.words for p in card.all("p", class_="defect")) == said


def test_certificates_with_the_promised_outcome_are_collapsed() -> None:
    """Thirty correct refusals must not hide one admission."""
    result = factory.story()
    calm = replace(result, drifts=tuple(d for d in result.drifts if d.identity != "self-signed"))
    kept = replace(
        calm,
        operations=tuple(
            replace(
                item,
                outcomes=tuple(o for o in item.outcomes if o.identity != "self-signed" or o.outcome.refused),
            )
            for item in calm.operations
        ),
    )
    section = page(kept).one("section", id="identities")
    assert (
        section.one("details", class_="as-required").one("article").attributes["id"] == "identity-self-signed"
    )
    assert "1 generated certificate with outcomes as required" in section.words


def test_roles_by_identities() -> None:
    """bob is an administrator and refused by one of two; alice is none and gets into one."""
    result = factory.story()
    table = page(result).one("section", id="roles")
    assert [th.words for th in table.one("thead").all("th")] == [
        "Required role",
        "alice reader",
        "bob admin, reader",
        "Operations",
    ]
    (row,) = table.one("tbody").all("tr")
    assert [cell.words for cell in row.all("td")] == [
        "✗ admitted by 1 operation, refused by 1",
        "✗ admitted by 1 operation, refused by 1",
        "GET /admin/users, GET /admin/audit",
    ]


def test_no_roles_no_table() -> None:
    """Most documents have none."""
    result = factory.consistent()
    free = replace(result, operations=tuple(o for o in result.operations if not o.operation.roles))
    assert role_matrix(free, Matrix(free)) is None


GIVEN = {
    "spec": ("api/open api.yaml", "SPEC"),
    "base-url": ("https://api.example.test", "BASE_URL"),
    "network.timeout": ("10s", "specdrift.toml:12"),
    "insecure": (True, "--insecure"),
    "identities.alice.name": ("alice", "--identity"),
    "identities.alice.cert-file": ("alice.pem", "--identity"),
    "identities.alice.key-file": ("alice.key", "--identity"),
    "identities.alice.roles": (["reader", "writer"], "--identity"),
    "reports.html": ("out/report.html", "--report"),
}


def test_the_command_can_be_typed_again() -> None:
    """Quoted for a shell; what a file said is still in the file."""
    result = replace(factory.story(), settings=parts.settings(GIVEN))
    assert command(result) == (
        "specdrift check 'api/open api.yaml' https://api.example.test --insecure "
        "--identity alice=alice.pem,alice.key,role=reader,role=writer --report html=out/report.html "
        "--config specdrift.toml"
    )
    assert "specdrift check" in page(result).one("section", id="scope").words


@pytest.mark.parametrize("given", [{}, {"spec": ("api.yaml", "specdrift.toml:1")}])
def test_without_a_command_line_there_is_no_command(given: dict[str, tuple[object, str]]) -> None:
    """A result of a program."""
    assert command(replace(factory.story(), settings=parts.settings(given))) == ""

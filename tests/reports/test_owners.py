"""Who owns a finding, by CODEOWNERS: patterns as GitHub and GitLab read them, and the page."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from specdrift.app.repository import locator, owners
from specdrift.code_owners import parse
from specdrift.reports import RenderOptions, render
from tests.reports import factory

FILE = """\
# everybody
*                   @acme/all
/services/          @acme/platform
/services/billing/  @acme/billing billing@acme.test # the team
*.graphql           @acme/graph
docs/*              @acme/writers
/apis/**/openapi.yaml @acme/contracts
/services/open/
/spaced\\ name.yaml  @acme/space
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("README.md", ("@acme/all",)),
        ("services/x/openapi.yaml", ("@acme/platform",)),
        ("services/billing/api/openapi.yaml", ("@acme/billing", "billing@acme.test")),
        ("services/billing/schema.graphql", ("@acme/graph",)),
        ("docs/a.md", ("@acme/writers",)),
        ("docs/deep/a.md", ("@acme/all",)),
        ("apis/openapi.yaml", ("@acme/contracts",)),
        ("apis/a/b/openapi.yaml", ("@acme/contracts",)),
        ("services/open/openapi.yaml", ()),
        ("spaced name.yaml", ("@acme/space",)),
        ("", ("@acme/all",)),
    ],
)
def test_the_last_pattern_that_matches_decides(path: str, expected: tuple[str, ...]) -> None:
    """As GitHub documents it; a line without owners takes them away."""
    assert parse(FILE)(path) == (expected if path else ())


def test_each_section_of_gitlab_decides_on_its_own() -> None:
    """Its owners are the default of its lines."""
    found = parse("* @all\n[Security] @sec\n/api/\n^[Docs][2]\n/api/openapi.yaml @docs\n")
    assert found("api/openapi.yaml") == ("@all", "@sec", "@docs")
    assert found("api/x") == ("@all", "@sec")


@pytest.mark.slow
def test_a_hostile_pattern_takes_no_time() -> None:
    """The file comes from the checkout."""
    found = parse(f"{'**/' * 90}x @a\n{'*a' * 140} @b\n" * 50)
    before = time.process_time()
    assert found("/".join(["a" * 200] * 40)) == ("@b",)
    assert found("/".join(["a" * 100 + "b"] * 40)) == ()
    assert time.process_time() - before < 2


def test_the_file_must_lie_in_the_repository(tmp_path: Path) -> None:
    """A link to a file outside is not followed."""
    (tmp_path / "outside").write_text("* @else\n")
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    (repository / "docs").mkdir()
    (repository / "docs/CODEOWNERS").symlink_to(tmp_path / "outside")
    assert owners(locator(repository))("openapi.yaml") == ()
    (repository / "docs/CODEOWNERS").unlink()
    (repository / "docs/CODEOWNERS").write_text("* @acme/all\n")
    assert owners(locator(repository / "docs"))("openapi.yaml") == ("@acme/all",)


def test_the_page_names_the_owner_and_filters_by_it() -> None:
    """By the path of the document in the repository."""
    options = RenderOptions(
        locate=lambda name: f"services/billing/{name}", owners=parse("/services/billing/ @acme/<billing>\n")
    )
    page = render(factory.story(), "html", options).decode()
    assert "Owned by @acme/&lt;billing&gt;." in page
    assert "<option>@acme/&lt;billing&gt;</option>" in page
    assert "Owned by" not in render(factory.story(), "html", RenderOptions()).decode()

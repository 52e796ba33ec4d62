"""Templates are found in the package, can be replaced, and fail with a message."""

import subprocess
import sys
from pathlib import Path

import pytest
from markupsafe import Markup

from specdrift.errors import TemplateError, UsageError
from specdrift.reports import RenderOptions, render
from specdrift.reports.html import templates
from tests.reports import factory


def page(own: Path) -> str:
    """The page with user templates."""
    return render(factory.story(), "html", RenderOptions(templates=own)).decode()


def test_a_user_template_replaces_the_built_in_one(tmp_path: Path) -> None:
    """Only that file; its style is allowed by the policy as ours was."""
    (tmp_path / "style.css").write_text("body { color: teal }")
    (tmp_path / "header.html.j2").write_text("<header>ACME {{ page.title }}</header>")
    shown = page(tmp_path)
    assert "<style>body { color: teal }" in shown
    assert "<header>ACME Spanner Inventory</header>" in shown
    assert 'id="grid"' in shown


@pytest.mark.slow
def test_one_block_of_the_page_can_be_replaced_from_the_command_line(tmp_path: Path) -> None:
    """A part in a file of its own, which gets the same view as ours; the other parts stay."""
    (tmp_path / "result.json").write_bytes(render(factory.story(), "json"))
    own = tmp_path / "own"
    own.mkdir()
    (own / "card.html.j2").write_text(
        '<article id="{{ card.id }}">{{ card.severity.word }}: {{ card.subject }}</article>'
    )
    command = ["report", "result.json", "--templates", "own", "-o", "report.html"]
    subprocess.run(
        [sys.executable, "-m", "specdrift", *command], cwd=tmp_path, check=True, capture_output=True
    )
    shown = (tmp_path / "report.html").read_text()
    assert '<article id="mtls-not-enforced-get-items-id">error: GET /items/{id}</article>' in shown
    assert 'id="grid"' in shown


@pytest.mark.slow
def test_a_broken_template_leaves_the_other_reports_alone(tmp_path: Path) -> None:
    """After a long run, a typo in a template must not cost the result."""
    (tmp_path / "result.json").write_bytes(render(factory.story(), "json"))
    (tmp_path / "card.html.j2").write_text("{% if %}")
    command = ["report", "result.json", "--templates", ".", "-o", "report.html"]
    done = subprocess.run(
        [sys.executable, "-m", "specdrift", *command],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "template card.html.j2, line 1" in done.stderr


def test_equal_values_run_a_macro_once() -> None:
    """Thousands of rows have equal cells; what differs in anything is written by itself, escaped as elsewhere."""
    ran: list[object] = []

    def macro(value: object) -> Markup:
        ran.append(value)
        return Markup("<b>{}</b>").format(value)

    once = templates.Once()
    assert [once(macro, each) for each in (("&", ""), ("&", ""), ("&", "card"))] == [
        "<b>(&#39;&amp;&#39;, &#39;&#39;)</b>",
        "<b>(&#39;&amp;&#39;, &#39;&#39;)</b>",
        "<b>(&#39;&amp;&#39;, &#39;card&#39;)</b>",
    ]
    assert ran == [("&", ""), ("&", "card")]


def test_each_macro_writes_a_value_itself() -> None:
    """What another macro wrote of it is no answer."""
    once = templates.Once()
    assert [once(macro, ("x",)) for macro in (lambda _: Markup("one"), lambda _: Markup("other"))] == [
        "one",
        "other",
    ]


BROKEN = {
    "unfinished": ("{% if %}", "template header.html.j2, line 1: "),
    "unknown name": ("{{ page.titel }}", "has no attribute 'titel'"),
    "missing part": ("{% include 'nowhere.j2' %}", "the template nowhere.j2 is missing"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_template_is_one_sentence(tmp_path: Path, name: str) -> None:
    """Which file, which line: no stack trace of a template engine."""
    content, words = BROKEN[name]
    (tmp_path / "header.html.j2").write_text(content)
    with pytest.raises(TemplateError) as caught:
        page(tmp_path)
    assert words in str(caught.value)


def test_the_package_comes_before_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed wheel carries them inside; an editable checkout has them beside."""
    packaged, checkout = tmp_path / "packaged", tmp_path / "checkout"
    for folder in (packaged, checkout):
        folder.mkdir()
        (folder / templates.ENTRY).touch()
    monkeypatch.setattr(templates, "PACKAGED", packaged)
    monkeypatch.setattr(templates, "CHECKOUT", checkout)
    assert templates.folder() == packaged
    (packaged / templates.ENTRY).unlink()
    assert templates.folder() == checkout
    (checkout / templates.ENTRY).unlink()
    with pytest.raises(TemplateError, match="templates of the HTML report are missing"):
        templates.folder()


def test_a_missing_style_is_an_error(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(TemplateError, match=r"the template nowhere\.css is missing"):
        templates.source(templates.environment(tmp_path), "nowhere.css")


def test_an_unknown_format_names_the_known_ones() -> None:
    """A typo on the command line."""
    with pytest.raises(UsageError, match=r"there is no report format 'htm'; there are .*html"):
        render(factory.story(), "htm")

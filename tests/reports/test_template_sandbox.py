"""Templates of ``--templates DIR`` run in a sandbox: no code, no other files."""

from pathlib import Path

import pytest

from specdrift.errors import TemplateError
from specdrift.reports import RenderOptions, render
from tests.reports import factory


def page(own: Path, text: str) -> str:
    """The page with a header of a user."""
    (own / "header.html.j2").write_text(text)
    return render(factory.story(), "html", RenderOptions(templates=own)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "{{ page.__class__ }}",
        "{{ page.title.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ ''['__cla' ~ 'ss__'] }}",
        "{{ page|attr('__init__') }}",
        "{{ '{0.__class__}'.format(page) }}",
        "{% set made = [] %}{{ made.append(1) }}",
        "{{ range(10000000)|list }}",
    ],
)
def test_a_template_runs_no_code(tmp_path: Path, text: str) -> None:
    """Attributes of the interpreter, changes of values and huge ranges end the report."""
    with pytest.raises((TemplateError, OverflowError)):
        page(tmp_path, text)


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "linked.html.j2", "folder/secret"])
def test_a_template_reads_no_other_file(tmp_path: Path, name: str) -> None:
    """Neither by a path nor by a symbolic link."""
    own = tmp_path / "own"
    own.mkdir()
    (tmp_path / "secret").write_text("k-1")
    (own / "linked.html.j2").symlink_to(tmp_path / "secret")
    (own / "folder").symlink_to(tmp_path)
    with pytest.raises(TemplateError):
        page(own, f"{{% include '{name}' %}}")


def test_the_style_is_no_other_file(tmp_path: Path) -> None:
    """It is put into the page as it is."""
    own = tmp_path / "own"
    own.mkdir()
    (tmp_path / "secret").write_text("k-1")
    (own / "style.css").symlink_to(tmp_path / "secret")
    with pytest.raises(TemplateError, match="symbolic link"):
        page(own, "<header></header>")


def test_a_folder_of_templates_may_be_a_link(tmp_path: Path) -> None:
    """The user names it."""
    (tmp_path / "own").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "own")
    assert "ACME" in page(tmp_path / "link", "<header>ACME</header>")

"""`specdrift --help` must not wait for libraries that only some reports need."""

import re
import subprocess
import sys

import pytest

from specdrift.reports import FORMATS

HEAVY = (
    "jinja2",
    "junitparser",
    "pydantic",
    "rich",
    "specdrift.reports.html.view",
    "specdrift.result.schema",
)
MEDIA_TYPE = re.compile(r"(?:application|text)/[a-z+-]+(?:; [a-z]+=[\w.-]+)*")


def loaded(code: str) -> set[str]:
    """The modules that are there after some code ran in a fresh interpreter."""
    command = f"import sys; {code}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", command], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_importing_the_reports_loads_no_library() -> None:
    """They come when something is rendered."""
    assert not loaded("import specdrift.reports") & set(HEAVY)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "absent"),
    [
        ("json", ("jinja2", "rich")),
        ("text", ("jinja2",)),
        ("html", ("rich", "pydantic")),
        ("sarif", ("jinja2", "pydantic")),
    ],
)
def test_a_format_loads_only_its_own_library(name: str, absent: tuple[str, ...]) -> None:
    """JSON in a container needs neither templates nor a terminal."""
    code = "from tests.reports import factory; from specdrift import reports"
    assert not loaded(f"{code}; reports.render(factory.story(), {name!r})") & set(absent)


def test_every_format_has_a_name_a_type_and_an_extension_of_its_own() -> None:
    """They are what `--format`, `-o FILE` and a web server ask for."""
    assert all(form.name == name for name, form in FORMATS.items())
    assert all(MEDIA_TYPE.fullmatch(form.media_type) for form in FORMATS.values())
    extensions = [form.extension for form in FORMATS.values()]
    assert len({*extensions, ""}) == len(FORMATS) + 1, f"an extension is empty or occurs twice: {extensions}"

"""Parts of answers that hold no data."""

from pathlib import Path

import pytest

from tests.config.reading import problems, read_text


def test_fields_and_members(tmp_path: Path) -> None:
    """One or several; names of header fields in any case."""
    server = read_text(
        tmp_path, '[server]\nmetadata-fields = ["X-Pod"]\nmetadata-members = "meta.route"\n'
    ).server
    assert (server.metadata_fields, server.metadata_members) == (frozenset({"x-pod"}), ("meta.route",))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('metadata-fields = ["x-pod", "Location"]', "location says how an answer is read"),
        ('metadata-fields = "x pod"', '"x pod" is none'),
        ('metadata-members = "meta..route"', '"meta..route" is none'),
        ('metadata-members = "items.*"', '"items.*" is none'),
        ("metadata-members = 7", "expected"),
    ],
)
def test_others_are_refused_with_their_line(tmp_path: Path, line: str, words: str) -> None:
    """A field that decides, and what is no name."""
    (problem,) = problems(tmp_path, f"[server]\n{line}\n")
    assert problem.startswith("specdrift.toml:2: server.metadata-")
    assert words in problem

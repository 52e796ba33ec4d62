"""Files are named as their repository has them, from wherever specdrift was started."""

from pathlib import Path

import pytest

from specdrift.app.repository import locator


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A checkout with a document in a folder, and a link to it."""
    root = tmp_path / "checkout"
    (root / ".git").mkdir(parents=True)
    (root / "api").mkdir()
    (root / "api" / "openapi.yaml").write_text("openapi: 3.1.0\n")
    (root / "linked.yaml").symlink_to("api/openapi.yaml")
    return root


@pytest.mark.parametrize(
    ("folder", "name", "expected"),
    [
        (".", "api/openapi.yaml", "api/openapi.yaml"),
        ("api", "openapi.yaml", "api/openapi.yaml"),
        ("api", "./../api//openapi.yaml", "api/openapi.yaml"),
        (".", "linked.yaml", "api/openapi.yaml"),
        ("api", "origin/main:api/openapi.yaml", "api/openapi.yaml"),
        ("api", "HEAD~2:./openapi.yaml", "api/openapi.yaml"),
        ("api", "gone.yaml", "api/gone.yaml"),
        (".", "https://api.example.test/openapi.yaml", "https://api.example.test/openapi.yaml"),
        (".", "<stdin>", "<stdin>"),
        ("api", "../../elsewhere.yaml", "../../elsewhere.yaml"),
        (".", "/etc/openapi.yaml", "/etc/openapi.yaml"),
    ],
)
def test_a_name_becomes_the_path_in_the_repository(
    repository: Path, folder: str, name: str, expected: str
) -> None:
    """Relative to the top, without symbolic links; what lies elsewhere stays what it is."""
    assert locator(repository / folder)(name) == expected


def test_an_absolute_name_becomes_relative(repository: Path) -> None:
    """CI jobs often name files that way."""
    assert locator(repository / "api")(str(repository / "api" / "openapi.yaml")) == "api/openapi.yaml"


def test_a_colon_in_the_name_of_a_file_is_part_of_it(repository: Path) -> None:
    """As everywhere: a file of that name wins over a revision."""
    (repository / "a:b.yaml").write_text("x")
    assert locator(repository)("a:b.yaml") == "a:b.yaml"


def test_without_a_repository_the_folder_counts(tmp_path: Path) -> None:
    """An archive that was unpacked is no repository, and its files have names."""
    (tmp_path / "openapi.yaml").write_text("x")
    assert locator(tmp_path)(str(tmp_path / "openapi.yaml")) == "openapi.yaml"

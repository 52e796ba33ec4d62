"""`./dev test --changed` runs the tests that a change reaches, and no others."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.packaging.tree import ROOT
from tests.selection import changed_files, reached_tests

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "specdrift/__init__.py": "",
    "specdrift/model.py": "",
    "specdrift/loader/__init__.py": "",
    "specdrift/loader/load.py": "from specdrift.model import Contract\n",
    "specdrift/reports/__init__.py": "",
    "specdrift/reports/html.py": "def late():\n    import specdrift.model\n",
    "tests/__init__.py": "",
    "tests/loader/__init__.py": "",
    "tests/loader/conftest.py": "",
    "tests/loader/parts.py": "from specdrift.loader import load\n",
    "tests/loader/test_load.py": "from tests.loader.parts import document\n",
    "tests/reports/__init__.py": "",
    "tests/reports/test_html.py": "from specdrift.reports import html\n",
    "tests/reports/test_types.py": "if TYPE_CHECKING:\n    from specdrift.reports import html\n",
    "tests/packaging/test_size.py": "",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small checkout."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "reached"),
    [
        ("specdrift/model.py", {"loader/test_load", "reports/test_html"}),
        ("specdrift/loader/load.py", {"loader/test_load"}),
        ("specdrift/loader/__init__.py", {"loader/test_load"}),
        ("specdrift/reports/html.py", {"reports/test_html"}),
        ("templates/page.html.j2", {"reports/test_html"}),
        ("tests/loader/parts.py", {"loader/test_load"}),
        ("tests/loader/conftest.py", {"loader/test_load"}),
        ("tests/loader/documents/a.yaml", {"loader/test_load"}),
        ("tests/reports/test_types.py", {"reports/test_types"}),
        ("README.md", set()),
    ],
)
def test_a_change_reaches_what_imports_it(tree: Path, changed: str, reached: set[str]) -> None:
    """Directly, through a builder, through a late import, as a conftest; the tests of the tree always run."""
    expected = {f"tests/{name}.py" for name in reached | {"packaging/test_size"}}
    assert set(reached_tests(tree, [changed])) == expected


def test_no_change_reaches_no_test(tree: Path) -> None:
    """Nothing is run then."""
    assert reached_tests(tree, []) == []


def test_the_change_is_the_difference_from_main(tree: Path) -> None:
    """Commits of the branch, uncommitted changes, and files that git does not know yet."""

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.test"]
        subprocess.run(["git", "-C", str(tree), *identity, *arguments], check=True, capture_output=True)

    git("init", "--initial-branch=main")
    git("add", ".")
    git("commit", "-m", "start")
    assert changed_files(tree) == []
    git("checkout", "-b", "branch")
    (tree / "specdrift/model.py").write_text("a = 1\n")
    git("commit", "-a", "-m", "on the branch")
    (tree / "specdrift/reports/html.py").unlink()
    (tree / "new.py").touch()
    assert changed_files(tree) == ["specdrift/model.py", "specdrift/reports/html.py", "new.py"]


@pytest.mark.slow
def test_the_rules_reach_their_own_tests() -> None:
    """On this tree, a check's module reaches its tests, and not those of the loader."""
    reached = reached_tests(ROOT, ["specdrift/traffic/importer.py"])
    assert "tests/traffic/test_importer.py" in reached
    assert "tests/loader/test_readers.py" not in reached

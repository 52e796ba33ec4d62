"""Wheel and sdist hold what a user needs, and nothing of this checkout alone."""

import email
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.packaging.tree import PACKAGE, ROOT

TEMPLATES = ROOT / "templates"

pytestmark = pytest.mark.slow  # the build


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both from this tree, as a release does."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheel(distributions: Path) -> zipfile.ZipFile:
    """The built wheel."""
    return zipfile.ZipFile(next(distributions.glob("*.whl")))


@pytest.fixture(scope="module")
def sdist_names(distributions: Path) -> set[str]:
    """The paths in the built sdist, without its top folder."""
    with tarfile.open(next(distributions.glob("*.tar.gz"))) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def files_below(folder: Path, pattern: str = "*") -> set[str]:
    """Return the files below a folder, relative to it, without caches."""
    files = (path for path in folder.rglob(pattern) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix() for path in files}


def names_below(names: list[str], folder: str) -> set[str]:
    """Return the names below a folder of an archive, relative to it."""
    return {name.removeprefix(folder) for name in names if name.startswith(folder)}


def test_the_wheel_ships_every_template(wheel: zipfile.ZipFile) -> None:
    """`templates/` of the tree becomes `specdrift/templates/`, file by file."""
    assert names_below(wheel.namelist(), "specdrift/templates/") == files_below(TEMPLATES)


def test_the_wheel_ships_the_page_of_every_rule(wheel: zipfile.ZipFile) -> None:
    """`specdrift explain` reads them from the installed package."""
    assert names_below(wheel.namelist(), "specdrift/rules/pages/") == files_below(PACKAGE / "rules" / "pages")


def test_the_wheel_ships_every_module_and_its_types(wheel: zipfile.ZipFile) -> None:
    """Users get all modules, and type checkers see that they are typed."""
    shipped = names_below(wheel.namelist(), "specdrift/")
    assert {name for name in shipped if name.endswith(".py")} == files_below(PACKAGE, "*.py")
    assert "py.typed" in shipped


def test_the_wheel_ships_the_package_only(wheel: zipfile.ZipFile) -> None:
    """Nothing lands in a user's site-packages beside the package and its metadata."""
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert {top.partition("-")[0] for top in tops} == {"specdrift"}


def test_the_wheel_names_its_command_python_and_licence(wheel: zipfile.ZipFile) -> None:
    """The metadata say how it is called, what it needs and how it may be used."""
    info = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")).rpartition("/")[0]
    metadata = email.message_from_bytes(wheel.read(f"{info}/METADATA"))
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert names_below(wheel.namelist(), f"{info}/licenses/") == {"LICENSE", "NOTICE"}
    assert "specdrift = specdrift.__main__:entry" in wheel.read(f"{info}/entry_points.txt").decode()


def test_the_sdist_can_be_tested(sdist_names: set[str]) -> None:
    """It has the tests, ./dev and its locks, so that a distributor can run them."""
    wanted = {"dev", "pyproject.toml", "requirements/test.lock", "tests/packaging/test_distribution.py"}
    assert wanted - sdist_names == set()
    assert {f"templates/{name}" for name in files_below(TEMPLATES)} - sdist_names == set()
    pages = {f"specdrift/rules/pages/{name}" for name in files_below(PACKAGE / "rules" / "pages")}
    assert pages - sdist_names == set()


def test_the_sdist_has_no_build_products(sdist_names: set[str]) -> None:
    """What cargo, Python and the tools leave behind stays out."""
    junk = {"target", "__pycache__", ".venv", "Cargo.lock", ".coverage", "node_modules"}
    assert {name for name in sdist_names if junk & set(Path(name).parts)} == set()


@pytest.mark.slow
def test_a_wheel_made_from_the_sdist_is_the_same(
    distributions: Path, wheel: zipfile.ZipFile, tmp_path: Path
) -> None:
    """Installers that build from the sdist get the templates too."""
    with tarfile.open(next(distributions.glob("*.tar.gz"))) as archive:
        # Python 3.11.2 of Debian 12 has no filters yet; later ones warn when none is named.
        archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _path: member)
        archive.extractall(tmp_path)  # noqa: S202 - our own archive, made a moment ago
    source = next(tmp_path.iterdir())
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    rebuilt = zipfile.ZipFile(next((tmp_path / "dist").glob("*.whl")))
    assert sorted(rebuilt.namelist()) == sorted(wheel.namelist())

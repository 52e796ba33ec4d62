"""The hash-locked sets hold everything that an installation needs, and no address."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

import pytest
from packaging.requirements import Requirement

from tests.packaging.tree import ROOT

LEVELS = ("runtime", "test", "envoy", "release", "site")
LOCKS = {level: (ROOT / "requirements" / f"{level}.lock").read_text() for level in LEVELS}
PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)==(\S+)", re.MULTILINE)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def pins(level: str) -> dict[str, str]:
    """Return name and version of every locked package."""
    return dict(PIN.findall(LOCKS[level]))


def normalised(requirement: str) -> str:
    """Return the name of a requirement as locks spell it (PEP 503)."""
    name = NAME.match(requirement)
    assert name is not None
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def declared(level: str) -> set[str]:
    """Return the names that pyproject.toml asks for at a level."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups, extras = project["dependency-groups"], project["project"]["optional-dependencies"]
    wanted = [*project["project"]["dependencies"], *groups["build"]]
    if level in ("envoy", "release", "site"):
        wanted = groups[level]
    if level == "test":
        wanted += [*groups["dev"], *(name for extra in extras.values() for name in extra)]
    return {normalised(requirement) for requirement in wanted if isinstance(requirement, str)}


@pytest.mark.parametrize("level", LOCKS)
def test_a_lock_names_no_address(level: str) -> None:
    """Each machine takes the packages from where it likes; the hashes say that they are the same."""
    assert re.findall(r"^.*(?:://|^\s*-(?!-hash=)).*$", LOCKS[level], re.MULTILINE) == []


@pytest.mark.parametrize("level", LOCKS)
def test_every_locked_package_has_hashes(level: str) -> None:
    """pip refuses the whole set when one hash is missing."""
    entries = re.split(r"\n(?=[a-z0-9])", LOCKS[level].partition("\n")[2])
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("level", LOCKS)
def test_every_declared_dependency_is_locked(level: str) -> None:
    """A dependency added to pyproject.toml needs `./dev lock`."""
    assert declared(level) - pins(level).keys() == set()


def test_the_test_set_holds_the_runtime_set() -> None:
    """./dev installs one into the other's environment, so their versions are the same."""
    tests = pins("test")
    assert {name: tests.get(name) for name in pins("runtime")} == pins("runtime")


def missing(level: str) -> Iterator[str]:
    """Yield what the locked packages that are installed here require, and the lock has not."""
    locked = pins(level)
    for name, pinned in locked.items():
        try:
            if version(name) != pinned:
                pytest.skip(f"this environment was not made by ./dev: it has {name} {version(name)}")
        except PackageNotFoundError:
            continue  # locked for another Python or platform
        for text in requires(name) or ():
            needed = Requirement(text)
            here = needed.marker is None or needed.marker.evaluate({"extra": ""})
            if here and not needed.specifier.contains(
                locked.get(normalised(needed.name), "0"), prereleases=True
            ):
                yield f"{name} requires {text}"


@pytest.mark.parametrize("level", ["runtime", "test"])
def test_a_lock_is_complete(level: str) -> None:
    """./dev installs it without resolving anything."""
    assert list(missing(level)) == []

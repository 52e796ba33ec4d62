"""The repository contains no details of the machine it was written on."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.packaging.machine import configured_hosts
from tests.packaging.tree import ROOT, tracked_files

NEWLINE = "\n"
LARGEST = 500 * 1024
# A whole report, with the evidence of every exchange inside.
LARGER = {"examples/report/axum-lab.html": 1_200_000}
# Locks of other tools, which record where each package was downloaded.
LOCKS_WITH_ADDRESSES = re.compile(
    r"uv\.lock|pylock.*\.toml|Cargo\.lock|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|poetry\.lock|Pipfile\.lock"
)
# Where many checkouts live; a mention of these says nothing about this machine.
COMMON_FOLDERS = frozenset(map(Path, ("/", "/home", "/mnt", "/opt", "/srv", "/tmp", "/usr", "/var")))
MACHINE_PATHS = [
    str(folder) for folder in dict.fromkeys((Path.home(), ROOT.parent, ROOT)) if folder not in COMMON_FOLDERS
]

EXTRA = "specdrift" + "["
INSTALLATION = "an installation from the package index, where the name is not ours"
# The patterns are put together here so that this file does not hold what it looks for. They begin with a character, not
# with what must not be in front of it: the search is several times as fast.
PATTERNS = {
    "the address of a package index": r"index[-_]url['\"]?\s*[=:]|/simpl" + r"e/?(?:['\"\s]|$)",
    INSTALLATION: (
        rf"{re.escape(EXTRA)}[a-z][a-z,-]*\](?! @)"
        r"|(?:pipx? (?:install|run|inject)|uv (?:pip install|add|tool install)|uvx|poetry add)"
        r"(?: --?[\w-]+(?:[= ][\w:./-]+)?)* +['\"]?specdrift(?=['\"]?(?:\s*$|[ ]+[#\\])|[=~><]=)"
    ),
    "an absolute home path": r"/(?<![\w.}/-]/)(?:(?:home|Users)/[a-z]\w*/|ro" + "ot/)",
    "a path of this machine": "|".join(rf"/(?<![\w.}}/-]/){re.escape(path[1:])}/" for path in MACHINE_PATHS),
    # The header alone is what code looks for; with what follows it is a key.
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[\s\"'\\]|\\n|[\w-]+: .*)*[A-Za-z0-9+/]{24}",
}


@cache
def texts() -> tuple[tuple[Path, str], ...]:
    """Return every tracked file and its text."""
    return tuple((path, path.read_text(errors="replace")) for path in tracked_files())


def occurrences(pattern: str) -> list[str]:
    """Return file, line and text of what a pattern finds in tracked text files."""
    return [
        f"{path.relative_to(ROOT)}:{text.count(NEWLINE, 0, found.start()) + 1}: {found[0][:120]}"
        for path, text in texts()
        for found in re.finditer(pattern, text, re.MULTILINE)
    ]


@pytest.mark.parametrize("what", PATTERNS)
def test_no_tracked_file_holds(what: str) -> None:
    """Such a line works on one machine only, installs what others publish, or gives something away."""
    found = occurrences(PATTERNS[what])
    assert not found, "\n".join(found)


def test_no_tracked_file_names_a_configured_package_host() -> None:
    """Where packages come from is each machine's own business: not even the usual hosts are named."""
    hosts = configured_hosts()
    found = occurrences("|".join(map(re.escape, sorted(hosts)))) if hosts else []
    assert not found, "\n".join(found)


def test_no_lock_with_addresses_is_tracked() -> None:
    """The locks in requirements/ hold hashes; those of other tools would hold download addresses."""
    assert [path.name for path in tracked_files() if LOCKS_WITH_ADDRESSES.fullmatch(path.name)] == []


def test_no_tracked_file_is_large() -> None:
    """Big documents for measurements are made or fetched when they are needed."""
    sizes = {path.relative_to(ROOT).as_posix(): path.stat().st_size for path in tracked_files()}
    assert {path: size for path, size in sizes.items() if size > LARGER.get(path, LARGEST)} == {}


@pytest.mark.parametrize(
    ("what", "line", "found"),
    [
        ("the address of a package index", "index-url" + " = x", True),
        ("the address of a package index", "https://mirror.example.test/pypi/simpl" + "e/", True),
        ("the address of a package index", "a /simple-path and /simple/items", False),
        (INSTALLATION, "Needs the extra: pip install '" + EXTRA + "mcp]'", True),
        (INSTALLATION, "$ pip install " + "specdrift", True),
        (INSTALLATION, "pipx install '" + "specdrift==1.0'", True),
        (INSTALLATION, "uv add --dev " + "specdrift  # a tool", True),
        (INSTALLATION, "pip install '.[mcp]' in a checkout of specdrift", False),
        (INSTALLATION, 'pip install "specdrift @ git+https://example.test/specdrift@COMMIT"', False),
        (INSTALLATION, "uv run specdrift check", False),
        ("an absolute home path", "open('/home/" + "alice/key.pem')", True),
        ("an absolute home path", "paths: /users/{id}/home/x", False),
        ("a private key", "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEowIBAAKCAQEAx/3q" * 3, True),
        ("a private key", "'-----BEGIN PRIVATE KEY-----\\n'\n    '" + "MIIEowIBAAKCAQEAx/3q" * 3, True),
        (
            "a private key",
            "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n" + "MIIEow+/" * 8,
            True,
        ),
        ("a private key", "startswith(b'-----BEGIN PRIVATE KEY-----')", False),
        ("a private key", "-----BEGIN CERTIFICATE-----\n" + "MIIEowIBAAKCAQEAx/3q" * 3, False),
    ],
)
def test_what_the_patterns_find(what: str, line: str, found: bool) -> None:  # noqa: FBT001 - a table's column
    """The searches above find what they are for, and leave ordinary text alone."""
    assert bool(re.search(PATTERNS[what], line)) is found

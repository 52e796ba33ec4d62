"""Who owns a file of a repository, by its CODEOWNERS file (GitHub, GitLab, Gitea). Pure.

The last pattern that matches decides; in GitLab's sections, each section decides on its own.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from msgspec import Struct

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where the file may be, in the order in which it is looked for."""
SECTION = re.compile(r"\^?\[[^\]]+\](?:\[\d+\])?[ \t]*(.*)")
WORDS = re.compile(r"(?:\\.|[^\s\\])+")
MOST_ENTRIES = 5_000
LONGEST = 300
"""Characters of a pattern; longer ones are left out."""


class OwnerEntry(Struct, frozen=True):
    """One line: the parts of its pattern, and the owners as written."""

    section: int
    parts: tuple[str, ...]
    owners: tuple[str, ...]

    def matches(self, path: tuple[str, ...]) -> bool:
        """Return whether the pattern matches the path or a folder above it."""
        reached = {0}
        for part in path:
            reached = {after for at in _closed(reached, self.parts) for after in _steps(at, self.parts, part)}
            if len(self.parts) in reached and self.parts[-1:] != ("*",):
                return True
        return len(self.parts) in _closed(reached, self.parts)


def _closed(reached: set[int], parts: tuple[str, ...]) -> set[int]:
    """Add what ``**`` reaches with no part at all."""
    found = set(reached)
    for at in sorted(reached):
        while at < len(parts) and parts[at] == "**":
            at += 1  # noqa: PLW2901 - the next part of the pattern
            found.add(at)
    return found


def _steps(at: int, parts: tuple[str, ...], part: str) -> Iterator[int]:
    """Yield the places in the pattern after one part of the path."""
    if at < len(parts):
        if parts[at] == "**":
            yield at
        elif fnmatchcase(part, parts[at]):
            yield at + 1


class CodeOwners(Struct, frozen=True):
    """The entries of one file."""

    entries: tuple[OwnerEntry, ...] = ()

    def __call__(self, path: str) -> tuple[str, ...]:
        """Return the owners of a path relative to the repository, as written: ``@acme/payments``."""
        parts = tuple(part for part in path.split("/") if part)
        found: dict[int, tuple[str, ...]] = {}
        for entry in self.entries:
            if entry.matches(parts):
                found[entry.section] = entry.owners
        return tuple(dict.fromkeys(owner for owners in found.values() for owner in owners))


def parse(text: str) -> CodeOwners:
    """Read a CODEOWNERS file. A line that is too long is left out."""
    return CodeOwners(tuple(_entries(text)))


def _entries(text: str) -> Iterator[OwnerEntry]:
    section, default, count = 0, (), 0
    for line in text.splitlines():
        written = re.split(r"(?<!\\)#", line, maxsplit=1)[0].strip()
        if heading := SECTION.fullmatch(written):
            section, default = section + 1, tuple(heading[1].split())
        elif written and count < MOST_ENTRIES:
            pattern, *owners = WORDS.findall(written)
            parts = _parts(re.sub(r"\\(.)", r"\1", pattern)) if len(pattern) <= LONGEST else ()
            if parts:
                count += 1
                yield OwnerEntry(section, parts, tuple(owners) or default)


def _parts(pattern: str) -> tuple[str, ...]:
    """Return the parts of a pattern from the top: one without a slash matches at any depth, as in .gitignore."""
    anchored = "/" in pattern.rstrip("/")
    parts = tuple(part for part in pattern.split("/") if part)
    # A bracket is no set of characters in CODEOWNERS.
    return (*(() if anchored or not parts else ("**",)), *(part.replace("[", "[[]") for part in parts))

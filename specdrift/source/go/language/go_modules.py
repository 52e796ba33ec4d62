"""Modules of Go: ``go.mod`` and ``go.work``."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

MOST_MODULES = 200
BLOCK = re.compile(r"^(\w+)\s*\(\s*$")
COMMENT = re.compile(r"//.*$", re.MULTILINE)


class GoModule(Struct, frozen=True):
    """A module, as its ``go.mod`` declares it."""

    folder: Path
    path: str
    """The prefix of the import paths of its packages."""
    version: tuple[int, int] = (1, 16)
    """The version of Go that it is written for: Go assumes this one where none is declared."""
    requires: Mapping[str, str] = field(default_factory=dict)
    """Versions of other modules by their paths."""


def modules_of(folder: Path) -> tuple[GoModule, ...]:
    """Return the modules of a folder: that of its ``go.mod``, those of its ``go.work``, and local replacements."""
    found: dict[Path, GoModule] = {}
    waiting = [folder, *_used(folder)]
    while waiting and len(found) < MOST_MODULES:
        one = waiting.pop(0).resolve()
        manifest = one / "go.mod"
        if one in found or not manifest.is_file():
            continue
        lines = tuple(_lines(manifest.read_text(encoding="utf-8", errors="replace")))
        found[one] = _module(one, lines)
        waiting += [one / words[-1] for words in lines if words[0] == "replace" and words[-1].startswith(".")]
    return tuple(found.values())


def _used(folder: Path) -> Iterator[Path]:
    work = folder / "go.work"
    if work.is_file():
        for words in _lines(work.read_text(encoding="utf-8", errors="replace")):
            if words[0] == "use" and len(words) > 1:
                yield folder / words[1]


def _lines(content: str) -> Iterator[list[str]]:
    """Yield the words of each directive, with those of blocks one by one."""
    around = ""
    for line in COMMENT.sub("", content).splitlines():
        if (block := BLOCK.match(line.strip())) is not None:
            around = block[1]
        elif line.strip() == ")":
            around = ""
        elif words := [word.strip('"') for word in line.split()]:
            yield [around, *words] if around else words


def _module(folder: Path, lines: tuple[list[str], ...]) -> GoModule:
    path, version, requires = "", (1, 16), {}
    for words in lines:
        match words:
            case ["module", name]:
                path = name
            case ["go", number] if (found := re.match(r"(\d+)\.(\d+)", number)) is not None:
                version = (int(found[1]), int(found[2]))
            case ["require", name, number, *_]:
                requires[name] = number
    return GoModule(folder, path, version, requires)

"""Finds OpenAPI documents in a folder, by their content."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

_SUFFIXES = (".yaml", ".yml", ".json")
_VERSION = re.compile(rb"""(?:^|[{,\n])[ \t]*["']?(?:openapi|swagger)["']?[ \t]*:[ \t]*["']?[23]\.\d""")
"""The member ``openapi`` or ``swagger`` with a version, in YAML or JSON."""
_NAMED = re.compile(r"openapi|swagger", re.IGNORECASE)
_NOT_OURS = frozenset({"node_modules", "vendor", "target", "build", "dist", "site-packages", "__pycache__"})
"""Folders of dependencies and build output."""
_MAX_DEPTH = 4
_MAX_FILES = 3000
_MAX_BYTES = 32 * 1024 * 1024


def find_documents(folder: Path) -> tuple[Path, ...]:
    """Return the documents below a folder, relative to it: those beside it first, then by name."""
    found = (path for path in _files(folder) if _is_document(folder / path))
    return tuple(sorted(found, key=_rank))


def _rank(path: Path) -> tuple[int, bool, str]:
    return len(path.parts), _NAMED.search(path.name) is None, path.as_posix()


def _files(folder: Path) -> Iterator[Path]:
    read = 0
    for parent, folders, files in os.walk(folder):
        here = Path(parent).relative_to(folder)
        deep = len(here.parts) + 1 >= _MAX_DEPTH
        folders[:] = (
            [] if deep else sorted(n for n in folders if n not in _NOT_OURS and not n.startswith("."))
        )
        for name in sorted(files):
            if name.endswith(_SUFFIXES):
                read += 1
                if read > _MAX_FILES:
                    return
                yield here / name


def _is_document(path: Path) -> bool:
    try:
        return (
            path.is_file()
            and path.stat().st_size <= _MAX_BYTES
            and _VERSION.search(path.read_bytes()) is not None
        )
    except OSError:
        return False

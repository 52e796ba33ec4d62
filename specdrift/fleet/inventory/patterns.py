"""File name patterns of an inventory, and the names of the services that they match."""

import glob
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from specdrift.file_names import expanded

DEEPEST = 100
"""Folders of a pattern: each is a call inside of the one before."""
_NAME = re.compile(r"\{(service|folder|stem|environment)\}")
_KEPT = ("operations", "include-", "exclude-")
"""Keys whose braces are OpenAPI's own path templates."""


def is_pattern(text: str) -> bool:
    """Return whether a text is a file name pattern; URLs and ``REV:PATH`` are not."""
    return "://" not in text and glob.has_magic(text)


def matches(pattern: str, folder: Path) -> tuple[str, ...]:
    """Return the files that match, sorted, relative to ``folder`` unless the pattern is absolute. ``**`` recurses.

    None matches a pattern of more than ``DEEPEST`` folders.
    """
    path = str(expanded(pattern))
    if path.count("/") > DEEPEST:
        return ()
    found = glob.glob(path, root_dir=folder, recursive=True)  # noqa: PTH207 - an absolute pattern may come
    return tuple(sorted(name for name in found if (folder / name).is_file()))


def names_of(path: Path) -> dict[str, str]:
    """Return ``folder`` and ``stem`` of a path: orders and openapi for ``services/orders/openapi.yaml``."""
    return {"folder": path.parent.name, "stem": path.stem}


def usual_name(pattern: str) -> str:
    """Return the default name of a pattern's services: by file, or by folder if all files have the same name."""
    return "{stem}" if glob.has_magic(Path(pattern).name) else "{folder}"


def fill(value: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401 - any TOML
    """Replace ``{service}``, ``{folder}``, ``{stem}`` and ``{environment}`` in a value if ``names`` has them.

    Keys that select operations are left unchanged: ``/items/{service}`` is a path template there.
    """
    match value:
        case str():
            return _NAME.sub(lambda found: names.get(found[1], found[0]), value)
        case list():
            return [fill(item, names) for item in value]
        case dict():
            return {key: item if key.startswith(_KEPT) else fill(item, names) for key, item in value.items()}
        case _:
            return value

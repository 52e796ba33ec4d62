"""Patterns of files, and the names that they give to what they find."""

import glob
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_NAME = re.compile(r"\{(service|folder|stem|environment)\}")
_KEPT = ("operations", "include-", "exclude-")
"""Keys whose braces are OpenAPI's own path templates."""


def is_pattern(text: str) -> bool:
    """Whether it stands for several files; URLs and ``REV:PATH`` never do."""
    return "://" not in text and glob.has_magic(text)


def matches(pattern: str, folder: Path) -> tuple[str, ...]:
    """The files of a pattern, sorted, relative to ``folder`` unless the pattern is absolute. ``**`` descends."""
    path = str(Path(pattern).expanduser())
    found = glob.glob(path, root_dir=folder, recursive=True)  # noqa: PTH207 - an absolute pattern may come
    return tuple(sorted(name for name in found if (folder / name).is_file()))


def names_of(path: Path) -> dict[str, str]:
    """``{folder}`` and ``{stem}``: ``services/orders/openapi.yaml`` is orders and openapi."""
    return {"folder": path.parent.name, "stem": path.stem}


def usual_name(pattern: str) -> str:
    """What tells the files of a pattern apart: their own names, or those of their folders."""
    return "{stem}" if glob.has_magic(Path(pattern).name) else "{folder}"


def fill(value: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401 - any TOML
    """The value with ``{service}``, ``{folder}``, ``{stem}`` and ``{environment}`` replaced where they are known.

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

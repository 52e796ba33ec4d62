"""Finds and reads a declarative configuration, and kong.conf beside it."""

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from specdrift.contained import is_beneath
from specdrift.errors import UsageError
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.kong.kong_conf import CONF, KongConf

MOST_BYTES = 8 * 1024 * 1024
ENDINGS = (".yml", ".yaml", ".json")
NAMES = ("kong.yml", "kong.yaml", "kong.json")
VERSIONS = ("1.1", "2.1", "3.0")
LISTS = (
    *("services", "routes", "plugins", "consumers", "consumer_groups", "upstreams", "targets", "acls"),
    "ca_certificates",
)
NESTED = ("routes", "plugins", "targets", "acls", "consumers")
MOST_NESTED = 2
_WRITTEN = re.compile(r"""(?m)(?:^|[{,])[ \t]*["']?_format_version["']?[ \t]*:""")


class KongFiles(Struct, frozen=True):
    """What was read."""

    root: YamlNode
    conf: KongConf
    files: int


def recognises(path: Path) -> bool:
    """Return whether a file is a declarative configuration, or a folder has one with a usual name."""
    file = _file(path)
    return file is not None and _WRITTEN.search(_content(file)) is not None


def read(path: Path) -> KongFiles:
    """Read the files. Raises UsageError, with the place of what is wrong."""
    file = _file(path)
    if file is None:
        raise UsageError(f"{path}: no declarative configuration of Kong found")
    root = YamlNode.of_file(str(file), _content(file))
    _check(root)
    conf = path / CONF if path.is_dir() else path.parent / CONF
    if not _is_usable(conf, conf.parent):
        return KongFiles(root, KongConf.absent(root.place), 1)
    return KongFiles(root, KongConf.of(str(conf), _content(conf)), 2)


def _check(root: YamlNode) -> None:
    if not isinstance(root.value, dict):
        raise UsageError(f"{root.place}: no mapping with _format_version")
    version = root.get("_format_version")
    if version.written not in VERSIONS:
        raise UsageError(
            f"{version.place}: _format_version {version.written[:20]!r} is not read; read: {', '.join(VERSIONS)}"
        )
    for wrong in _no_lists(root, LISTS, MOST_NESTED):
        raise UsageError(f"{wrong.place}: a list of mappings is expected here")


def _no_lists(node: YamlNode, names: tuple[str, ...], depth: int) -> Iterator[YamlNode]:
    """Yield entities that are written as something else than lists of mappings."""
    for name in names:
        found = node.get(name)
        if found and not isinstance(found.value, list):
            yield found
        for one in found.items():
            if not isinstance(one.value, dict):
                # A list of names of entities is another notation of decK.
                yield from () if name in ("consumers", "acls") else (found,)
            elif depth:
                yield from _no_lists(one, NESTED, depth - 1)


def _file(path: Path) -> Path | None:
    """Return the file to read; ``None`` if it is none of Kong's, or too large."""
    if not path.is_dir():
        return path if path.suffix in ENDINGS and path.is_file() and _is_small(path) else None
    return next((path / name for name in NAMES if _is_usable(path / name, path)), None)


def _is_usable(file: Path, folder: Path) -> bool:
    return file.is_file() and is_beneath(folder, file.resolve()) and _is_small(file)


def _is_small(file: Path) -> bool:
    return file.stat().st_size <= MOST_BYTES


def _content(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")

"""Reads the files of a configuration in YAML or TOML: the static one and the dynamic ones."""

import re
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from itertools import accumulate
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from specdrift.contained import is_beneath
from specdrift.loader.parse.tree import Mark, MarkedMapping
from specdrift.loader.parse.unreadable import Unreadable
from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.gateway.folder_files import CRATE, FolderFiles
from specdrift.source.gateway.yaml_nodes import YamlNode, YamlText
from specdrift.toml_text import NotTomlError, read_toml

ENDINGS = (".yml", ".yaml", ".toml")
MOST_BYTES = 4 * 1024 * 1024
"""Maximum size of all files together."""
MOST_FILES = 500
GROUPS = re.compile(r"\btraefik\.(?:io|containo\.us)/v\d")
"""Groups of Traefik's resources of Kubernetes."""
STATIC = frozenset({"entrypoints", "providers"})
DYNAMIC = frozenset({"http", "tcp", "udp", "tls"})
"""Members at the top of a file, in lower case."""
MAY_BE_EMPTY = frozenset(
    {"", "tls", "compress", "contenttype", "sticky", "cookie", "healthcheck", "observability"}
)
"""Sections that mean something without members."""
_LIKELY = re.compile(
    r"(?mi)^[ \t]*(?:(?:entryPoints|routers|middlewares)[ \t]*:"
    r"|\[[ \t]*(?:entryPoints|http\.routers|http\.middlewares|tls\.options)\b|clientAuth[ \t]*:)"
)
_TABLE = re.compile(r"[ \t]*\[{1,2}[ \t]*([^\[\]#]+?)[ \t]*\]{1,2}[ \t]*(?:#.*)?\Z")
_KEY = re.compile(
    r"[ \t]*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:[ \t]*\.[ \t]*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)[ \t]*="
)
_MANIFEST = re.compile(r"(?m)^(?:- )?(?:apiVersion|kind)[ \t]*:")
"""A document of the Kubernetes API, which is no file of Traefik's own."""
_PART = re.compile(r"[\w-]+|\"[^\"]*\"|'[^']*'")


class NamedPart(Enum):
    """What has names in a dynamic configuration."""

    ROUTERS = auto()
    MIDDLEWARES = auto()
    SERVICES = auto()
    OPTIONS = auto()


class TraefikFiles(Struct):
    """The files that were read."""

    start: SourceLocation
    static: YamlNode | None = None
    dynamic: list[YamlNode] = field(default_factory=list)
    """Those of the file provider."""
    translated: list[YamlNode] = field(default_factory=list)
    """Made of resources of Kubernetes."""
    has_resources: bool = False
    """Resources of Kubernetes were read."""
    doubts: dict[tuple[NamedPart, str], str] = field(default_factory=dict)
    """Why Traefik may leave out or change something that has a name."""
    unresolved: list[UnresolvedExpression] = field(default_factory=list)
    files: int = 0
    incomplete: UnresolvedExpression | None = None
    """The first part that may hold any router and was not read."""

    @property
    def roots(self) -> tuple[YamlNode, ...]:
        """The trees of the dynamic configuration."""
        return (*self.dynamic, *self.translated)

    def not_read(self, place: SourceLocation, what: str, *, anything: bool = False) -> None:
        """List what was not read; ``anything``: routers may stand there."""
        found = UnresolvedExpression(place, what, UnresolvedKind.SERVED)
        self.unresolved.append(found)
        if anything and self.incomplete is None:
            self.incomplete = found

    def left_out(self, place: SourceLocation, what: str) -> None:
        """List what Traefik does not serve, whatever it is meant for."""
        self.unresolved.append(UnresolvedExpression(place, what, UnresolvedKind.UNREACHED))


def member(node: YamlNode, *names: str) -> YamlNode:
    """Return the member that names lead to, in any case of their letters, as Traefik reads them."""
    for name in names:
        node = next((one for key, one in node.entries() if key.lower() == name.lower()), _none(node))
    return node


def _none(node: YamlNode) -> YamlNode:
    return YamlNode(None, node.file, node.place)


def texts(node: YamlNode) -> tuple[str, ...]:
    """Return the texts of a list, or of a single value that commas separate."""
    if isinstance(node.value, list):
        return tuple(one.written for one in node.items())
    return tuple(one.strip() for one in node.written.split(",") if one.strip())


def flag(node: YamlNode, *, default: bool = False) -> bool:
    """Return a boolean, also one that is written as a text."""
    if isinstance(node.value, bool):
        return node.value
    return {"true": True, "false": False}.get(node.written.lower(), default)


def is_recognised(path: Path) -> bool:
    """Return whether a file is a part of Traefik's configuration, or a folder has one."""
    files = _files(path) if path.is_dir() else (path,)
    return any(_LIKELY.search(text) and _tops(file, text) for file in files if (text := _text(file)))


def read(path: Path) -> TraefikFiles:
    """Read a file, or all of a folder; not the resources of Kubernetes in it."""
    found = TraefikFiles(YamlText.of(str(path), "").place(0, 0))
    size = 0
    files = _files(path) if path.is_dir() else _with_static(path)
    for file in files:
        text = _text(file)
        if file.suffix not in ENDINGS:
            continue  # resources in JSON
        if text is None or (path.is_dir() and not is_beneath(path, file.resolve())):
            found.not_read(found.start, f"{file.name} was not read", anything=True)
            continue
        if _MANIFEST.search(text):
            continue
        size += len(text)
        if size > MOST_BYTES or found.files >= MOST_FILES:
            found.not_read(
                found.start, f"more than {MOST_FILES} files, or {MOST_BYTES >> 20} MiB", anything=True
            )
            break
        _add(file, text, found)
    if isinstance(files, FolderFiles) and files.not_reached:
        found.not_read(found.start, files.not_reached, anything=True)
    return found


def _add(file: Path, text: str, found: TraefikFiles) -> None:
    where = YamlText.of(str(file), text)
    try:
        root = _tree(file, text)
    except (Unreadable, NotTomlError) as error:
        if _LIKELY.search(text) or "{{" in text:
            found.files += 1
            found.not_read(where.place(0, 0), f"a file that is not read: {error}", anything=True)
        return
    tops = {one.lower() for one in root} if isinstance(root, dict) else set()
    node = YamlNode(root, where, where.place(0, 0))
    if tops & STATIC:
        found.files += 1
        if found.static is not None:
            found.not_read(where.place(0, 0), "a second static configuration", anything=True)
        found.static = found.static or node
        if tops & DYNAMIC:
            found.not_read(
                where.place(0, 0), "a file that is static and dynamic, which Traefik refuses", anything=True
            )
    elif tops & DYNAMIC:
        found.files += 1
        if "{{" in text:
            at = text.index("{{")
            found.not_read(where.place(at, at + 2), "a template that is not filled in", anything=True)
        empty = next(_empty(node), None)
        if empty is not None:
            found.not_read(empty.place, "an empty section, for which Traefik refuses the file", anything=True)
        found.dynamic.append(node)


def _empty(node: YamlNode) -> Iterator[YamlNode]:
    """Yield the empty sections that Traefik does not take."""
    stack = [("", node)]
    while stack:
        name, one = stack.pop()
        if one.value == {} and name.lower() not in MAY_BE_EMPTY:
            yield one
        stack.extend(one.entries())
        stack.extend(("", each) for each in one.items())


def _tops(file: Path, text: str) -> bool:
    try:
        root = _tree(file, text)
    except (Unreadable, NotTomlError):
        return False
    tops = {one.lower() for one in root} if isinstance(root, dict) else set()
    if "entrypoints" in tops:
        return True
    node = YamlNode(root, (where := YamlText.of(file.name, text)), where.place(0, 0))
    named = (("http", "routers"), ("http", "middlewares"), ("http", "services"), ("tls", "options"))
    return any(isinstance(member(node, *names).value, dict) for names in named)


def _with_static(path: Path) -> Iterator[Path]:
    """Yield a file, and the static configuration beside it, if that has one of the usual names."""
    yield path
    for ending in ENDINGS:
        beside = path.with_name(f"traefik{ending}")
        if beside != path and beside.is_file():
            yield beside


def _files(folder: Path) -> FolderFiles:
    """Return the files of a folder; in that of a service, those beside it alone."""
    return FolderFiles(folder, ENDINGS, deep=not (folder / CRATE).exists())


def _text(file: Path) -> str | None:
    try:
        if file.suffix not in ENDINGS or not file.is_file() or file.stat().st_size > MOST_BYTES:
            return None
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _tree(file: Path, text: str) -> Any:  # noqa: ANN401 - a value of a JSON type
    if file.suffix == ".toml":
        return _marked(read_toml(text), _marks(text), ())
    from specdrift.loader.parse import yaml_reader

    return yaml_reader.read(text).root


Names = tuple[str, ...]


def _marked(value: object, marks: Mapping[Names, Mark], at: Names) -> object:
    """Return tables as mappings that record where their keys are."""
    if isinstance(value, dict):
        found = MarkedMapping()
        for key, inner in value.items():
            own = (*at, key)
            found[key] = _marked(inner, marks, own)
            found.marks[key] = marks.get(own) or marks.get(at) or (0, 0)
        return found
    if isinstance(value, list):
        return [_marked(one, marks, at) for one in value]
    return value if isinstance(value, (str, int, float, bool)) else str(value)


def _marks(text: str) -> Mapping[Names, Mark]:
    """Return where the keys of a text in TOML stand, each once; those of inline tables are not looked at."""
    found: dict[Names, Mark] = {}
    table: Names = ()
    starts = (0, *accumulate(len(line) + 1 for line in text.split("\n")))
    for start, line in zip(starts, text.split("\n"), strict=False):
        header, key = _TABLE.match(line), _KEY.match(line)
        written = header or key
        if written is None:
            continue
        parts = tuple(one.strip("\"'") for one in _PART.findall(written[1]))
        table = parts if header else table
        own = parts if header else (*table, *parts)
        for length in range(1, len(own) + 1):
            found.setdefault(own[:length], (start + written.start(1), start + written.end(1)))
    return found

"""Reads the resources of a file or folder: many documents in a file, and lists."""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from msgspec import Struct, field

from specdrift.contained import is_beneath
from specdrift.errors import UsageError
from specdrift.loader.parse.tree import Value
from specdrift.loader.parse.unreadable import Unreadable
from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.gateway.folder_files import CRATE, FolderFiles
from specdrift.source.gateway.yaml_nodes import YamlNode, YamlText

ENDINGS = (".yaml", ".yml", ".json")
MOST_BYTES = 8 * 1024 * 1024
"""Maximum size of all files together."""
MOST_OF_BEGINNING = 64 * 1024
MOST_FILES = 1000
MOST_DOCUMENTS = 10_000
MOST_VALUES = 500_000
"""Maximum number of values in all resources; those behind an alias count each time."""
LISTS = 3
"""Maximum depth of lists in lists."""
MESH = re.compile(r"\b(?:(?:networking|security)\.istio\.io|gateway\.networking\.k8s\.io)/v\d")
"""Groups of Istio and the Gateway API."""
MARKS = ("istio.io", "gateway.networking.k8s.io", "traefik.", "kind")
"""A resource has one of these, which are faster to look for than its group."""
SEPARATOR = re.compile(r"(?m)^---(?=\s|$)")
PATCHES = frozenset({"kustomization.yaml", "kustomization.yml"})
NOT_FOLLOWED = frozenset({"node_modules", "vendor"})


class KubernetesObject(Struct, frozen=True, eq=False, dict=True):
    """An object of the Kubernetes API."""

    group: str
    kind: str
    node: YamlNode

    @property
    def place(self) -> SourceLocation:
        return self.node.place

    @cached_property
    def name(self) -> str:
        return self.node.get("metadata", "name").written

    @cached_property
    def namespace(self) -> str:
        """As written; empty where it is given when the file is applied."""
        return self.node.get("metadata", "namespace").written

    @property
    def spec(self) -> YamlNode:
        return self.node.get("spec")

    @property
    def labels(self) -> YamlNode:
        return self.node.get("metadata", "labels")

    @property
    def annotations(self) -> YamlNode:
        return self.node.get("metadata", "annotations")

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Manifests(Struct, frozen=True, eq=False):
    """The resources of a file or folder."""

    resources: tuple[KubernetesObject, ...]
    unresolved: tuple[UnresolvedExpression, ...]
    files: int
    start: SourceLocation
    by_kind: Mapping[tuple[str, str], tuple[KubernetesObject, ...]]
    unread_documents: tuple[UnresolvedExpression, ...] = ()
    """Those of ``unresolved`` that may be any resource."""

    @property
    def unread(self) -> UnresolvedExpression | None:
        """The first part that was not read. It may change what every other one means."""
        return next(iter(self.unresolved), None)

    def of(self, group: str, kind: str) -> tuple[KubernetesObject, ...]:
        """Return the resources of a kind, in their order."""
        return self.by_kind.get((group, kind), ())


def is_recognised(path: Path, groups: re.Pattern[str] = MESH) -> bool:
    """Return whether a file has a resource that decides about requests, or a folder has such a file.

    Folders in a folder count as well. That of a service is recognised as such: its resources may be of others.
    """
    return not (path / CRATE).exists() and has_resources(path, groups)


def has_resources(path: Path, groups: re.Pattern[str]) -> bool:
    """Return whether a file, or one beneath a folder, has something that fits ``groups``."""
    files = _files(path) if path.is_dir() else (path,)
    texts = filter(None, map(_text, files))
    return any(groups.search(text) for text in texts if any(one in text for one in MARKS))


def read(path: Path, groups: re.Pattern[str] = MESH) -> Manifests:
    """Read all resources. Raises UsageError for a file that cannot be read."""
    reader = _Reader(path, groups)
    if path.is_dir():
        reader.read_folder()
    else:
        reader.read_file(path)
    if not reader.files:
        raise UsageError(f"{path}: no resources of Kubernetes found")
    return reader.result()


def _files(folder: Path) -> FolderFiles:
    return FolderFiles(folder, ENDINGS, NOT_FOLLOWED)


def _text(file: Path) -> str | None:
    """Return the text of a file; ``None`` if it is none, or too large."""
    try:
        if file.suffix not in ENDINGS or not file.is_file() or file.stat().st_size > MOST_BYTES:
            return None
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _may_be_resources(file: Path) -> bool:
    """Return whether a file that is too large begins as resources do. One that cannot be read may be anything."""
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            return "apiVersion" in opened.read(MOST_OF_BEGINNING)
    except OSError:
        return file.exists()


class _Reader(Struct):
    path: Path
    groups: re.Pattern[str]
    files: int = 0
    bytes: int = 0
    documents: int = 0
    values: int = 0
    start: SourceLocation | None = None
    resources: list[KubernetesObject] = field(default_factory=list)
    unresolved: list[UnresolvedExpression] = field(default_factory=list)
    unread_documents: list[UnresolvedExpression] = field(default_factory=list)
    full: bool = False
    """Whether a limit was reached; what follows is not read."""

    def read_folder(self) -> None:
        files = _files(self.path)
        for file in files:
            if not is_beneath(self.path, file.resolve()):
                self._note(_file_place(file), f"{file.relative_to(self.path)}: outside of the folder")
                continue
            text = _text(file)
            if text is None and _may_be_resources(file):
                self._stop(_file_place(file), f"more than {MOST_BYTES >> 20} MiB")
            elif file.name in PATCHES and text:
                what = "patches of kustomize are not applied; name the output of kustomize build"
                self._note(YamlText.of(str(file), text).place(0, 0), what)
            elif text is not None and ("apiVersion" in text):
                self._read(file, text, alone=False)
            if self.full:
                return
        if files.not_reached:
            self._stop(_file_place(self.path), files.not_reached)

    def read_file(self, file: Path) -> None:
        text = _text(file)
        if text is None:
            raise UsageError(f"{file}: no YAML or JSON file of at most {MOST_BYTES >> 20} MiB")
        self._read(file, text, alone=True)

    def result(self) -> Manifests:
        by_kind: dict[tuple[str, str], list[KubernetesObject]] = defaultdict(list)
        seen: dict[tuple[str, str, str, str], KubernetesObject] = {}
        for one in self.resources:
            key = (one.group, one.kind, one.namespace, one.name)
            if one.name and key in seen:
                what = f"{one} is defined twice ({seen[key].place})"
                self._note(one.place, what)
                continue
            seen[key] = one
            by_kind[one.group, one.kind].append(one)
        start = self.start or _file_place(self.path)
        kept = tuple(one for every in by_kind.values() for one in every)
        return Manifests(
            kept,
            tuple(self.unresolved),
            self.files,
            start,
            {key: tuple(every) for key, every in by_kind.items()},
            tuple(self.unread_documents),
        )

    def _read(self, file: Path, text: str, *, alone: bool) -> None:
        self.files += 1
        self.bytes += len(text)
        if self.bytes > MOST_BYTES or self.files > MOST_FILES:
            self._stop(_file_place(file), f"more than {MOST_FILES:,} files, or {MOST_BYTES >> 20} MiB")
            return
        before, begin = 0, 0
        ends = [found.start() for found in SEPARATOR.finditer(text)] + [len(text)]
        for end in ends:
            part = text[begin:end]
            if part.strip(" \t\r\n-"):
                self._document(YamlText.of(str(file), part, before), part, alone=alone)
            if self.full:
                return
            before += part.count("\n")
            begin = end

    def _document(self, where: YamlText, text: str, *, alone: bool) -> None:
        from specdrift.loader.parse import yaml_reader

        self.start = self.start or where.place(0, 0)
        self.documents += 1
        if self.documents > MOST_DOCUMENTS:
            self._stop(where.place(0, 0), f"more than {MOST_DOCUMENTS:,} documents")
            return
        try:
            tree = yaml_reader.read(text)
        except Unreadable as error:
            if alone or self.groups.search(text):
                self._unread(where.place(error.offset or 0, error.offset or 0), f"a document that is {error}")
            return
        if "{{" in text and self.groups.search(text):
            begin = text.index("{{")
            self._unread(where.place(begin, begin + 2), "a template that is not filled in")
        self._count(tree.root, where)
        if not self.full:
            self._object(YamlNode(tree.root, where, _first(tree.root, where)), LISTS)

    def _object(self, node: YamlNode, depth: int) -> None:
        kind = node.get("kind").written
        version = node.get("apiVersion").written
        if not kind or not version:
            return
        if node.get("items").value is not None and kind.endswith("List"):
            for item in node.get("items").items() if depth else ():
                self._object(item, depth - 1)
            return
        self.resources.append(KubernetesObject(version.rpartition("/")[0], kind, node))

    def _count(self, root: Value, where: YamlText) -> None:
        stack = [root]
        while stack:
            value = stack.pop()
            self.values += 1
            if self.values > MOST_VALUES:
                self._stop(where.place(0, 0), f"more than {MOST_VALUES:,} values")
                return
            if isinstance(value, dict):
                stack.extend(value.values())
            elif isinstance(value, list):
                stack.extend(value)

    def _stop(self, place: SourceLocation, what: str) -> None:
        self.full = True
        self._unread(place, what)

    def _unread(self, place: SourceLocation, what: str) -> None:
        self._note(place, what)
        self.unread_documents.append(self.unresolved[-1])

    def _note(self, place: SourceLocation, what: str) -> None:
        self.unresolved.append(UnresolvedExpression(place, what, UnresolvedKind.SERVED))


def _first(root: Value, where: YamlText) -> SourceLocation:
    """Return the place of the first key."""
    marks = getattr(root, "marks", None)
    return where.place(*next(iter(marks.values()))) if marks else where.place(0, 0)


def _file_place(file: Path) -> SourceLocation:
    return YamlText.of(str(file), "").place(0, 0)

"""Packages of Go and what they declare."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field

from specdrift.source.go.language.build_constraints import is_built
from specdrift.source.go.language.go_files import LARGEST, GoFile, code_of, listed, literal_of, part, parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tree_sitter import Node

    from specdrift.source.go.language.go_modules import GoModule

IGNORED = frozenset({"testdata", "vendor", "node_modules"})
MOST_FILES = 20_000


class GoFunction(Struct, frozen=True, eq=False):
    """A function or method that is declared."""

    name: str
    node: Node
    file: GoFile
    package: GoPackage
    receiver: str = ""
    """The name of its receiver's type."""

    def __str__(self) -> str:
        return f"{self.receiver}.{self.name}" if self.receiver else self.name


class GoType(Struct, frozen=True, eq=False):
    """A type that is declared."""

    name: str
    node: Node
    """Its definition."""
    file: GoFile
    package: GoPackage


class GoVariable(Struct, frozen=True, eq=False):
    """A variable or constant of a package."""

    name: str
    kind: Node | None
    """Its type, if it is written."""
    value: Node | None
    index: int | None
    """Which result of ``value`` it is, where one call has several."""
    file: GoFile
    iota: int = 0


class GoPackage(Struct, eq=False):
    """A package, whose files are parsed when a declaration is looked up."""

    path: str
    """Its import path."""
    name: str
    files: list[GoFile]
    module: GoModule
    functions: dict[str, GoFunction] = field(default_factory=dict)
    methods: dict[str, dict[str, GoFunction]] = field(default_factory=dict)
    """By the name of the type, then by that of the method."""
    types: dict[str, GoType] = field(default_factory=dict)
    variables: dict[str, GoVariable] = field(default_factory=dict)
    initializers: list[GoFunction] = field(default_factory=list)
    """Its functions ``init``."""
    is_declared: bool = False

    def declare(self) -> GoPackage:
        """Collect the declarations, once."""
        if not self.is_declared:
            self.is_declared = True
            for file in self.files:
                for node in parts(file.root):
                    self._declare(node, file)
        return self

    def _declare(self, node: Node, file: GoFile) -> None:
        match node.type:
            case "import_declaration":
                _imports(node, file)
            case "function_declaration":
                function = GoFunction(code_of(part(node, "name")), node, file, self)
                if function.name == "init":
                    self.initializers.append(function)
                else:
                    self.functions[function.name] = function
            case "method_declaration":
                owner = receiver_type(node)
                method = GoFunction(code_of(part(node, "name")), node, file, self, owner)
                self.methods.setdefault(owner, {})[method.name] = method
            case "type_declaration":
                for spec in parts(node):
                    if (kind := part(spec, "type")) is not None:
                        name = code_of(part(spec, "name"))
                        self.types[name] = GoType(name, kind, file, self)
            case "var_declaration" | "const_declaration":
                self.variables.update((one.name, one) for one in variables(node, file))


def variables(node: Node, file: GoFile) -> Iterator[GoVariable]:
    """Yield the variables of a declaration; a constant without a value repeats the expression before it."""
    specs = [one for spec in parts(node) for one in (parts(spec) if spec.type == "var_spec_list" else [spec])]
    before: list[Node] = []
    kind_before: Node | None = None
    for number, spec in enumerate(specs):
        values, kind = listed(part(spec, "value")), part(spec, "type")
        if not values and node.type == "const_declaration":
            values, kind = before, kind_before
        before, kind_before = values, kind
        names = spec.children_by_field_name("name")
        for index, name in enumerate(one for one in names if one.is_named):
            several = len(values) == 1 and len(names) > 1
            value = values[0] if several else values[index] if index < len(values) else None
            yield GoVariable(code_of(name), kind, value, index if several else None, file, number)


def receiver_type(node: Node) -> str:
    """Return the name of the type of a method's receiver."""
    receiver = parts(part(node, "receiver"))
    kind = part(receiver[0], "type") if receiver else None
    while kind is not None and kind.type in {"pointer_type", "generic_type", "parenthesized_type"}:
        kind = next(iter(parts(kind)), None)
    return code_of(kind)


def _imports(node: Node, file: GoFile) -> None:
    specs = [
        one for spec in parts(node) for one in (parts(spec) if spec.type == "import_spec_list" else [spec])
    ]
    for spec in specs:
        quoted = part(spec, "path")
        path = literal_of(quoted) if quoted is not None else None
        name = part(spec, "name")
        if path is None:
            continue
        if name is not None and name.type == "blank_identifier":
            file.blank_imports = (*file.blank_imports, path)
        else:
            file.imports[code_of(name) if name is not None else usual_name(path)] = path


def usual_name(path: str) -> str:
    """Return the name that a package most likely has, by its import path."""
    words = path.split("/")
    last = words[-1]
    if last[:1] == "v" and last[1:].isdigit() and len(words) > 1:
        last = words[-2]
    last = last.partition(".v")[0] if ".v" in last else last
    return last.removeprefix("go-").removesuffix("-go").replace("-", "_")


class PackageIndex:
    """The packages of some modules, by import path."""

    def __init__(self, modules: Sequence[GoModule], base: Path) -> None:
        self.modules = modules
        self.packages: dict[str, GoPackage] = {}
        self.unread: list[str] = []
        """Files that are too large."""
        self.files = 0
        inner = {module.folder for module in modules}
        for module in modules:
            for folder in _folders(module.folder, inner):
                self._load(folder, module, base)

    def package(self, path: str) -> GoPackage | None:
        """Return a package of the modules with its declarations."""
        found = self.packages.get(path)
        return found.declare() if found is not None else None

    def methods_named(self, name: str) -> Sequence[GoFunction]:
        """Return the methods of this name, of all types."""
        return self._methods.get(name, ())

    @cached_property
    def _methods(self) -> dict[str, list[GoFunction]]:
        found: dict[str, list[GoFunction]] = defaultdict(list)
        for package in self.packages.values():
            for methods in package.declare().methods.values():
                for name, method in methods.items():
                    found[name].append(method)
        return found

    def programs(self) -> list[GoPackage]:
        """Return the packages that are programs."""
        return [one for _, one in sorted(self.packages.items()) if one.name == "main"]

    def _load(self, folder: Path, module: GoModule, base: Path) -> None:
        files: dict[str, list[GoFile]] = {}
        for path in sorted(folder.glob("*.go")):
            name = _shown(path, base)
            if self.files >= MOST_FILES or path.stat().st_size > LARGEST:
                self.unread.append(name)
                continue
            content = path.read_bytes()
            if is_built(path.name, content):
                self.files += 1
                files.setdefault(_package_name(content), []).append(GoFile(name, path, content))
        below = folder.relative_to(module.folder).as_posix()
        import_path = module.path if below == "." else f"{module.path}/{below}"
        for name, own in files.items():
            # Files of another package in a folder are rare: tools that are run one by one.
            suffix = "" if import_path not in self.packages else f"#{name}"
            self.packages[import_path + suffix] = GoPackage(import_path, name, own, module)


def _folders(root: Path, modules: set[Path]) -> Iterator[Path]:
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        yield folder
        for one in sorted(folder.iterdir(), reverse=True):
            hidden = one.name.startswith((".", "_")) or one.name in IGNORED
            if not hidden and one.is_dir() and not one.is_symlink() and one not in modules:
                waiting.append(one)


def _package_name(content: bytes) -> str:
    for line in content.splitlines():
        words = line.split()
        if words[:1] == [b"package"] and len(words) > 1:
            return words[1].partition(b";")[0].decode("utf-8", "replace")
    return ""


def _shown(path: Path, base: Path) -> str:
    resolved = base.resolve()
    return str(base / path.relative_to(resolved)) if path.is_relative_to(resolved) else str(path)

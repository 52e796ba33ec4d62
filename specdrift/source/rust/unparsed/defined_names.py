"""The names that a file may define, without its syntax tree: more than it does define, never fewer."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from specdrift.source.rust.items import RustModule
from specdrift.source.rust.syntax import only_names
from specdrift.source.rust.unparsed.declared_modules import NAME, Span, declared_modules
from specdrift.source.rust.unparsed.skipped_tests import without_tests

FUNCTION = re.compile(rb"fn\s+(" + NAME + rb")")
TYPES = (re.compile(rb"struct\s+(" + NAME + rb")"), re.compile(rb"enum\s+(" + NAME + rb")"))
CONSTANT = re.compile(rb"const\s+(" + NAME + rb")")
STATIC = re.compile(rb"static\s+(?:mut\s+|ref\s+)?(" + NAME + rb")")
ALIAS = re.compile(rb"type\s+(" + NAME + rb")")
IMPORTS = (re.compile(rb"use\b([^;]*);"), re.compile(rb"extern\s+crate\b([^;]*);"))
TRAIT = re.compile(rb"trait\s+(" + NAME + rb")")
IMPLEMENTATION = re.compile(rb"impl(?=[\s<])")
WHERE = re.compile(rb"\bwhere\b")
"""What follows it in a header names neither the type nor the trait."""
FOR = re.compile(rb"\bfor\b")
MACRO = re.compile(rb"macro_rules!\s*(" + NAME + rb")")
OBJECT = re.compile(rb"dyn\s+(?:" + NAME + rb"::)*(" + NAME + rb")")
COMMENTED = tuple(
    re.compile(word + rb"\s*/[/*]")
    for word in (b"fn", b"struct", b"enum", b"const", b"trait", b"dyn", b"mod", b"impl")
)
"""A comment between a keyword and its name."""
OF_PARAMETER = re.compile(rb"\bfor\b[&'\s\w\x80-\xff]*?(" + NAME + rb")\s*(?:where\b.*)?\Z", re.DOTALL)
"""The end of ``impl<T: …> Trait for T``."""
BRACES = frozenset({b"<", b",", b";", b"(", b"=", b":"})
"""What stands before the brace of a constant in a type."""


@dataclass(frozen=True, slots=True)
class DefinedNames:
    """The names that a file may define."""

    functions: frozenset[bytes]
    types: frozenset[bytes]
    constants: frozenset[bytes]
    macros: frozenset[bytes]
    owners: frozenset[bytes]
    """Words of the types of its implementations, and its traits."""
    traits: frozenset[bytes]
    """Words of its implementations of traits, without their bodies."""
    objects: frozenset[bytes]
    """Traits of its trait objects."""
    for_all: bool
    """It may implement a trait for a type parameter."""
    modules: tuple[Span, ...]
    """The places of its declarations of modules."""
    members: frozenset[bytes]
    """Its items between others and what it imports, without modules."""


def names_in(content: bytes) -> DefinedNames | None:
    """Return what a file may define; ``None`` for one that has to be parsed to know it."""
    modules, content = declared_modules(content), without_tests(content)
    if modules is None or any(pattern.search(content) for pattern in COMMENTED):
        return None
    parts = [part.partition(b"{") for part in IMPLEMENTATION.split(content)[1:]]
    if any(_is_uncertain(header, brace) for header, brace, _ in parts):
        return None
    headers = [header for header, _, _ in parts]
    defined = [frozenset(kind.findall(content)) for kind in (FUNCTION, CONSTANT, MACRO, TRAIT, STATIC, ALIAS)]
    functions, constants, macros, traits, *_ = defined
    types = frozenset(name for kind in TYPES for name in kind.findall(content))
    found = DefinedNames(
        functions=functions,
        types=types,
        constants=constants,
        macros=macros,
        owners=traits.union(_words(map(_of_type, headers))),
        traits=_words(header for header in headers if FOR.search(header)),
        objects=frozenset(OBJECT.findall(content)),
        for_all=any(map(_for_parameter, headers)),
        modules=modules,
        members=types.union(*defined, _words(one for kind in IMPORTS for one in kind.findall(content))),
    )
    # What defines nothing may be no Rust: whether it can be parsed is asked at once.
    known = found.functions or found.types or found.constants or found.owners or found.modules
    return found if known else None


def _words(texts: Iterable[bytes]) -> frozenset[bytes]:
    return frozenset(only_names(b" ".join(texts), b"#").split())


def _of_type(header: bytes) -> bytes:
    """Return what contains the type of an implementation: what follows the first ``for``."""
    found = FOR.search(header)
    return header if found is None else header[found.end() :]


def _is_uncertain(header: bytes, brace: bytes) -> bool:
    """Return whether the brace after a header may be one of a constant or a comment.

    Without a brace, another ``impl`` follows: that of a parameter or of a type that is returned.
    """
    line = header[header.rfind(b"\n") + 1 :]
    return (
        (bool(brace) and header.rstrip()[-1:] in BRACES and not WHERE.search(header))
        or b"//" in line
        or header.rfind(b"/*") > header.rfind(b"*/")
    )


def _for_parameter(header: bytes) -> bool:
    """Return whether a header is that of ``impl<T: …> Trait for T``."""
    found = OF_PARAMETER.search(header) if header.lstrip().startswith(b"<") else None
    return found is not None and found[1] in only_names(header[: found.start()]).split()


@dataclass(slots=True, eq=False)
class UnreadModules:
    """Modules that were not read, by the names that they may define."""

    functions: dict[bytes, list[RustModule]] = field(default_factory=dict)
    types: dict[bytes, list[RustModule]] = field(default_factory=dict)
    constants: dict[bytes, list[RustModule]] = field(default_factory=dict)
    macros: dict[bytes, list[RustModule]] = field(default_factory=dict)
    owners: dict[bytes, list[RustModule]] = field(default_factory=dict)
    traits: dict[bytes, list[RustModule]] = field(default_factory=dict)
    objects: dict[bytes, list[RustModule]] = field(default_factory=dict)
    for_all: list[RustModule] = field(default_factory=list)
    by_file: dict[str, list[RustModule]] = field(default_factory=dict)

    def add(self, module: RustModule, names: DefinedNames) -> None:
        """Add a module."""
        self.by_file.setdefault(module.file.name, []).append(module)
        for known, own in (
            (self.functions, names.functions),
            (self.types, names.types),
            (self.constants, names.constants),
            (self.macros, names.macros),
            (self.owners, names.owners),
            (self.traits, names.traits),
            (self.objects, names.objects),
        ):
            for name in own:
                known.setdefault(name, []).append(module)
        if names.for_all:
            self.for_all.append(module)

    def every(self) -> Iterator[RustModule]:
        """Yield all of them."""
        for modules in self.by_file.values():
            yield from modules

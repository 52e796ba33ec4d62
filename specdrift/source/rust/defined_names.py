"""The names that a file may define, without its syntax tree: more than it does define, never fewer."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from specdrift.source.rust.items import RustModule
from specdrift.source.rust.skipped_tests import TEST, test_modules
from specdrift.source.rust.syntax import only_names

NAME = rb"[\w#\x80-\xff]+"
FUNCTION = re.compile(rb"fn\s+(" + NAME + rb")")
TYPES = (re.compile(rb"struct\s+(" + NAME + rb")"), re.compile(rb"enum\s+(" + NAME + rb")"))
CONSTANT = re.compile(rb"const\s+(" + NAME + rb")")
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
INNER = re.compile(rb"mod\s+(?:r#)?[A-Za-z_\x80-\xff]")
"""The beginning of a module."""
IN_FILE = re.compile(rb"mod\s+" + NAME + rb"\s*;")
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


def names_in(content: bytes) -> DefinedNames | None:
    """Return what a file without submodules may define; ``None`` for one that has to be parsed to know it."""
    if _has_modules(content) or any(pattern.search(content) for pattern in COMMENTED):
        return None
    headers = [part.partition(b"{")[0] for part in IMPLEMENTATION.split(content)[1:]]
    if any(map(_is_uncertain, headers)):
        return None
    found = DefinedNames(
        functions=frozenset(FUNCTION.findall(content)),
        types=frozenset(name for kind in TYPES for name in kind.findall(content)),
        constants=frozenset(CONSTANT.findall(content)),
        macros=frozenset(MACRO.findall(content)),
        owners=frozenset(TRAIT.findall(content)).union(_words(map(_of_type, headers))),
        traits=_words(header for header in headers if FOR.search(header)),
        objects=frozenset(OBJECT.findall(content)),
        for_all=any(map(_for_parameter, headers)),
    )
    # What defines nothing may be no Rust: whether it can be parsed is asked at once.
    return found if found.functions or found.types or found.constants or found.owners else None


def _words(texts: Iterable[bytes]) -> frozenset[bytes]:
    return frozenset(only_names(b" ".join(texts), b"#").split())


def _of_type(header: bytes) -> bytes:
    """Return what contains the type of an implementation: what follows the first ``for``."""
    found = FOR.search(header)
    return header if found is None else header[found.end() :]


def _has_modules(content: bytes) -> bool:
    """Return whether the file may have modules beside those for tests."""
    at = 0
    for start, end in (*test_modules(content), (len(content), len(content))):
        if any(_is_word(content, found.start()) for found in INNER.finditer(content, at, start)):
            return True
        if IN_FILE.search(content, start, end):
            return True
        at = end
    return False


def _is_word(content: bytes, at: int) -> bool:
    """Return whether a word begins at a place, other than the declaration of a file of tests."""
    before = content[max(at - len(TEST), 0) : at]
    part_of_a_name = before[-1:].isalnum() or before.endswith(b"_")
    return not part_of_a_name and before != TEST


def _is_uncertain(header: bytes) -> bool:
    """Return whether the brace after a header may be one of a constant or a comment."""
    line = header[header.rfind(b"\n") + 1 :]
    return (
        (header.rstrip()[-1:] in BRACES and not WHERE.search(header))
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

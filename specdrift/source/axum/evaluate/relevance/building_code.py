"""Finds the code that builds routers, by its text."""

import re
from collections.abc import Collection, Iterator

from msgspec import Struct, field

from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.syntax import SourceFile

BUILDING = tuple(
    re.compile(pattern)
    for pattern in (
        *(rb"Router\b", rb"OpenApiRouter\b", rb"ApiRouter\b", rb"MethodRouter\b", rb"ServiceBuilder\b"),
        *(rb"MethodFilter\b", rb"\.route(?:_layer)?\s*\(", rb"\.nest\s*\(", rb"from_fn", rb"routes!"),
        *(rb"impl\s+(?:Layer|tower::Layer)", rb"routing::", rb"serve_connection", rb"into_make_service"),
        rb"axum::serve\b",
    )
)
"""Occurs in code that builds routers, where no name goes on before it: each begins with a text, which is fast."""
OTHERS = (b"iter::", b"array::")
"""Modules whose ``from_fn`` makes no layer."""
ROUTING = re.compile(rb"(?<![\w.:])(?:get|post|put|patch|delete|any|on)\s*\(")
"""Occurs in code that builds routers in a file that imports functions of ``axum::routing``."""
MARKERS = tuple(
    b"Router|ServiceBuilder|MethodFilter|.route|.nest|from_fn|routes!|Layer|routing::|serve_connection|into_make_service"
    b"|axum::serve".split(b"|")
)
"""Every match contains one of these texts, which are faster to search for."""
OF_TYPE = re.compile(rb"(?<![\w:])([A-Z]\w*)::\Z")
"""What stands before a variant: the name of its type."""
LONGEST = 80
"""Maximum length of a name, in bytes."""
VARIANT = re.compile(r"(?<=[{,\]\s])\w+\s*[({]")
"""The name of a variant that holds something, with the bracket after it."""


class BuildingCode(Struct, eq=False):
    """The places where code builds routers."""

    index: CrateIndex
    macros: Collection[str]
    """Macros that build routers."""
    _variants: dict[tuple[bytes, bytes], bool] = field(default_factory=dict)

    def places(self) -> Iterator[tuple[SourceFile, list[int]]]:
        """Yield the files that build routers, with the places."""
        called = [f"{name}!".encode() for name in self.macros]
        patterns = (*BUILDING, *(re.compile(re.escape(name)) for name in called))
        for file in self.index.sources():
            code, content = file.code, file.content
            if not any(marker in code for marker in (*MARKERS, *called)):
                continue
            found = [place for pattern in patterns for place in self._matching(pattern, content)]
            if b"routing::" in content:
                found += (one.start() for one in ROUTING.finditer(content))
            if found:
                yield file, found

    def _matching(self, pattern: re.Pattern[bytes], content: bytes) -> Iterator[int]:
        for found in pattern.finditer(content):
            at = found.start()
            before = content[max(at - 1, 0) : at]
            if (before.isalnum() or before == b"_") and content[at : at + 1] != b".":
                continue  # a name goes on
            if before == b":" and self._is_something_else(found, content[max(at - LONGEST, 0) : at]):
                continue
            yield at

    def _is_something_else(self, found: re.Match[bytes], before: bytes) -> bool:
        if found[0] == b"from_fn":
            return before.endswith(OTHERS)
        owner = OF_TYPE.search(before)
        return owner is not None and self._is_variant(owner[1], found[0])

    def _is_variant(self, owner: bytes, name: bytes) -> bool:
        """Return whether ``Type::Router`` is a variant that holds no router, such as one of an error."""
        key = owner, name
        if key not in self._variants:
            kinds = self.index.types(owner.decode("utf-8", "replace")) if name.isalpha() else []
            word = re.compile(rf"\b{name.decode()}\b")
            self._variants[key] = bool(kinds) and all(
                kind.kind == "enum" and word.search(VARIANT.sub("", kind.code.source_text)) is None
                for kind in kinds
            )
        return self._variants[key]

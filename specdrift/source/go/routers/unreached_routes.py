"""Calls that most likely add routes, and that the evaluation did not come to."""

from collections.abc import Collection, Iterator

from tree_sitter import Node

from specdrift.model.contract.location import SourceLocation
from specdrift.source.go.language.go_files import GoFile, below, code_of, literal_of, part, parts
from specdrift.source.go.language.go_packages import PackageIndex
from specdrift.source.go.routers.wiring import ADDING

LIBRARIES = frozenset({"net/http", "github.com/gin-gonic/gin"})
CHI = "github.com/go-chi/chi"
NAMES = tuple(f".{name}(".encode() for name in ADDING)


def unreached(index: PackageIndex, visited: Collection[tuple[str, int]]) -> Iterator[SourceLocation]:
    """Yield the places of such calls: with a path, in a file that imports a library which is read."""
    for package in index.packages.values():
        package.declare()
        for file in package.files:
            if _is_of_router(file) and any(name in file.content for name in NAMES):
                for node in below(file.root):
                    if (
                        node.type == "call_expression"
                        and (file.name, node.start_byte) not in visited
                        and adds(node)
                    ):
                        yield file.place(node)


def _is_of_router(file: GoFile) -> bool:
    return any(path in LIBRARIES or path.startswith(CHI) for path in file.imports.values())


def adds(node: Node) -> bool:
    """Return whether a call has a path and another argument, and the name of a method that adds routes."""
    callee, given = part(node, "function"), parts(part(node, "arguments"))
    if callee is None or callee.type != "selector_expression" or len(given) < 2:
        return False
    if code_of(part(callee, "field")) not in ADDING:
        return False
    texts = [one for one in given[:2] if one.type in {"interpreted_string_literal", "raw_string_literal"}]
    return any("/" in (literal_of(one) or "")[:9] for one in texts)

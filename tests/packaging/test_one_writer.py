"""Everything for a terminal or a log passes one writer, which escapes it and hides secrets."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.packaging.tree import modules, nodes

WRITERS = {
    "specdrift/cli/terminal/streams.py": "the writer",
    "specdrift/cli/terminal/closed_streams.py": "replaces streams that are closed, and writes nothing",
    "specdrift/app/console.py": "writes the bytes of a report for programs that import specdrift",
    "specdrift/app/running/watchdog.py": "its last message names a function while the main thread hangs",
    "specdrift/crawler/omission/available.py": "silences a warning about a module that tlslite-ng imports",
    "specdrift/pki/inspection/public_roots.py": "silences a warning about serial numbers of public roots",
    "specdrift/cli/terminal/progress.py": "a bar, whose labels are constants of this module",
}
CLICK = frozenset({"echo", "secho", "echo_via_pager", "confirm", "prompt", "progressbar", "pause", "edit"})
STREAMS = frozenset({"stdout", "stderr", "__stdout__", "__stderr__"})


def writes(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the places of a module that write to standard output or standard error."""
    harmless = {
        id(node.value) for node in nodes(tree) if isinstance(node, ast.Attribute) and node.attr == "isatty"
    }
    for node in nodes(tree):
        match node:
            case ast.Call(func=ast.Name(id="print" | "getpass" as name)):
                yield node.lineno, name
            case ast.Call(func=ast.Attribute(value=ast.Name(id="click"), attr=name)) if name in CLICK:
                yield node.lineno, f"click.{name}"
            case ast.Attribute(value=ast.Name(id="sys"), attr=name) if (
                name in STREAMS and id(node) not in harmless
            ):
                yield node.lineno, f"sys.{name}"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="traceback"), attr=name)) if "print" in name:
                yield node.lineno, f"traceback.{name}"
            case ast.Attribute(value=ast.Name(id="logging" | "warnings" as name)):
                yield node.lineno, name
            case ast.Call(func=ast.Attribute(attr="show"), args=[], keywords=[]):
                yield node.lineno, "show() of an exception of click"
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="os"), attr="write"), args=[ast.Constant(), *_]
            ):
                yield node.lineno, "os.write"
            case ast.Call(func=ast.Name(id="Console"), keywords=options) if not _to_a_file(options):
                yield node.lineno, "a console of rich"


def _to_a_file(options: list[ast.keyword]) -> bool:
    """Whether rich writes to a buffer; our own ``Console`` has no stream."""
    names = {option.arg for option in options}
    return "file" in names or "stderr" not in names


def test_no_other_module_writes() -> None:
    """A new command uses the writer, or an escape is missing."""
    found = [
        f"{module.path}:{line}: {what}"
        for module in modules()
        if module.path not in WRITERS
        for line, what in writes(module.tree)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("code", "is_found"),
    [
        ("print(x)", True),
        ("click.echo(x)", True),
        ("click.style(x)", False),
        ("sys.stderr.write(x)", True),
        ("sys.stderr.isatty()", False),
        ("error.show()", True),
        ("show(settings)", False),
        ("logging.getLogger().warning(x)", True),
        ("traceback.print_exc()", True),
        ("traceback.format_exc()", False),
        ("Console(stderr=True)", True),
        ("Console(file=buffer)", False),
    ],
)
def test_the_law_itself(code: str, is_found: bool) -> None:  # noqa: FBT001 - a table's column
    """What counts as writing."""
    assert bool(list(writes(ast.parse(code)))) is is_found

"""Runs ``set``, ``if``, ``return``, ``rewrite`` and ``break`` of a server or location."""

from collections.abc import Callable, Mapping
from enum import Enum, auto

from msgspec import Struct

from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.nginx.directives import INCLUDE, Directive
from specdrift.source.nginx.variable_values import Value
from specdrift.source.nginx.variables import Variables
from specdrift.source.nginx.ways import unread_includes

_FILE_TESTS = frozenset({"-f", "!-f", "-d", "!-d", "-e", "!-e", "-x", "!-x"})
FLAGS = frozenset({"last", "break", "redirect", "permanent"})
QUOTED = "\ue000"
"""Stands for a question mark of the path, which begins no query in a rewritten one."""


class Flow(Enum):
    """How the statements of a block ended."""

    DONE = auto()
    STOPPED = auto()
    """By ``break`` or the flag of a ``rewrite``: the location stays, or is searched again if the path changed."""
    ENDED = auto()
    """By ``return``, or a redirect."""


class Rewriting(Struct):
    """The effect of the statements of a block."""

    flow: Flow = Flow.DONE
    status: int = 0
    """Of ``return``."""
    has_text: bool = False
    """Whether ``return`` has a text of its own; then no error page replaces it."""
    at: Directive | None = None
    """The statement that ended the request."""
    within: Directive | None = None
    """The last ``if`` that held: its statements configure the request."""
    changed: bool = False
    """The path was rewritten."""
    replaced: bool = False
    """By ``break``."""
    search_again: bool = False
    """A location of the new path has to be found."""


def run(block: Directive, variables: Variables) -> Rewriting:
    """Run the statements of a block in their order. Raises Undetermined."""
    result = Rewriting()
    _run(block, variables, result)
    return result


def _run(block: Directive, variables: Variables, result: Rewriting) -> None:
    for statement in block.block:
        execute = _EXECUTE.get(statement.name)
        if execute is None:
            continue
        try:
            execute(statement, variables, result)
        except Undetermined as error:
            raise Undetermined(error.what, error.at or statement.location) from None
        if result.flow is not Flow.DONE:
            return


def _set(statement: Directive, variables: Variables, _: Rewriting) -> None:
    if len(statement.args) == 2:
        variables.own[statement.first.removeprefix("$")] = variables.text(statement.args[1])


def _if(statement: Directive, variables: Variables, result: Rewriting) -> None:
    try:
        held = holds(statement.args, variables)
    except Undetermined as error:
        held = variables.is_assumed(f"whether the condition at {statement.location} holds", error.what)
    if held:
        result.within = statement
        _run(statement, variables, result)


def _break(_: Directive, __: Variables, result: Rewriting) -> None:
    result.flow = Flow.STOPPED
    result.search_again = False


def _return(statement: Directive, _: Variables, result: Rewriting) -> None:
    status = statement.number
    result.flow, result.at = Flow.ENDED, statement
    result.status = 302 if status is None else status
    result.has_text = len(statement.args) > 1 and bool(statement.args[1])


def _rewrite(statement: Directive, variables: Variables, result: Rewriting) -> None:
    if len(statement.args) < 2:
        return
    pattern, replacement = statement.args[:2]
    found = Value(variables.path).match(pattern, ignore_case=False)
    if found is None:
        return
    flag = statement.args[2] if len(statement.args) > 2 else ""
    variables.remember(
        (group and group.replace("?", QUOTED) for group in found.groups()),
        {name: (text or "").replace("?", QUOTED) for name, text in found.groupdict().items()},
    )
    new = variables.text(replacement)
    variables.remember(found.groups(), found.groupdict())
    if replacement.startswith(("http://", "https://", "$scheme")) or flag in ("redirect", "permanent"):
        result.flow, result.at = Flow.ENDED, statement
        result.status = 301 if flag == "permanent" else 302
        return
    if not new.exact:
        raise Undetermined("a rewrite to an unknown path")
    path, question, args = new.content.partition("?")
    variables.path = path.replace(QUOTED, "?")
    args = args.replace(QUOTED, "%3F")
    kept = variables.args if not replacement.endswith("?") else ""
    variables.args = f"{args}&{kept}" if question and args and kept else args or kept
    result.changed = True
    result.search_again = flag != "break"
    result.replaced = result.replaced or flag == "break"
    if flag in FLAGS:
        result.flow = Flow.STOPPED


def _include(statement: Directive, _: Variables, __: Rewriting) -> None:
    raise unread_includes.not_read(statement)


def holds(args: tuple[str, ...], variables: Variables) -> bool:
    """Evaluate the condition of ``if``. Raises Undetermined."""
    if len(args) == 1:
        return variables.text(args[0]).is_true
    if len(args) == 3 and args[1] in _COMPARE:
        return _COMPARE[args[1]](variables, variables.text(args[0]), args[2])
    if len(args) == 2 and args[0] in _FILE_TESTS:
        exists = variables.is_assumed(f"whether the file {args[1]} exists")
        return exists is not args[0].startswith("!")
    raise Undetermined(f"condition {' '.join(args)}")


def _equal(variables: Variables, left: Value, right: str) -> bool:
    return left.equals(variables.text(right))


def _matches(variables: Variables, left: Value, pattern: str, *, ignore_case: bool) -> bool:
    found = left.match(pattern, ignore_case=ignore_case)
    if found is not None:
        variables.remember(found.groups(), found.groupdict())
    return found is not None


_COMPARE: Mapping[str, Callable[[Variables, Value, str], bool]] = {
    "=": _equal,
    "!=": lambda v, left, right: not _equal(v, left, right),
    "~": lambda v, left, right: _matches(v, left, right, ignore_case=False),
    "!~": lambda v, left, right: not _matches(v, left, right, ignore_case=False),
    "~*": lambda v, left, right: _matches(v, left, right, ignore_case=True),
    "!~*": lambda v, left, right: not _matches(v, left, right, ignore_case=True),
}
_EXECUTE: Mapping[str, Callable[[Directive, Variables, Rewriting], None]] = {
    "set": _set,
    "if": _if,
    "break": _break,
    "return": _return,
    "rewrite": _rewrite,
    INCLUDE: _include,
}

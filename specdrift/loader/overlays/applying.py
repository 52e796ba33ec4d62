"""Applies overlays to the entry document, in their order."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from specdrift.errors import DocumentError
from specdrift.loader.overlays.editing import Editor, Incompatible, Path
from specdrift.loader.overlays.overlay_reader import Action, Overlay, invalid
from specdrift.loader.parse.document import Document
from specdrift.loader.parse.tree import OverlayMark, Value
from specdrift.loader.parse.unreadable import Unreadable
from specdrift.model.contract.contract import Diagnostic
from specdrift.model.contract.location import SourceLocation
from specdrift.model.plural import plural

_MOST_TARGETS = 100_000


class _Selected(NamedTuple):
    path: Path
    value: Value


def apply_overlays(document: Document, overlays: Sequence[Overlay]) -> tuple[Diagnostic, ...]:
    """Change the document's tree; return a finding for each action that selects nothing.

    Raises :class:`~specdrift.errors.DocumentError` for an action that cannot be applied.
    """
    editor = Editor(document.tree)
    return tuple(
        finding
        for overlay in overlays
        for action in overlay.actions
        for finding in _apply(editor, action, overlay.document)
    )


def _apply(editor: Editor, action: Action, overlay: Document) -> Iterator[Diagnostic]:
    found = _select(action.target, editor.tree.root, action.at)
    if not found:
        yield Diagnostic(
            rule="requirement-without-effect",
            message=f"the target {action.target} selects nothing, so that this action of the overlay changes nothing.",
            location=action.at,
        )
        return
    try:
        if action.remove:
            editor.remove(each.path for each in found)
        else:
            _change(editor, action, overlay, found)
    except Incompatible as error:
        raise invalid(str(error), action.at) from error
    except Unreadable as error:
        raise DocumentError(
            [Diagnostic(rule=error.rule, message=error.message, location=action.at)]
        ) from error


def _change(editor: Editor, action: Action, overlay: Document, found: Sequence[_Selected]) -> None:
    node = action.change
    assert node is not None  # noqa: S101 - only an action that removes has none
    mark = overlay.mark(node.tokens)
    assert mark is not None  # noqa: S101 - the reader marks every member of an overlay
    change, place = node.value, OverlayMark(mark, overlay, node.tokens)
    if action.copy:
        place = place.without_members()
        # A copy of its own: the target may lie inside of what is copied.
        change = editor.copied(_copied_value(action, editor.tree.root, node.here), place)
    for each in found:
        editor.merge(each.path, change, place)


def _copied_value(action: Action, root: Value, at: SourceLocation) -> Value:
    sources = _select(action.copy, root, at)
    if len(sources) != 1:
        raise invalid(f"{action.copy} selects {plural(len(sources), 'value')}; copy one.", at)
    return sources[0].value


def _select(query: str, root: Value, at: SourceLocation) -> list[_Selected]:
    """Evaluate a JSONPath (RFC 9535)."""
    from jsonpath import JSONPathEnvironment, JSONPathError  # few runs have overlays

    class Environment(JSONPathEnvironment):
        max_recursion_depth = 500

    try:
        matches = Environment(strict=True).finditer(query, root)
        found = {match.parts: _Selected(match.parts, match.obj) for match in islice(matches, _MOST_TARGETS)}
    except JSONPathError as error:
        raise invalid(f"{query} is not a JSONPath (RFC 9535): {error.message}.", at) from error
    if len(found) >= _MOST_TARGETS:
        raise invalid(f"{query} selects {_MOST_TARGETS:,} values or more.", at)
    return list(found.values())

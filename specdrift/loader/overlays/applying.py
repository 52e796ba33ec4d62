"""Applies overlays to the entry document, in their order."""

from collections.abc import Iterator, Sequence
from urllib.parse import unquote, urldefrag, urljoin

from specdrift.errors import DocumentError
from specdrift.loader.overlays.editing import Editor, Incompatible
from specdrift.loader.overlays.json_path import JsonPath, QueryError, Selected
from specdrift.loader.overlays.overlay_reader import Action, Overlay, invalid
from specdrift.loader.parse.document import Document
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.text import printable
from specdrift.loader.parse.tree import OverlayMark, Value
from specdrift.loader.parse.unreadable import Unreadable
from specdrift.model.contract.contract import Diagnostic
from specdrift.model.contract.location import SourceLocation
from specdrift.model.plural import plural
from specdrift.model.result.drift import Severity

STDIN = "<stdin>"
"""Name of a document from standard input, which has no address."""


def apply_overlays(document: Document, overlays: Sequence[Overlay]) -> tuple[Diagnostic, ...]:
    """Change the document's tree; return findings on overlays for other documents, and on actions that select nothing.

    Raises :class:`~specdrift.errors.DocumentError` for an overlay that is given twice, and for an action that cannot be
    applied.
    """
    editor, json_path = Editor(document.tree), JsonPath()
    found: list[Diagnostic] = []
    for place, overlay in enumerate(overlays):
        if any(overlay.document.uri == other.document.uri for other in overlays[:place]):
            raise invalid(
                "the overlay is given twice, and would be applied twice.", overlay.document.location(())
            )
        found += _of_another(document, overlay)
        for action in overlay.actions:
            found += _apply(editor, json_path, action, overlay.document)
    return tuple(found)


def _of_another(document: Document, overlay: Overlay) -> Iterator[Diagnostic]:
    """Yield a finding if the overlay is for another document.

    A copy or a revision is the same document: the last part of the address tells, unless the whole is equal.
    """
    if not overlay.extends or document.name == STDIN:
        return
    own = document.tree.root.get("$self") if isinstance(document.tree.root, dict) else None
    try:
        meant = urldefrag(urljoin(overlay.document.uri, overlay.extends)).url
        known = {document.uri, urljoin(document.uri, own) if isinstance(own, str) else document.uri}
    except ValueError:
        meant, known = overlay.extends, {document.uri}
    if meant not in known and _last(meant) not in map(_last, known):
        yield Diagnostic(
            rule="invalid-document",
            message=f'the overlay is for another document ("extends: {printable(overlay.extends)}"), and was applied '
            f"to {document.name}. Correct or delete this line, or leave the overlay out.",
            location=DocumentNode(overlay.document, (), overlay.document.tree.root).key("extends"),
            severity=Severity.WARNING,
        )


def _last(address: str) -> str:
    return unquote(address.rpartition("/")[2])


def _apply(editor: Editor, json_path: JsonPath, action: Action, overlay: Document) -> Iterator[Diagnostic]:
    found = _select(json_path, action.target, editor.tree.root, action.at)
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
            change, place = _changed(editor, json_path, action, overlay)
            for each in found:
                editor.merge(each.path, change, place)
    except Incompatible as error:
        raise invalid(str(error), action.at) from error
    except Unreadable as error:
        raise DocumentError(
            [Diagnostic(rule=error.rule, message=error.message, location=action.at)]
        ) from error


def _changed(
    editor: Editor, json_path: JsonPath, action: Action, overlay: Document
) -> tuple[Value, OverlayMark]:
    """Return what to merge into each target, and its place in the overlay."""
    node = action.change
    assert node is not None  # noqa: S101 - only an action that removes has none
    mark = overlay.mark(node.tokens)
    assert mark is not None  # noqa: S101 - the reader marks every member of an overlay
    place = OverlayMark(mark, overlay, node.tokens)
    if not action.copy:
        return node.value, place
    place = place.without_members()
    sources = _select(json_path, action.copy, editor.tree.root, node.here)
    if len(sources) != 1:
        raise invalid(f"{action.copy} selects {plural(len(sources), 'value')}; copy one.", node.here)
    # A copy of its own: the target may lie inside of what is copied.
    return editor.copied(sources[0].value, place), place


def _select(json_path: JsonPath, query: str, root: Value, at: SourceLocation) -> list[Selected]:
    try:
        return json_path.select(query, root)
    except QueryError as error:
        raise invalid(f"{query} {error}.", at) from error

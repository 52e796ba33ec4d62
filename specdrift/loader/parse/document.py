"""One file that was read, and where its members stand."""

from msgspec import Struct, field

from specdrift.loader.parse import json_reader, pointer
from specdrift.loader.parse.pointer import Tokens
from specdrift.loader.parse.text import LineIndex
from specdrift.loader.parse.tree import DocumentTree, Mark, MarkedMapping, OverlayMark, Value
from specdrift.model.contract.location import SourceLocation

DECIDING = "security"
"""The member that is quoted with its value: what it says decides, not that it is there."""


class Document(Struct, eq=False):
    """One file: ``name`` as shown to the user, ``uri`` where it was read, ``base`` what its references
    are relative to (``$self`` of OpenAPI 3.2, else the ``uri``). ``text`` is what offsets count in: the text
    of YAML, the view of JSON.
    """

    name: str
    uri: str
    text: str
    tree: DocumentTree
    lines: LineIndex
    base: str = ""
    _expanded: dict[Tokens, Value] = field(default_factory=dict)

    def location(self, tokens: Tokens, mark: Mark | None = None) -> SourceLocation:
        """The key that ``tokens`` lead to (``mark`` when the caller has it), or the one that encloses it."""
        mark = mark or self.mark(tokens)
        if mark is None:
            return SourceLocation(file=self.name, line=1, column=1, end_line=1, end_column=1, pointer="")
        if isinstance(mark, OverlayMark) and mark.document is not self:
            return mark.document.location(mark.tokens, mark)
        start, end = mark
        line, column, text = self.lines.spot(start)
        if tokens and tokens[-1] == DECIDING:
            text = self.lines.member(start)
        return SourceLocation(
            file=self.name,
            line=line,
            column=column,
            end_line=line,
            end_column=column + self.lines.width(start, end),
            pointer=pointer.encode(tokens),
            text=text,
        )

    def mark(self, tokens: Tokens) -> Mark | None:
        """Where the key of a member stands, or the nearest key around it; ``None`` for the whole document."""
        mark, depth = _descend(self.tree.root, tokens)
        if mark is None or depth == len(tokens):
            return mark
        inner, _ = _descend(self._expand(tokens[:depth], mark), tokens[depth:])
        return inner or mark

    def _expand(self, tokens: Tokens, key: Mark) -> Value:
        """A JSON value with the places that its reader left out, because they are rarely wanted."""
        if tokens not in self._expanded:
            self._expanded[tokens] = json_reader.read_member(self.text, key)
        return self._expanded[tokens]


def _descend(value: Value, tokens: Tokens) -> tuple[Mark | None, int]:
    """The mark of the last marked key on the way, and how many tokens led there; all, if none is unmarked."""
    mark, marked = None, 0
    for depth, token in enumerate(tokens, start=1):
        if isinstance(value, MarkedMapping):
            mark, marked = value.marks.get(token, mark), depth
        elif isinstance(value, dict):
            return mark, marked
        try:
            value = pointer.step(value, token)
        except LookupError:
            break
    return mark, len(tokens)

"""Changes the value of a document in place, and keeps the place of each member in its own file."""

from collections.abc import Iterable, Sequence

from specdrift.loader.parse.tree import DocumentTree, Mark, MarkedMapping, OverlayMark, Value
from specdrift.loader.parse.unreadable import Unreadable
from specdrift.loader.security.checked_mapping import type_name

Path = Sequence[str | int]
"""Member names and array indexes from the root."""

_MAX_DEPTH = 500
_MOST_VALUES = 1_000_000
"""Values that all overlays together may add."""


class Incompatible(ValueError):
    """A change does not fit the value it is merged into. The message is a sentence."""


class Editor:
    """Edits one tree.

    YAML aliases share containers, so that each container is copied once before it is changed.
    """

    def __init__(self, tree: DocumentTree) -> None:
        self.tree = tree
        self._own: dict[int, Value] = {}
        self._added = 0

    def merge(self, path: Path, change: Value, place: OverlayMark) -> None:
        """Merge a change into the value at a path (Overlay Specification 1.1, Action Object).

        ``place`` is the member of the overlay that holds the change.
        """
        target = self._container(path)
        if isinstance(target, MarkedMapping):
            if not isinstance(change, dict):
                raise Incompatible(f"the target is a map, and the change is {type_name(change)}.")
            self._merge_mapping(target, change, place, depth=len(path))
            return
        parent = self._container(path[:-1]) if path else None
        if isinstance(target, list):
            items = change if isinstance(change, list) else [change]
            target.extend(self.copied(item, place, depth=len(path) + 1) for item in items)
        elif isinstance(change, dict | list):
            raise Incompatible(f"the target is {type_name(target)}, and the change is {type_name(change)}.")
        elif parent is not None:
            parent[path[-1]] = change
        if isinstance(parent, MarkedMapping):
            parent.marks[str(path[-1])] = place

    def remove(self, paths: Iterable[Path]) -> None:
        """Remove the values at some paths, later elements of an array first."""
        for path in sorted(map(tuple, paths), key=_order, reverse=True):
            if not path:
                raise Incompatible("the document as a whole cannot be removed.")
            parent, last = self._container(path[:-1]), path[-1]
            del parent[last]
            if isinstance(parent, MarkedMapping):
                parent.marks.pop(str(last), None)

    def _container(self, path: Path) -> Value:
        """Return the value at a path; containers on it are copied unless they were before."""
        value = self.tree.root = self._owned(self.tree.root)
        for step in path:
            value[step] = self._owned(value[step])
            value = value[step]
        return value

    def _owned(self, value: Value) -> Value:
        if not isinstance(value, dict | list) or id(value) in self._own:
            return value
        made: Value = list(value) if isinstance(value, list) else self._copy_of(value)
        self._own[id(made)] = made
        return made

    def _copy_of(self, value: Value) -> MarkedMapping:
        made = MarkedMapping()
        made.update(value)
        made.marks.update(getattr(value, "marks", {}))
        if id(value) in self.tree.repeats:
            self.tree.repeats[id(made)] = self.tree.repeats[id(value)]
        return made

    def _merge_mapping(self, target: MarkedMapping, change: Value, place: OverlayMark, *, depth: int) -> None:
        for key, value in change.items():
            at = place.member(key, _mark(change, key))
            present = target.get(key)
            if isinstance(present, dict | list):
                if value is None:
                    continue  # a placeholder, as in the examples of the specification
                if type_name(present) != type_name(value):
                    raise Incompatible(
                        f'"{key}" is {type_name(present)} in the document, and the change has {type_name(value)}.'
                    )
                target[key] = present = self._owned(present)
                if isinstance(present, MarkedMapping):
                    self._merge_mapping(present, value, at, depth=depth + 1)
                    continue
                present.extend(self.copied(item, at, depth=depth + 2) for item in value)
            elif present is not None and isinstance(value, dict | list):
                raise Incompatible(
                    f'"{key}" is {type_name(present)} in the document, and the change has {type_name(value)}.'
                )
            else:
                target[key] = self.copied(value, at, depth=depth + 1)
            target.marks[key] = at

    def copied(self, value: Value, place: OverlayMark, *, depth: int = 0) -> Value:
        """Copy a value of an overlay, or of the document for ``copy``; its members keep their places."""
        self._added += 1
        if self._added > _MOST_VALUES:
            raise Unreadable(f"the overlays add more than {_MOST_VALUES:,} values.")
        if depth > _MAX_DEPTH:
            raise Unreadable(f"more than {_MAX_DEPTH} levels of nesting.", rule="nesting-too-deep")
        if isinstance(value, list):
            items = [
                self.copied(item, place.member(str(number), None), depth=depth + 1)
                for number, item in enumerate(value)
            ]
            self._own[id(items)] = items
            return items
        if not isinstance(value, dict):
            return value
        made = MarkedMapping()
        for key, item in value.items():
            at = place.member(key, _mark(value, key))
            made[key] = self.copied(item, at, depth=depth + 1)
            made.marks[key] = at
        self._own[id(made)] = made
        return made


def _mark(value: Value, key: str) -> Mark | None:
    return value.marks.get(key) if isinstance(value, MarkedMapping) else None


def _order(path: tuple[str | int, ...]) -> tuple[tuple[int, str], ...]:
    return tuple((step, "") if isinstance(step, int) else (0, step) for step in path)

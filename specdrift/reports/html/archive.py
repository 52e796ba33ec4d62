"""Packs JSON values for the page: by columns, and every scalar once, however often it is said.

Rows of the same shape (the probes of a run) become one column for each of their members, and a column is a list of
places in one table of scalars. So identical evidence is stored once, and gzip finds what is left. The page's script
has the other half.
"""

import base64
import gzip
import json
from collections.abc import Sequence
from typing import Any

Node = list[int] | dict[str, Any]


def archive(value: Any) -> str:  # noqa: ANN401 - any JSON
    """The value as gzip in base64; the same value gives the same text."""
    packer = _Packer()
    node = packer.node([value])
    text = json.dumps([packer.table, node], allow_nan=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=9, mtime=0)).decode()


class _Packer:
    """``table`` has every scalar, and every value that stands where other rows have one of another shape."""

    def __init__(self) -> None:
        self.table: list[Any] = []
        self._places: dict[tuple[type, object], int] = {}

    def node(self, rows: Sequence[Any]) -> Node:
        """A column: places in the table, or ``n`` rows that are objects (``o``) or arrays (``l``, ``v``), and which
        of them are ``null`` instead (``z``), or texts that slashes join (``j``).
        """
        present = [row for row in rows if row is not None]
        empty = [place for place, row in enumerate(rows) if row is None]
        if present and all(isinstance(row, dict) for row in present):
            names = list(present[0])
            if all(list(row) == names for row in present):
                members = {name: self.node([row[name] for row in present]) for name in names}
                return {"n": len(rows), "z": empty, "o": members}
        if present and all(isinstance(row, list) for row in present):
            flat = [item for row in present for item in row]
            return {"n": len(rows), "z": empty, "l": [len(row) for row in present], "v": self.node(flat)}
        parts = _parts(rows)
        if parts:
            return {"j": [self.node(column) for column in zip(*parts, strict=True)]}
        return [self._place(row) for row in rows]

    def _place(self, value: Any) -> int:  # noqa: ANN401
        # 1, 1.0 and true are equal in Python.
        key = (type(value), json.dumps(value) if isinstance(value, dict | list) else value)
        place = self._places.setdefault(key, len(self.table))
        if place == len(self.table):
            self.table.append(value)
        return place


def _parts(rows: Sequence[Any]) -> list[list[str]]:
    """Texts of several parts with slashes between them, such as the names of probes, cut; else nothing."""
    if not rows or not all(type(row) is str for row in rows):
        return []
    slashes = rows[0].count("/")
    return (
        [row.split("/") for row in rows] if slashes and all(row.count("/") == slashes for row in rows) else []
    )

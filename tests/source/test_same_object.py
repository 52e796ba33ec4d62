"""Keys of mappings by object."""

from __future__ import annotations

import ast
from pathlib import Path

import specdrift
from specdrift.source.frameworks import GATEWAYS
from specdrift.source.keys.same_object import SameObject
from specdrift.source.listed_gateway import ListedGateway

SOURCE = Path(specdrift.__file__).parent / "source"


def test_a_key_is_that_of_one_object_alone() -> None:
    """Equal objects have different keys."""
    one, other = [1], [1]
    assert {SameObject(one): "one", SameObject(other): "other"}[SameObject(one)] == "one"
    assert SameObject(one) != SameObject(other)
    assert SameObject(one) != id(one)


def test_no_later_object_gets_the_key_of_one_that_is_gone() -> None:
    """The number of ``id`` is used again at once; the key keeps the object."""
    known = set()
    for number in range(100):
        key = SameObject([number])
        assert key not in known
        known.add(key)


def test_gateways_use_no_numbers_of_objects() -> None:
    """A mapping by ``id`` gives the answer about an object that is gone, where a later one has its number."""
    folders = {one.module.split(".")[2] for one in GATEWAYS if isinstance(one, ListedGateway)} | {"gateway"}
    files = [file for folder in sorted(folders) for file in (SOURCE / folder).rglob("*.py")]
    assert len(files) > 100
    assert [str(file) for file in files if _uses_numbers(file)] == []


def _uses_numbers(file: Path) -> bool:
    names = (
        one for one in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(one, ast.Name)
    )
    return any(one.id == "id" for one in names)

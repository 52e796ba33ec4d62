"""What a function returns that is not followed is known by its header: it is parsed only if its body may matter."""

from pathlib import Path

import pytest
from tree_sitter import Node

from specdrift.source.axum.adapter import index_of, involved
from specdrift.source.axum.syntax import declared_results
from specdrift.source.rust.item_code import ItemCode
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.packages import packages
from specdrift.source.rust.syntax import text
from tests.source.crates import crate

CODE = "struct Api {{ path: u8 }}\nimpl Api {{ {0} }}\nfn main() {{}}\n"
FUNCTIONS = {
    "nothing": ("fn made() { start(); }", "", False, False),
    "itself": ("fn made() -> Self { todo!() }", "Self", True, False),
    "itself, perhaps": ("fn made() -> Result<Self, E> where Self: Sized { Ok(api) }", "Result<Self, E>", True, False),
    "its fields": ('fn made() -> Self { Self { path: 1 } }', "Self", True, True),
    "its fields, by name": ('fn made() -> Api { crate::Api { path: 1 } }', "Api", True, True),
    "its fields after a comment": ('fn made() -> Self {\n // of one\n /* */ Self { path: 1 } }', "Self", True, True),
    "its fields, later": ('fn made() -> Self { let path = 1; Self { path } }', "Self", True, False),
    "a block": ('fn made() -> Self { unsafe { Self { path: 1 } } }', "Self", True, False),
    "a condition": ('fn made() -> u8 { if x { 1 } else { 2 } }', "u8", False, False),
    "a type with a comment": ('fn made() -> Vec</* of */ u8> { vec![] }', "Vec<         u8>", False, False),
}  # fmt: skip


def made_in(folder: Path, code: str) -> RustItem:
    """The function of the type."""
    index = index_of(folder, involved(packages(crate(folder, CODE.format(code)))))
    (item,) = index.methods("made")
    return item


@pytest.mark.parametrize(("code", "returned", "itself", "by_fields"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_header_tells_what_a_function_returns(
    tmp_path: Path,
    code: str,
    returned: str,
    itself: bool,  # noqa: FBT001 - columns of the table
    by_fields: bool,  # noqa: FBT001
) -> None:
    """As its tree does."""
    item = made_in(tmp_path, code)
    assert declared_results.returned_by(item) == returned
    assert text(declared_results.return_type(item)) == returned
    assert declared_results.gives_itself(item) is itself
    assert declared_results.makes_by_fields(item) is by_fields
    parsed = RustItem(item.name, item.kind, ItemCode.parsed(item.file, item.node), item.module, item.owner)
    assert declared_results.gives_itself(parsed) is itself
    assert declared_results.makes_by_fields(parsed) is by_fields


@pytest.mark.parametrize(
    ("code", "parses"),
    [
        ("fn made() -> Result<Self, Error> { init()?; Ok(api) }", False),
        ("fn made() -> Self { Self { path: 1 } }", True),
        ("fn made(#[cfg(a)] one: u8) -> Self { todo!() }", True),
    ],
)
def test_a_function_is_parsed_if_its_body_or_a_build_decides(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    parses: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Others are not."""
    item = made_in(tmp_path, code)
    asked: list[str] = []
    found = ItemCode._found

    def noted(code: ItemCode) -> Node:
        asked.append(code.source_text)
        return found(code)

    monkeypatch.setattr(ItemCode, "_found", noted)
    declared_results.gives_itself(item)
    declared_results.gives_text(item)
    declared_results.makes_by_fields(item)
    declared_results.is_in_block(item)
    assert bool(asked) is parses

"""Undecided operations, grouped by reason, with the lines that decide them."""

import tomllib

import pytest
from msgspec.structs import replace

from specdrift.app.additions import additions
from specdrift.errors import UsageError
from specdrift.model.contract.operation import Operation, OperationKey, ParameterValue, ValueSource
from specdrift.model.contract.requirement import SchemeType, SchemeUse, SecurityScheme
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.result import Result, UndecidedOperation
from specdrift.reports.content.undecided import groups, lines
from tests.reports import factory


def _operation(method: str, path: str, *values: str) -> Operation:
    base = factory.story().operations[0].operation
    parameters = tuple(
        ParameterValue(name=name, location="path", value="1", source=ValueSource.TYPE) for name in values
    )
    return replace(
        base,
        key=OperationKey(path=path, method=method),
        parameters=parameters,
        missing=(),
        allow_roles=frozenset(),
    )


def _result(*entries: tuple[Operation, Remedy, str]) -> Result:
    base = factory.story()
    return replace(
        base,
        operations=tuple(replace(base.operations[0], operation=operation) for operation, _, _ in entries),
        undecided=tuple(
            UndecidedOperation(
                operation=operation.key,
                kind=UndecidedReason.OTHER,
                reason=reason,
                how_to_decide=f"do {remedy.value}",
                remedy=remedy,
            )
            for operation, remedy, reason in entries
        ),
    )


def test_the_lines_select_exactly_the_group() -> None:
    """Paths with the same methods share an entry, and no other pair of path and method is selected."""
    operations = [
        _operation("PUT", "/a"),
        _operation("DELETE", "/a"),
        _operation("PUT", "/b"),
        _operation("PUT", "/c"),
    ]
    entries = tomllib.loads("\n".join(lines(Remedy.SEND, operations)))["operations"]
    assert entries == [
        {"include-path": "/a", "include-method": ["DELETE", "PUT"], "unsafe-methods": "send"},
        {"include-path": ["/b", "/c"], "include-method": "PUT", "unsafe-methods": "send"},
    ]


def test_values_are_asked_for_by_name() -> None:
    """With the value that was tried; once for each path."""
    operations = [
        _operation("GET", "/a/{id}/{x y}", "id", "x y"),
        _operation("HEAD", "/a/{id}/{x y}", "id", "x y"),
    ]
    text = "\n".join(lines(Remedy.VALUES, operations))
    assert tomllib.loads(text)["operations"] == [
        {"include-path": "/a/{id}/{x y}", "parameters": {"id": "?", "x y": "?"}}
    ]
    assert "# tried: id 1, x y 1" in text


@pytest.mark.parametrize("remedy", Remedy)
def test_lines_are_toml_or_there_are_none(remedy: Remedy) -> None:
    """Whatever the names are."""
    text = "\n".join(lines(remedy, [_operation("GET", '/"\\\x7f/{a"}', 'a"')]))
    assert isinstance(tomllib.loads(text), dict)


def test_a_refused_identity_needs_credentials_or_another_one() -> None:
    """The credentials that the document requires besides a certificate come first; else an identity with the roles."""
    plain = _operation("GET", "/a")
    key = SchemeUse(
        scheme=SecurityScheme(name="api key", type=SchemeType.API_KEY, parameter=("header", "X-K"))
    )
    keyed = replace(plain, requirement=replace(plain.requirement, alternatives=((key,),)))
    assert lines(Remedy.IDENTITY, [keyed]) == ('[schemes."api key"]', 'value = "${API_KEY}"')
    written = tomllib.loads(
        "\n".join(lines(Remedy.IDENTITY, [replace(plain, allow_roles=frozenset({"admin"}))]))
    )
    (entry,) = written["identities"]
    assert entry["roles"] == ["admin"]


def test_what_is_particular_to_an_operation_does_not_split_a_group() -> None:
    """Operations with one reason are one group, whatever was tried for each."""
    result = _result(
        (_operation("GET", "/a/{id}", "id"), Remedy.VALUES, "not found"),
        (_operation("GET", "/b/{id}", "id"), Remedy.VALUES, "not found"),
    )
    first, second = result.undecided
    (group,) = groups(replace(result, undecided=(replace(first, detail="id = 7 gets 404"), second)))
    assert group.details == {first.operation: "id = 7 gets 404"}
    assert len(group.operations) == 2


def test_groups_have_one_reason_each_the_largest_first() -> None:
    """And name all their operations."""
    found = groups(
        _result(
            (_operation("GET", "/x"), Remedy.REPEAT, "timeout"),
            (_operation("GET", "/b"), Remedy.STATE, "silent"),
            (_operation("GET", "/a"), Remedy.STATE, "silent"),
        )
    )
    assert [(group.reason, [str(key) for key in group.operations]) for group in found] == [
        ("silent", ["GET /a", "GET /b"]),
        ("timeout", ["GET /x"]),
    ]
    assert (found[0].toml, found[1].toml) == (("[contract]", 'require = "mutualTLS"'), ())


def test_additions_apply_only_what_needs_no_decision() -> None:
    """A requirement is active; what needs a value, or sends more, is a comment; tables are not written twice."""
    result = _result(
        (_operation("GET", "/a"), Remedy.STATE, "silent"),
        (_operation("GET", "/b/{id}", "id"), Remedy.VALUES, "not found"),
        (_operation("PUT", "/c"), Remedy.SEND, "not sent"),
        (_operation("GET", "/d"), Remedy.DOCUMENT, "not served"),
    )
    added = additions(result, 'spec = "a.yaml"\n')
    assert (added.active, added.proposed, added.others) == (1, 2, (f"do {Remedy.DOCUMENT.value}",))
    assert tomllib.loads(added.text) == {"contract": {"require": "mutualTLS"}}
    assert '# unsafe-methods = "send"' in added.text
    again = additions(result, f'spec = "a.yaml"\n{added.text}')
    assert (again.active, "[contract]" in again.text) == (0, False)
    with pytest.raises(UsageError, match="not TOML"):
        additions(result, "spec =")

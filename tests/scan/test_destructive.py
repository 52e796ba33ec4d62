"""Operations that look destructive need a word of their own."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from specdrift.model.contract.base_paths import BasePaths
from specdrift.model.contract.operation import ParameterValue, RequestBody, ValueSource
from specdrift.model.contract.selector import Selector
from specdrift.model.policy import UnsafeMethods
from specdrift.scan.preparation.destructive import NEEDS_CONTENT, destroys, has_hint, looks_destructive
from specdrift.settings import OperationSettings, Settings
from tests.changed_settings import changed
from tests.scan.test_selection import operation, select

HERE = BasePaths(base_url="https://api.test")
SEND = changed(Settings(), unsafe_methods=UnsafeMethods.SEND)
ALLOWED = changed(SEND, allow_destructive=True)


@pytest.mark.parametrize(
    ("method", "path", "operation_id", "summary", "destructive"),
    [
        ("DELETE", "/items/{id}", "", "", True),
        ("POST", "/cluster/reset", "", "", True),
        ("POST", "/v3/maintenance/defragment", "", "", True),
        ("PUT", "/users/{id}", "disableUser", "", True),
        ("POST", "/keys", "WipeAllKeys", "", True),
        ("POST", "/nodes/{id}", "", "Shuts down: terminates the node", True),
        ("POST", "/tokens/revoked", "", "", True),
        ("PATCH", "/items/{reset}", "", "", False),
        ("POST", "/presets", "createPreset", "Creates a preset", False),
        ("POST", "/stopwatches", "", "", False),
        ("GET", "/cluster/reset", "", "", True),
        ("GET", "/reset", "resetEverything", "", True),
        ("GET", "/ships/{id}/delete", "", "", True),
        ("GET", "/delete/{id}", "", "Deletes a ship", True),
        ("GET", "/ships/{id}/delete", "ships_delete", "", True),
        ("GET", "/cache", "purgeCache", "", True),
        ("GET", "/clear-cache", "clearCache", "", True),
        ("GET", "/clear-cache", "", "Clears the cache", True),
        ("HEAD", "/cluster/reset", "", "", True),
        ("GET", "/password-reset-policies", "", "", False),
        ("GET", "/deleted-items", "", "", False),
        ("GET", "/reset-tokens", "", "", False),
        ("GET", "/reset-tokens", "listResetTokens", "Lists the tokens of resets", False),
        ("GET", "/archives", "archiveList", "", False),
        ("GET", "/migrations/{id}/archive", "migrations/get-archive-for-user", "Download an archive", False),
        ("GET", "/stops/{stop}", "", "", False),
        ("GET", "/restarts", "", "Restarts of the last day", False),
        ("GET", "/cluster/{reset}", "", "", False),
    ],
)
def test_what_looks_destructive(
    method: str,
    path: str,
    operation_id: str,
    summary: str,
    destructive: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """By the method and whole words; names of parameters do not count. What reads must be named as a command."""
    one = operation(path, method, operation_id=operation_id, summary=summary)
    assert (destroys(one, UnsafeMethods.SEND) is not None) is destructive
    (found,) = select([one], SEND, bases=HERE).operations
    assert (found.mode is UnsafeMethods.SEND) is not destructive
    assert bool(found.withheld and "--allow-destructive" in found.withheld.advice.text) is destructive
    (found,) = select([one], ALLOWED, bases=HERE).operations
    assert found.mode is UnsafeMethods.SEND


@pytest.mark.parametrize(
    ("source", "destructive"),
    [
        (None, True),
        (ValueSource.TYPE, True),
        (ValueSource.GENERATED, True),
        (ValueSource.EXAMPLE, False),
        (ValueSource.CONFIG, False),
    ],
)
def test_put_is_sent_with_stated_content(
    source: ValueSource | None,
    destructive: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """It replaces what is there: a made-up ``{}`` empties it. A head without the content replaces nothing."""
    body = RequestBody(media_type="application/json", content=b"{}", source=source) if source else None
    one = operation("/cluster", "PUT", body=body)
    assert destroys(one, UnsafeMethods.SEND) == (NEEDS_CONTENT if destructive else None)
    assert destroys(one, UnsafeMethods.HEADERS) is None
    (found,) = select([one], SEND, bases=HERE).operations
    assert (found.mode, found.withheld) == (
        (UnsafeMethods.HANDSHAKE, NEEDS_CONTENT) if destructive else (UnsafeMethods.SEND, None)
    )
    (found,) = select([one], ALLOWED, bases=HERE).operations
    assert found.mode is UnsafeMethods.SEND


def test_one_operation_may_have_the_word() -> None:
    """As its own key, and taken back by a later one."""
    one = operation("/items/{id}", "DELETE")
    own = OperationSettings(include=Selector(paths=("/items/{id}",)), allow_destructive=True)
    not_own = replace(own, allow_destructive=False)
    entries = replace(SEND, operations=(own,))
    assert select([one], entries, bases=HERE).operations[0].mode is UnsafeMethods.SEND
    entries = replace(ALLOWED, operations=(own, not_own))
    assert select([one], entries, bases=HERE).operations[0].mode is UnsafeMethods.HANDSHAKE


def test_other_methods_are_not_sent_to_what_may_exist() -> None:
    """A made-up value of a GET is a short one; PUT on it could replace what it names."""
    made_up = ParameterValue(name="id", location="path", value="1", source=ValueSource.TYPE)
    reads, configured = (
        operation("/items/{id}", parameters=(replace(made_up, source=source),))
        for source in (ValueSource.TYPE, ValueSource.CONFIG)
    )
    named = operation("/cluster/resets")
    changes = operation("/items/{id}", "POST", parameters=(made_up,))
    allowed = [
        one.unsafe_allowed for one in select([reads, configured, named, changes], SEND, bases=HERE).operations
    ]
    assert allowed == [False, True, False, True]
    assert not any(one.destructive_allowed for one in select([reads], SEND, bases=HERE).operations)


def test_hints_are_found_in_linear_time() -> None:
    """Texts of a document may be long."""
    assert not has_hint("/a" * 1_000_000, "b " * 1_000_000)
    assert looks_destructive("POST", "/a", "It resets everything")

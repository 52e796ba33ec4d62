"""Changes of servers between two documents, however their URLs are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.differ.contract_changes import Direction, changes, undecided_change
from specdrift.loader import load
from specdrift.settings import LoaderSettings

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.differ.contract_changes import Change

PLAIN = "[{url: 'https://api.test'}]"


def found(
    folder: Path, older: str, newer: str, *, head: str = "openapi: 3.1.0\nservers: {}"
) -> tuple[Change, ...]:
    """The changes between two documents that differ in one value."""
    contracts = []
    for name, value in (("old.yaml", older), ("new.yaml", newer)):
        text = head.format(value)
        paths = "" if "paths:" in head else "\npaths: {/a: {get: {}}, /b: {get: {}}}"
        (folder / name).write_text(f"{text}{paths}\n", encoding="utf-8")
        contracts.append(load(name, LoaderSettings(), cwd=folder))
    return changes(*contracts)


def directions(changed: tuple[Change, ...]) -> list[Direction]:
    """What is more than a note."""
    notes = (Direction.STRONGER, Direction.SAME, Direction.GONE)
    return [change.direction for change in changed if change.direction not in notes]


def variable(url: str, **values: str) -> str:
    """A server with variables."""
    listed = ", ".join(f"{name}: {{{value}}}" for name, value in values.items())
    return f"[{{url: '{url}', variables: {{{listed}}}}}]"


CHOSEN = variable("{s}://api.test", s="default: https, enum: [https]")
ANY_SCHEME = variable("{s}://api.test", s="default: https")
ANY_HOST = variable("https://{h}", h="default: api.test")
ANY_TENANT = variable("https://{t}.api.test", t="default: one")
ANYTHING = variable("{u}", u="default: 'https://api.test'")


@pytest.mark.parametrize(
    ("older", "newer", "direction"),
    [
        (PLAIN, "[{url: 'https:\\\\evil.test'}]", Direction.WEAKER),
        (PLAIN, "[{url: 'https:/evil.test'}]", Direction.WEAKER),
        (PLAIN, "[{url: ' http://api.test'}]", Direction.WEAKER),
        (PLAIN, "[{url: 'https://api.test@evil.test'}]", Direction.WEAKER),
        (PLAIN, ANY_SCHEME, Direction.WEAKER),
        (CHOSEN, ANY_SCHEME, Direction.WEAKER),
        (PLAIN, ANY_HOST, Direction.WEAKER),
        (PLAIN, ANYTHING, Direction.WEAKER),
        (ANY_TENANT, variable("https://{h}", h="default: one.api.test"), Direction.WEAKER),
        (variable("https://{h}", h="default: api.test, enum: [api.test]"), ANY_HOST, Direction.WEAKER),
        (ANY_HOST, "[{url: 'http://api.test'}]", Direction.WEAKER),
        (ANY_TENANT, "[{url: 'https://two.other.test'}]", Direction.WEAKER),
        ("{url: 'https://api.test'}", "[{url: 'http://evil.test'}]", Direction.UNDECIDED),
        ("[{url: 7}]", PLAIN, Direction.UNDECIDED),
    ],
)
def test_another_server_is_found_in_every_form(
    older: str, newer: str, direction: Direction, tmp_path: Path
) -> None:
    """As a browser reads it; a variable without an enumeration may have any value."""
    assert directions(found(tmp_path, older, newer)) == [direction]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (PLAIN, "[{url: 'https://API.test:443/v2/'}]"),
        (PLAIN, "[{url: 'https:\\\\api.test\\v1'}]"),
        (PLAIN, CHOSEN),
        (CHOSEN, PLAIN),
        (ANY_SCHEME, PLAIN),
        (ANY_SCHEME, "[{url: 'http://api.test'}]"),
        (ANY_HOST, "[{url: 'https://other.test'}]"),
        (ANY_HOST, variable("https://{name}", name="default: api.test")),
        (ANY_HOST, ANY_TENANT),
        (ANY_TENANT, "[{url: 'https://two.api.test'}]"),
        ("[{url: /v1}]", variable("{base}", base="default: /v1")),
        (PLAIN, variable("https://api.test/{v}", v="default: v1")),
        ("[{url: 'http://api.test'}]", PLAIN),
    ],
)
def test_the_same_servers_in_another_form_are_no_change(older: str, newer: str, tmp_path: Path) -> None:
    """Nor fewer of them, nor another path, nor TLS for the same host."""
    assert directions(found(tmp_path, older, newer)) == []


def test_older_servers_that_cannot_be_read_are_named_once(tmp_path: Path) -> None:
    """Nothing can be compared with them."""
    (change,) = found(tmp_path, "https://api.test", PLAIN)
    assert (
        undecided_change(change, older="old.yaml").reason == "its older servers cannot be read (old.yaml:2)"
    )


def test_plain_http_of_one_operation_is_found_in_2_0(tmp_path: Path) -> None:
    """As at the root."""
    head = "swagger: '2.0'\nhost: api.test\nschemes: [https]\npaths: {{/a: {{get: {}, put: {{}}}}}}"
    (change,) = found(tmp_path, "{}", "{schemes: [http]}", head=head)
    assert (str(change.operation), change.direction) == ("GET /a", Direction.WEAKER)
    assert not found(tmp_path, "{}", "{schemes: [https]}", head=head)


def test_a_scheme_that_2_0_leaves_open_allows_plain_http(tmp_path: Path) -> None:
    """It is then the one by which the document was got."""
    head = "swagger: '2.0'\nhost: api.test\n{}paths: {{/a: {{get: {{}}}}}}"
    with_scheme, without = "schemes: [https]\n", ""
    (change,) = found(tmp_path, with_scheme, without, head=head)
    assert (change.direction, change.after) == (Direction.WEAKER, "http://api.test")
    assert not directions(found(tmp_path, without, with_scheme, head=head))
    assert not found(tmp_path, without, without, head=head)

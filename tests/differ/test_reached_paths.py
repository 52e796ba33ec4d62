"""Requests that mean another operation, because a path is new or gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.differ.contract_changes import Direction, change_drift, changes
from specdrift.loader import load
from specdrift.settings import LoaderSettings

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.differ.contract_changes import Change

CERTIFICATE, KEY, OPEN, ADMIN = "[{m: []}]", "[{k: []}]", "[]", "[{m: [admin]}]"


def found(
    folder: Path, older: dict[str, str], newer: dict[str, str], *, schema: str = "{}"
) -> tuple[Change, ...]:
    """The changes between documents of one GET per path, each with its requirement."""
    contracts = []
    for name, paths in (("old.yaml", older), ("new.yaml", newer)):
        lines = [_path(path, security, schema) for path, security in paths.items()]
        text = (
            "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n" + "".join(lines) + "components:\n"
            "  securitySchemes:\n    m: {type: mutualTLS}\n    k: {type: apiKey, in: header, name: X-K}\n"
        )
        (folder / name).write_text(text, encoding="utf-8")
        contracts.append(load(name, LoaderSettings(), cwd=folder, inputs=True))
    return changes(*contracts)


def _path(path: str, security: str, schema: str) -> str:
    names = [part.partition("}")[0] for part in path.split("{")[1:]]
    parameters = ", ".join(f"{{name: {one}, in: path, required: true, schema: {schema}}}" for one in names)
    return f"  {path!r}: {{get: {{security: {security}, parameters: [{parameters}], responses: {{}}}}}}\n"


def kinds(changed: tuple[Change, ...]) -> list[tuple[str, Direction]]:
    """Kinds and directions."""
    return [(change.kind.value, change.direction) for change in changed]


REACHED, SHADOWED = "template-reached", "template-shadowed"

GONE = [
    ("opened", {"/u/me": CERTIFICATE, "/u/{id}": OPEN}, {"/u/{id}": OPEN}),
    ("another scheme", {"/u/me": CERTIFICATE, "/u/{id}": KEY}, {"/u/{id}": KEY}),
    ("without the role", {"/u/me": ADMIN, "/u/{id}": CERTIFICATE}, {"/u/{id}": CERTIFICATE}),
    ("a part of a segment", {"/u/{id}.json": CERTIFICATE, "/u/{id}": KEY}, {"/u/{id}": KEY}),
]
COME = [
    ("another scheme", {"/u/{id}": CERTIFICATE}, {"/u/{id}": CERTIFICATE, "/u/export": KEY}),
    ("a suffix", {"/u/{id}": CERTIFICATE}, {"/u/{id}": CERTIFICATE, "/u/{id}.json": KEY}),
    ("a narrower template", {"/{x}/{id}": CERTIFICATE}, {"/{x}/{id}": CERTIFICATE, "/u/{id}": KEY}),
    ("without the role", {"/u/{id}": ADMIN}, {"/u/{id}": ADMIN, "/u/all": CERTIFICATE}),
]


@pytest.mark.parametrize(("older", "newer"), [case[1:] for case in GONE], ids=[case[0] for case in GONE])
def test_requests_to_a_removed_path_fall_to_a_weaker_template(
    older: dict[str, str], newer: dict[str, str], tmp_path: Path
) -> None:
    """They are served without what was required. The reverse admits no caller."""
    assert (REACHED, Direction.WEAKER) in kinds(found(tmp_path, older, newer))
    assert Direction.WEAKER not in {one for _, one in kinds(found(tmp_path, newer, older))}


@pytest.mark.parametrize(("older", "newer"), [case[1:] for case in COME], ids=[case[0] for case in COME])
def test_a_new_path_takes_requests_of_a_stricter_template(
    older: dict[str, str], newer: dict[str, str], tmp_path: Path
) -> None:
    """The template refused them. The reverse admits no caller."""
    assert kinds(found(tmp_path, older, newer)) == [(SHADOWED, Direction.WEAKER)]
    assert Direction.WEAKER not in {one for _, one in kinds(found(tmp_path, newer, older))}


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"/u/{id}": CERTIFICATE}, {"/u/{id}": CERTIFICATE, "/u/export": CERTIFICATE}),
        ({"/u/{id}": CERTIFICATE}, {"/u/{id}": CERTIFICATE, "/u/export": ADMIN}),
        (
            {"/u/{id}": CERTIFICATE},
            {"/u/{id}": CERTIFICATE, "/{x}/{id}": KEY},
        ),  # a wider one takes none of its
        ({"/u/{id}": CERTIFICATE}, {"/u/{id}": CERTIFICATE, "/v/export": KEY}),
        ({"/u/{id}": CERTIFICATE}, {"/u/{id}": CERTIFICATE, "/u/{id}/export": KEY}),
        (
            {"/{x}/{id}": CERTIFICATE, "/u/{id}": KEY},
            {"/{x}/{id}": CERTIFICATE, "/u/{id}": KEY, "/u/me": KEY},
        ),
        ({"/{x}/{id}": KEY, "/u/{id}": ADMIN, "/u/me": ADMIN}, {"/{x}/{id}": KEY, "/u/{id}": ADMIN}),
        ({"/u/{id}": CERTIFICATE}, {"/u/{name}": CERTIFICATE}),
    ],
)
def test_paths_that_leave_every_request_as_strict_are_no_downgrade(
    older: dict[str, str], newer: dict[str, str], tmp_path: Path
) -> None:
    """The narrowest template decides, and only for paths that the document does not have."""
    assert not {one for _, one in kinds(found(tmp_path, older, newer))} & {Direction.WEAKER, Direction.OTHER}


@pytest.mark.parametrize(
    ("schema", "gone", "come"),
    [
        ("{type: string}", Direction.WEAKER, Direction.WEAKER),
        ("{type: string, minLength: 1, maxLength: 9}", Direction.WEAKER, Direction.WEAKER),
        ("{enum: [me, you]}", Direction.WEAKER, Direction.WEAKER),
        ("{type: integer}", Direction.OTHER, None),
        ("{type: string, format: uuid}", Direction.OTHER, None),
        ("{type: string, minLength: 3}", Direction.OTHER, None),
        ("{enum: [you]}", Direction.OTHER, None),
        ("{type: string, pattern: '^m'}", Direction.OTHER, Direction.OTHER),
        ("{type: string, format: hostname}", Direction.OTHER, Direction.OTHER),
    ],
)
def test_values_of_the_template_may_exclude_the_path(
    schema: str, gone: Direction, come: Direction | None, tmp_path: Path
) -> None:
    """Whether its handler got the requests is certain only where the document allows the value."""
    with_path, without = {"/u/me": CERTIFICATE, "/u/{id}": KEY}, {"/u/{id}": KEY}
    assert (REACHED, gone) in kinds(found(tmp_path, with_path, without, schema=schema))
    with_path, without = {"/u/me": KEY, "/u/{id}": CERTIFICATE}, {"/u/{id}": CERTIFICATE}
    assert kinds(found(tmp_path, without, with_path, schema=schema)) == ([(SHADOWED, come)] if come else [])


def test_a_second_template_that_requires_as_little_leaves_a_warning(tmp_path: Path) -> None:
    """OpenAPI does not define which of two templates matches that both match."""
    older = {"/u/{id}": CERTIFICATE, "/{x}/export": KEY}
    assert kinds(found(tmp_path, older, {**older, "/u/export": KEY})) == [(SHADOWED, Direction.OTHER)]


def test_an_open_path_is_reported_once(tmp_path: Path) -> None:
    """As an open operation that is new."""
    older = {"/u/{id}": CERTIFICATE}
    changed = found(tmp_path, older, {**older, "/u/me": OPEN})
    assert [change.kind.value for change in changed] == ["open-operation-added"]


def test_each_path_that_falls_to_a_template_is_accepted_by_itself(tmp_path: Path) -> None:
    """The template is the same, and another path opened."""
    older = {"/u/me": CERTIFICATE, "/u/you": CERTIFICATE, "/u/{id}": KEY}
    drifts = [change_drift(one, older="old.yaml") for one in found(tmp_path, older, {"/u/{id}": KEY})]
    assert len({drift.fingerprint for drift in drifts}) == 2
    assert drifts[0].message == (
        'GET /u/{id} now matches requests to GET /u/me, which was removed: it requires "k" (apiKey in header X-K); '
        'that required "m" (mutualTLS) (see old.yaml:4).'
    )

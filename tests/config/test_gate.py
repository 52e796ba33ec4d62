"""The effects of configuration keys on the exit status."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.config.gate.configuration_changes import gate_changes
from specdrift.config.gate.effects import EFFECTS, LIST_DEFAULTS, GateEffect, effect_of, weakens
from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.keys.config_key import Shape
from specdrift.config.reading.file import load

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {group.dotted(key) for group in GROUPS for key in group.keys} | {
    group.name for group in GROUPS if group.shape is Shape.FREE
}


def test_every_effect_belongs_to_a_key() -> None:
    """A key that was renamed is in the gate again until it is placed."""
    assert EFFECTS.keys() | LIST_DEFAULTS.keys() <= KEYS


def test_a_key_without_an_effect_is_in_the_gate() -> None:
    """A new key cannot be forgotten."""
    assert weakens(effect_of("a-new-key"), None, "x")
    assert weakens(effect_of("a-new-key"), "x", None)


@pytest.mark.parametrize(
    ("effect", "before", "after", "weaker"),
    [
        (GateEffect.WEAKENS, False, True, True),
        (GateEffect.WEAKENS, True, False, False),
        (GateEffect.WEAKENS, ["a"], ["a", "b"], True),
        (GateEffect.WEAKENS, ["a", "b"], "a", False),
        (GateEffect.STRENGTHENS, None, "a", False),
        (GateEffect.STRENGTHENS, "a", "b", True),
        (GateEffect.STRENGTHENS, {"id": 7}, {"id": 7, "x": 1}, False),
        (GateEffect.STRENGTHENS, {"id": 7}, {"id": 8}, True),
        (GateEffect.NARROWS, None, ["a"], True),
        (GateEffect.NARROWS, ["a"], [], False),
        (GateEffect.NARROWS, ["a"], ["a", "b"], False),
        (GateEffect.NARROWS, ["a", "b"], ["a"], True),
        (GateEffect.ROLES, ["a"], ["a", "b"], True),
        (GateEffect.ROLES, ["a", "b"], "a", False),
        (GateEffect.ROLES, "a", None, True),
        (GateEffect.ROLES, None, "a", True),
        (("never", "error"), "error", "never", True),
        (("never", "error"), "never", "error", False),
        (("never", "error"), "error", "unknown", True),
        (("skip", "accept", "refuse"), None, "refuse", False),
        (("skip", "accept", "refuse"), "refuse", None, True),
        (("skip", "accept", "refuse"), "skip", None, False),
    ],
)
def test_a_change_weakens_the_gate_or_not(
    effect: GateEffect | tuple[str, ...],
    before: object,
    after: object,
    weaker: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Every kind of effect, both ways."""
    assert weakens(effect, before, after) is weaker


@pytest.mark.parametrize(("before", "weaker"), [(None, False), ('spec = "a.yaml"\n', True)])
@pytest.mark.parametrize("text", ['base-url = "https://a.test"\n', '[server]\nca-file = "ca.pem"\n'])
def test_a_target_weakens_only_a_gate_that_was_there(
    tmp_path: Path, before: str | None, text: str, *, weaker: bool
) -> None:
    """The first configuration file of a repository replaces no target; a later change may choose a friendlier one."""
    files = []
    for name, content in (("older.toml", before), ("newer.toml", text)):
        (tmp_path / name).write_text(content or "")
        files.append(load(tmp_path / name, cwd=tmp_path) if content else None)
    assert any(change.weaker for change in gate_changes(*files)) is weaker

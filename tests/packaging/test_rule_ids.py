"""A rule's id stands in the catalogue and in the check that reports the rule. Everything else asks the rule."""

from __future__ import annotations

import ast
from importlib import import_module

from specdrift.checks import CHECKS
from specdrift.checks.core.base import Check
from specdrift.rules import RULES, ids
from tests.packaging.tree import Module, modules, nodes

CATALOGUE = "specdrift/rules/"
REPORTING = {
    "specdrift/loader/": "diagnostics of the document",
    "specdrift/source/": "findings in the source",
    "specdrift/demo/api.py": "the planted faults: an oracle that must not follow the catalogue",
    "specdrift/checks/forwarded/attempts.py": "the attempts of its check",
}
"""Modules and packages that report a rule without being its check, each with what it reports."""


def rule_ids(module: Module) -> list[str]:
    """Return the rule ids that a module holds as literals, each with its line."""
    return [
        f"{module.path}:{node.lineno}: {node.value}"
        for node in nodes(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in RULES
    ]


def _may_hold_ids(path: str) -> bool:
    return path.startswith(CATALOGUE) or any(path.startswith(place) for place in REPORTING)


def _own_rules(module: Module) -> frozenset[str]:
    """Return the rules that a module's check reports."""
    if module.stage != "checks":
        return frozenset()
    check = _check_of(module)
    return check.rules if check else frozenset()


def _check_of(module: Module) -> Check | None:
    check: Check | None = getattr(
        import_module(module.path.removesuffix(".py").replace("/", ".")), "CHECK", None
    )
    return check


def test_rule_ids_occur_in_their_places_only() -> None:
    """Facts about a rule (scope, layer, strictness) are attributes of Rule."""
    found = [
        where
        for module in modules()
        if not _may_hold_ids(module.path)
        for where in rule_ids(module)
        if where.rpartition(" ")[2] not in _own_rules(module)
    ]
    assert not found, "\n".join(
        [
            *found,
            "Import these ids from specdrift/rules/ids.py; an id that only its check needs stands in the check.",
        ]
    )


def test_every_check_is_listed() -> None:
    """A check that `CHECKS` lacks is never run."""
    checks = {module.path: _check_of(module) for module in modules() if module.stage == "checks"}
    unlisted = [path for path, check in checks.items() if check and check not in CHECKS]
    assert not unlisted, (
        f"add the CHECK of these modules to CHECKS in specdrift/checks/__init__.py: {unlisted}"
    )


def test_every_rule_of_a_check_is_in_the_catalogue() -> None:
    """Of a rule that is not there, a report would have the id and no text."""
    missing = {rule: check.name for check in CHECKS for rule in check.rules if rule not in RULES}
    assert not missing, "\n".join(
        f"the check {check} reports {rule}: add a Rule with this id to the module of its family in specdrift/rules/, "
        f"such as bypass.py, and the page specdrift/rules/pages/{rule}.md"
        for rule, check in missing.items()
    )


def test_every_named_id_is_in_the_catalogue() -> None:
    """``rules/ids.py`` names the ids that several modules need."""
    named = {name: value for name, value in vars(ids).items() if name.isupper()}
    missing = {name: value for name, value in named.items() if value not in RULES}
    assert not missing, (
        f"add a Rule for these ids of specdrift/rules/ids.py to a module in specdrift/rules/: {missing}"
    )


def test_every_exception_is_needed() -> None:
    """A module that no longer holds an id leaves the table."""
    holding = {module.path for module in modules() if rule_ids(module)}
    unused = [place for place in REPORTING if not any(path.startswith(place) for path in holding)]
    assert not unused


def test_a_literal_is_found() -> None:
    """The law sees an id in any expression."""
    tree = ast.parse('strict = {"mtls-over-enforced": 1}')
    assert rule_ids(Module("specdrift/reports/text.py", "reports", tree)) == [
        "specdrift/reports/text.py:1: mtls-over-enforced"
    ]

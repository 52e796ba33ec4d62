"""A rule's id stands in the catalogue and in the module that reports the rule. Everything else asks the rule."""

from __future__ import annotations

import ast

from specdrift.rules import RULES
from tests.packaging.tree import Module, modules

CATALOGUE = "specdrift/rules/"
REPORTING = {
    "specdrift/loader/": "diagnostics of the document",
    "specdrift/source/": "findings in the source",
    "specdrift/differ/contract_changes/words.py": "changes between two documents",
    "specdrift/demo/api.py": "the planted faults: an oracle that must not follow the catalogue",
    "specdrift/checks/bypass/method_variant.py": "its check",
    "specdrift/checks/bypass/names.py": "its check",
    "specdrift/checks/bypass/path_variant.py": "its check",
    "specdrift/checks/bypass/plaintext.py": "its check",
    "specdrift/checks/bypass/resumption.py": "its check",
    "specdrift/checks/credentials/bound_token.py": "its check",
    "specdrift/checks/credentials/combinations.py": "its check",
    "specdrift/checks/forwarded/attempts.py": "its check",
    "specdrift/checks/inputs/denial.py": "its check",
    "specdrift/checks/inputs/validation.py": "its check",
}
"""Modules and packages that report a rule, each with what it reports."""


def rule_ids(module: Module) -> list[str]:
    """Return the rule ids that a module holds as literals, each with its line."""
    return [
        f"{module.path}:{node.lineno}: {node.value}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in RULES
    ]


def _may_hold_ids(path: str) -> bool:
    return path.startswith(CATALOGUE) or any(path.startswith(place) for place in REPORTING)


def test_a_rule_id_stands_in_its_place() -> None:
    """Facts about a rule (scope, layer, strictness) are attributes of Rule."""
    found = [where for module in modules() if not _may_hold_ids(module.path) for where in rule_ids(module)]
    assert not found, "\n".join(found)


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

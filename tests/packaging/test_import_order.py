"""The stages import each other in one direction only."""

import pytest

from tests.packaging.tree import Module, modules

BOTTOM = ("model", "errors")
FOUNDATION = (
    "rules",
    "events",
    "settings",
    "arguments",
    "code_owners",
    "collecting",
    "compressed",
    "interruption",
    "contained",
    "file_names",
    "safe_path",
    "toml_text",
    "whole_file",
    "private_folder",
    "body",
    "plugins",
    "redaction",
)
RESULT = ("result",)
# Stages: each takes values of the layers below and returns values; `scan` and `offline` hand them across.
STAGES = (
    "config",
    "loader",
    "source",
    "traffic",
    "pki",
    "checks",
    "crawler",
    "classify",
    "differ",
    "learning",
    "reports",
)
JOIN = ("scan", "offline")
USE_CASES = ("app",)
FLEET = ("fleet",)
ENTRY_POINTS = ("cli", "ci", "demo", "mcp", "pytest_plugin")

# From the top down: a layer may import those after it, never one before it.
LAYERS = (ENTRY_POINTS, FLEET, USE_CASES, JOIN, STAGES, RESULT, FOUNDATION, BOTTOM)
HEIGHT = {stage: -depth for depth, layer in enumerate(LAYERS) for stage in layer}

# Edges between stages that are allowed, as prefixes: checks judge by the classifications of `classify` and plan with
# certificate profiles, both of them pure, and know the public roots; credentials become contexts in pki; a document of
# another version is traffic; gateways have their configuration in YAML.
BETWEEN_STAGES = {
    ("checks", "specdrift.classify"),
    ("checks", "specdrift.pki.battery"),
    ("checks", "specdrift.pki.inspection.public_roots"),
    ("crawler", "specdrift.pki.context"),
    ("traffic", "specdrift.loader"),
    ("source", "specdrift.loader.parse"),
}


def wrong_edges(module: Module) -> list[str]:
    """Return the imports of a module that go up, or sideways between stages."""
    return [
        f"{module.path}:{line}: {module.stage} must not import {name}"
        for line, name in module.imports()
        if not _allowed(module.stage, name)
    ]


def _allowed(stage: str, name: str) -> bool:
    target = name.split(".")[1] if name.startswith("specdrift.") else ""
    if target not in HEIGHT or target == stage or not stage:
        return True  # a library, the root's own names, the same stage, or `python -m`
    if target in STAGES and stage in STAGES:
        return any(stage == at and name.startswith(prefix) for at, prefix in BETWEEN_STAGES)
    return HEIGHT[target] <= HEIGHT[stage]


def test_every_stage_has_a_layer() -> None:
    """A new package is placed in the order before it is used."""
    assert {module.stage for module in modules()} - {""} <= HEIGHT.keys()


def test_imports_point_downwards() -> None:
    """No module imports a stage above it, nor a neighbour."""
    found = [edge for module in modules() for edge in wrong_edges(module)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("stage", "name", "allowed"),
    [
        ("cli", "specdrift.scan.preparation.run", True),
        ("scan", "specdrift.cli.main", False),
        ("loader", "specdrift.model.Contract", True),
        ("loader", "specdrift.reports.html.page", False),
        ("model", "specdrift.loader", False),
        ("rules", "specdrift.model.Severity", True),
        ("model", "specdrift.rules.RULES", False),
        ("checks", "specdrift.pki.battery.BATTERY", True),
        ("checks", "specdrift.pki.context", False),
        ("checks", "specdrift.classify.exchange_log.Reader", True),
        ("classify", "specdrift.checks.CHECKS", False),
        ("crawler", "specdrift.pki.context.client_context", True),
        ("reports", "specdrift.__version__", True),
        ("reports", "jinja2.Environment", True),
    ],
)
def test_the_order_itself(stage: str, name: str, allowed: bool) -> None:  # noqa: FBT001 - a table's column
    """The rule is what the architecture page says, edge by edge."""
    assert _allowed(stage, name) is allowed

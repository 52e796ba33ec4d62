"""No output says ``1 operations``: a number takes its noun from ``specdrift.model.plural``, which knows both forms."""

from __future__ import annotations

import ast
import re

import pytest
from msgspec.structs import replace

from specdrift.model.plural import plural, with_verb
from specdrift.reports import FORMATS, render
from tests.packaging.tree import Module, modules, nodes
from tests.reports import factory

NUMBER = re.compile(r"\blen\(|\bsum\(|\bcount\b|\.count\(")
NOUN = re.compile(r"^ (?:[a-z]+ )?(?!this\b|less\b|unless\b)[a-z]{3,}s\b")
SINGLE = re.compile(r"(?<![\w.,:;/#=\"'-])1 (?!this\b|less\b)[a-z]{3,}s\b")
"""``1 operations``; the source shows the others (``1 planned probes``)."""


def constant(node: ast.expr) -> bool:
    """Whether a value is a limit of the module, which is never one."""
    return isinstance(node, ast.Name) and node.id.isupper()


def counted(module: Module) -> list[str]:
    """Return the places where a number stands before a noun in the plural."""
    found = []
    for node in nodes(module.tree):
        if not isinstance(node, ast.JoinedStr):
            continue
        for value, after in zip(node.values, node.values[1:], strict=False):
            if not isinstance(value, ast.FormattedValue) or constant(value.value):
                continue
            form = ast.unparse(value.format_spec) if value.format_spec else ""
            source = ast.unparse(value.value)
            number = ("," in form or NUMBER.search(source)) and not source.startswith(
                ("plural(", "with_verb(")
            )
            if (
                number
                and isinstance(after, ast.Constant)
                and isinstance(after.value, str)
                and NOUN.match(after.value)
            ):
                found.append(f"{module.path}:{node.lineno}: {{{source}}}{after.value}")
    return found


def test_every_count_takes_its_noun_from_the_helper() -> None:
    """A number in a sentence, and a noun in the plural after it, is wrong for one."""
    assert [place for module in modules() for place in counted(module)] == []


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_no_report_counts_one_of_several(form: str) -> None:
    """A run with one of everything, and one with all that a report can show."""
    whole = factory.story()
    one = replace(
        whole,
        operations=whole.operations[:1],
        drifts=whole.drifts[:1],
        undecided=whole.undecided[:1],
        skipped=whole.skipped[:1],
        counts=replace(
            whole.counts,
            operations=1,
            probed=1,
            by_listener=1,
            undecided=1,
            skipped=1,
            planned=1,
            spared=1,
            follow_ups=1,
            requests=1,
            connections=1,
        ),
    )
    for result in (whole, one):
        text = re.sub(r"<(style|script)\b.*?</\1>", "", render(result, form).decode(), flags=re.DOTALL)
        assert SINGLE.findall(re.sub(r"<[^>]+>", " ", text)) == []


def test_forms() -> None:
    """Regular nouns; the last word of several changes."""
    assert [plural(count, "operation") for count in (0, 1, 2_000)] == [
        "0 operations",
        "1 operation",
        "2,000 operations",
    ]
    assert [plural(2, noun) for noun in ("entry", "key", "other kind", "match", "address")] == [
        "2 entries",
        "2 keys",
        "2 other kinds",
        "2 matches",
        "2 addresses",
    ]
    assert [with_verb(count, "probe", "was", "were") for count in (1, 2)] == ["1 probe was", "2 probes were"]

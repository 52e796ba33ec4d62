"""The page of one rule, for a terminal."""

from collections.abc import Iterator
from textwrap import fill, indent

import click

from specdrift.cli.terminal.prose import paragraph
from specdrift.model.result.drift import Severity
from specdrift.rules.explanation import Explanation
from specdrift.rules.page_reader import explanations
from specdrift.rules.references import reference
from specdrift.rules.rule import Rule

WIDEST = 100
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def page_as_text(rule: Rule, *, width: int, coloured: bool) -> str:
    """Format a rule within ``width`` columns, at most 100; snippets may be wider."""
    page = _Page(min(width, WIDEST), coloured=coloured)
    return "\n".join((*page.of(rule, explanations().get(rule.id)), ""))


class _Page:
    def __init__(self, width: int, *, coloured: bool) -> None:
        self._width = width
        self._coloured = coloured

    def of(self, rule: Rule, explanation: Explanation | None) -> Iterator[str]:
        """The lines."""
        severity = self._styled(rule.severity, fg=_COLOURS[rule.severity])
        yield f"{self._styled(rule.id, bold=True)} ({severity})"
        yield rule.title
        yield from self._section("What it means", rule.summary)
        yield from self._section("Why it matters", rule.why)
        if explanation:
            yield from self._section("How it is found", explanation.probed)
            yield from self._section("What is correct", explanation.correct)
        yield from self._section("How to fix it", rule.remedy)
        if explanation:
            yield from self._fixes(explanation)
        yield from self._references(rule)

    def _section(self, title: str, text: str) -> Iterator[str]:
        yield ""
        yield self._styled(title, bold=True)
        yield paragraph(text, width=self._width, indent=2)

    def _fixes(self, explanation: Explanation) -> Iterator[str]:
        for stack, fix in explanation.fixes.items():
            yield from ("", self._labelled(stack, fix.text), self._snippet(fix.snippet))
        if explanation.change:
            yield from ("", "  before", self._snippet(explanation.change.before))
            yield from ("  after", self._snippet(explanation.change.after))

    def _labelled(self, label: str, text: str) -> str:
        filled = paragraph(f"{label}: {text}", width=self._width, indent=2)
        return filled.replace(label, self._styled(label, bold=True), 1)

    def _snippet(self, snippet: str) -> str:
        return "\n".join(
            self._styled(line, dim=True) if line else "" for line in indent(snippet, "      ").splitlines()
        )

    def _references(self, rule: Rule) -> Iterator[str]:
        yield ""
        yield self._styled("See also", bold=True)
        known = [reference(text) for text in rule.references]
        widest = max((len(each.id) for each in known if each.title), default=0)
        for each in known:
            line = f"{each.id:<{widest}}  {each.title}".rstrip()
            margin = " " * (widest + 4)
            yield fill(line, width=self._width, initial_indent="  ", subsequent_indent=margin)

    def _styled(self, text: str, *, fg: str | None = None, bold: bool = False, dim: bool = False) -> str:
        return click.style(text, fg=fg, bold=bold or None, dim=dim or None) if self._coloured else text

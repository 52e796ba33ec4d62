"""The requirements of a standard, for a terminal."""

from collections.abc import Iterator
from textwrap import shorten

from rich.table import Table

from specdrift.model.result.result import Result
from specdrift.model.result.traceability import TracedRequirement, TraceStatus
from specdrift.reports.content import sentences
from specdrift.reports.content.badges import TRACE
from specdrift.reports.terminal.table import table, texts

REASON = 160
"""Characters of a rule's result, unless the user asks for all."""


def requirements(result: Result, *, verbose: bool) -> Iterator[Table]:
    """Yield the table of a standard; those without a probe only if the user asks for all."""
    trace = result.traceability
    if trace is None:
        return
    shown = [one for one in trace.requirements if verbose or one.status is not TraceStatus.NOT_PROBED]
    rows = table(sentences.standard(trace), "requirement", "status", "rules")
    for one in shown:
        rows.add_row(*texts(one.id or one.text, TRACE[one.status].word, _rules(one, verbose=verbose)))
    yield rows


def _rules(one: TracedRequirement, *, verbose: bool) -> str:
    """Those rules that the status rests on."""
    decisive = [rule for rule in one.rules if rule.status is one.status]
    words = sentences.of_rule(decisive[0]) if decisive else one.how
    words = words if verbose else shorten(words, REASON, placeholder=" … (-v)")
    more = f" and {len(decisive) - 1} more" if len(decisive) > 1 else ""
    return words + more

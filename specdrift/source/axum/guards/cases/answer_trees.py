"""Results of evaluations, by the answers to what they asked: one serves all cases that give the same answers.

Most functions ask little of the requests that they get. To evaluate each anew for every route that it is a layer of
would take time that grows with the product of routes and layers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from msgspec import Struct, field

from specdrift.source.axum.guards.absent.absent_forwarding import is_forward
from specdrift.source.axum.guards.cases.traces import Found
from specdrift.source.rust.syntax import descendants

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from tree_sitter import Node

    from specdrift.model.result.source import Guarding
    from specdrift.source.axum.guards.absent.absent_case import AbsentCase
    from specdrift.source.axum.guards.absent.absent_frames import AbsentOutcome, AloneRun, Run
    from specdrift.source.axum.guards.absent.absent_values import Value
    from specdrift.source.axum.guards.cases.traces import Question, Trace

    Asking = Callable[["Question[object]"], object]


class AnswerTree(Struct, Generic[Found], eq=False):
    """The results of the evaluations of one thing. What is asked first does not depend on answers."""

    question: Question[object] | None = None
    """What is asked first; ``None`` at the end of a path."""
    results: list[tuple[Found, Trace]] = field(default_factory=list)
    """One at the end of a path, nothing elsewhere."""
    branches: dict[object, AnswerTree[Found]] = field(default_factory=dict)
    """What is known for each answer."""

    def find(self, ask: Asking) -> list[tuple[Found, Trace]]:
        """Return the result of the evaluation with the same answers; nothing if there was none."""
        tree: AnswerTree[Found] | None = self
        while tree is not None and tree.question is not None:
            tree = tree.branches.get(ask(tree.question))
        return tree.results if tree is not None else []

    def add(self, result: Found, trace: Trace, ask: Asking) -> None:
        """Add the result of an evaluation."""
        tree, left = self, dict(trace.answers)
        while tree.question is not None:
            answer = left.pop(tree.question) if tree.question in left else ask(tree.question)
            tree = tree.branches.setdefault(answer, AnswerTree())
        if not tree.results:
            for question, answer in left.items():
                tree.question = question
                tree = tree.branches.setdefault(answer, AnswerTree())
            tree.results.append((result, trace))


def once(case: AbsentCase, tree: AnswerTree[Found], evaluate: Callable[[], Found]) -> tuple[Found, Trace]:
    """Return the result of an evaluation with its trace, or those of another case with the same answers."""

    def found() -> tuple[Found, bool]:
        for result, trace in tree.find(case.ask):
            case.traces.top.reach(trace)
            return result, True
        return evaluate(), False

    (result, known), trace = case.traces.traced(case.context, found)
    if trace.settled and not known:
        tree.add(result, trace, case.ask)
    return result, trace


class KnownResults(Struct, eq=False):
    """What was evaluated in one case: nothing that depends on evaluations that go on."""

    outcomes: dict[int, tuple[AbsentOutcome, Trace]] = field(default_factory=dict)
    """By the ids of functions."""
    alone: dict[int, tuple[AloneRun, Trace]] = field(default_factory=dict)
    """What functions do by themselves, by their ids."""
    runs: dict[Hashable, tuple[Run, Trace]] = field(default_factory=dict)
    """Calls by function and arguments."""
    pending: set[int] = field(default_factory=set)
    """Functions whose evaluation goes on."""
    assumed: dict[tuple[int, bool], AbsentCase] = field(default_factory=dict)
    """The cases in which a condition has an outcome, by the condition's id and the outcome."""


class SharedResults(Struct, eq=False):
    """What cases have in common that differ by their requests alone."""

    kinds: dict[Hashable, AnswerTree[Guarding]] = field(default_factory=dict)
    """The kinds of layers."""
    _runs: dict[int, AnswerTree[AloneRun]] = field(default_factory=dict)
    """What functions do, by their ids."""
    _forwarding: dict[int, bool] = field(default_factory=dict)
    """Whether functions may forward a request, by their ids."""
    _of_results: dict[Hashable, SharedResults] = field(default_factory=dict)

    def may_forward(self, code: Node) -> bool:
        """Return whether a function has a call that may forward a request."""
        if code.id not in self._forwarding:
            self._forwarding[code.id] = any(map(is_forward, descendants(code)))
        return self._forwarding[code.id]

    def run_of(self, code: Node) -> AnswerTree[AloneRun]:
        """Return what is known of a function that is evaluated by itself."""
        return self._runs.setdefault(code.id, AnswerTree())

    def of_results(self, results: Mapping[str, Value]) -> SharedResults:
        """Return what cases have in common in which it is known what some functions return."""
        key = frozenset((name, frozenset(value)) for name, value in results.items())
        return self._of_results.setdefault(key, SharedResults())

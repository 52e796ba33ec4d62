"""What evaluations reach, and what they ask of the requests that they are made for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from msgspec import Struct, field

from specdrift.source.axum.guards.cases.request_context import RequestContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from specdrift.source.axum.guards.absent.absent_case import AbsentCase
    from specdrift.source.axum.guards.absent.absent_values import Value

Answer_co = TypeVar("Answer_co", covariant=True)
Found = TypeVar("Found")
NO_REQUESTS: Final = RequestContext()
"""Of what is no evaluation, but has some within: what looks for an answer."""


class Question(Protocol[Answer_co]):
    """What depends on the requests for which a function is evaluated. Equal questions ask the same."""

    def of(self, case: AbsentCase) -> Answer_co:
        """Return the answer of a case, which can be hashed."""
        ...


Answers = dict["Question[object]", object]


class Trace(Struct, eq=False):
    """What one evaluation has reached and asked."""

    context: RequestContext
    """The requests that it is made for."""
    calls: set[int] = field(default_factory=set)
    """The calls and branches that were reached."""
    ends: set[int] = field(default_factory=set)
    """The nodes that refuse or forward a request, as far as they were reached."""
    undecided: set[int] = field(default_factory=set)
    """The conditions of which the outcome is not known."""
    answers: Answers = field(default_factory=dict)
    """The answers to what was asked, in the order of the questions."""
    settled: bool = True
    """The result follows from the answers alone."""

    def outcome(self, condition: Node | None, found: Value) -> Value:
        """Return the outcome of a condition, and note one that is not known."""
        if len(found) > 1 and condition is not None:
            self.undecided.add(condition.id)
        return found

    def reach(self, inner: Trace) -> None:
        """Note what an evaluation has reached that serves this one."""
        self.calls |= inner.calls
        self.ends |= inner.ends
        self.undecided |= inner.undecided

    def include(self, inner: Trace) -> None:
        """Note what an evaluation has reached and asked that serves this one."""
        self.reach(inner)
        if inner.context is self.context:
            self.answers |= inner.answers
            self.settled &= inner.settled
        elif not inner.context.is_of_all:
            self.settled &= inner.settled and not inner.answers


class Traces(Struct, eq=False):
    """The traces of the evaluations that go on, outermost first."""

    _open: list[Trace] = field(default_factory=lambda: [Trace(NO_REQUESTS)])

    @property
    def top(self) -> Trace:
        """The trace of the innermost evaluation."""
        return self._open[-1]

    def traced(self, context: RequestContext, evaluate: Callable[[], Found]) -> tuple[Found, Trace]:
        """Evaluate something; return it with its trace, which is one of the evaluation around as well."""
        trace = Trace(context)
        self._open.append(trace)
        try:
            found = evaluate()
        finally:
            self._open.pop()
        self.top.include(trace)
        return found, trace

    def answered(self, case: AbsentCase, question: Question[Found]) -> Found:
        """Return the answer of a case, and note it. What leads to the answer was not asked by the evaluation."""
        self._open.append(Trace(NO_REQUESTS))
        try:
            found = question.of(case)
        finally:
            self._open.pop()
        top = self.top
        if top.context is case.context:
            top.answers[question] = found
        elif not case.context.is_of_all:
            top.settled = False
        return found

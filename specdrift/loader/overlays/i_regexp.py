"""I-Regexp (RFC 9485), evaluated in time linear in the text: an overlay may come from a foreign checkout. Pure.

As in other implementations of JSONPath, circumflex and dollar are anchors, and the usual classes of digits, words and
spaces are read.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from specdrift.loader.overlays.i_regexp_syntax import (
    Alternatives,
    Anchor,
    Character,
    PatternError,
    Repetition,
    Sequence,
    Test,
    Tree,
    parsed,
)

MOST_STATES = 2_000
_MOST_KEPT = 500_000
"""States of all sets that are kept."""
_ACCEPTED = 0

States = frozenset[int]
Spend = Callable[[int], None]
"""Counts steps, and raises an error when there were too many."""


class _State(NamedTuple):
    """One state of a non-deterministic automaton."""

    test: Test | None = None
    """The characters that lead to the first of ``following``."""
    anchor: Anchor | None = None
    """Where the others may be entered without a character; everywhere without one."""
    following: tuple[int, ...] = ()


class _Step(NamedTuple):
    """What decides the next states."""

    states: States
    character: str
    anywhere: bool
    """Whether a match may begin after the character."""
    at_end: bool
    """Whether the text ends with the character."""


class Regexp:
    """A compiled expression: all its states are followed at once, so that nothing is tried twice."""

    def __init__(self, pattern: str) -> None:
        """Compile it. Raises PatternError."""
        self._states = [_State()]
        self._start = self._compiled(parsed(pattern), _ACCEPTED)
        self._next: dict[_Step, States] = {}
        self._kept = 0

    def search(self, text: str, spend: Spend) -> bool:
        """Whether it matches a part of the text."""
        return self._run(text, spend, anywhere=True)

    def match(self, text: str, spend: Spend) -> bool:
        """Whether it matches the whole text."""
        return self._run(text, spend, anywhere=False)

    def _run(self, text: str, spend: Spend, *, anywhere: bool) -> bool:
        spend(len(text))
        states = self._reached([self._start], at_start=True, at_end=not text)
        last = len(text) - 1
        for number, character in enumerate(text):
            if not states or (anywhere and _ACCEPTED in states):
                break
            key = _Step(states, character, anywhere, number == last)
            if key not in self._next:
                spend(len(self._states))
                self._keep(key, self._after(key))
            states = self._next[key]
        return _ACCEPTED in states

    def _keep(self, key: _Step, states: States) -> None:
        self._kept += len(states) + 1
        if self._kept > _MOST_KEPT:
            self._kept = 0
            self._next.clear()
        self._next[key] = states

    def _after(self, step: _Step) -> States:
        """Return the states after a character."""
        tested = (self._states[number] for number in step.states)
        found = [one.following[0] for one in tested if one.test is not None and one.test(step.character)]
        return self._reached([*found, *([self._start] if step.anywhere else ())], at_end=step.at_end)

    def _reached(self, states: Iterable[int], *, at_start: bool = False, at_end: bool = False) -> States:
        """Return these states, and those that they lead to without a character."""
        found: set[int] = set()
        waiting = list(states)
        while waiting:
            number = waiting.pop()
            if number in found:
                continue
            found.add(number)
            one = self._states[number]
            open_here = one.anchor is None or (at_start if one.anchor is Anchor.START else at_end)
            if one.test is None and open_here:
                waiting += one.following
        return frozenset(found)

    def _add(self, state: _State) -> int:
        if len(self._states) >= MOST_STATES:
            raise PatternError("it is too long, or repeats too much")
        self._states.append(state)
        return len(self._states) - 1

    def _compiled(self, tree: Tree, after: int) -> int:
        """Add the states of a part that leads to ``after``, and return the first of them."""
        match tree:
            case Character(test):
                return self._add(_State(test=test, following=(after,)))
            case Anchor():
                return self._add(_State(anchor=tree, following=(after,)))
            case Alternatives(parts):
                return self._add(_State(following=tuple(self._compiled(part, after) for part in parts)))
            case Sequence(parts):
                for part in reversed(parts):
                    after = self._compiled(part, after)
                return after
            case Repetition():
                return self._repeated(tree, after)

    def _repeated(self, tree: Repetition, after: int) -> int:
        if tree.most is None:
            loop = self._add(_State())
            self._states[loop] = _State(following=(self._compiled(tree.part, loop), after))
            following = loop
        else:
            following = after
            for _ in range(tree.most - tree.least):
                following = self._add(_State(following=(self._compiled(tree.part, following), after)))
        for _ in range(tree.least):
            following = self._compiled(tree.part, following)
        return following

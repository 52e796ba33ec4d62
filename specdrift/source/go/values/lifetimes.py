"""What one request has for itself, and what other requests see as well."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import contextmanager
from enum import Enum, auto
from typing import TYPE_CHECKING

from specdrift.source.go.values.go_values import (
    ABSENT,
    NUMBERS,
    Fields,
    GoUnknown,
    GoValue,
    Table,
    choice,
    held,
    origins_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_VALUES = 3
"""How often requests add values to a variable before it may have any value."""
Key = tuple[int, str]
Written = tuple[Fields, GoValue]


class RunFor(Enum):
    """What code is evaluated for."""

    PROGRAM = auto()
    """It runs before requests arrive."""
    REQUEST = auto()
    ONE_OF_ALL = auto()
    """It runs in one of all requests, and no request goes on before it has."""


class Lifetimes:
    """Tells what a request makes from what was there before, and joins what requests write there."""

    def __init__(self) -> None:
        self.runs_for = RunFor.PROGRAM
        self.changes = 0
        """How often a value was added to what other requests see."""
        self._turns: list[int] = []
        """The numbers of objects at which the evaluation of requests begins, and of the program again, in turns."""
        self._first = 0
        """The number of the first object of the request."""
        self._now: dict[Key, Written] = {}
        """What the request writes."""
        self._written: dict[Key, Written] = {}
        """What requests before it have written."""
        self._added: dict[Key, int] = {}

    def is_lasting(self, holder: Fields) -> bool:
        """Return whether an object is there for more than one request."""
        return bisect_right(self._turns, holder.number) % 2 == 0

    def is_shared(self, holder: Fields) -> bool:
        """Return whether the code that is evaluated shares an object with other requests."""
        return self.runs_for is not RunFor.PROGRAM and self.is_lasting(holder)

    @contextmanager
    def run(self, runs_for: RunFor) -> Iterator[None]:
        """Evaluate for something else; only a request makes objects that no other one sees."""
        before, self.runs_for = self.runs_for, runs_for
        turns = (before is RunFor.REQUEST) is not (runs_for is RunFor.REQUEST)
        if turns:
            self._turns.append(next(NUMBERS))
        try:
            yield
        finally:
            self.runs_for = before
            if turns:
                self._turns.append(next(NUMBERS))

    def begin(self) -> None:
        """Begin with another request."""
        self._first = next(NUMBERS)
        self._now.clear()

    def written(self, holder: Fields, name: str, value: GoValue) -> GoValue:
        """Return what a shared variable may have after a request wrote to it: others write to it at the same time.

        What runs once for all requests leaves nothing of what was there before.
        """
        key = (id(holder), name)
        if holder.number < self._first:
            so_far = self._now.get(key)
            self._now[key] = holder, value if so_far is None else choice([so_far[1], value])
        others = [self._written[key][1]] if key in self._written else []
        before = holder.fields.get(name)
        if self.runs_for is RunFor.REQUEST and before is not None:
            others.append(before)
        return choice([*others, value])

    def remember(self) -> None:
        """Let other requests see what this one has written, or what was there before."""
        for key, (holder, value) in self._now.items():
            name = key[1]
            if self._added.get(key, 0) > MOST_VALUES:
                continue
            written = self._written.get(key, (holder, value))[1]
            either = choice([written, value])
            before = holder.fields.get(name)
            if before is None and isinstance(holder, Table):
                before = ABSENT  # a key that no other request may have added yet
            seen = value if before is None else choice([before, value])
            if key in self._written and either == written and seen == before:
                continue
            self._note(key, holder, either, seen)
        self._now.clear()

    def _note(self, key: Key, holder: Fields, written: GoValue, seen: GoValue) -> None:
        self.changes += 1
        self._added[key] = self._added.get(key, 0) + 1
        if self._added[key] > MOST_VALUES:
            # Such as a number that each request counts up.
            written = seen = GoUnknown(origins=origins_of(seen), holds=held([seen]))
        self._written[key] = holder, written
        holder.fields[key[1]] = seen

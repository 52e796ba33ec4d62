"""A text of limited size that accepts blocks while there is room, and counts the others."""

from collections import Counter
from collections.abc import Iterable


class LimitedText:
    """Takes the most important blocks first. ``room`` is in bytes of UTF-8."""

    def __init__(self, room: int) -> None:
        self.room = room
        self._blocks: list[str] = []
        self.cut: Counter[str] = Counter()
        """Number of omitted items by noun."""

    def add(self, block: str, *, noun: str = "") -> bool:
        """Add a block, or count it under its noun; return whether it was added. An empty one leaves no empty lines."""
        if not block:
            return True
        size = len(block.encode()) + 2
        if size > self.room:
            self.cut.update([noun] if noun else [])
            return False
        self.room -= size
        self._blocks.append(block)
        return True

    def add_lines(self, heading: str, lines: Iterable[str], *, noun: str) -> None:
        """Add a list or table: its heading, and as many lines as fit."""
        taken: list[str] = []
        room = self.room - len(heading.encode()) - 4
        for line in lines:
            room -= len(line.encode()) + 1
            if room < 0:
                self.cut[noun] += 1
            else:
                taken.append(line)
        if taken:
            self.add("\n".join((heading, *taken)))

    @property
    def used(self) -> int:
        """Size in bytes."""
        return len(self.text().encode())

    def text(self) -> str:
        """Return all blocks, separated by empty lines."""
        return "\n\n".join(self._blocks)

"""A sheet of limited size: takes blocks while there is room, and counts those for which there was none."""

from collections import Counter
from collections.abc import Iterable


class LimitedText:
    """``room`` is in bytes of UTF-8. What comes first is what stays, so the most important comes first."""

    def __init__(self, room: int) -> None:
        self.room = room
        self._blocks: list[str] = []
        self.cut: Counter[str] = Counter()
        """How many of each noun found no room."""

    def add(self, block: str, *, noun: str = "") -> bool:
        """Take a block, or count it under its noun; whether there was room."""
        size = len(block.encode()) + 2
        if size > self.room:
            self.cut.update([noun] if noun else [])
            return False
        self.room -= size
        self._blocks.append(block)
        return True

    def add_lines(self, heading: str, lines: Iterable[str], *, noun: str) -> None:
        """Take a list or a table: its heading, and as many lines as there is room for."""
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
        """Bytes that were taken."""
        return len(self.text().encode())

    def text(self) -> str:
        """All that was taken, with an empty line between the blocks."""
        return "\n\n".join(self._blocks)

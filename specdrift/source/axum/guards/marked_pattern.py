"""Patterns that are searched for only where a text stands that each match contains, which is much faster to find."""

import re

from msgspec import Struct


class MarkedPattern(Struct, frozen=True):
    """A pattern, and texts of which each match contains one."""

    pattern: re.Pattern[str]
    texts: tuple[str, ...]
    """In lower case for a pattern that ignores case."""

    def occurs(self, source_text: str, folded: str) -> bool:
        """Return whether the pattern matches somewhere. ``folded`` is the same text, by ``casefold``."""
        around = folded if self.pattern.flags & re.IGNORECASE else source_text
        return any(one in around for one in self.texts) and self.pattern.search(source_text) is not None

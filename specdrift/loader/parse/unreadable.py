"""Why one file cannot be read. The loader turns it into a diagnostic with file and line."""

from specdrift.errors import SpecdriftError


class Unreadable(SpecdriftError):
    """A sentence about one file. ``offset`` is the character it is about; ``None`` means the whole file.

    ``line`` is known instead where the bytes are no characters.
    """

    def __init__(
        self,
        message: str,
        *,
        rule: str = "invalid-document",
        offset: int | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.rule = rule
        self.offset = offset
        self.line = line

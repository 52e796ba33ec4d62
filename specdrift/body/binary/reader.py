"""Reads a body in its order, and never more of it than there is. Pure."""

from collections.abc import Callable

from msgspec import Struct

MAX_DEPTH = 24
"""Levels of arrays, maps and messages in each other."""


class NotReadError(ValueError):
    """The body is not of the format, or has more levels than are read."""


class Reader(Struct):
    """A body and how far it was read."""

    body: bytes
    at: int = 0

    @property
    def ended(self) -> bool:
        """Whether all was read."""
        return self.at >= len(self.body)

    def take(self, count: int) -> bytes:
        """Return the next bytes."""
        end = self.at + count
        if end > len(self.body):
            raise NotReadError("the body ends too early")
        found, self.at = self.body[self.at : end], end
        return found

    def number(self, count: int, *, signed: bool = False) -> int:
        """Return the next bytes as an integer, the highest first."""
        return int.from_bytes(self.take(count), "big", signed=signed)

    def several(self, count: int) -> int:
        """Return a count of elements if so many bytes are left: each has one at least."""
        if count > len(self.body) - self.at:
            raise NotReadError("the body ends too early")
        return count


def whole(body: bytes, item: Callable[[Reader], object]) -> object:
    """Return the item of a body; of several, one after the other, a list of them."""
    reader = Reader(body)
    items = [item(reader)]
    while not reader.ended:
        items.append(item(reader))
    return items[0] if len(items) == 1 else items


def as_text(content: bytes) -> str:
    """Return a string; of bytes that are no text, their digits."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content.hex()
    return text if all(sign.isprintable() or sign.isspace() for sign in text) else content.hex()


def deeper(depth: int) -> int:
    """Return the next level if there may be one."""
    if depth >= MAX_DEPTH:
        raise NotReadError("too many levels")
    return depth + 1

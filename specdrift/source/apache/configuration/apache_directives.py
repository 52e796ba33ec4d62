"""A configuration of Apache httpd as a tree of directives."""

import re
from collections.abc import Iterator

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation

_WORD = re.compile(r"(?:\"((?:\\.|[^\"\\])*)\"?|'((?:\\.|[^'\\])*)'?|(\S+))")
_ESCAPED = re.compile(r"\\([\"'\\])")


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text; quotes keep spaces together."""
    found = _WORD.finditer(text)
    return tuple(_written(*one.groups()) for one in found)


def first_word(text: str) -> tuple[str, str]:
    """Return the first word of a text, and what follows it as written."""
    found = _WORD.search(text)
    return (_written(*found.groups()), text[found.end() :].strip()) if found else ("", "")


def _written(double: str | None, single: str | None, bare: str | None) -> str:
    if double is not None:
        return _ESCAPED.sub(lambda found: found[1] if found[1] in '"\\' else found[0], double)
    if single is not None:
        return _ESCAPED.sub(lambda found: found[1] if found[1] in "'\\" else found[0], single)
    return bare or ""


class ApacheDirective(Struct, frozen=True, eq=False):
    """A directive with its arguments, or a section with its directives."""

    name: str
    """In lower case: Apache ignores the case of names."""
    written: str
    """The arguments as written; of a section without its angle bracket."""
    location: SourceLocation
    block: "tuple[ApacheDirective, ...]" = ()

    @property
    def args(self) -> tuple[str, ...]:
        return words(self.written)

    def arg(self, number: int) -> str:
        """Return an argument, counted from 0; empty if there is none."""
        args = self.args
        return args[number] if number < len(args) else ""

    @property
    def flag(self) -> bool:
        return self.arg(0).lower() == "on"


def named(directives: "tuple[ApacheDirective, ...]", *names: str) -> Iterator[ApacheDirective]:
    """Yield the directives with one of these names."""
    return (one for one in directives if one.name in names)


def last(directives: "tuple[ApacheDirective, ...]", name: str) -> ApacheDirective | None:
    """Return the last directive of a name: it is in force."""
    return next((one for one in reversed(directives) if one.name == name), None)


def everything(directives: "tuple[ApacheDirective, ...]") -> Iterator[ApacheDirective]:
    """Yield the directives with those of their sections."""
    for one in directives:
        yield one
        yield from everything(one.block)

"""Members of a YAML file, with their lines."""

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate

from msgspec import Struct

from specdrift.errors import UsageError
from specdrift.loader.parse.tree import MarkedMapping, Value
from specdrift.loader.parse.unreadable import Unreadable
from specdrift.model.contract.location import SourceLocation, excerpt


class YamlText(Struct, frozen=True, eq=False):
    """A file, and where its lines begin."""

    name: str
    lines: tuple[str, ...]
    starts: tuple[int, ...]
    """Where each line begins."""
    before: int = 0
    """Number of the file's lines before these."""

    @classmethod
    def of(cls, name: str, content: str, before: int = 0) -> "YamlText":
        """Return a file, or a document of it that has ``before`` lines before it."""
        lines = content.split("\n")
        starts = (0, *accumulate(len(line) + 1 for line in lines[:-1]))
        return cls(name, tuple(line.rstrip("\r") for line in lines), starts, before)

    def place(self, start: int, end: int) -> SourceLocation:
        """Return the location of a key."""
        line = bisect_right(self.starts, start)
        first, written = self.starts[line - 1], self.lines[line - 1]
        return SourceLocation(
            file=self.name,
            line=self.before + line,
            column=start - first + 1,
            end_line=self.before + line,
            end_column=max(min(end - first, len(written)), start - first + 1) + 1,
            pointer="",
            text=excerpt(written, start - first + 1),
        )


class YamlNode(Struct, frozen=True, eq=False):
    """A value, under the key that leads to it. Names are those of protocol buffers, in either spelling."""

    value: Value
    file: YamlText
    place: SourceLocation

    @classmethod
    def of_file(cls, name: str, content: str) -> "YamlNode":
        """Return the root of a file in YAML or JSON. Raises UsageError, with the place of what is wrong."""
        from specdrift.loader.parse import yaml_reader

        text = YamlText.of(name, content)
        try:
            tree = yaml_reader.read(content)
        except Unreadable as error:
            at = error.offset or 0
            raise UsageError(f"{text.place(at, at + 1)}: {error.message}") from None
        return cls(tree.root, text, text.place(0, 0))

    def __bool__(self) -> bool:
        return self.value is not None

    def get(self, *names: str) -> "YamlNode":
        """Return the member that a chain of names leads to; an empty node if there is none."""
        node = self
        for name in names:
            node = node._member(name)
        return node

    def _member(self, name: str) -> "YamlNode":
        if isinstance(self.value, MarkedMapping):
            for spelling in (name, _camel(name)):
                if spelling in self.value:
                    place = self.file.place(*self.value.marks[spelling])
                    return YamlNode(self.value[spelling], self.file, place)
        return YamlNode(None, self.file, self.place)

    def has(self, name: str) -> bool:
        """Return whether the mapping has a member, whatever its value."""
        return isinstance(self.value, MarkedMapping) and (name in self.value or _camel(name) in self.value)

    def members(self) -> "Iterator[tuple[str, YamlNode]]":
        """Yield the members of a mapping, by their names as protocol buffers write them."""
        if isinstance(self.value, MarkedMapping):
            for name, value in self.value.items():
                yield _snake(name), YamlNode(value, self.file, self.file.place(*self.value.marks[name]))

    def entries(self) -> "Iterator[tuple[str, YamlNode]]":
        """Yield the members of a map, by their keys as written."""
        if isinstance(self.value, MarkedMapping):
            for name, value in self.value.items():
                yield name, YamlNode(value, self.file, self.file.place(*self.value.marks[name]))

    def entry(self, key: str) -> "YamlNode | None":
        """Return the member of a map with this key as written; ``None`` if there is none."""
        if not isinstance(self.value, MarkedMapping) or key not in self.value:
            return None
        return YamlNode(self.value[key], self.file, self.file.place(*self.value.marks[key]))

    def items(self) -> "Iterator[YamlNode]":
        """Yield the items of a list, each at its first key."""
        for value in self.value if isinstance(self.value, list) else ():
            place = self.place
            if isinstance(value, MarkedMapping) and value:
                place = self.file.place(*next(iter(value.marks.values())))
            yield YamlNode(value, self.file, place)

    @property
    def written(self) -> str:
        """The value of a scalar; empty for none."""
        return "" if self.value is None or isinstance(self.value, (dict, list)) else str(self.value)

    @property
    def flag(self) -> bool | None:
        """A boolean, also wrapped as ``{value: true}``; ``None`` if there is none."""
        value = self.get("value").value if isinstance(self.value, MarkedMapping) else self.value
        return value if isinstance(value, bool) else None

    @property
    def number(self) -> int:
        """An integer; 0 if there is none."""
        return self.value if isinstance(self.value, int) and not isinstance(self.value, bool) else 0

    @property
    def type_name(self) -> str:
        """The last part of ``@type``."""
        return self.get("@type").written.rpartition(".")[2]


@lru_cache(maxsize=1024)
def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


@lru_cache(maxsize=1024)
def _snake(name: str) -> str:
    return "".join(f"_{character.lower()}" if character.isupper() else character for character in name)

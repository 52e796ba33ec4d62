"""Selects operations by path, method, tag and operationId."""

from collections.abc import Collection
from fnmatch import fnmatchcase

from msgspec import Struct


class Selector(Struct, frozen=True, kw_only=True):
    """Selects operations; every member that is not empty must match."""

    paths: tuple[str, ...] = ()
    """Path templates or ``fnmatch`` patterns."""
    methods: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """Tags or ``fnmatch`` patterns; so are operationIds."""
    operation_ids: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether it selects all operations."""
        return not (self.paths or self.methods or self.tags or self.operation_ids)

    def matches(self, *, path: str, method: str, tags: Collection[str], operation_id: str) -> bool:
        """Whether it selects an operation."""
        return (
            (not self.paths or any(_selects(wanted, path) for wanted in self.paths))
            and (not self.methods or method.upper() in {wanted.upper() for wanted in self.methods})
            and (not self.tags or any(_selects(wanted, tag) for wanted in self.tags for tag in tags))
            and (
                not self.operation_ids or any(_selects(wanted, operation_id) for wanted in self.operation_ids)
            )
        )


def _selects(pattern: str, text: str) -> bool:
    """Match a text with an ``fnmatch`` pattern, or with the same text."""
    return text == pattern or fnmatchcase(text, pattern)

"""Figures in refusals that are named after a resource of the interface. Pure.

What every refusal has is taken for the server's own: a code, a version, a limit, a telephone number. A figure in a
member that is named after a guarded operation (``"overdueInvoices": 48211`` beside ``/invoices``) is of that resource,
on each operation and for each caller.
"""

from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct, field

from specdrift.body.denial import CODES
from specdrift.classify.explanation.refused import RefusalContent, Word
from specdrift.classify.explanation.vocabulary import letters, same_stem
from specdrift.model.contract.operation import OperationKey

LEAST_DIGITS = 3
"""Digits of a figure; shorter numbers are levels, defaults and units."""
OTHERWISE = frozenset(
    (
        *(
            "api",
            "build",
            "code",
            "errno",
            "error",
            "fault",
            "http",
            "limit",
            "limits",
            "max",
            "maximum",
            "min",
        ),
        *(
            "minimum",
            "page",
            "per",
            "phone",
            "port",
            "quota",
            "rate",
            "release",
            "retry",
            "revision",
            "schema",
        ),
        *(
            "second",
            "seconds",
            "size",
            "status",
            "support",
            "telephone",
            "time",
            "timeout",
            "timestamp",
            "type",
        ),
        *(
            "version",
            "window",
            "year",
            "minute",
            "minutes",
            "millis",
            "request",
            "trace",
            "incident",
            "reference",
        ),
    )
)
"""Words of members with a number that is about the interface, in lower case."""
OF_NO_RESOURCE = (
    OTHERWISE
    | CODES
    | frozenset(
        {"admin", "all", "current", "data", "get", "health", "info", "internal", "latest", "list", "meta"}
    )
    | frozenset(
        {"new", "private", "public", "rest", "search", "secure", "server", "service", "services", "web"}
    )
)
"""Words of paths that name no resource."""


class Figures(Struct, frozen=True):
    """The figures in members with a word of a path, looked for once in answers that say the same."""

    paths: frozenset[str]
    """Words of the paths in lower case."""
    _known: dict[RefusalContent, tuple[Word, ...]] = field(default_factory=dict)

    def in_content(self, content: RefusalContent) -> tuple[Word, ...]:
        """Return those of an answer."""
        found = self._known.get(content)
        if found is None:
            words = (word for word in content.words if is_named_after_a_resource(word, self.paths))
            found = self._known[content] = tuple(words)
        return found


def is_named_after_a_resource(word: Word, paths: frozenset[str]) -> bool:
    """Return whether it is a figure in a member with a word of a path. ``paths`` are words in lower case."""
    if sum(map(str.isdigit, word.piece.value)) < LEAST_DIGITS or word.piece.value.startswith("["):
        return False
    return _is_of_a_path(word.piece.name, paths)


@lru_cache(maxsize=4096)
def _is_of_a_path(place: str, paths: frozenset[str]) -> bool:
    last = next((part for part in reversed(place.split("/")) if part and part != "*"), "")
    names = letters(last)
    if not OTHERWISE.isdisjoint(names):
        return False
    return any(same_stem(name, path) for name in names for path in paths)


def words_of_resources(operations: Iterable[OperationKey]) -> frozenset[str]:
    """Return the words of the paths, without those that name the interface."""
    paths = {segment for key in operations for segment in key.path.split("/") if not segment.startswith("{")}
    return frozenset(word for path in paths for word in letters(path)) - OF_NO_RESOURCE

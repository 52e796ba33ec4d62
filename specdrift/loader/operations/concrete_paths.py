"""Finds templated operations whose request matches a concrete path. Pure.

"Concrete (non-templated) paths would be matched before their templated counterparts" (OpenAPI 3.1.1 §4.8.8.2): GET
/users/{id} with the value ``me`` is GET /users/me, if that is an operation.
"""

from collections.abc import Iterable
from urllib.parse import unquote

from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.templates import EXPRESSION


class ConcretePaths:
    """The operations with fixed paths, by the request that reaches them."""

    def __init__(self, keys: Iterable[OperationKey]) -> None:
        self._known = {
            (key.method, _segments(key.path)): key for key in keys if not EXPRESSION.search(key.path)
        }

    def reached_by(self, key: OperationKey, target: str) -> OperationKey | None:
        """Return the other operation that a templated operation's request with this target reaches; ``None`` for its
        own.
        """
        if not self._known or not EXPRESSION.search(key.path):
            return None
        return self._known.get((key.method, _segments(target)))


def _segments(target: str) -> tuple[str, ...]:
    """Split a path into segments; an encoded slash does not separate."""
    return tuple(unquote(segment) for segment in target.partition("?")[0].split("/"))

"""Finds templated operations whose request matches a concrete path. Pure.

"Concrete (non-templated) paths would be matched before their templated counterparts" (OpenAPI 3.1.1 §4.8.8.2): GET
/users/{id} with the value ``me`` is GET /users/me, if that is an operation.
"""

from collections.abc import Iterable
from urllib.parse import unquote

from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.templates import EXPRESSION


class ConcretePaths:
    """The operations of paths without an expression, by what a server makes of a request."""

    def __init__(self, keys: Iterable[OperationKey]) -> None:
        self._known = {
            (key.method, _segments(key.path)): key for key in keys if not EXPRESSION.search(key.path)
        }

    def meant(self, key: OperationKey, target: str) -> OperationKey | None:
        """The other operation that a request of a templated one with this target is; ``None``: it is its own."""
        if not self._known or not EXPRESSION.search(key.path):
            return None
        return self._known.get((key.method, _segments(target)))


def _segments(target: str) -> tuple[str, ...]:
    """A slash that is encoded ends no segment."""
    return tuple(unquote(segment) for segment in target.partition("?")[0].split("/"))

"""The words by which a document names its operations. Pure."""

from collections.abc import Iterable

from specdrift.checks.core.base import PlannedOperation
from specdrift.model.contract.operation import OperationKey


def words_of_names(operations: Iterable[PlannedOperation]) -> dict[OperationKey, frozenset[str]]:
    """Return the words of each operation's ``operationId``, summary and tags, in lower case."""
    texts = ((s.key, (s.operation.operation_id, s.operation.summary, *s.operation.tags)) for s in operations)
    return {key: frozenset(" ".join(each).casefold().split()) for key, each in texts}

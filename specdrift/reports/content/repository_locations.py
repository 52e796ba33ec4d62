"""Where findings stand in the repository, for formats that CI systems turn into links."""

from collections.abc import Callable
from dataclasses import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import Result


class RepositoryLocations:
    """Finds the place of everything in one result. What has none of its own stands at the document's beginning:
    code scanning and code quality show nothing without a file and a line.
    """

    def __init__(self, result: Result, locate: Callable[[str], str]) -> None:
        self._locate = locate
        self._document = SourceLocation(
            file=result.document.source, line=1, column=1, end_line=1, end_column=1, pointer=""
        )
        self._operations = {item.operation.key: item.operation.location for item in result.operations}

    def of_drift(self, drift: Drift) -> SourceLocation:
        """The line that decides, where the drift is about one."""
        return self.placed(drift.location or self._document)

    def of_operation(self, key: OperationKey | None) -> SourceLocation:
        """The deciding ``security`` line of an operation."""
        return self.placed(self._operations.get(key, self._document) if key else self._document)

    def placed(self, location: SourceLocation) -> SourceLocation:
        """The same place, in the file as the repository names it."""
        return replace(location, file=self._locate(location.file))

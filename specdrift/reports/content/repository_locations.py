"""Locations of findings in the repository, for formats that CI systems turn into links."""

from collections.abc import Callable

from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import Result
from specdrift.rules.ids import OPERATION_REMOVED


class RepositoryLocations:
    """Finds the location of each finding. One without a location gets the start of the document: code scanning and code
    quality require a file and a line.
    """

    def __init__(self, result: Result, locate: Callable[[str], str]) -> None:
        self._locate = locate
        self._document = SourceLocation(
            file=result.document.source, line=1, column=1, end_line=1, end_column=1, pointer=""
        )
        self._operations = {item.operation.key: item.operation.location for item in result.operations}

    def of_drift(self, drift: Drift) -> SourceLocation:
        """Return the deciding line of the drift's operation or document; no line of an older document."""
        inside = drift.location if drift.rule != OPERATION_REMOVED else None
        return self.placed(inside or self._document)

    def of_operation(self, key: OperationKey | None) -> SourceLocation:
        """Return the deciding ``security`` line of an operation."""
        return self.placed(self._operations.get(key, self._document) if key else self._document)

    def placed(self, location: SourceLocation) -> SourceLocation:
        """Return the location with the file's path in the repository."""
        return replace(location, file=self._locate(location.file))

"""Which operation a request means, and whether an answer is as documented (both by openapi-core)."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from specdrift.loader.path_index import EXPRESSION, PathIndex
from specdrift.loader.resolving import resolved
from specdrift.loader.skeleton import Skeleton
from specdrift.model.contract import Contract
from specdrift.model.operation import OperationKey

_MORE = "additionalOperations"

if TYPE_CHECKING:
    from openapi_core.templating.paths.finders import APICallPathFinder


class Matcher:
    """Holds requests and answers against a contract. ``base_url`` is scheme, host and base path of the API.

    openapi-core is imported, and its view of the document built, when first asked.
    """

    def __init__(self, contract: Contract, base_url: str) -> None:
        self._contract = contract
        self._base_url = base_url.rstrip("/")
        self._responses: dict[OperationKey, Any] = {}
        self._finders: dict[tuple[str, ...], APICallPathFinder] = {}

    def operation(self, method: str, target: str) -> OperationKey | None:
        """The operation that a request with this target, below the base path, means; ``None`` for none."""
        path = target.partition("?")[0]
        candidates = self._index.candidates(path)
        if not candidates:
            return None
        from openapi_core.templating.paths.exceptions import PathError

        try:
            found = self._finder(candidates).find(method, f"{self._base_url}{path}")
        except PathError:
            return None
        template = found.path_result
        if "" in template.variables.values():  # openapi-core lets {id} be nothing
            return None
        return OperationKey(path=template.pattern, method=method)

    def response_errors(
        self, key: OperationKey, status: int, content_type: str, body: bytes
    ) -> tuple[str, ...]:
        """What of an answer the document does not describe: status, media type, body. A sentence for each.

        A schema that cannot be used says nothing about the answer, and nothing is what it says here.
        """
        from specdrift.loader.responses import ResponseChecker

        if key not in self._responses:
            skeleton = self._contract.skeleton
            document = skeleton.responses(key) if isinstance(skeleton, Skeleton) else None
            self._responses[key] = ResponseChecker(document) if document else None
        checker = self._responses[key]
        if checker is None:
            return ()
        found: tuple[str, ...] = checker.errors(
            status, content_type, body if key.method.upper() != "HEAD" else b""
        )
        return found

    @cached_property
    def _index(self) -> PathIndex:
        return PathIndex(self._methods)

    def _finder(self, candidates: tuple[str, ...]) -> "APICallPathFinder":
        """openapi-core's finder of these paths alone: it looks at every path that it has, each time."""
        if candidates not in self._finders:
            from jsonschema_path import SchemaPath
            from openapi_core.templating.paths.finders import APICallPathFinder

            paths = {path: self._methods[path] for path in candidates}
            document = {"servers": [{"url": self._base_url or "/"}], "paths": paths}
            self._finders[candidates] = APICallPathFinder(
                SchemaPath.from_dict(document), base_url=self._base_url or None
            )
        return self._finders[candidates]

    @cached_property
    def _methods(self) -> Mapping[str, Mapping[str, Any]]:
        """Methods as sent, side by side: the finder knows no ``additionalOperations``, and finds them so."""
        document = resolved(dict(self._contract.skeleton))
        return {
            path: {name.upper(): operation for name, operation in item.items() if name != _MORE}
            | item.get(_MORE, {})
            for path, item in document.get("paths", {}).items()
            if _is_template(path)
        }


def _is_template(path: str) -> bool:
    """Whether the braces of a path are those of expressions; the finder raises ValueError for others."""
    return not {"{", "}"} & set(EXPRESSION.sub("", path))

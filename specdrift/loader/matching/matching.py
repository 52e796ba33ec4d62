"""Which operation a request means, and whether an answer is as documented (by openapi-core)."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from specdrift.loader.matching.path_index import PathIndex
from specdrift.loader.matching.resolving import resolved
from specdrift.loader.matching.skeleton import Skeleton
from specdrift.model.contract.base_paths import BasePaths
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.templates import EXPRESSION, fits

_MORE = "additionalOperations"


class Matcher:
    """Holds requests and answers against a contract. ``base_url`` is scheme, host and base path of the API; operations
    with servers of their own are where those are.

    openapi-core is imported, and its view of an answer built, when first asked. Paths it does not match: it makes a
    regular expression of each template, which a hostile one turns against it.
    """

    def __init__(self, contract: Contract, base_url: str) -> None:
        self._contract = contract
        self._bases = BasePaths(base_url=base_url, servers=contract.servers)
        self._responses: dict[OperationKey, Any] = {}

    def operation(self, method: str, target: str) -> OperationKey | None:
        """The operation that a request with this target means; ``None`` for none."""
        path = target.partition("?")[0]
        meant = (
            self._keys[template][method]
            for template in sorted(self._index.candidates(path), key=_expressions)
            if method in self._keys[template] and fits(template, path)
        )
        return next(meant, None)

    def response_errors(
        self, key: OperationKey, status: int, content_type: str, body: bytes
    ) -> tuple[str, ...]:
        """What of an answer the document does not describe: status, media type, body. A sentence for each.

        A schema that cannot be used says nothing about the answer, and nothing is what it says here.
        """
        from specdrift.loader.matching.responses import ResponseChecker

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
        return PathIndex(self._keys)

    @cached_property
    def _keys(self) -> Mapping[str, Mapping[str, OperationKey]]:
        """The operations at the target: by path template with the base path, and by method as sent."""
        document = resolved(dict(self._contract.skeleton))
        bases = {operation.key: self._bases.of(operation) for operation in self._contract.operations}
        keys: dict[str, dict[str, OperationKey]] = defaultdict(dict)
        for path, item in document.get("paths", {}).items():
            for method in (*(name.upper() for name in item if name != _MORE), *item.get(_MORE, ())):
                key = OperationKey(path=path, method=method)
                if (base := bases.get(key)) is not None:
                    keys[base + path][method] = key
        return keys


def _expressions(template: str) -> int:
    """Paths without expressions come before those with some (Path Templating Matching), and few before many."""
    return len(EXPRESSION.findall(template))

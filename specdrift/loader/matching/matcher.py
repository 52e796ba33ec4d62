"""Finds the operation of a request, and validates responses against the document."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from specdrift.loader.matching.plain_answers import is_plainly_documented
from specdrift.model.contract.base_paths import BasePaths
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.path_index import PathIndex
from specdrift.model.contract.templates import EXPRESSION, before_greedy, fits

if TYPE_CHECKING:
    from specdrift.loader.matching.response_checker import ResponseChecker


class Matcher:
    """Matches requests and responses to the operations of a contract.

    ``base_url`` is scheme, host and base path of the API; operations with servers of their own match below those.
    openapi-core is imported at the first response that is not plainly as documented. It does not match paths: it makes
    a regular expression of each template, and a hostile template can make that take exponential time.
    """

    def __init__(self, contract: Contract, base_url: str) -> None:
        self._contract = contract
        self._bases = BasePaths(base_url=base_url, servers=contract.servers)
        self._excerpts: dict[OperationKey, dict[str, Any] | None] = {}
        self._checkers: dict[OperationKey, ResponseChecker] = {}

    def operation(self, method: str, target: str) -> OperationKey | None:
        """Return the operation of a request target; ``None`` if the document has none."""
        path = target.partition("?")[0]
        matches = (
            self._keys[template][method]
            for template in sorted(self._index.candidates(path), key=_expression_count)
            if method in self._keys[template] and fits(template, path)
        )
        return next(matches, None) or self._caught(method, path)

    def _caught(self, method: str, path: str) -> OperationKey | None:
        """Return the operation whose last segment stands for several; the one with the longest path before it wins."""
        segments = path.split("/")
        deepest = max((before.count("/") + 1 for before in self._catching), default=0)
        for end in range(min(len(segments) - 1, deepest), 0, -1):
            before = "/".join(segments[:end])
            for prefix in self._catching_index.candidates(before) if any(segments[end:]) else ():
                found = self._keys[self._catching[prefix]].get(method)
                if found is not None and fits(prefix, before):
                    return found
        return None

    def response_errors(
        self, key: OperationKey, status: int, content_type: str, body: bytes
    ) -> tuple[str, ...]:
        """Describe how status, media type and body differ from the document, one sentence each.

        A schema that cannot be used gives no errors.
        """
        excerpt = self._excerpt(key)
        content = body if key.method.upper() != "HEAD" else b""
        if excerpt is None or is_plainly_documented(excerpt, status, content_type, content):
            return ()
        return self._checker(key, excerpt).errors(status, content_type, content)

    def _excerpt(self, key: OperationKey) -> dict[str, Any] | None:
        if key not in self._excerpts:
            responses = self._contract.responses
            self._excerpts[key] = responses.excerpt(key) if responses is not None else None
        return self._excerpts[key]

    def _checker(self, key: OperationKey, excerpt: dict[str, Any]) -> "ResponseChecker":
        if key not in self._checkers:
            from specdrift.loader.matching.response_checker import ResponseChecker

            self._checkers[key] = ResponseChecker(excerpt)
        return self._checkers[key]

    @cached_property
    def _index(self) -> PathIndex:
        return PathIndex(self._keys)

    @cached_property
    def _catching(self) -> Mapping[str, str]:
        """Templates whose last segment stands for several, by what comes before it."""
        found = ((before_greedy(template), template) for template in self._keys)
        return {before: template for before, template in found if before is not None}

    @cached_property
    def _catching_index(self) -> PathIndex:
        return PathIndex(self._catching)

    @cached_property
    def _keys(self) -> Mapping[str, Mapping[str, OperationKey]]:
        """Operations by path template (with the base path) and by method as sent; only those at the target."""
        keys: dict[str, dict[str, OperationKey]] = defaultdict(dict)
        for operation in self._contract.operations:
            if (base := self._bases.of(operation)) is not None:
                keys[base + operation.key.path][operation.key.method] = operation.key
        return keys


def _expression_count(template: str) -> int:
    """Sort key: templates with fewer expressions match first (OpenAPI, Path Templating Matching)."""
    return len(EXPRESSION.findall(template))

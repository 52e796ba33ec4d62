"""Lists the operations of ``paths``: path items through their references, and their methods."""

from collections.abc import Iterator
from typing import NamedTuple

from specdrift.loader.dialects import DIALECTS, Dialect
from specdrift.loader.document_findings import DocumentFindings, beside_reference
from specdrift.loader.nearest import hint
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.references.reference_resolver import ReferenceResolver, is_reference
from specdrift.loader.security.checked_mapping import checked_mapping, type_name
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.drift import Severity

ANY_METHOD = "x-amazon-apigateway-any-method"
"""Amazon API Gateway's operation for each of ``ANY_METHODS`` that the path item does not declare."""
ANY_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
FURTHER_PATHS = "x-ms-paths"
"""AutoRest's further paths, which may have queries."""
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class PathItem(NamedTuple):
    """A path item with its references resolved."""

    path: str
    holders: dict[str, DocumentNode]
    """The mapping that contains each field: siblings of a ``$ref`` override its target."""
    rivals: dict[str, list[DocumentNode]]
    """The further mappings that contain a field."""
    at: SourceLocation
    """The key of the path."""


class Entry(NamedTuple):
    """An operation as found."""

    key: OperationKey
    item: PathItem
    holder: DocumentNode
    """The mapping with the operation at the key ``name``."""
    name: str


class PathReader:
    """Lists the operations of ``paths``. Webhooks and callbacks are requests to the consumer, and are excluded."""

    def __init__(self, dialect: Dialect, references: ReferenceResolver, findings: DocumentFindings) -> None:
        self._dialect = dialect
        self._known = dialect.methods | dialect.path_item_fields | {dialect.more_methods}
        self._references = references
        self._findings = findings

    def entries(self, root: DocumentNode) -> Iterator[Entry]:
        """Yield all operations in document order; those of extensions that tools read as paths come last."""
        yield from self._below(root, "paths")
        yield from self._below(root, FURTHER_PATHS)

    def _below(self, root: DocumentNode, member: str) -> Iterator[Entry]:
        paths = root.get(member)
        if paths.value is None:
            return
        found = self._references.follow(paths, lost="No operation is tested.", misplaced_in=member)
        if found is None:
            self._findings.refuse_for_found()
            return
        if checked_mapping(found, member, self._findings) is None:
            what = f'"{member}" is {type_name(found.value)}, not a map. No operation is tested.'
            self._findings.refuse("invalid-document", what, root.key(member))
            return
        for path in found.value:
            if path.startswith("/"):
                if "#" in path or ("?" in path and member != FURTHER_PATHS):
                    what = f'"{path}" has a query or a fragment, which is no part of a path; servers do not match it.'
                    self._unknown(found, path, what, severity=Severity.WARNING)
                yield from self._operations(self._item(found.child(path), path, found.key(path)))
            elif not path.startswith("x-") and path != "$ref":
                self._unknown(
                    found,
                    path,
                    f'"{path}" is not a path: a path begins with "/". Operations below it are not tested.',
                    severity=Severity.ERROR,
                )
                self._findings.lose(found.key(path), path=f"/{path}")

    def _is_map(self, node: DocumentNode, what: str, short: str) -> bool:
        if checked_mapping(node, what, self._findings) is not None:
            return True
        self._findings.add(
            "invalid-document",
            f'"{short}" is {type_name(node.value)}, not a map. Operations below it are not tested.',
            node.here,
        )
        return False

    def _item(self, node: DocumentNode, path: str, at: SourceLocation) -> PathItem:
        item, chain = PathItem(path, {}, {}, at), [node]
        if is_reference(node.value):
            chain = self._references.chain(node, lost=f"Operations below {path} are not tested.")
        for link in chain:
            if not self._is_map(link, path, path):
                self._findings.lose(at, path=path)
            elif self._is_operation(link):
                self._report_operation(link, chain, path)
            else:
                for name in link.value:
                    if item.holders.setdefault(name, link) is not link:
                        item.rivals.setdefault(name, []).append(link)
                    self._report_unknown(link, name, path)
        for link in chain:
            self._report_siblings(link, item)
        if is_reference(chain[-1].value):
            self._findings.lose(at, path=path)
        return item

    def _is_operation(self, node: DocumentNode) -> bool:
        """Return whether a map in the place of a path item is an Operation Object."""
        fields = set(node.value)
        return "responses" in fields and not fields & (
            self._dialect.methods | {self._dialect.more_methods, "$ref"}
        )

    def _report_operation(self, node: DocumentNode, chain: list[DocumentNode], path: str) -> None:
        at = chain[-2].key("$ref") if len(chain) > 1 else node.here
        remedy = "Refer to its path item." if len(chain) > 1 else 'Put it below its method, such as "get".'
        self._findings.lose(at, path=path)
        self._findings.add(
            "unknown-path-item-field",
            f"{path} is an operation, not a path item; it is not tested. {remedy}",
            at,
            severity=Severity.ERROR,
        )

    def _report_siblings(self, node: DocumentNode, item: PathItem) -> None:
        """Report fields beside a reference. A method that it has as well is compared where operations are read."""
        if not is_reference(node.value):
            return
        methods = self._dialect.methods | {ANY_METHOD}
        counting = methods | {"parameters", "servers", self._dialect.more_methods}
        compared = methods & item.rivals.keys()
        beside = [name for name in node.value if name in counting and name not in compared]
        if beside:
            self._findings.add("ref-siblings", beside_reference(beside[0]), node.key(beside[0]))

    def _report_unknown(self, node: DocumentNode, name: str, path: str) -> None:
        """Report a field that OpenAPI does not define here. A map below it may be meant as an operation."""
        if name in self._known or name.startswith("x-"):
            return
        newer = name.lower() in DIALECTS[-1].methods or name == DIALECTS[-1].more_methods
        if newer or isinstance(node.value[name], dict):
            method = name.upper() if name.lower() in DIALECTS[-1].methods else ""
            self._findings.lose(node.key(name), path=path, method=method)
        if not self._findings.full:
            lost = newer or isinstance(node.value[name], dict)
            self._unknown(
                node, name, self._about_field(name, path), severity=Severity.ERROR if lost else None
            )

    def _about_field(self, name: str, path: str) -> str:
        if name == "security":
            return '"security" on a path has no effect; move it into the operations.'
        if name.lower() in self._dialect.methods:
            return f'"{name}" of {path} must be lower case; this operation is not tested.'
        for dialect in DIALECTS:
            if name in dialect.methods:
                return f'"{name}" is a method since OpenAPI {dialect.name}; this operation is not tested.'
            if name == dialect.more_methods:
                return f'"{name}" exists since OpenAPI {dialect.name}; its operations are not tested.'
        return f'"{name}" is not a field of a path item and was ignored.{hint(name, self._known - {""})}'

    def _unknown(
        self, node: DocumentNode, name: str, message: str, *, severity: Severity | None = None
    ) -> None:
        self._findings.add("unknown-path-item-field", message, node.key(name), severity=severity)

    def _operations(self, item: PathItem) -> Iterator[Entry]:
        for name, holder in item.holders.items():
            if name in self._dialect.methods:
                yield Entry(OperationKey(path=item.path, method=name.upper()), item, holder, name)
            elif name == self._dialect.more_methods and name:
                yield from self._more(item, holder.child(name))
            elif name == ANY_METHOD:
                undeclared = (method for method in ANY_METHODS if method not in item.holders)
                for method in undeclared:
                    yield Entry(OperationKey(path=item.path, method=method.upper()), item, holder, name)

    def _more(self, item: PathItem, node: DocumentNode) -> Iterator[Entry]:
        """Yield ``additionalOperations``: the key is the method as sent, and must not repeat a fixed field."""
        found = self._references.follow(
            node,
            lost=f"Some operations below {item.path} are not tested.",
            misplaced_in="additionalOperations",
        )
        if found is None or not self._is_map(found, f"additionalOperations of {item.path}", node.tokens[-1]):
            self._findings.lose(node.here, path=item.path)
            return
        for method in found.value:
            if not method or not _TOKEN.issuperset(method):
                self._unknown(
                    found,
                    method,
                    f'"{method}" is not an HTTP method; this operation is not tested.',
                    severity=Severity.ERROR,
                )
                self._findings.lose(found.key(method), path=item.path, method=method)
                continue
            fixed = method.lower() if method.isupper() else ""
            if fixed in self._dialect.methods:
                self._unknown(found, method, f'"{method}" belongs into the field "{fixed}".')
            if fixed not in item.holders or fixed not in self._dialect.methods:
                yield Entry(OperationKey(path=item.path, method=method), item, found, method)

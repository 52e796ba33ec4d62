"""Findings that need all operations."""

import re
from collections.abc import Iterable, Sequence

from specdrift.loader.document_findings import DocumentFindings, near
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.tree import Value
from specdrift.loader.security.scheme_reader import SecuritySchemes
from specdrift.loader.security.security_reader import SecurityReader
from specdrift.loader.security.unread_extensions import hint_at_operation
from specdrift.loader.security.uses import named_schemes
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import Demand, SchemeType
from specdrift.model.contract.templates import in_normal_form
from specdrift.model.result.drift import Severity

_MORE = re.compile(r"[?#]")
"""Begins what is no part of a path."""


def review(
    operations: Sequence[Operation],
    root: DocumentNode,
    schemes: SecuritySchemes,
    security: SecurityReader,
    findings: DocumentFindings,
    *,
    trees: Iterable[Value],
) -> None:
    """Add findings about the document as a whole. ``trees`` are all texts that were read."""
    _nothing_to_test(operations, root, findings)
    _ambiguous_paths(operations, findings)
    _unused_schemes(operations, schemes, security, findings, trees)
    _plain_servers(operations, findings)
    schemes.report_unknown_configuration(security.mentioned)
    if operations and not any(one.requirement.may_need_certificate for one in operations):
        hint_at_operation(root, "the document", findings)


def _nothing_to_test(operations: Sequence[Operation], root: DocumentNode, findings: DocumentFindings) -> None:
    if operations:
        return
    if root.get("paths").value:
        why = "no path has an operation that can be read"
    else:
        why = "webhooks only" if root.get("webhooks").value else "no paths"
    findings.add("no-operations", f"nothing to test ({why}).", root.document.location(()))


def _ambiguous_paths(operations: Sequence[Operation], findings: DocumentFindings) -> None:
    """Templates that differ by the names of their expressions only are identical (Paths Object), and so are paths that
    servers normalise to the same one.

    An error if an operation of one requires something else than that of the other: nothing says which applies. Paths
    that differ by a query or fragment are reported as such, unless they do.
    """
    first: dict[str, Operation] = {}
    same: dict[tuple[str, str], Operation] = {}
    forms = {path: in_normal_form(path) for path in dict.fromkeys(one.key.path for one in operations)}
    differing = {
        operation.key.path
        for operation in operations
        if not _agree(
            operation, same.setdefault((forms[operation.key.path], operation.key.method), operation)
        )
    }
    for operation in operations:
        path = operation.key.path
        earlier = first.setdefault(forms[path], operation)
        if earlier.key.path != path and (path in differing or not _MORE.search(path + earlier.key.path)):
            findings.add(
                "ambiguous-path",
                f"{path} and {earlier.key.path} ({near(earlier.declared_at, operation.declared_at)}) are the same "
                "path; OpenAPI does not define which one a request matches. Merge them.",
                operation.declared_at,
                cause=(path, earlier.key.path),
                severity=Severity.ERROR if path in differing else None,
                related=[earlier.declared_at],
            )


def _agree(one: Operation, other: Operation) -> bool:
    """Return whether two operations require the same."""
    return (one.requirement.demand, one.requirement.alternatives) == (
        other.requirement.demand,
        other.requirement.alternatives,
    )


def _unused_schemes(
    operations: Sequence[Operation],
    schemes: SecuritySchemes,
    security: SecurityReader,
    findings: DocumentFindings,
    trees: Iterable[Value],
) -> None:
    """Schemes that no part of the documents names. What is unreadable may name any."""
    if not operations or security.unreadable or findings.unread:
        return
    unused = [
        scheme
        for scheme in schemes.all
        if scheme.type is SchemeType.MUTUAL_TLS and scheme.name not in security.mentioned
    ]
    named = frozenset(name for tree in trees for name in named_schemes(tree)) if unused else frozenset()
    for scheme in unused:
        if scheme.name not in named:
            findings.add(
                "unused-mtls-scheme",
                f'no operation uses the mutual TLS scheme "{scheme.name}". '
                'Name it under "security", or delete it.',
                schemes.location(scheme.name),
            )


def _plain_servers(operations: Sequence[Operation], findings: DocumentFindings) -> None:
    """Operations without a server with TLS, whichever values its variables take."""
    for operation in operations:
        allowed = operation.allowed_servers
        if operation.requirement.demand is not Demand.REQUIRED or not all(map(_is_plain, allowed)):
            continue
        at = operation.servers_at or operation.location
        own = at.pointer.count("/") > 1
        findings.add(
            "contradictory-security",
            f"{f'{operation.key} requires' if own else 'operations require'} a client certificate "
            f"({near(operation.location, at)}), but no server {'of it ' if own else ''}uses TLS ({allowed[0]}). "
            "Write https, or drop the requirement.",
            at,
            cause=(at, allowed),
            related=[operation.location],
        )


def _is_plain(url: str) -> bool:
    return url.lower().startswith(("http:", "ws:"))

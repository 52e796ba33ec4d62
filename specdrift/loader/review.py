"""Findings that need all operations."""

from collections.abc import Sequence

from specdrift.loader.findings import DocumentFindings, near
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.security.scheme_reader import SecuritySchemes
from specdrift.loader.security.security_reader import SecurityReader
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import Demand, SchemeType
from specdrift.model.contract.templates import without_names


def review(
    operations: Sequence[Operation],
    root: DocumentNode,
    schemes: SecuritySchemes,
    security: SecurityReader,
    findings: DocumentFindings,
) -> None:
    """Add findings about the document as a whole."""
    _nothing_to_test(operations, root, findings)
    _ambiguous_paths(operations, findings)
    _unused_schemes(operations, schemes, security, findings)
    _plain_servers(operations, findings)
    schemes.report_unknown_configuration(security.mentioned)


def _nothing_to_test(operations: Sequence[Operation], root: DocumentNode, findings: DocumentFindings) -> None:
    if operations:
        return
    if root.get("paths").value:
        why = "no path has an operation that can be read"
    else:
        why = "webhooks only" if root.get("webhooks").value else "no paths"
    findings.add("no-operations", f"nothing to test ({why}).", root.document.location(()))


def _ambiguous_paths(operations: Sequence[Operation], findings: DocumentFindings) -> None:
    """Templates that differ by the names of their expressions only are identical (Paths Object)."""
    first: dict[str, Operation] = {}
    for operation in operations:
        path = operation.key.path
        if "{" not in path:
            continue
        shape = without_names(path)
        earlier = first.setdefault(shape, operation)
        if earlier.key.path != path:
            findings.add(
                "ambiguous-path",
                f"{path} and {earlier.key.path} ({near(earlier.declared_at, operation.declared_at)}) are the same "
                "path; OpenAPI does not define which one a request matches. Merge them.",
                operation.declared_at,
                cause=(path, earlier.key.path),
                related=[earlier.declared_at],
            )


def _unused_schemes(
    operations: Sequence[Operation],
    schemes: SecuritySchemes,
    security: SecurityReader,
    findings: DocumentFindings,
) -> None:
    for scheme in schemes.all if operations else ():
        if scheme.type is SchemeType.MUTUAL_TLS and scheme.name not in security.used:
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

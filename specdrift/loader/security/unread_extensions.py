"""Hints at extensions that seem to require mutual TLS, and that nothing reads: the requirement would pass unseen."""

from collections.abc import Iterator

from specdrift.loader.document_findings import DocumentFindings
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.text import printable
from specdrift.loader.parse.tree import Value
from specdrift.model.result.drift import Severity

_WORDS = ("mutualtls", "mtls", "clientcert")
_OFF = (None, False, "", "none", "false", "off", "disabled")


def hint_at_scheme(node: DocumentNode, name: str, findings: DocumentFindings) -> None:
    """Report such an extension of a security scheme of another type."""
    for extension in _extensions(node):
        findings.add(
            "mtls-inexpressible",
            f'"{printable(extension)}" of security scheme "{printable(name)}" is not read. If it means mutual TLS: '
            f'[loader] mtls-extension = "{printable(extension)}" in specdrift.toml.',
            node.key(extension),
            cause=extension,
            severity=Severity.WARNING,
        )


def hint_at_operation(node: DocumentNode, key: object, findings: DocumentFindings) -> None:
    """Report such an extension of an operation, or of the document, whose ``security`` names no mutual TLS."""
    for extension in _extensions(node):
        findings.add(
            "mtls-inexpressible",
            f'"{printable(extension)}" of {key} is not read, and no requirement there names mutual TLS. If it means '
            'one, state it under "security", or in specdrift.toml ([contract] require = "mutualTLS").',
            node.key(extension),
            cause=extension,
            severity=Severity.WARNING,
        )


def _extensions(node: DocumentNode) -> Iterator[str]:
    for name, value in node.value.items() if isinstance(node.value, dict) else ():
        if name.startswith("x-") and not _is_off(value):
            letters = "".join(filter(str.isalpha, name.lower()))
            if any(word in letters for word in _WORDS):
                yield name


def _is_off(value: Value) -> bool:
    return value in _OFF if isinstance(value, str | bool | None) else False

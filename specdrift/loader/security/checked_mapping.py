"""Mappings that affect security: a duplicate key in one makes the document unusable."""

from specdrift.loader.document_findings import DocumentFindings
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.tree import Value
from specdrift.model.plural import with_verb
from specdrift.model.result.drift import Severity

_MOST_WARNINGS = 20

_KINDS = {dict: "a map", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}


def type_name(value: object) -> str:
    """Return the name of a value's type, as in YAML."""
    return next((name for type_, name in _KINDS.items() if isinstance(value, type_)), "a number")


def checked_mapping(node: DocumentNode, what: object, findings: DocumentFindings) -> dict[str, Value] | None:
    """The mapping at a place, ``None`` where there is none; repeated keys refuse the document.

    ``what`` names it: ``GET /a``, ``paths``; it is written out only where it is needed.
    """
    if not isinstance(node.value, dict):
        return None
    repeats = node.document.tree.repeats
    for repeat in repeats.get(id(node.value), ()) if repeats else ():
        first = node.document.location((*node.tokens, repeat.key), repeat.first)
        findings.refuse(
            "duplicate-key",
            f'"{repeat.key}" appears twice in {what} (first at line {first.line}). '
            "Parsers disagree on which one applies; delete one.",
            node.document.location((*node.tokens, repeat.key), repeat.second),
            related=[first],
        )
    return node.value


def warn_repeated_keys(node: DocumentNode, findings: DocumentFindings) -> None:
    """Repeated keys of a document that decide nothing; the last one counts, as for most readers."""
    found = [repeat for repeats in node.document.tree.repeats.values() for repeat in repeats]
    for repeat in found[:_MOST_WARNINGS]:
        first = node.document.location(repeat.tokens, repeat.first)
        findings.add(
            "duplicate-key",
            f'"{repeat.key}" appears twice (first at line {first.line}); the last one applies. Delete one.',
            node.document.location(repeat.tokens, repeat.second),
            severity=Severity.WARNING,
            related=[first],
        )
    if len(found) > _MOST_WARNINGS:
        findings.add(
            "duplicate-key",
            f"{with_verb(len(found) - _MOST_WARNINGS, 'more key', 'appears', 'appear')} twice.",
            node.document.location(()),
            severity=Severity.WARNING,
        )

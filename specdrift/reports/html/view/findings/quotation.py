"""The document's side: its lines, and what they demand in words."""

from collections.abc import Iterable

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import Requirement, SchemeUse
from specdrift.model.result.drift import Drift
from specdrift.reports.html.view import wording
from specdrift.reports.html.view.findings.evidence_types import DocumentQuote, QuoteLine
from specdrift.result.printable import printable
from specdrift.rules import source

QUOTED = 8
"""Lines of one place, at most."""


def quote(drift: Drift, operation: Operation | None) -> DocumentQuote | None:
    """Quote the lines that a drift is about; the deciding one is marked."""
    deciding = drift.location
    if deciding is None:
        return None
    around = (*drift.related, *((operation.declared_at,) if operation else ()))
    return DocumentQuote(
        who="Source" if _of_source(drift, deciding) else "Document",
        place=f"{printable(deciding.file)}:{deciding.line}:{deciding.column}",
        pointer=printable(deciding.pointer),
        lines=tuple(_lines(deciding, around)),
        promise=promise(operation.requirement) if operation and deciding == operation.location else "",
    )


def _of_source(drift: Drift, deciding: SourceLocation) -> bool:
    """What stands in the document has a JSON Pointer, but for the document itself."""
    return drift.rule in source.IDS and not deciding.pointer


def _lines(deciding: SourceLocation, around: Iterable[SourceLocation]) -> Iterable[QuoteLine]:
    """The deciding line among those of the same file, in order; lines of other files after it."""
    texts = {key: text for place in (*around, deciding) for key, text in _span(place)}
    decisive = dict(_span(deciding))
    before = None
    for key in sorted(texts, key=lambda key: (key[0] != deciding.file, key)):
        file, number = key
        if before is not None and before != (file, number - 1):
            yield QuoteLine(number="⋮", text="", decides=False)
        before = key
        name = "" if file == deciding.file else f"{printable(file)}:"
        text = printable(texts[key].expandtabs(4), limit=300)
        yield QuoteLine(number=f"{name}{number}", text=text, decides=key in decisive)


def _span(place: SourceLocation) -> Iterable[tuple[tuple[str, int], str]]:
    """The lines of the document that a location brings with it."""
    if place.text:
        for offset, line in enumerate(place.text.split("\n")[:QUOTED]):
            yield (place.file, place.line + offset), line.rstrip("\r")


def promise(requirement: Requirement) -> str:
    """What a requirement demands, who says so, and by which schemes."""
    parts = [wording.DEMAND[requirement.demand], f"{wording.ORIGIN[requirement.origin]}."]
    if requirement.reason:
        parts.append(f"{printable(requirement.reason)}.")
    if requirement.alternatives:
        alternatives = " or ".join(_alternative(uses) for uses in requirement.alternatives)
        parts.append(f"Alternatives: {alternatives}.")
    return " ".join(parts)


def _alternative(uses: tuple[SchemeUse, ...]) -> str:
    return " and ".join(map(_use, uses)) if uses else "anonymous"


def _use(use: SchemeUse) -> str:
    name = printable(use.scheme.name, limit=100)
    what = use.scheme.type.value
    roles = ", ".join(printable(scope, limit=100) for scope in use.scopes)
    kind = "role" if use.is_mutual_tls else "scope"
    return f"{name} ({what}, {kind} {roles})" if roles else f"{name} ({what})"

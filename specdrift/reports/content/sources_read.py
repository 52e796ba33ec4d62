"""What of documents, services and gateways was read, in words."""

from specdrift.model.contract.requirement import Origin
from specdrift.model.plural import plural
from specdrift.model.result.result import Result
from specdrift.model.result.source import UnresolvedExpression


def was_read(result: Result) -> bool:
    """Return whether a service or a gateway was read."""
    return result.source is not None or bool(result.gateways)


def places_of(what: str, places: tuple[UnresolvedExpression, ...]) -> str:
    """Return a sentence about places that were not read; empty without any."""
    if not places:
        return ""
    more = f" and {plural(len(places) - 1, 'other place')}" if len(places) > 1 else ""
    return f" {what}: {places[0].what} ({places[0].location}){more}."


def statement(result: Result) -> str:
    """Return ``openapi.yaml says``; with the file that states further requirements."""
    names = documents(result)
    listed = ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0]
    return f"{listed} {'say' if len(names) > 1 else 'says'}"


def documents(result: Result) -> tuple[str, ...]:
    """Return the names of the document, of its overlays, and of the files that state further requirements."""
    document = _name_of(result.document.source)
    overlays = result.setting("loader.overlays", [])
    listed = [str(one) for one in overlays] if isinstance(overlays, list) else []
    places = (
        each.operation.location.file
        for each in result.operations
        if each.operation.requirement.origin is Origin.CONFIGURATION
    )
    return tuple(dict.fromkeys((document, *map(_name_of, (*listed, *places)))))


def _name_of(source: str) -> str:
    """Return the last part of a path, URL or revision; of standard input, words."""
    return source.rstrip("/").rpartition("/")[2].rpartition(":")[2] if source[:1] != "<" else "the document"

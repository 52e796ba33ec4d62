"""What an error page makes of a refusal."""

from msgspec.structs import replace

from specdrift.model.result.gateway import Passage
from specdrift.source.gateway.exchange import Decision
from specdrift.source.nginx.directives import Directive, number


def with_status(found: Decision, refused: Decision, page: Directive) -> Decision:
    """Return what an error page makes of a refusal: its content, and the status that it keeps or sets."""
    if found.passage.refused:
        return replace(refused, status=found.status)
    if found.passage is Passage.UNKNOWN or "=" in page.args:
        return found
    # A file may be missing: then its status counts.
    known = found.status is not None or found.passage is Passage.FORWARDED
    status = page_status(page, refused.status) if known else None
    return replace(found if found.passage is Passage.FORWARDED else refused, status=status)


def page_status(page: Directive, default: int | None) -> int | None:
    """Return the status that an error page sets with ``=``."""
    for argument in page.args[:-1]:
        if argument.startswith("=") and (status := number(argument[1:])) is not None:
            return status
    return default

"""The requests of a valid certificate that may show what was written. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from specdrift.checks.core.base import PlanContext
from specdrift.checks.effects.pages import MOST_PAGES, next_page
from specdrift.checks.effects.writers import Writer
from specdrift.classify.exchange import Exchange
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.probe import Request

OF_A_BODY = frozenset({"content-type", "content-length"})
"""Header fields of a request with a body."""
Readers = Sequence[tuple[OperationKey, Request]]


def at_location(
    context: PlanContext, writer: Writer, written: Exchange
) -> Iterator[tuple[OperationKey, Request]]:
    """Yield a GET of what the answer names in ``Location``, on this server (RFC 9110 §10.2.2)."""
    http = written.observation.http
    try:
        place = urlsplit(http.header("location") if http else "")
    except ValueError:
        return
    here = not place.netloc or place.hostname == context.endpoint.host
    if here and place.path.startswith("/") and context.documented("GET", place.path):
        usual = writer.planned.request_for(writer.valid.name)
        kept = tuple(field for field in usual.headers if field[0].lower() not in OF_A_BODY)
        yield writer.planned.key, Request(method="GET", target=place.path, headers=kept)


def further_pages(
    context: PlanContext, near: Readers, exchanges: Sequence[Exchange], shows: Callable[[Exchange], bool]
) -> Iterator[tuple[OperationKey, Request]]:
    """Yield the pages of lists after the first ones, up to one after that which shows the mark.

    ``exchanges`` are those that read what the valid certificate wrote.
    """
    inputs = {planned.key: planned.operation.inputs for planned in context.operations}
    answers: Mapping[Request | None, Exchange] = {one.probe.request: one for one in exchanges}
    for key, first in near:
        request: Request | None = first
        known = {first}
        for _ in range(MOST_PAGES):
            exchange = answers.get(request)
            http = exchange.observation.http if exchange else None
            if request is None or exchange is None or http is None or not 200 <= http.status < 300:
                break
            request = next_page(request, inputs.get(key, ()), http)
            if request is None or request in known:
                break
            known.add(request)
            yield key, request
            if shows(exchange):
                break

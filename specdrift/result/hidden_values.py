"""What a request says that its redacted form does not: values that an answer may repeat. Pure."""

from collections.abc import Iterator

from specdrift.body.values import echo_of
from specdrift.model.exchange.probe import Request

MOST_REPEATED = 4096
"""Bytes of a body that an answer may repeat."""


def hidden_in(request: Request | None, redacted: Request | None) -> frozenset[int]:
    """Return the values that redaction took from a request."""
    if request is None or redacted is None or request is redacted:
        return frozenset()
    return echo_of(_said(request)) - echo_of(_said(redacted))


def _said(request: Request) -> Iterator[str]:
    """Yield the parameters, the fields and the content of a request."""
    yield from request.target.partition("?")[2].split("&")
    yield from (content for _, content in request.headers)
    yield request.body[:MOST_REPEATED].decode("utf-8", "replace")

"""The credentials that a server issued and that were sent back: secrets that no output may have. Pure."""

import re
from collections.abc import Iterator

from specdrift.checks.credentials.issued_values import is_random
from specdrift.checks.credentials.presented import COOKIE_WAYS, OF_COOKIES
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.exchange.probe import ProbeTag, Request

PARTS = re.compile(r"[^\s/?&;=]+=*")
NAME = re.compile(r"[\w.-]+")


def issued_secrets(log: ExchangeLog) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the fields, members and parameters that had them, and the values.

    Only random values are searched in texts: a server could blank words of a report with others.
    """
    names: dict[str, None] = {}
    values: dict[str, None] = {}
    for exchange in log.by_check(OF_COOKIES):
        tag, request = exchange.probe.tag, exchange.probe.request
        if tag is not None and tag.control is None and tag.name not in COOKIE_WAYS and request is not None:
            names |= dict.fromkeys(name for name in tag.subject.split(", ") if NAME.fullmatch(name))
            values |= dict.fromkeys(_values(tag, request))
    return tuple(names), tuple(values)


def _values(tag: ProbeTag, request: Request) -> Iterator[str]:
    fields = (value for name, value in request.headers if name in tag.headers)
    for text in (request.target, *fields):
        yield from (part for part in PARTS.findall(text) if is_random(part))

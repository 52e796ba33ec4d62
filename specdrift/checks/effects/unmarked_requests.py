"""What requests that carry no mark are sent with, so that effects show: a resource may have the usual values. Pure."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from urllib.parse import parse_qsl, urlencode

from msgspec.structs import replace

from specdrift.checks.choices.representations import with_body
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.effects.writers import REPLACING, WRITING
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.exchange.probe import Request

NAME = "effect"
AS = " as "
"""Before the media type, in tags and messages."""
MOST_MEDIA_TYPES = 2
"""Other media types of a body that are tried."""
LENGTH = 18
"""Characters of a text of this check."""
XML = re.compile(r"(?:application|text)/(?:[\w.-]+\+)?xml\b", re.IGNORECASE)
TEXT_OF_ELEMENT = re.compile(rb"(<([\w.:-]+)>)([^<>&\d]*[^<>&\d\s][^<>&\d]*)(</\2>)")
"""The text of an element without attributes, as far as it has no digits: it is no number and no date."""


def with_other_value(planned: PlannedOperation, request: Request, seed: str) -> Request:
    """Return the request with another value of a query parameter, else of the last part of the path or of XML; the
    same if none is known.
    """
    target, _, query = request.target.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    text = f"specdrift{hashlib.sha256(seed.encode()).hexdigest()}"[:LENGTH]
    for declared in _of_query(planned):
        given = dict(pairs).get(declared.name)
        other = _other(declared.constraint, given, text)
        if other is not None and given is not None:
            changed = [(name, other if name == declared.name else value) for name, value in pairs]
            return request.to(f"{target}?{urlencode(changed)}")
    if names_what_it_makes(planned):
        return request.to(f"{target.rpartition('/')[0]}/{text}{f'?{query}' if query else ''}")
    body = planned.operation.body
    if planned.request.method in REPLACING and body is not None and XML.match(body.media_type):
        written = TEXT_OF_ELEMENT.sub(rb"\g<1>" + text.encode() + rb"\g<4>", request.body, count=1)
        return replace(request, body=written)
    return request


def other_media_types(
    context: PlanContext, planned: PlannedOperation, log: ExchangeLog | None
) -> Mapping[str, Callable[[Request], Request]]:
    """Return how a request gets a body of each other media type; those that were tried stay as they were sent."""
    own = planned.operation.body
    found: dict[str, Callable[[Request], Request]] = {}
    for body in context.bodies(planned) if planned.request.method in WRITING else ():
        if own is not None and body.media_type != own.media_type and len(found) < MOST_MEDIA_TYPES:
            change = partial(with_body, content=body.content, media_type=body.media_type)
            found.setdefault(body.media_type, change)
    if log is None or own is None:
        return found
    usual = _media_type(planned.request)
    for identity in context.identities:
        for exchange in log.of(NAME, planned.key, identity):
            tried = _media_type(exchange.probe.request)
            if tried not in ("", usual):
                found.setdefault(tried, lambda request: request)
    return found


def _media_type(request: Request | None) -> str:
    fields = request.headers if request else ()
    return next((value for name, value in fields if name.lower() == "content-type"), "")


def names_what_it_makes(planned: PlannedOperation) -> bool:
    """Return whether it is a PUT without a body to a path that ends with a name, which may be a new one."""
    return planned.request.method == "PUT" and not planned.request.body and planned.key.path.endswith("}")


def _of_query(planned: PlannedOperation) -> Iterator[Input]:
    return (declared for declared in planned.operation.inputs if declared.place is Place.QUERY)


def _other(limits: Constraint, given: str | None, text: str) -> str | None:
    """Return another value within the limits."""
    if limits.allowed:
        return next((value for value in limits.allowed if value != given), None)
    if limits.type == "boolean":
        return "false" if given == "true" else "true"
    if limits.type == "string" and not (limits.pattern or limits.format):
        return text if limits.max_length is None or limits.max_length >= LENGTH else None
    return None

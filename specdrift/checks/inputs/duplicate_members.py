"""A JSON body whose members come twice: a guard may read the first one and the handler the last, or the reverse. Pure.

RFC 8259 §4 leaves open which of two members of a name counts.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from msgspec.structs import replace

from specdrift.checks.choices.representations import representations
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.inputs.rewritten_body import rewritten
from specdrift.checks.sharing.kept import kept
from specdrift.model.exchange.probe import Request

UNKNOWN = "ping"
"""The other value where the document has none: a method that services of RPC leave open."""
FIRST, LAST = "other values before those of its JSON body", "other values after those of its JSON body"


def other_bodies(context: PlanContext, planned: PlannedOperation) -> Iterator[tuple[str, Request]]:
    """Yield the request with its JSON body in other forms, and with members twice, in words."""
    yield from rewritten(planned.request)
    yield from with_members_twice(context, planned)


def with_members_twice(context: PlanContext, planned: PlannedOperation) -> Iterator[tuple[str, Request]]:
    """Yield the request with each text of its JSON body twice: the other values first, and last, in words."""
    request = planned.request
    content = _object(request.body)
    own = {name: value for name, value in content.items() if isinstance(value, str)}
    if not own:
        return
    known = _other_values(context)
    others = {name: _other(value, known.get(name, ())) for name, value in own.items()}
    written, before = (json.dumps(each)[1:-1] for each in (content, others))
    yield FIRST, replace(request, body=f"{{{before}, {written}}}".encode())
    yield LAST, replace(request, body=f"{{{written}, {before}}}".encode())


def _other(own: str, known: Sequence[str]) -> str:
    return next((value for value in known if value != own), UNKNOWN)


def _other_values(context: PlanContext) -> Mapping[str, Sequence[str]]:
    """Return the texts of each member in the requests of the document, those of open operations first."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in kept(context, ("texts of members",), lambda: _texts(context)):
        found[name].append(value)
    return found


def _texts(context: PlanContext) -> Iterator[tuple[str, str]]:
    for planned in sorted(context.operations, key=lambda each: each.is_guarded):
        if planned.request.body:
            forms = representations(planned, context.base_of(planned), context.bodies(planned))
            bodies = (planned.request.body, *(request.body for _, request in forms))
            members = chain.from_iterable(_object(body).items() for body in dict.fromkeys(bodies))
            yield from dict.fromkeys((name, value) for name, value in members if isinstance(value, str))


def _object(body: bytes) -> Mapping[str, object]:
    """Return the members of a JSON object; none for any other body."""
    try:
        content = json.loads(body) if body[:1] == b"{" else {}
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}

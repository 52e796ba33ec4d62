"""Sends guarded operations with what the document does not declare: made-up credentials, the marks of internal callers,
parameters for developers, and claims of who the caller is.

A guard may accept any value where a credential stands, or a credential for other operations; exempt health checkers by
their User-Agent; have a switch that was meant for a test; believe a role that the client names; or fail on what it
cannot read, which a gateway then lets through. All of one kind are sent at once, and one by one if that
reaches the operation.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from itertools import islice
from urllib.parse import parse_qsl, urlencode

from msgspec.structs import replace

from specdrift.checks.bypass.bypass_check import BypassCheck
from specdrift.checks.bypass.path_variant import sample
from specdrift.checks.core.base import Check, PlanContext, PlannedOperation
from specdrift.checks.core.credential_places import CredentialPlace, declared_places, with_credential
from specdrift.checks.core.credentials import CredentialChange
from specdrift.checks.forwarded.claim import claim_of
from specdrift.checks.inputs.duplicate_members import other_bodies
from specdrift.checks.inputs.left_out import with_required_otherwise
from specdrift.checks.inputs.undeclared_kinds import (
    AUTHORIZATION,
    HERE,
    JOINED,
    KINDS,
    MADE_UP,
    NAME,
    NAMED_PAIR,
    OF_LISTENERS,
    PAIR,
    ROLE,
    UNIT,
    USER,
    Field,
    Fields,
    Inputs,
)
from specdrift.checks.sharing.bypass_attempt import BUNDLE, BypassAttempt
from specdrift.checks.sharing.representatives import companion
from specdrift.classify.listener import spread
from specdrift.model.contract.inputs import Place
from specdrift.model.contract.requirement import SchemeType
from specdrift.model.exchange.probe import Request
from specdrift.model.exchange.websocket import asks_to_switch

MOST_CREDENTIALS = 4
MOST_PARAMETERS = 12
"""Declared parameters that are sent to other operations."""
FEW, PARTS = 4, 4
"""Header fields that are sent one by one, and the parts of more."""
KEY_PARAMETER = "api_key"
BEARER = re.compile(r"Bearer +(\S+)", re.IGNORECASE)
OF_CONTENT = frozenset({"transfer-encoding", "content-length", "expect"})
ANY_FIELD, ANY_PARAMETER = "any header field", "any parameter"
"""The causes of attempts with made-up names: where these are admitted, what a name means is no cause."""


def attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """All inputs of each kind at once, and each of them by itself."""
    return _attempts(context, single=True)


def first_attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """The attempts that require no other: not each input of a kind by itself."""
    return _attempts(context, single=False)


def _attempts(context: PlanContext, *, single: bool) -> Iterator[BypassAttempt]:
    others, first = _of_others(context), {planned.key for planned in spread(context.guarded, 1)[0]}
    for planned in sample(context):
        own = _own_fields(planned)
        of_parameters = _of_parameters(context, planned)
        for kind in (*KINDS, *(each for each in others if own.isdisjoint(each.headers)), *of_parameters):
            yield from _of_kind(context, planned, kind, single=single)
        for kind in OF_LISTENERS if single or planned.key in first else ():
            requires, unlocks = ("", kind.words) if planned.key in first else (kind.words, "")
            each = _of_kind(context, planned, kind, single=single)
            yield from (replace(attempt, requires=requires, unlocks=unlocks) for attempt in each)
        for attempt in _of_kind(context, planned, JOINED, single=single):
            # By its own name, no operation stands for another one. They share what is sent to take its halves apart.
            half = attempt.cause == BUNDLE and attempt.requires in ("", _key(planned, JOINED))
            yield replace(attempt, name=f"{attempt.name}, on {planned.key}") if half else attempt
        altered = (
            *with_required_otherwise(planned),
            *other_bodies(context, planned),
            *_token_in_query(planned.request),
            *_key_in_query(planned),
        )
        for words, request in altered:
            yield replace(_attempt_with(context, planned, words, request), cause=words)


def _token_in_query(request: Request) -> Iterator[tuple[str, Request]]:
    """Yield the request with its own token as a parameter (RFC 6750 §2.3) instead of a field, in words."""
    values = (value for name, value in request.headers if name.lower() == AUTHORIZATION.lower())
    token = next(map(BEARER.fullmatch, values), None)
    if token:
        kept = tuple(field for field in request.headers if field[0].lower() != AUTHORIZATION.lower())
        mark = "&" if "?" in request.target else "?"
        target = f"{request.target}{mark}{urlencode({'access_token': token[1]})}"
        yield "its token as the parameter access_token", replace(request, target=target, headers=kept)


def _key_in_query(planned: PlannedOperation) -> Iterator[tuple[str, Request]]:
    """Yield the request with its own API key as a parameter instead of a field, in words."""
    request = planned.request
    for place in (each for each in declared_places(planned) if each.header and not each.prefix):
        key = next((value for name, value in request.headers if name.lower() == place.header.lower()), None)
        kept = tuple(field for field in request.headers if field[0].lower() != place.header.lower())
        for name in dict.fromkeys((KEY_PARAMETER, place.header)) if key else ():
            parameter = CredentialPlace(words="", parameter=name)
            moved = with_credential(replace(request, headers=kept), (parameter,), key or "")
            yield f"its key of {place.header} as the parameter {name}", moved


def _of_others(context: PlanContext) -> tuple[Inputs, ...]:
    """Return each credential in a header field that operations declare."""
    found = dict.fromkeys(field for other in context.operations for field in sorted(_own_fields(other)))
    return tuple(
        Inputs(
            words=f"the credential of other operations in {name}{f' ({count})' if count > 1 else ''}",
            headers=((name, value),),
        )
        for count, (name, value) in enumerate(islice(found, MOST_CREDENTIALS), 1)
    )


def _of_parameters(context: PlanContext, planned: PlannedOperation) -> Iterator[Inputs]:
    """Yield the parameters that other operations declare, and the operation's own as lists (`state[]=open`)."""
    own = {each.name for each in planned.operation.inputs if each.place is Place.QUERY}
    others: dict[str, str] = {}
    for other in context.operations:
        sent = dict(parse_qsl(other.request.target.partition("?")[2]))
        for declared in other.operation.inputs:
            if declared.place is Place.QUERY and len(others) < MOST_PARAMETERS:
                others.setdefault(declared.name, sent.get(declared.name, "1"))
    parameters = (
        *((name, value) for name, value in others.items() if name not in own),
        *((f"{name}[]", value) for name, value in others.items()),
    )
    if parameters:
        yield Inputs(words="parameters of other operations, and lists", parameters=parameters)


def _own_fields(planned: PlannedOperation) -> frozenset[Field]:
    """Return the header fields of an operation with credentials that it declares, in any of its alternatives."""
    names = {place.header.lower() for place in declared_places(planned)}
    names |= {AUTHORIZATION.lower()} if _has_login(planned) else set()
    valid = (v.request for v in planned.variations if v.change is CredentialChange.OTHER_ALTERNATIVE)
    requests = (planned.request, *valid)
    return frozenset(field for one in requests for field in one.headers if field[0].lower() in names)


def _has_login(planned: PlannedOperation) -> bool:
    """Return whether it declares a scheme of the Authorization field (RFC 9110 §11)."""
    alternatives = planned.operation.requirement.alternatives
    return any(use.scheme.type is SchemeType.HTTP for uses in alternatives for use in uses)


def _of_kind(
    context: PlanContext, planned: PlannedOperation, kind: Inputs, *, single: bool
) -> Iterator[BypassAttempt]:
    headers, parameters = _further(context, planned, kind)
    key = _key(planned, kind)
    if len(headers) + len(parameters) == 1 and not kind.query:
        (name, _) = (*headers, *parameters)[0]
        one = _attempt(context, planned, kind.words, headers, parameters)
        yield replace(one, cause=name, covered_by=ANY_FIELD if headers else ANY_PARAMETER)
        return
    if headers or parameters or kind.query:
        whole = _attempt(context, planned, kind.words, headers, parameters, query=kind.query)
        covered_by = "" if headers or parameters else ANY_PARAMETER
        yield replace(whole, cause=BUNDLE, unlocks=key, covered_by=covered_by)
    if single:
        yield from _each(context, planned, kind, headers, parameters)


def _key(planned: PlannedOperation, kind: Inputs) -> str:
    return f"{planned.key} {kind.words} {BUNDLE}"


def _each(
    context: PlanContext, planned: PlannedOperation, kind: Inputs, headers: Fields, parameters: Fields
) -> Iterator[BypassAttempt]:
    """The inputs of a kind in smaller and smaller bundles down to each by itself, and one with a made-up name.

    Servers that refuse what they do not declare do so for parameters: these are not sent in smaller bundles.
    """
    key = _key(planned, kind)
    whole = (headers, parameters) if headers and parameters else ()
    for each, name in zip(whole, ("header fields", "parameters"), strict=False):
        part = _attempt(context, planned, kind.words, *((each, ()) if each is headers else ((), each)))
        yield _as_part(part, planned, kind, name, key)
    of_headers, of_parameters = (f"{key} header fields", f"{key} parameters") if whole else (key, key)
    yield from _in_parts(context, planned, kind, headers, of_headers)
    for name, value in parameters:
        one = _single(context, planned, kind, f"parameter {name}", name, parameters=((name, value),))
        yield replace(one, requires=of_parameters)
    made_up = ((f"x-{context.nonce}", "1"),)
    if headers:
        one = _single(context, planned, kind, ANY_FIELD, ANY_FIELD, headers=made_up)
        yield replace(one, requires=of_headers)
    if parameters:
        one = _single(context, planned, kind, ANY_PARAMETER, ANY_PARAMETER, parameters=made_up)
        yield replace(one, requires=of_parameters)


def _in_parts(
    context: PlanContext, planned: PlannedOperation, kind: Inputs, headers: Fields, requires: str
) -> Iterator[BypassAttempt]:
    if len(headers) > FEW:
        size = -(-len(headers) // PARTS)
        for start in range(0, len(headers), size):
            some = headers[start : start + size]
            name = f"header fields {some[0][0]} to {some[-1][0]}"
            part = _as_part(_attempt(context, planned, kind.words, some, ()), planned, kind, name, requires)
            yield part
            yield from _in_parts(context, planned, kind, some, part.unlocks)
        return
    for name, value in headers:
        scheme = value.partition(" ")[0] if name == AUTHORIZATION else ""
        words = f"{'' if value else 'empty '}header field {name}{f' ({scheme})' if scheme else ''}"
        one = _single(context, planned, kind, words, name, headers=((name, value),))
        yield replace(one, requires=requires)


def _as_part(
    attempt: BypassAttempt, planned: PlannedOperation, kind: Inputs, name: str, requires: str
) -> BypassAttempt:
    """Return a smaller bundle of a larger one."""
    return replace(
        attempt,
        name=f"{name}, of {kind.words}",
        cause=BUNDLE,
        requires=requires,
        unlocks=f"{_key(planned, kind)} {name}",
    )


def _single(
    context: PlanContext,
    planned: PlannedOperation,
    kind: Inputs,
    words: str,
    cause: str,
    *,
    headers: Fields = (),
    parameters: Fields = (),
) -> BypassAttempt:
    """Return one input of a kind. Kinds may have the same field with other values."""
    general = ANY_FIELD if headers else ANY_PARAMETER
    return replace(
        _attempt(context, planned, words, headers, parameters),
        name=f"{words}, of {kind.words}",
        cause=cause,
        covered_by="" if cause == general else general,
    )


def _further(context: PlanContext, planned: PlannedOperation, kind: Inputs) -> tuple[Fields, Fields]:
    """Return the inputs that neither the request has nor the operation declares."""
    request, inputs = planned.request, planned.operation.inputs
    there = {
        *(name.lower() for name, _ in request.headers),
        *(place.header.lower() for place in declared_places(planned)),
        *(declared.name.lower() for declared in inputs if declared.place is Place.HEADER),
    } | (OF_CONTENT if asks_to_switch(request.headers) else frozenset())
    sent = {name for name, _ in parse_qsl(request.target.partition("?")[2], keep_blank_values=True)}
    sent |= {declared.name for declared in inputs if declared.place is Place.QUERY}
    name, role, unit = _claimed(context, planned)
    pair, named = (b64encode(f"{user}:{context.nonce}".encode()).decode() for user in (USER, name))
    here = f"https://{context.endpoint.authority}"
    values = {MADE_UP: context.nonce, PAIR: pair, NAMED_PAIR: named, HERE: here}
    values |= {NAME: name, ROLE: role, UNIT: unit}
    declared_types = {("Accept", media_type) for media_type in planned.operation.media_types}
    headers = (
        field for field in kind.headers if field[0].lower() not in there and field not in declared_types
    )
    return (
        tuple((name, _filled(value, values)) for name, value in headers),
        tuple((name, _filled(value, values)) for name, value in kind.parameters if name not in sent),
    )


def _claimed(context: PlanContext, planned: PlannedOperation) -> tuple[str, str, str]:
    """Return the name, the role and the organizational unit of a client that may call the operation."""
    identity = context.identities.get(companion(planned, context))
    claim = claim_of(identity, planned.operation.roles) if identity else None
    role = next(iter(sorted(planned.operation.roles)), claim.roles[0] if claim else USER)
    return (claim.name if claim else USER), role, (claim.unit if claim else "") or role


def _filled(value: str, values: dict[str, str]) -> str:
    for placeholder, actual in values.items():
        value = value.replace(placeholder, actual)
    return value


def _attempt(
    context: PlanContext,
    planned: PlannedOperation,
    words: str,
    headers: Fields,
    parameters: Fields,
    *,
    query: str = "",
) -> BypassAttempt:
    path, _, usual = planned.request.target.partition("?")
    written = "&".join(filter(None, (usual, urlencode(parameters), query)))
    target = f"{path}?{written}" if written else path
    altered = replace(planned.request, target=target, headers=(*planned.request.headers, *headers))
    return _attempt_with(context, planned, words, altered)


def _attempt_with(
    context: PlanContext, planned: PlannedOperation, words: str, altered: Request
) -> BypassAttempt:
    path, mark, query = altered.target.partition("?")
    missing = f"{path.rpartition('/')[0]}/{context.nonce}"
    return BypassAttempt(
        planned=planned,
        name=words,
        words=words,
        request=altered,
        negative_control=replace(altered, target=missing + mark + query),
        connection=context.connection(context.tls[0]),
    )


def _describe(attempts: Sequence[BypassAttempt]) -> str:
    return f"with {', '.join(dict.fromkeys(attempt.words for attempt in attempts))}"


CHECK: Check = BypassCheck(
    name="undeclared-input",
    rule="undeclared-input-bypass",
    why="whether something that the document does not declare admits the caller",
    attempts=attempts,
    first=first_attempts,
    describe=_describe,
    by_lower_roles=True,
)

"""Sends guarded operations with what the document does not declare: made-up credentials, the marks of internal callers,
parameters for developers, and claims of who the caller is.

A guard may accept any value where a credential stands, or a credential for other operations; exempt health checkers by
their User-Agent; have a switch that was meant for a test; believe a role that the client names; or fail on what it
cannot read, which a gateway then lets through. All of one kind are sent at once, and one by one if that
reaches the operation.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import parse_qsl, urlencode

from specdrift.checks.bypass.attempt import BUNDLE, BypassAttempt, BypassCheck, companion
from specdrift.checks.bypass.path_variant import sample
from specdrift.checks.core.base import Check, CredentialChange, PlanContext, PlannedOperation
from specdrift.checks.core.credential_places import declared_places
from specdrift.checks.forwarded.claim import claim_of
from specdrift.checks.inputs.rewritten_body import rewritten
from specdrift.model.contract.requirement import SchemeType
from specdrift.model.exchange.probe import Request

Field = tuple[str, str]
Fields = tuple[Field, ...]
MADE_UP, PAIR, HERE = "{made-up}", "{pair}", "{here}"
"""Stand for a value that was never issued, for a user and password (RFC 7617), and for the server's own origin."""
NAME, ROLE = "{name}", "{role}"
"""Stand for the common name of a client that may call the operation, and for its role."""
LONG = "a" * 6_000
"""More than a filter of requests looks at, and less than most servers take in a request line."""
MOST_CREDENTIALS = 4
USER = "admin"
UNSIGNED = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsInJvbGVzIjpbImFkbWluIl0sImV4cCI6NDEwMjQ0NDgwMH0."
"""A JWT with ``"alg": "none"``, the subject and role ``admin``, and an expiry in 2100 (RFC 7519 §6)."""
AUTHORIZATION = "Authorization"
"""The one field that two kinds have, with another scheme each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Header fields or query parameters of one kind."""

    words: str
    """What they are, for a message."""
    headers: Fields = ()
    parameters: Fields = ()
    query: str = ""
    """What no list of parameters can be encoded as."""


KINDS = (
    Inputs(
        words="made-up credentials",
        headers=(
            (AUTHORIZATION, f"Bearer {MADE_UP}"),
            ("X-API-Key", MADE_UP),
            ("Api-Key", MADE_UP),
            ("X-Auth-Token", MADE_UP),
            ("X-Access-Token", MADE_UP),
            ("Cookie", f"session={MADE_UP}; token={MADE_UP}"),
        ),
    ),
    Inputs(words="a made-up password", headers=((AUTHORIZATION, f"Basic {PAIR}"),)),
    Inputs(
        words="the marks of an internal caller",
        headers=(
            (
                "User-Agent",
                "kube-probe/1.31 ELB-HealthChecker/2.0 GoogleHC/1.0 Prometheus/2.53.0 Googlebot/2.1",
            ),
            ("Origin", HERE),
            ("Referer", f"{HERE}/"),
            ("X-Requested-With", "XMLHttpRequest"),
            ("X-Internal-Request", "true"),
            ("X-Debug", "true"),
            ("X-Test", "true"),
            ("X-Admin", "true"),
            ("Accept-Language", "es"),
        ),
    ),
    Inputs(
        words="the marks of a cache, a crawler or a CORS preflight",
        headers=(
            ("Via", "1.1 cache"),
            ("Cache-Control", "only-if-cached, no-cache"),
            ("Pragma", "no-cache"),
            ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("Range", "bytes=0-"),
            ("If-Range", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("Purpose", "prefetch"),
            ("Sec-Purpose", "prefetch"),
            ("Access-Control-Request-Method", "GET"),
        ),
    ),
    Inputs(
        words="the marks of another version or environment",
        headers=(
            ("X-API-Version", "1"),
            ("API-Version", "1"),
            ("Accept-Version", "1"),
            ("Accept", "application/json;version=1"),
            ("X-Env", "staging"),
            ("X-Environment", "staging"),
            ("X-Feature", "1"),
            ("X-Beta", "1"),
            ("X-Canary", "always"),
            ("X-Mirror", "1"),
            ("X-Shadow", "1"),
            ("Prefer", "respond-async"),
            ("Cookie", "canary=always; beta=1; preview=1; debug=1; env=staging"),
        ),
        parameters=(("version", "1"), ("v", "1"), ("env", "staging"), ("beta", "1")),
    ),
    Inputs(
        words="parameters for developers",
        parameters=(
            ("debug", "1"),
            ("test", "1"),
            ("internal", "1"),
            ("admin", "1"),
            ("preview", "1"),
            ("print", "1"),
            ("raw", "1"),
            ("embed", "1"),
            ("format", "json"),
            ("wsdl", ""),
            ("callback", "specdrift"),
            ("jsonp", "specdrift"),
            ("api_key", MADE_UP),
            ("token", MADE_UP),
            ("access_token", MADE_UP),
        ),
    ),
    Inputs(
        words="parameters that name the caller or its role",
        parameters=(
            *((name, NAME) for name in ("user", "username", "user_id", "client_id", "subject", "as", "sudo")),
            *((name, NAME) for name in ("impersonate", "on_behalf_of")),
            *((name, ROLE) for name in ("role", "roles", "group", "scope")),
        ),
    ),
    Inputs(
        words="header fields that name the caller or its role",
        headers=(
            ("Cookie", f"user={NAME}; username={NAME}; role={ROLE}; roles={ROLE}"),
            *((name, NAME) for name in ("Impersonate-User", "X-Impersonate-User", "Sudo", "X-On-Behalf-Of")),
            *((name, ROLE) for name in ("Impersonate-Group", "X-Scope", "X-Permissions")),
        ),
    ),
    Inputs(words="an unsigned token", headers=((AUTHORIZATION, f"Bearer {UNSIGNED}"),)),
    Inputs(
        words="malformed header fields",
        headers=(
            (AUTHORIZATION, "Basic %"),
            ("Cookie", "specdrift"),
            ("Accept-Language", "en;q="),
            ("If-Modified-Since", "specdrift"),
            ("X-Forwarded-For", "specdrift"),
            ("Range", "bytes=specdrift"),
            ("traceparent", "specdrift"),
        ),
    ),
    Inputs(words="a malformed Accept", headers=(("Accept", "*/*;q=specdrift"),)),
    Inputs(words="a malformed query", query="%ff=%&=%00&&"),
    Inputs(words="an empty User-Agent", headers=(("User-Agent", ""), ("Accept", ""))),
    Inputs(words="a long query", parameters=(("padding", LONG),)),
)
"""A further kind is one row."""


def attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """All inputs of each kind at once, and each of them by itself."""
    others = _of_others(context)
    for planned in sample(context):
        own = _own_fields(planned)
        for kind in (*KINDS, *(each for each in others if own.isdisjoint(each.headers))):
            yield from _of_kind(context, planned, kind)
        for words, request in rewritten(planned.request):
            yield replace(_attempt_with(context, planned, words, request), cause=words)


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


def _of_kind(context: PlanContext, planned: PlannedOperation, kind: Inputs) -> Iterator[BypassAttempt]:
    headers, parameters = _further(context, planned, kind)
    key = f"{planned.key} {kind.words} {BUNDLE}"
    if len(headers) + len(parameters) == 1:
        (name, _) = (*headers, *parameters)[0]
        yield replace(_attempt(context, planned, kind.words, headers, parameters), cause=name)
        return
    if headers or parameters or kind.query:
        whole = _attempt(context, planned, kind.words, headers, parameters, query=kind.query)
        yield replace(whole, cause=BUNDLE, unlocks=key)
    for name, value in headers:
        scheme = value.partition(" ")[0] if name == AUTHORIZATION else ""
        words = f"{'' if value else 'empty '}header field {name}{f' ({scheme})' if scheme else ''}"
        single = _attempt(context, planned, words, ((name, value),), ())
        yield replace(single, cause=name, requires=key)
    for name, value in parameters:
        single = _attempt(context, planned, f"parameter {name}", (), ((name, value),))
        yield replace(single, cause=name, requires=key)


def _further(context: PlanContext, planned: PlannedOperation, kind: Inputs) -> tuple[Fields, Fields]:
    """Return the inputs that neither the request has nor the operation declares for a credential."""
    request = planned.request
    there = {name.lower() for name, _ in request.headers} | {
        place.header.lower() for place in declared_places(planned)
    }
    sent = {name for name, _ in parse_qsl(request.target.partition("?")[2], keep_blank_values=True)}
    pair = b64encode(f"{USER}:{context.nonce}".encode()).decode()
    name, role = _claimed(context, planned)
    here = f"https://{context.endpoint.authority}"
    values = {MADE_UP: context.nonce, PAIR: pair, HERE: here, NAME: name, ROLE: role}
    return (
        tuple((name, _filled(value, values)) for name, value in kind.headers if name.lower() not in there),
        tuple((name, _filled(value, values)) for name, value in kind.parameters if name not in sent),
    )


def _claimed(context: PlanContext, planned: PlannedOperation) -> tuple[str, str]:
    """Return the name and the role of a client that may call the operation."""
    identity = context.identities.get(companion(planned, context))
    claim = claim_of(identity, planned.operation.roles) if identity else None
    role = next(iter(sorted(planned.operation.roles)), claim.roles[0] if claim else USER)
    return (claim.name if claim else USER), role


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
    return f"with {', '.join(attempt.words for attempt in attempts)}"


CHECK: Check = BypassCheck(
    name="undeclared-input",
    rule="undeclared-input-bypass",
    why="whether something that the document does not declare admits the caller",
    attempts=attempts,
    describe=_describe,
    by_lower_roles=True,
)

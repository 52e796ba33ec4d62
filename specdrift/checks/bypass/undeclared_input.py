"""Sends guarded operations with what the document does not declare: made-up credentials, the marks of internal callers,
parameters for developers, and claims of who the caller is.

A guard may accept any value where a credential stands, exempt health checkers by their User-Agent, have a switch that
was meant for a test, or believe a role that the client names. All of one kind are sent at once, and one by one if that
reaches the operation.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from specdrift.checks.bypass.attempt import BUNDLE, BypassAttempt, BypassCheck, companion
from specdrift.checks.bypass.path_variant import sample
from specdrift.checks.core.base import Check, PlanContext, PlannedOperation
from specdrift.checks.core.credential_places import declared_places
from specdrift.checks.forwarded.claim import claim_of

Fields = tuple[tuple[str, str], ...]
MADE_UP, PAIR, HERE = "{made-up}", "{pair}", "{here}"
"""Stand for a value that was never issued, for a user and password (RFC 7617), and for the server's own origin."""
NAME, ROLE = "{name}", "{role}"
"""Stand for the common name of a client that may call the operation, and for its role."""
LONG = "a" * 6_000
"""More than a filter of requests looks at, and less than most servers take in a request line."""
USER = "admin"
AUTHORIZATION = "Authorization"
"""The one field that two kinds have, with another scheme each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Header fields or query parameters of one kind."""

    words: str
    """What they are, for a message."""
    headers: Fields = ()
    parameters: Fields = ()


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
            ("Cache-Control", "only-if-cached"),
            ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("Range", "bytes=0-"),
            ("If-Range", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("Purpose", "prefetch"),
            ("Sec-Purpose", "prefetch"),
            ("Access-Control-Request-Method", "GET"),
        ),
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
    Inputs(words="an empty User-Agent", headers=(("User-Agent", ""), ("Accept", ""))),
    Inputs(words="a long query", parameters=(("padding", LONG),)),
)
"""A further kind is one row."""


def attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """All inputs of each kind at once, and each of them by itself."""
    for planned in sample(context):
        for kind in KINDS:
            yield from _of_kind(context, planned, kind)


def _of_kind(context: PlanContext, planned: PlannedOperation, kind: Inputs) -> Iterator[BypassAttempt]:
    headers, parameters = _further(context, planned, kind)
    key = f"{planned.key} {kind.words} {BUNDLE}"
    if headers or parameters:
        whole = _attempt(context, planned, kind.words, headers, parameters)
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
    context: PlanContext, planned: PlannedOperation, words: str, headers: Fields, parameters: Fields
) -> BypassAttempt:
    path, _, query = planned.request.target.partition("?")
    written = "&".join(filter(None, (query, urlencode(parameters))))
    target = f"?{written}" if written else ""
    altered = replace(planned.request, target=path + target, headers=(*planned.request.headers, *headers))
    missing = f"{path.rpartition('/')[0]}/{context.nonce}"
    return BypassAttempt(
        planned=planned,
        name=words,
        words=words,
        request=altered,
        negative_control=replace(altered, target=missing + target),
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

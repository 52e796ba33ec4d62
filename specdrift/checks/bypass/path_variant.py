"""Sends guarded operations under other spellings of their path, and through headers that rewrite it.

A guard that compares the raw path lets other spellings pass. The router behind it decodes and normalises the path, and
dispatches to the operation.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec.structs import replace

from specdrift.checks.bypass.bypass_check import BypassCheck
from specdrift.checks.bypass.lower_roles import one_of_each_folder
from specdrift.checks.bypass.path_spellings import (
    MOST_OPEN,
    RELATIVE,
    SPELLINGS,
    Spelling,
    below_open_paths,
    one_of_each,
    open_endings,
    shorter_bases,
    suffixes,
    through,
)
from specdrift.checks.certificate.unknown_path import folder
from specdrift.checks.core.base import Check, PlanContext, PlannedOperation
from specdrift.checks.sharing.bypass_attempt import BUNDLE, BypassAttempt
from specdrift.model.contract.templates import fits
from specdrift.model.exchange.probe import Request

FEW = 8
"""Up to this many guarded operations, each is sent under every spelling."""
ENOUGH = 50
"""Number of operations in a sample; every folder is among them."""
REWRITING = (
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-Original-URI",
    "X-Forwarded-Path",
    "X-Forwarded-Prefix",
    "X-Forwarded-Uri",
    "X-Envoy-Original-Path",
    "X-HTTP-Path-Override",
)
"""Headers in which a proxy gives some servers the original path."""
EXEMPT = "/health/x.css"
"""A path that guards often exempt."""
OFTEN_OPEN = "/docs/redoc/swagger/openapi.json/static/assets/login/metrics/favicon.ico/.well-known/public"
"""Parts of paths that guards exempt wherever they stand: one request has them all."""
OTHER_HOST = "localhost"
"""The other authority in the absolute form: guards often trust it as the local machine."""


def attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """Spellings of the path, the absolute form (RFC 9112 §3.2.2), and rewriting headers on and of a public path."""
    chosen = sample(context)
    everything = context.exhaustive or len(chosen) <= FEW
    opened = [planned.key.path for planned in context.operations if planned.is_public]
    known = (through(_decoy(context)), *open_endings(opened), *SPELLINGS)
    for turn, planned in enumerate(chosen):
        spellings = known if everything else tuple(one_of_each(known, turn))
        base = context.base_of(planned)
        below = below_open_paths(opened, base)
        own = (*suffixes(planned.operation.media_types), *shorter_bases(base))
        spellings = (*spellings, *(below if everything else one_of_each(below, turn)))
        yield from _spelled(context, planned, (*spellings, *own))
        yield from _over_http_2(context, planned)
        yield from _with_open_paths(context, planned, opened)
        yield _absolute(context, planned, "absolute form", context.endpoint.authority)
        yield _absolute(context, planned, "absolute form elsewhere", OTHER_HOST)
        if planned.request.method == "GET":
            yield from _rewritten(context, planned)
            yield from _said_to_be_open(context, planned)


def sample(context: PlanContext) -> list[PlannedOperation]:
    """Return the guarded operations, or a sample that takes one of each folder in turn."""
    if context.exhaustive:
        return list(context.guarded)
    folders = {folder(planned.key.path) for planned in context.guarded}
    return one_of_each_folder(context.guarded, max(ENOUGH, len(folders)))


def _spelled(
    context: PlanContext, planned: PlannedOperation, spellings: Sequence[Spelling]
) -> Iterator[BypassAttempt]:
    path = planned.request.target.partition("?")[0]
    written = {path}
    for spelling in spellings:
        if (other := spelling.write(path)) not in written:
            written.add(other)
            yield _as_spelled(context, planned, spelling, name=spelling.name, words=other)


def _with_open_paths(
    context: PlanContext, planned: PlannedOperation, opened: Sequence[str]
) -> Iterator[BypassAttempt]:
    """Open paths in the query: guards exempt what contains ``/health`` or ends in ``.css``, in the whole target."""
    first = context.public_target.partition("?")[0]
    yield _with_an_open_path(context, planned, "in the query", f"{first}{OFTEN_OPEN}{EXEMPT}")
    for other in islice(dict.fromkeys(path for path in opened if "{" not in path), MOST_OPEN):
        yield _with_an_open_path(
            context, planned, f"{other} at the end", f"{context.base_of(planned)}{other}"
        )


def _with_an_open_path(
    context: PlanContext, planned: PlannedOperation, where: str, exempt: str
) -> BypassAttempt:
    path, _, query = planned.request.target.partition("?")
    added = f"?{query}{'&' if query else ''}specdrift={exempt}"
    return _attempt(
        context,
        planned,
        name=f"open path {where}",
        words=f"{path}?specdrift={exempt}",
        request=replace(planned.request, target=path + added),
        negative_control=replace(planned.request, target=_sibling(path, context) + added),
    )


def _over_http_2(context: PlanContext, planned: PlannedOperation) -> Iterator[BypassAttempt]:
    """``:path`` without its leading slash: HTTP/2 servers route it, and policies by path do not match it."""
    path = planned.request.target.partition("?")[0]
    relative = [spelling for spelling in SPELLINGS if spelling.family == RELATIVE]
    for alpn in context.alpn[1:]:
        connection = replace(context.connection(context.tls[0]), alpn=alpn)
        for spelling in relative:
            if (other := spelling.write(path)) != path:
                words = f"{other} in :path of HTTP/2"
                spelled = _as_spelled(context, planned, spelling, name=f"{spelling.name} h2", words=words)
                yield replace(spelled, connection=connection)


def _as_spelled(
    context: PlanContext, planned: PlannedOperation, spelling: Spelling, *, name: str, words: str
) -> BypassAttempt:
    path, mark, query = planned.request.target.partition("?")
    return _attempt(
        context,
        planned,
        name=name,
        words=words,
        request=replace(planned.request, target=spelling.write(path) + mark + query),
        negative_control=replace(
            planned.request, target=spelling.write(_sibling(path, context)) + mark + query
        ),
    )


def _absolute(context: PlanContext, planned: PlannedOperation, name: str, authority: str) -> BypassAttempt:
    """The absolute form in the request line, which overrides Host (RFC 9112 §3.2.2)."""
    path, mark, query = planned.request.target.partition("?")
    server = f"https://{authority}"
    return _attempt(
        context,
        planned,
        name=name,
        words=server + path,
        request=replace(planned.request, target=server + path + mark + query),
        negative_control=replace(planned.request, target=server + _sibling(path, context) + mark + query),
    )


def _rewritten(context: PlanContext, planned: PlannedOperation) -> Iterator[BypassAttempt]:
    """All headers at once; one by one if that reaches the operation."""
    at = context.public_target or f"{context.base_path}/"
    target, key = planned.request.target, f"{planned.key} {BUNDLE}"
    path = target.partition("?")[0]
    missing = _sibling(path, context)

    def attempt(name: str, headers: Sequence[str]) -> BypassAttempt:
        asking = replace(planned.request, target=at)
        return _attempt(
            context,
            planned,
            name=name,
            words=f"{name}: {path} on {at.partition('?')[0]}",
            request=_with(asking, headers, target),
            negative_control=_with(asking, headers, missing),
        )

    plain = replace(planned.request, target=at)
    yield replace(attempt("rewriting headers", REWRITING), cause=BUNDLE, unlocks=key, plain=plain)
    for header in REWRITING:
        yield replace(attempt(header, (header,)), cause=header, requires=key)


def _said_to_be_open(context: PlanContext, planned: PlannedOperation) -> Iterator[BypassAttempt]:
    """The same headers with an open path: a guard that reads them judges that one, and the router serves the other."""
    path, key = planned.request.target.partition("?")[0], f"{planned.key} open {BUNDLE}"
    opened = context.public_target.partition("?")[0] or f"{context.base_path}{EXEMPT}"
    missing = replace(planned.request, target=_sibling(path, context))

    def attempt(name: str, headers: Sequence[str]) -> BypassAttempt:
        return _attempt(
            context,
            planned,
            name=f"{name} of an open path",
            words=f"{name}: {opened} on {path}",
            request=_with(planned.request, headers, opened),
            negative_control=_with(missing, headers, opened),
        )

    yield replace(attempt("rewriting headers", REWRITING), cause=BUNDLE, unlocks=key)
    for header in REWRITING:
        yield replace(attempt(header, (header,)), cause=header, requires=key)


def _attempt(
    context: PlanContext,
    planned: PlannedOperation,
    *,
    name: str,
    words: str,
    request: Request,
    negative_control: Request,
) -> BypassAttempt:
    return BypassAttempt(
        planned=planned,
        name=name,
        words=words,
        request=request,
        negative_control=negative_control,
        connection=context.connection(context.tls[0]),
    )


def _with(request: Request, headers: Sequence[str], value: str) -> Request:
    return replace(request, headers=(*request.headers, *((header, value) for header in headers)))


def _sibling(path: str, context: PlanContext) -> str:
    """A path that does not exist, in the same folder."""
    return f"{path.rpartition('/')[0]}/{context.nonce}"


def _decoy(context: PlanContext) -> str:
    """Return the path before ``..``: a public one, else one that does not exist."""
    return context.public_target.partition("?")[0].rstrip("/") or f"/{context.nonce}"


def _counts(attempt: BypassAttempt, context: PlanContext) -> bool:
    """Return False if the document has another operation at that path, with requirements of its own."""
    target, rewritten = attempt.request.target, bool(attempt.cause)
    if rewritten or not context.documented(attempt.request.method, target):
        return True
    return fits(context.base_of(attempt.planned) + attempt.planned.key.path, target.partition("?")[0])


def _describe(attempts: Sequence[BypassAttempt]) -> str:
    words = ", ".join(attempt.words for attempt in attempts)
    return (
        f"through {words}"
        if any(attempt.cause for attempt in attempts)
        else f"when the request target is written {words}"
    )


CHECK: Check = BypassCheck(
    name="path-variant",
    rule="path-variant-bypass",
    why="whether another spelling of the path bypasses the guard",
    attempts=attempts,
    describe=_describe,
    counts=_counts,
    by_lower_roles=True,
)

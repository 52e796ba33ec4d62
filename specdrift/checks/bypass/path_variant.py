"""Asks for guarded operations under other spellings of their path, and through headers that rewrite it.

A guard that compares what was written lets through what it does not recognise; the router behind it decodes, collapses
and strips, and finds the operation.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from specdrift.checks.bypass.attempt import BUNDLE, Detour, DetourCheck
from specdrift.checks.bypass.path_spellings import SPELLINGS, Spelling, one_of_each, through
from specdrift.checks.certificate.unknown_path import folder
from specdrift.checks.core.base import Check, PlanContext, PlannedOperation
from specdrift.model.contract.templates import fits
from specdrift.model.exchange.probe import Request

FEW = 8
"""Guarded operations up to which each is asked under every spelling."""
ENOUGH = 50
"""Operations that are asked where there are more; every folder is among them."""
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
"""Headers by which some servers let a proxy say which path was meant."""
OTHER_HOST = "localhost"
"""What the absolute form names beside the server itself: a name that guards often know as their own machine."""


def detours(context: PlanContext) -> Iterator[Detour]:
    """Spellings of the path, the absolute form (RFC 9112 §3.2.2), and rewriting headers on a public path."""
    subjects = sample(context)
    everything = context.exhaustive or len(subjects) <= FEW
    known = (through(_decoy(context)), *SPELLINGS)
    for turn, subject in enumerate(subjects):
        spellings = known if everything else tuple(one_of_each(known, turn))
        yield from _spelled(context, subject, spellings)
        yield _absolute(context, subject, "absolute form", context.endpoint.authority)
        yield _absolute(context, subject, "absolute form elsewhere", OTHER_HOST)
        if subject.request.method == "GET":
            yield from _rewritten(context, subject)


def sample(context: PlanContext) -> list[PlannedOperation]:
    """The guarded operations, or some of many: one of each folder first, then another of each."""
    if context.exhaustive or len(context.guarded) <= ENOUGH:
        return list(context.guarded)
    folders: dict[str, list[PlannedOperation]] = {}
    for subject in context.guarded:
        folders.setdefault(folder(subject.key.path), []).append(subject)
    by_turns = (s for turn in zip_longest(*folders.values()) for s in turn if s is not None)
    chosen = {s.key for _, s in zip(range(max(ENOUGH, len(folders))), by_turns, strict=False)}
    return [subject for subject in context.guarded if subject.key in chosen]


def _spelled(
    context: PlanContext, subject: PlannedOperation, spellings: Sequence[Spelling]
) -> Iterator[Detour]:
    path, mark, query = subject.request.target.partition("?")
    written = {path}
    for spelling in spellings:
        if (other := spelling.write(path)) not in written:
            written.add(other)
            yield _detour(
                context,
                subject,
                name=spelling.name,
                words=other,
                request=replace(subject.request, target=other + mark + query),
                nowhere=replace(
                    subject.request, target=spelling.write(_sibling(path, context)) + mark + query
                ),
            )


def _absolute(context: PlanContext, subject: PlannedOperation, name: str, authority: str) -> Detour:
    """The whole URL in the request line, which counts more than Host (RFC 9112 §3.2.2)."""
    path, mark, query = subject.request.target.partition("?")
    server = f"https://{authority}"
    return _detour(
        context,
        subject,
        name=name,
        words=server + path,
        request=replace(subject.request, target=server + path + mark + query),
        nowhere=replace(subject.request, target=server + _sibling(path, context) + mark + query),
    )


def _rewritten(context: PlanContext, subject: PlannedOperation) -> Iterator[Detour]:
    """All headers at once; one by one where that leads to the operation."""
    at = context.public_target or f"{context.base_path}/"
    target, key = subject.request.target, f"{subject.key} {BUNDLE}"
    path = target.partition("?")[0]
    nowhere = _sibling(path, context)

    def detour(name: str, headers: Sequence[str]) -> Detour:
        asking = replace(subject.request, target=at)
        return _detour(
            context,
            subject,
            name=name,
            words=f"{name}: {path} on {at.partition('?')[0]}",
            request=_with(asking, headers, target),
            nowhere=_with(asking, headers, nowhere),
        )

    yield replace(detour("rewriting headers", REWRITING), cause=BUNDLE, opens=key)
    for header in REWRITING:
        yield replace(detour(header, (header,)), cause=header, awaits=key)


def _detour(
    context: PlanContext,
    subject: PlannedOperation,
    *,
    name: str,
    words: str,
    request: Request,
    nowhere: Request,
) -> Detour:
    return Detour(
        subject=subject,
        name=name,
        words=words,
        request=request,
        nowhere=nowhere,
        connection=context.connection(context.tls[0]),
    )


def _with(request: Request, headers: Sequence[str], value: str) -> Request:
    return replace(request, headers=(*request.headers, *((header, value) for header in headers)))


def _sibling(path: str, context: PlanContext) -> str:
    """A path that does not exist, in the same folder."""
    return f"{path.rpartition('/')[0]}/{context.nonce}"


def _decoy(context: PlanContext) -> str:
    """The path that is gone into and out of again: a public one, else one that does not exist."""
    return context.public_target.partition("?")[0].rstrip("/") or f"/{context.nonce}"


def _counts(detour: Detour, context: PlanContext) -> bool:
    """Not where the document has another operation of that very path, with rules of its own."""
    target = detour.request.target
    if not context.documented(detour.request.method, target) or target == context.public_target:
        return True
    return fits(context.base_of(detour.subject) + detour.subject.key.path, target.partition("?")[0])


def _tell(ways: Sequence[Detour]) -> str:
    if any(way.cause for way in ways):
        return "through " + ", ".join(way.words for way in ways)
    return "when the path is written " + ", ".join(way.words for way in ways)


CHECK: Check = DetourCheck(
    name="path-variant",
    rule="path-variant-bypass",
    why="whether another spelling of the path steps around the guard",
    detours=detours,
    tell=_tell,
    counts=_counts,
)

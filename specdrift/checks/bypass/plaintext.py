"""Asks for guarded operations at every further door: without TLS on the same port, on further listeners, and at other
servers of the document, without a certificate.

Nothing but the target's own host, configured listeners and allowed hosts is asked: ``PlanContext.doors`` has no others.
What is sent without TLS carries no credential of any kind, since anybody may read it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from specdrift.checks.bypass.attempt import Detour, DetourCheck, Good
from specdrift.checks.core.base import AlternateEndpoint, Check, PlanContext, PlannedOperation
from specdrift.classify.listener import spread
from specdrift.model.exchange.probe import Connection, Request

ENOUGH = 3
"""Operations that are asked at a door before it is known to be open; then all are."""


def detours(context: PlanContext) -> Iterator[Detour]:
    """A few operations at each door, and all others once one of them is there."""
    few, others = spread(context.guarded, ENOUGH)
    for door in context.doors:
        yield from (
            replace(_at(door, s, context), opens=_key(door)) for s in few if not _own(door, s, context)
        )
        yield from (
            replace(_at(door, s, context), awaits=_key(door)) for s in others if not _own(door, s, context)
        )


def _own(door: AlternateEndpoint, subject: PlannedOperation, context: PlanContext) -> bool:
    """Whether it is no further door of this operation, but where it is asked anyway: that of its own servers."""
    there, here = door.endpoint, context.endpoint
    same = (there.host, there.port, there.tls) == (here.host, here.port, here.tls)
    return same and door.base_path == context.base_of(subject)


def _at(door: AlternateEndpoint, subject: PlannedOperation, context: PlanContext) -> Detour:
    request = subject.request if door.endpoint.tls else _bare(subject, context)
    below = request.target.removeprefix(context.base_of(subject))
    return Detour(
        subject=subject,
        name=f"at {door.url} {door.endpoint.address}".rstrip(),
        words=f"{request.method} {door.url}{below.partition('?')[0]}",
        request=replace(request, target=door.base_path + below),
        nowhere=replace(request, target=f"{door.base_path}/{context.nonce}"),
        connection=Connection(endpoint=door.endpoint),
        cause=door.url,
        good=Good.CANNOT,
    )


def _bare(subject: PlannedOperation, context: PlanContext) -> Request:
    """The request with what the operation needs, and without any credential."""
    operation, request = subject.operation, subject.request
    content = tuple((name, value) for name, value in request.headers if name == "Content-Type")
    return replace(
        request, target=context.base_of(subject) + operation.target, headers=(*operation.headers, *content)
    )


def _key(door: AlternateEndpoint) -> str:
    return f"{door.url} {door.endpoint.address}"


def _tell(ways: Sequence[Detour]) -> str:
    plain = not ways[0].connection.endpoint.tls
    return f"{'without TLS ' if plain else ''}at another door, {ways[0].words}"


CHECK: Check = DetourCheck(
    name="plaintext",
    rule="plaintext-listener",
    why="whether the operation can be had at another door",
    detours=detours,
    tell=_tell,
)

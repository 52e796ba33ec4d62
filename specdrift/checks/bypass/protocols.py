"""Asks for guarded operations as few clients speak: with another ALPN or none, by HTTP/1.0 and 0.9, with an upgrade,
and with a ClientHello in pieces.

Who looks at the first bytes of a connection, or at what a request wants to become, may take another way than the one
with the guard. It is the operation's own answer that counts: a switch to another protocol (101) is none.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from specdrift.checks.bypass.attempt import Detour, DetourCheck, in_words
from specdrift.checks.core.base import Check, PlanContext, PlannedOperation
from specdrift.classify.listener import spread
from specdrift.model.exchange.probe import HttpVersion

FEW = 3
"""Guarded operations that are asked: the protocols of a listener are the same for all."""
WEBSOCKET = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "c3BlY2RyaWZ0LXNvY2tldA=="),
)
"""RFC 6455 §4.1."""
CLEARTEXT_HTTP_2 = (
    ("Connection", "Upgrade, HTTP2-Settings"),
    ("Upgrade", "h2c"),
    ("HTTP2-Settings", "AAMAAABkAAQAoAAAAAIAAAAA"),
)
"""RFC 7540 §3.2: some proxies pass on what comes behind it unseen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """``alpn`` is what is offered, ``None`` for the usual."""

    name: str
    words: str
    alpn: tuple[str, ...] | None = None
    headers: tuple[tuple[str, str], ...] = ()
    version: HttpVersion = HttpVersion.HTTP_1_1
    fragmented: bool = False


MANNERS = (
    Manner(name="no alpn", words="without ALPN", alpn=()),
    Manner(
        name="http/1.0", words="by HTTP/1.0, also in ALPN", alpn=("http/1.0",), version=HttpVersion.HTTP_1_0
    ),
    Manner(name="http/0.9", words="by HTTP/0.9", version=HttpVersion.HTTP_0_9),
    Manner(name="websocket", words="with Upgrade: websocket", headers=WEBSOCKET),
    Manner(name="h2c", words="with Upgrade: h2c", headers=CLEARTEXT_HTTP_2),
    Manner(name="fragmented", words="with a ClientHello in two records", fragmented=True),
)


def detours(context: PlanContext) -> Iterator[Detour]:
    """A few operations, spread over the document, in every manner."""
    for subject in spread(context.guarded, FEW)[0]:
        for manner in MANNERS:
            # The oldest HTTP has no other method.
            if manner.version is not HttpVersion.HTTP_0_9 or subject.request.method == "GET":
                yield _detour(context, subject, manner)


def _detour(context: PlanContext, subject: PlannedOperation, manner: Manner) -> Detour:
    connection = replace(context.connection(context.tls[0]), fragmented=manner.fragmented)
    if manner.alpn is not None:
        connection = replace(connection, alpn=manner.alpn)
    headers = (*subject.request.headers, *manner.headers)
    if manner.version is HttpVersion.HTTP_1_0:
        headers = (("Host", context.endpoint.authority), *headers)
    request = replace(subject.request, headers=headers, version=manner.version)
    return Detour(
        subject=subject,
        name=manner.name,
        words=manner.words,
        request=request,
        nowhere=replace(request, target=f"{context.base_of(subject)}/{context.nonce}"),
        connection=connection,
    )


CHECK: Check = DetourCheck(
    name="protocols",
    rule="enforcement-inconsistent",
    why="whether another protocol steps around the certificate",
    detours=detours,
    tell=in_words,
)

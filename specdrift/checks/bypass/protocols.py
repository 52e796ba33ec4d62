"""Sends guarded operations over unusual protocols: other ALPN or none, HTTP/1.0 and 0.9, Upgrade, split ClientHello,
heads that are larger than usual, in several records, or after an empty line; and with some cipher suites alone.

A server or proxy that dispatches on the first bytes or on Upgrade may choose a handler without the guard. Only the
operation's own answer counts; 101 Switching Protocols does not. A WebSocket of the document is also opened over HTTP/2.
"""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.bypass.bypass_check import BypassCheck, in_words
from specdrift.checks.core.base import Check, PlanContext, PlannedOperation
from specdrift.checks.sharing.bypass_attempt import BypassAttempt
from specdrift.checks.sharing.other_operations import few
from specdrift.checks.sharing.representatives import Sharing
from specdrift.classify.listener import spread
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, HeadForm, HttpVersion, Request, TlsRange
from specdrift.model.exchange.websocket import EXTENDED_CONNECT, HANDSHAKE, asks_to_switch
from specdrift.rules.ids import ENFORCEMENT_INCONSISTENT

FEW = 3
"""Number of guarded operations to send in most manners: the listener's protocols are the same for all."""
IDLE_S = 4.0
"""Seconds without a request: servers close connections after five seconds or more."""
CLEARTEXT_HTTP_2 = (
    ("Connection", "Upgrade, HTTP2-Settings"),
    ("Upgrade", "h2c"),
    ("HTTP2-Settings", "AAMAAABkAAQAoAAAAAIAAAAA"),
)
"""RFC 7540 §3.2: some proxies forward the bytes after it unchecked."""
PADDING = (("X-Specdrift-Padding", "a" * 3000),)
"""No field is longer than a server takes in a line: nginx 8 KiB."""


CIPHERS = {
    "with RSA certificates": "ECDHE+aRSA",
    "with ECDSA certificates": "aECDSA",
    "with AES-128": "ECDHE+AES128",
    "with ChaCha20": "ECDHE+CHACHA20",
    "with CBC": "AES:!AESGCM:!AESCCM",
}
"""Selections of OpenSSL, by what their suites have in common."""


class Manner(Struct, frozen=True, kw_only=True):
    """One unusual use of the protocol."""

    name: str
    words: str
    alpn: tuple[str, ...] | None = None
    """The ALPN offer; ``None`` for the usual one."""
    headers: tuple[tuple[str, str], ...] = ()
    version: HttpVersion = HttpVersion.HTTP_1_1
    fragmented: bool = False
    head_form: HeadForm = HeadForm.WHOLE
    ciphers: str = ""
    """The only cipher suites of TLS 1.2 to offer."""
    everywhere: bool = False
    """Whether handlers see it too, and may each have an exception."""


MANNERS = (
    Manner(name="no alpn", words="without ALPN", alpn=(), everywhere=True),
    Manner(
        name="http/1.0", words="by HTTP/1.0, also in ALPN", alpn=("http/1.0",), version=HttpVersion.HTTP_1_0
    ),
    Manner(name="http/0.9", words="by HTTP/0.9", version=HttpVersion.HTTP_0_9),
    Manner(name="websocket", words="with Upgrade: websocket", headers=HANDSHAKE, everywhere=True),
    Manner(name="h2c", words="with Upgrade: h2c", headers=CLEARTEXT_HTTP_2),
    # A proxy that inspects the head in a buffer of 8 or of 16 KiB may pass on what does not fit.
    Manner(name="large head", words="with a head of more than 9 KiB", headers=PADDING * 3),
    Manner(name="larger head", words="with a head of more than 18 KiB", headers=PADDING * 6),
    Manner(name="fragmented", words="with a ClientHello in two records", fragmented=True),
    # A guard that looks at the first read, or at the first line, sees no path of its own there.
    Manner(
        name="head in records",
        words="with a head in several records",
        alpn=HTTP_1,
        head_form=HeadForm.IN_RECORDS,
    ),
    Manner(
        name="empty line",
        words="after an empty line",
        alpn=HTTP_1,
        head_form=HeadForm.AFTER_EMPTY_LINE,
    ),
    # Servers with two certificates, and those in front of other programs, choose a configuration by the suite.
    *(
        Manner(
            name=f"cipher suites {name}",
            words=f"with TLS 1.2 and cipher suites {name} alone",
            ciphers=ciphers,
        )
        for name, ciphers in CIPHERS.items()
    ),
)


def attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """Each operation in the manners that handlers see, and a sample in every one."""
    sample = {planned.key for planned in few(context.guarded, FEW, context)}
    for planned in few(context.guarded, FEW, context):
        yield from (_in_tunnel(context, planned, target) for target in _open_targets(context))
    if context.exhaustive:
        yield from (_after_idling(context, planned) for planned in spread(context.guarded, 1)[0])
    for planned in context.guarded:
        for manner in MANNERS:
            # HTTP/0.9 has no other method.
            possible = manner.version is not HttpVersion.HTTP_0_9 or planned.request.method == "GET"
            possible = possible and (not manner.ciphers or TlsRange.ONLY_1_2 in context.tls)
            if possible and (manner.everywhere or planned.key in sample):
                yield _attempt(context, planned, manner)
        if HTTP_2 in context.alpn and asks_to_switch(planned.request.headers):
            yield _over_http2(context, planned)


def _over_http2(context: PlanContext, planned: PlannedOperation) -> BypassAttempt:
    """A WebSocket over HTTP/2 (RFC 8441), which servers hand to other code. Not sent unless the server announces it."""
    manner = Manner(name="websocket over http/2", words="as a WebSocket over HTTP/2", alpn=HTTP_2)
    attempt = _attempt(context, planned, manner)
    request, negative_control = (
        _by_extended_connect(one) for one in (attempt.request, attempt.negative_control)
    )
    return replace(attempt, request=request, negative_control=negative_control)


def _by_extended_connect(request: Request) -> Request:
    of_http_1 = {name.lower() for name, _ in HANDSHAKE}
    kept = (field for field in request.headers if field[0].lower() not in of_http_1)
    return replace(request, method="CONNECT", headers=(*EXTENDED_CONNECT, *kept))


def _open_targets(context: PlanContext) -> list[str]:
    """Return the targets of a few GETs that any caller may send; the root, if the document has none."""
    opened = [planned.request.target for planned in context.operations if planned.is_public]
    return opened[:FEW] or [context.allowed_target or f"{context.base_path}/"]


def _in_tunnel(context: PlanContext, planned: PlannedOperation, target: str) -> BypassAttempt:
    """The operation in HTTP/2, on a connection that an open request has asked to switch.

    A gateway that forwards the Upgrade passes on the bytes after the 101, and judges no request in them.
    """
    path = target.partition("?")[0]
    manner = Manner(
        name=f"h2c after {path}",
        words=f"after GET {path} with Upgrade: h2c, in the HTTP/2 of the same connection",
        alpn=HTTP_1,
    )
    priming = Request(method="GET", target=target, headers=CLEARTEXT_HTTP_2)
    return replace(_attempt(context, planned, manner), priming=priming)


def _after_idling(context: PlanContext, planned: PlannedOperation) -> BypassAttempt:
    """The operation twice on one connection, with a pause after which a server may have forgotten the connection."""
    words = f"after {IDLE_S:g} seconds without a request on its connection"
    attempt = _attempt(context, planned, Manner(name="after a pause", words=words))
    return replace(attempt, priming=planned.request, delay_s=IDLE_S)


def _attempt(context: PlanContext, planned: PlannedOperation, manner: Manner) -> BypassAttempt:
    tls = TlsRange.ONLY_1_2 if manner.ciphers else context.tls[0]
    connection = replace(context.connection(tls), fragmented=manner.fragmented, ciphers=manner.ciphers)
    if manner.alpn is not None:
        connection = replace(connection, alpn=manner.alpn)
    headers = (*planned.request.headers, *manner.headers)
    if manner.version is HttpVersion.HTTP_1_0:
        headers = (("Host", context.endpoint.authority), *headers)
    request = replace(planned.request, headers=headers, version=manner.version, head_form=manner.head_form)
    return BypassAttempt(
        planned=planned,
        name=manner.name,
        words=manner.words,
        request=request,
        negative_control=replace(request, target=f"{context.base_of(planned)}/{context.nonce}"),
        connection=connection,
        everywhere=manner.everywhere,
    )


CHECK: Check = BypassCheck(
    name="protocols",
    rule=ENFORCEMENT_INCONSISTENT,
    why="whether another protocol bypasses the certificate",
    attempts=attempts,
    sharing=Sharing.LISTENER,
    describe=in_words,
)

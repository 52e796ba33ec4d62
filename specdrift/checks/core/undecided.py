"""Why an operation stays undecided, and what would decide it. Pure."""

from collections.abc import Mapping

from msgspec import Struct

from specdrift.model.contract.operation import Operation, OperationKey, ValueSource
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.verdict import Classification, Obstacle

LONGEST_BODY = 120
"""Bytes of a body that is shown."""


class Resolution(Struct, frozen=True):
    """What would decide an operation."""

    remedy: Remedy
    text: str
    """For people."""


IDENTITY = Resolution(
    Remedy.IDENTITY,
    "configure an identity that may call it ([[identities]] or --identity), or what the request lacks besides the "
    "certificate ([schemes])",
)
OTHER_CREDENTIALS = Resolution(
    Remedy.VALUES,
    "configure values that it accepts, such as a password or a token ([[operations]] body, parameters), or what the "
    "request lacks besides ([schemes]); correct the document if it requires a certificate",
)
SEND = Resolution(
    Remedy.SEND,
    'send it against a test system: --unsafe-methods send, or [[operations]] unsafe-methods = "send"',
)
HOLDER = Resolution(
    Remedy.IDENTITY,
    "configure an identity that has the role and is admitted (roles under [[identities]]), to compare with",
)
ROLES = Resolution(
    Remedy.IDENTITY,
    "configure the identity's roles (roles under [[identities]], or --identity NAME=CERT,KEY,role=ROLE), and an "
    "identity that lacks the role",
)
SCHEMES = Resolution(
    Remedy.IDENTITY,
    "configure the mutualTLS schemes of each identity (schemes under [[identities]], or --identity "
    "NAME=CERT,KEY,scheme=NAME), and its roles where operations of the scheme require one",
)
CREDENTIAL = Resolution(
    Remedy.VALUES,
    "configure a valid value for it ([schemes.NAME] value or token), so that the run tries whether the server requires "
    "it; correct the document if the certificate is enough",
)
REPEAT = Resolution(
    Remedy.REPEAT,
    "repeat the run when the server responds, or configure values that lead to a success "
    "([[operations]] parameters)",
)
PACE = Resolution(
    Remedy.PACE,
    "send more slowly: --rate-limit, such as 5/s, or a lower --concurrency; or raise the server's limit for the run",
)
UNANSWERED = Resolution(
    Remedy.REPEAT,
    "repeat the run when the server answers; if it fails under load, more slowly (--rate-limit)",
)
STATE = Resolution(
    Remedy.STATE,
    'state it in the configuration: [contract] require = "mutualTLS", or in an overlay (--overlay)',
)
VALUES = Resolution(Remedy.VALUES, "configure a suitable value ([[operations]] parameters)")
VALUES_OR_BODY = Resolution(
    Remedy.VALUES,
    "configure suitable values ([[operations]] parameters), and a body that the server takes ([[operations]] body)",
)
BODY = Resolution(Remedy.VALUES, "configure a body that the server takes ([[operations]] body)")
ONCE = Resolution(
    Remedy.LEAVE_OUT,
    "send it by hand for a resource not requested yet, and leave it out: "
    "[[operations]] enabled = false with a reason",
)
BY_HAND = Resolution(
    Remedy.LEAVE_OUT,
    "send it by hand and leave it out: --exclude-method TRACE, or [[operations]] enabled = false with a reason",
)
PROBE_LOGOUT = Resolution(
    Remedy.LOGOUT,
    "probe it with --include-logout, or exclude it: [[operations]] enabled = false with a reason",
)
ALLOW_DESTRUCTIVE = Resolution(
    Remedy.DESTRUCTIVE,
    "send it against a test system: --allow-destructive, or [[operations]] allow-destructive = true",
)
ALLOW_REPLACING = Resolution(
    Remedy.DESTRUCTIVE,
    "configure its body ([[operations]] body), or send the made-up one against a test system: --allow-destructive, or "
    "[[operations]] allow-destructive = true",
)
PROTOCOL = Resolution(
    Remedy.LEAVE_OUT,
    "declare a response 101 if it is a WebSocket, so that its handshake is sent (--overlay); else open it by hand "
    "without a certificate, and leave it out: [[operations]] enabled = false with a reason",
)
MESSAGE = Resolution(
    Remedy.LEAVE_OUT,
    "open the WebSocket by hand without a certificate and send its first message, and leave it out: "
    "[[operations]] enabled = false with a reason; or let the server refuse the handshake",
)
NOT_SERVED = Resolution(
    Remedy.DOCUMENT, "correct the base URL, or take the operation out of the document if the server lacks it"
)
DEPLOY = Resolution(
    Remedy.DEPLOY,
    "deploy it and check again; if the document is ahead of the server on purpose, --not-deployed-ok accepts that. "
    "Else correct the base URL or the document",
)
INTENDED = Resolution(
    Remedy.DOCUMENT,
    "remove the data there, or require the certificate; if they are meant for all, accept the drift in the baseline, "
    "or open their own operation in the document too",
)
DOCUMENT = Resolution(Remedy.DOCUMENT, "correct the document; `specdrift lint` names the line")

REMEDIES: Mapping[Obstacle | None, Resolution] = {
    Obstacle.SPELLING: Resolution(
        Remedy.BASE_URL, "correct the base URL, or the path in the document, to what the redirect names"
    ),
    Obstacle.DATA: Resolution(
        Remedy.OTHER,
        "read the response by hand: what it has beside the refusal must not be data. What never has any, "
        "such as the name of a route, is named in [server] metadata-fields or metadata-members. A success without "
        "content shows no refusal: let the server answer 401 or 403",
    ),
    Obstacle.LOOP: Resolution(
        Remedy.VALUES,
        "configure what the server expects and the request lacks, such as a cookie or a header "
        "([[operations]] parameters)",
    ),
    Obstacle.REDIRECT: Resolution(
        Remedy.OTHER,
        "request the redirect's target by hand without a certificate: it must not serve the data",
    ),
    Obstacle.METHOD: NOT_SERVED,
    Obstacle.PROTOCOL: PROTOCOL,
    Obstacle.MESSAGE: MESSAGE,
    Obstacle.RATE: PACE,
    Obstacle.TROUBLE: REPEAT,
    Obstacle.ONCE: ONCE,
    Obstacle.HEAD: SEND,
}
"""Remedies for obstacles that an answer names."""


class Undecided(Struct, frozen=True, kw_only=True):
    """Why an operation stays undecided."""

    kind: UndecidedReason
    reason: str
    """The details, for people."""
    advice: Resolution
    """What would decide it."""

    def of(self, operation: OperationKey | None, *, detail: str = "") -> UndecidedOperation:
        """Return the entry of the result."""
        return UndecidedOperation(
            operation=operation,
            kind=self.kind,
            reason=self.reason,
            how_to_decide=self.advice.text,
            remedy=self.advice.remedy,
            detail=detail,
        )


NOT_ALLOWED = Undecided(
    kind=UndecidedReason.NOT_SENT,
    reason="requests of unsafe methods are not sent (--unsafe-methods never)",
    advice=SEND,
)


NOT_DEPLOYED = Undecided(
    kind=UndecidedReason.NOT_DEPLOYED,
    reason="not deployed: valid certificates get what the server answers where it has no such operation",
    advice=DEPLOY,
)


def advice(classification: Classification, usual: Resolution) -> Resolution:
    """Return the advice for the obstacle that the answer names, else the usual one."""
    return REMEDIES.get(classification.obstacle, usual)


def suitable_values(operation: Operation) -> Resolution:
    """What to configure: the body too, unless it is configured."""
    made_up = operation.body is not None and operation.body.source is not ValueSource.CONFIG
    if made_up:
        return VALUES_OR_BODY if operation.parameters else BODY
    return VALUES if operation.parameters or operation.inputs or operation.body else NOT_SERVED


def body_sent(operation: Operation) -> str:
    """Return a body that is not configured, for people; empty if it is long, or no text."""
    body = operation.body
    if body is None or body.source is ValueSource.CONFIG or len(body.content) > LONGEST_BODY:
        return ""
    text = body.content.decode(errors="replace")
    return f"its body is {text}" if text.isprintable() else ""

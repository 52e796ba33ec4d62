"""The words of the page: one table for each enum of the model."""

from collections.abc import Mapping

from specdrift.model.contract.requirement import Demand, Origin
from specdrift.model.exchange.observation import Ending, WirePhase
from specdrift.model.result.drift import DriftStatus
from specdrift.model.result.verdict import Enforcement, Layer
from specdrift.reports.content.badges import Badge
from specdrift.reports.content.tone import Tone

STATUS: Mapping[DriftStatus, Badge | None] = {
    DriftStatus.NEW: Badge(symbol="+", word="new", tone=Tone.NOTE),
    DriftStatus.KNOWN: Badge(symbol="=", word="unchanged", tone=Tone.QUIET),
    DriftStatus.SUPPRESSED: Badge(symbol="~", word="accepted", tone=Tone.QUIET),
}
STATUS_ALONE: Mapping[DriftStatus, Badge | None] = {**STATUS, DriftStatus.NEW: None}
"""Without a run before this one, nothing is new."""
CHANGE: Mapping[DriftStatus, str] = {
    DriftStatus.NEW: "new",
    DriftStatus.KNOWN: "unchanged",
    DriftStatus.SUPPRESSED: "accepted",
}
ENFORCEMENT: Mapping[Enforcement, str] = {
    Enforcement.ENFORCED: "enforced",
    Enforcement.NOT_ENFORCED: "not enforced",
    Enforcement.BYPASSABLE: "bypassable",
    Enforcement.INDETERMINATE: "undecided",
}
LAYER: Mapping[Layer, str] = {Layer.TLS: " · TLS", Layer.APPLICATION: " · application"}
DEMAND: Mapping[Demand, str] = {
    Demand.REQUIRED: "A client certificate is required.",
    Demand.ONE_OF_SEVERAL: "A client certificate is one of several alternatives; none of them is anonymous.",
    Demand.OPTIONAL: "A client certificate is optional; anonymous callers are admitted.",
    Demand.NOT_REQUIRED: "No authentication is required (security: []).",
    Demand.OTHER: "Credentials other than a client certificate are required.",
    Demand.UNDECLARED: "No security is declared, neither for the operation nor for the document.",
    Demand.UNKNOWN: "The requirement cannot be read.",
}
ORIGIN: Mapping[Origin, str] = {
    Origin.OPERATION: "Declared by the operation",
    Origin.ROOT: "Inherited from the document's root",
    Origin.CONFIGURATION: "Stated by the configuration",
    Origin.NONE: "No security member applies",
}
ENDING: Mapping[Ending, str] = {
    Ending.RESPONSE: "a response",
    Ending.CONTINUE: "100 Continue, and the client closed the connection without sending the body",
    Ending.SILENCE: "the handshake went through; the server neither refused nor closed",
    Ending.ALERT: "a fatal TLS alert",
    Ending.CLOSED: "the connection was closed, without a TLS alert and without a response",
    Ending.STREAM_RESET: "the HTTP/2 stream was reset",
    Ending.STREAM_REFUSED: "the HTTP/2 stream was reset with a code that refuses the request",
    Ending.TIMEOUT: "no answer in time",
    Ending.NO_CONNECTION: "no connection",
    Ending.NOT_HTTP: "not an HTTP response",
    Ending.CLIENT_ERROR: "aborted by the client",
    Ending.NOT_SENT: "not sent",
}
WIRE_PHASE: Mapping[WirePhase, str] = {
    WirePhase.CONNECT: "while connecting",
    WirePhase.HANDSHAKE: "during the handshake",
    WirePhase.LISTEN: "after the client's Finished, before the request",
    WirePhase.REQUEST: "after the client's Finished, before any response",
    WirePhase.RESPONSE: "during the response",
}
KIND: Mapping[str, Badge] = {
    "administers": Badge(symbol="✗", word="administers", tone=Tone.BAD),
    "leaks": Badge(symbol="✗", word="leaks", tone=Tone.BAD),
    "informs": Badge(symbol="!", word="informs", tone=Tone.WARN),
    "serves": Badge(symbol="!", word="serves", tone=Tone.WARN),
}
EXPECTS_ACCEPTED = Badge(symbol="→", word="must be accepted", tone=Tone.NOTE)
EXPECTS_REFUSED = Badge(symbol="⊘", word="must be rejected when a certificate is required", tone=Tone.QUIET)

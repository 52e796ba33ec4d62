"""The way of a request, drawn: client, listener, route, handler, and where each caller was stopped."""

from collections.abc import Iterator
from enum import IntEnum

from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending, WirePhase
from specdrift.model.plural import plural
from specdrift.model.result.result import ProbeRecord
from specdrift.model.result.verdict import Outcome
from specdrift.reports.content.root_causes import RootCause
from specdrift.reports.content.tone import Tone
from specdrift.reports.html.view.findings.cause_types import RequestLane, RequestPath
from specdrift.reports.html.view.findings.suspected_layer import LayerEvidence
from specdrift.result.printable import printable
from specdrift.rules import rule_of
from specdrift.rules.rule import Fault

STEP, LEFT, LANE, TOP = 104, 30, 40, 22
"""Units of the drawing: between two stations, before the first, for a lane, above the first lane."""
LONGEST = 54
"""Characters of a lane's words that fit beside each other."""


class Station(IntEnum):
    """How far a request gets."""

    CLIENT = 0
    LISTENER = 1
    ROUTE = 2
    HANDLER = 3


REACHED = {
    Outcome.REFUSED_IN_TLS: Station.LISTENER,
    Outcome.REFUSED_BY_APPLICATION: Station.ROUTE,
    Outcome.ADMITTED: Station.HANDLER,
}
ENDED = {
    Station.CLIENT: "never left the client",
    Station.LISTENER: "rejected by the listener",
    Station.ROUTE: "rejected by the route",
    Station.HANDLER: "reached the handler",
}


def request_path(
    cause: RootCause, evidence: LayerEvidence, control: ProbeRecord | None, *, name: str
) -> RequestPath | None:
    """Draw how far each request got; ``name`` is the prefix of the drawing's ids.

    ``None`` if no exchange shows the cause, or if the cause is not about callers.
    """
    observed = evidence.shown(cause)
    if observed is None or observed.outcome not in REACHED or rule_of(cause.rule).fault is Fault.INPUT:
        return None
    lanes = tuple(_lanes(cause, evidence, observed, control))
    placed = tuple(_lane(place, *lane) for place, lane in enumerate(lanes))
    return RequestPath(
        id=f"{name}-way",
        stations=tuple((station.name.lower(), LEFT + STEP * station) for station in Station),
        lanes=placed,
        width=2 * LEFT + STEP * Station.HANDLER,
        height=TOP + LANE * len(placed),
        start=LEFT,
        end=LEFT + STEP * Station.HANDLER,
        description=" ".join(f"{lane.words}: {lane.ended}." for lane in placed),
    )


def _lanes(
    cause: RootCause, evidence: LayerEvidence, observed: ProbeRecord, control: ProbeRecord | None
) -> Iterator[tuple[ProbeRecord, str, Tone]]:
    """The drift itself, then the same caller where it is refused, then the control."""
    yield observed, _words(observed), Tone.BAD
    beside = evidence.refusal_elsewhere(cause, observed.probe.identity)
    if beside and observed.outcome is Outcome.ADMITTED:
        more = f" and {plural(beside.count - 1, 'other')}" if beside.count > 1 else ""
        yield beside.record, _words(beside.record, more), Tone.GOOD
    # After 100 Continue nothing shows how far the request would get.
    shown = control is not None and control.observation.ending is not Ending.CONTINUE
    if control and shown and control is not observed and control.outcome in REACHED:
        yield control, _words(control), Tone.GOOD if control.outcome is Outcome.ADMITTED else Tone.QUIET


def _words(record: ProbeRecord, more: str = "") -> str:
    who = "no certificate" if record.probe.identity == ANONYMOUS.name else record.probe.identity
    request = record.probe.request
    what = f"{request.method} {request.target}" if request else "a handshake"
    return printable(f"{who}: {what}", limit=LONGEST - len(more)) + more


def _lane(place: int, record: ProbeRecord, words: str, tone: Tone) -> RequestLane:
    station = _station(record)
    base = TOP + LANE * place
    return RequestLane(
        words=words,
        ended=f"{ENDED[station]}, {_answer(record)}",
        tone=tone,
        symbol="●" if station is Station.HANDLER else "✗",
        y=base + 28,
        label=base + 13,
        to=LEFT + STEP * station,
    )


def _station(record: ProbeRecord) -> Station:
    if record.observation.phase is WirePhase.CONNECT:
        return Station.CLIENT
    return REACHED[record.outcome]


def _answer(record: ProbeRecord) -> str:
    http, alert = record.observation.http, record.observation.tls.alert_received
    if http:
        return f"HTTP {http.status}"
    return f"alert {printable(alert, limit=60)}" if alert else "connection closed"

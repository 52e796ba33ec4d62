"""What the processes of one run tell their parent. Neither keys nor other secrets are in it."""

from dataclasses import dataclass

from specdrift.errors import ExitStatus
from specdrift.events import Event, ProbeFinished, ScanFinished
from specdrift.model.exchange.observation import BodyShape, HttpFacts, Observation, TlsFacts
from specdrift.model.exchange.probe import Probe, Request
from specdrift.redaction.known import without_secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressed:
    """What happened since the last message."""

    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFinished:
    """The result of the part, redacted."""

    finished: ScanFinished


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRefused:
    """The part cannot be checked: the text of a SpecdriftError and its exit status."""

    text: str
    exit_status: ExitStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStopped:
    """A signal or the time limit ended the part without a result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartCrashed:
    """A bug: the traceback."""

    traceback: str


Message = Progressed | PartFinished | PartRefused | PartStopped | PartCrashed


def outline(event: ProbeFinished) -> ProbeFinished:
    """Return what progress shows of a probe. The exchange itself comes with the result."""
    probe, seen = event.probe, event.observation
    request = probe.request and Request(
        method=probe.request.method, target=without_secrets(probe.request.target)
    )
    return ProbeFinished(
        probe=Probe(
            check=probe.check,
            operation=probe.operation,
            identity=probe.identity,
            connection=probe.connection,
            request=request,
            phase=probe.phase,
        ),
        observation=Observation(
            probe="",
            ending=seen.ending,
            phase=seen.phase,
            tls=TlsFacts(version=seen.tls.version, alert_received=seen.tls.alert_received),
            http=seen.http and _status_of(seen.http),
            attempts=seen.attempts,
            elapsed_ms=seen.elapsed_ms,
        ),
    )


def _status_of(http: HttpFacts) -> HttpFacts:
    return HttpFacts(
        status=http.status,
        http_version=http.http_version,
        headers=(),
        body_sha256="",
        body_excerpt="",
        length=0,
        truncated=False,
        shape=BodyShape(),
    )

"""What the processes of one run tell their parent. Neither keys nor other secrets are in it."""

from msgspec import Struct

from specdrift.errors import ExitStatus
from specdrift.events import Event, ProbeFinished, ScanFinished
from specdrift.model.exchange.observation import BodyShape, HttpFacts, Observation, TlsFacts
from specdrift.model.exchange.probe import Probe, Request
from specdrift.redaction.known import without_secrets


class Progressed(Struct, frozen=True, kw_only=True):
    """What happened since the last message."""

    events: tuple[Event, ...]


class PartFinished(Struct, frozen=True, kw_only=True):
    """The result of the part, redacted."""

    finished: ScanFinished


class PartRefused(Struct, frozen=True, kw_only=True):
    """The part cannot be checked: the text of a SpecdriftError and its exit status."""

    text: str
    exit_status: ExitStatus


class PartStopped(Struct, frozen=True, kw_only=True):
    """A signal or the time limit ended the part without a result."""


class PartCrashed(Struct, frozen=True, kw_only=True):
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

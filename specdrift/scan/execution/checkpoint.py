"""Writes the exchanges of a run to a file as they happen, so that an interrupted run can be resumed.

A checkpoint is lines of JSON, each written at once: the binding of the run, the listener, then one line for each
exchange, without secrets. Plans, follow-ups and inferred refusals follow from the exchanges. A probe that was
not sent (no connection, no budget) is no exchange; it is sent by the resumed run. Generated certificates are not
stored, because their keys would have to be: a resumed run generates each again, and the recorded exchanges stay valid.
The listener is examined again each time, and the anonymous client's first request of each operation is sent again: the
server may be another one by now. The controls that come last are sent by the run that completes.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Self

from msgspec import Struct, field

from specdrift import __version__
from specdrift.classify.check_names import CERTIFICATE
from specdrift.errors import UsageError
from specdrift.model.exchange.identity import ANONYMOUS, IdentityKind
from specdrift.model.exchange.observation import Ending, Observation
from specdrift.model.exchange.probe import Probe, TlsRange
from specdrift.model.exchange.redirect import SAFE, STATUSES
from specdrift.model.result.result import ProbeRecord
from specdrift.model.result.verdict import Outcome
from specdrift.model.secrets import HIDDEN
from specdrift.result.redact import Redactor
from specdrift.result.schema.codec import Codec, Misfit
from specdrift.result.schema.probes import PROBE
from specdrift.result.schema.structural import structural
from specdrift.scan.conclusion.run_identity import RunBinding, values_of
from specdrift.scan.execution.checkpoint_file import CheckpointLines, locked
from specdrift.scan.preparation.redaction import redactor_for
from specdrift.scan.preparation.run import Run

VERSION = 1
MARK = "specdrift_checkpoint"
Pair = tuple[Probe, Observation]


class Checkpoint(Struct, kw_only=True):
    """An open checkpoint."""

    path: Path
    run_id: str
    started_at: datetime
    redactor: Redactor
    file: BinaryIO
    listener: Mapping[str, Any] = field(default_factory=dict)
    """Facts by which earlier processes recognised the listener."""
    known: dict[str, Pair] = field(default_factory=dict)
    """Exchanges of earlier processes by the probe's id, without secrets."""
    requests: int = 0
    """Sent by earlier processes."""
    connections: int = 0
    """Opened by earlier processes."""
    ended: bool = False
    """Whether an earlier process sent everything, and was stopped before it wrote the result."""
    problem: str = ""
    """Why nothing more is written; empty if nothing failed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # what a full disk did not take
            self.file.close()

    def split(self, probes: Sequence[Probe]) -> tuple[list[Pair], list[Probe]]:
        """Separate probes with a recorded exchange, in the order of the records, from the others."""
        recorded = {probe.id: probe for probe in probes if self._has(probe)}
        known = [
            (recorded[name], observation) for name, (_, observation) in self.known.items() if name in recorded
        ]
        return known, [probe for probe in probes if probe.id not in recorded]

    def _has(self, probe: Probe) -> bool:
        """Return whether this probe was sent, and not another one with its id.

        What hands out a cookie or another credential is requested again if a follow-up needs it, which the checkpoint
        does not have: a redirect, and the answer to a safe request of a valid certificate.
        """
        found = self.known.get(probe.id)
        if found is None or (not self.ended and _shows_the_present(probe)):
            return False
        return found[0] == self.redactor.probe(probe) and not _lacks_a_credential(*found)

    def keep(self, probe: Probe, observation: Observation, *, requests: int, connections: int) -> None:
        """Write an exchange, with the number of requests so far. Ignores probes that were not sent, or not answered."""
        if observation.ending is Ending.NO_CONNECTION or observation.unanswered or was_not_sent(observation):
            return
        probe, observation = self.redactor.exchange(probe, observation)
        record = ProbeRecord(probe=probe, observation=observation, outcome=Outcome.INCONCLUSIVE)
        sent = [self.requests + requests, self.connections + connections]
        self.write({"sent": sent, "exchange": PROBE.dump(record)})

    def verify_listener(self, listener: Mapping[str, Any]) -> None:
        """Record the listener. Raises UsageError if the checkpoint has another one."""
        if not self.listener:
            self.write({"listener": listener})
        elif not _same_listener(self.listener, listener):
            raise UsageError(
                f"{self.path} is of a run against another listener: TLS versions, addresses or certificate of the "
                "server have changed since. Remove it to begin anew"
            )

    def finish(self) -> None:
        """Record that the run completed; ``discard`` may then remove the file."""
        self.write({"ended": True})

    def write(self, line: Mapping[str, Any]) -> None:
        """Append one line; it is flushed to the kernel.

        A line that cannot be written ends the checkpoint, and not the run: what was sent is still judged.
        """
        if self.problem:
            return
        try:
            self.file.write(json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n")
            self.file.flush()
        except OSError as error:
            self.problem = f"cannot write {self.path}: {error.strerror}"


def _shows_the_present(probe: Probe) -> bool:
    """Return whether it is the anonymous client's first request of an operation: what counts is what it gets now."""
    is_first = probe.check == CERTIFICATE and probe.attempt == 1 and probe.connection.tls is TlsRange.ANY
    return is_first and probe.operation is not None and probe.identity == ANONYMOUS.name


def _lacks_a_credential(probe: Probe, observation: Observation) -> bool:
    """Return whether a follow-up needs what is redacted in the header of a response."""
    http, request = observation.http, probe.request
    if http is None or request is None:
        return False
    hands_out = probe.check == CERTIFICATE and probe.operation is not None and request.method in SAFE
    return (hands_out or http.status in STATUSES) and any(HIDDEN in content for _, content in http.headers)


def was_not_sent(observation: Observation) -> bool:
    """Return whether nothing was sent: the request budget was used up, or the listener given up."""
    return observation.ending is Ending.NOT_SENT and observation.attempts == 0


def opened(path: Path, run: Run, *, now: datetime) -> Checkpoint:
    """Open the checkpoint of a run, or create it. Raises UsageError for one of another run."""
    redactor = redactor_for(run)
    binding = _binding(run, redactor)
    file = locked(path)
    try:
        lines = CheckpointLines.of(file, path=path, mark=MARK)
        if lines.first is None:
            new = Checkpoint(path=path, run_id=run.run_id, started_at=now, redactor=redactor, file=file)
            return _begun(new, _header(new, binding))
        header = _checked(lines.first, binding, path)
        return _resumed(header, lines, path, redactor, file)
    except BaseException:
        with suppress(OSError):
            file.close()
        raise


def _begun(new: Checkpoint, header: Mapping[str, Any]) -> Checkpoint:
    """Write the header. Raises UsageError if that is impossible."""
    new.write(header)
    if new.problem:
        raise UsageError(new.problem)
    return new


def discard(path: Path) -> None:
    """Remove the checkpoint of a completed run; one of an incomplete run stays."""
    lines = path.read_bytes().splitlines() if path.exists() else []
    if lines and json.loads(lines[-1]).get("ended"):
        path.unlink()


class _Header(Struct, frozen=True, kw_only=True):
    """The first line of the file."""

    run: str
    started_at: datetime
    about: RunBinding


_HEADER: Codec[_Header] = structural(_Header)


def _header(new: Checkpoint, binding: RunBinding) -> dict[str, Any]:
    header = _Header(run=new.run_id, started_at=new.started_at, about=binding)
    return {MARK: VERSION, **_HEADER.dump(header)}


def _checked(first: Mapping[str, Any], binding: RunBinding, path: Path) -> _Header:
    """Raise UsageError if the header is of another run."""
    if first.get(MARK) != VERSION:
        raise UsageError(f"{path} is a checkpoint of another version of specdrift: remove it to begin anew")
    try:
        header = _HEADER.load({name: value for name, value in first.items() if name != MARK})
    except Misfit:
        raise UsageError(f"{path}:1: this checkpoint is damaged: remove it to begin anew") from None
    differences = list(header.about.differences(binding))
    if differences:
        raise UsageError(
            f"{path} is the checkpoint of another run: this one has {'; '.join(differences)}. "
            "Give the same options, or remove it to begin anew"
        )
    return header


def _resumed(
    header: _Header, lines: CheckpointLines, path: Path, redactor: Redactor, file: BinaryIO
) -> Checkpoint:
    try:
        found = Checkpoint(
            path=path,
            run_id=header.run,
            started_at=header.started_at,
            redactor=redactor,
            file=file,
        )
        for line in lines.rest:
            _take(found, line)
    except (KeyError, TypeError, ValueError) as error:  # a Misfit is a ValueError
        raise UsageError(f"{path}: this checkpoint is damaged ({error}): remove it to begin anew") from None
    return found


def _take(found: Checkpoint, line: Mapping[str, Any]) -> None:
    if "listener" in line:
        found.listener = line["listener"]
    elif "exchange" in line:
        record = PROBE.load(line["exchange"])
        found.known[record.probe.id] = record.probe, record.observation
        found.requests, found.connections = line["sent"]
    elif "ended" in line:
        found.ended = True


def _same_listener(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether one certificate is the same; a server may have several, by key type or back end."""
    rest = [{k: v for k, v in each.items() if k != "certificates"} for each in (one, other)]
    first, second = set(one["certificates"]), set(other["certificates"])
    return rest[0] == rest[1] and (first == second or bool(first & second))


def _binding(run: Run, redactor: Redactor) -> RunBinding:
    own = (i for i in run.identities.values() if i.kind is IdentityKind.CONFIGURED)
    certificates = {i.name: i.certificate.sha256 for i in own if i.certificate}
    return RunBinding(
        version=__version__,
        document=run.contract.document.sha256,
        target=run.base_url,
        identities=certificates,
        options=values_of(redactor.settings(run.settings)),
    )

"""Keeps a run so that it can be judged again, by a newer version or after a look, without network.

A recording is JSON: the result (secrets taken out), and what judging needs beyond it.
"""

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from specdrift.checks import CHECKS
from specdrift.checks.core.base import AlternateEndpoint, PlanContext, PlannedOperation, roles_of
from specdrift.checks.core.undecided import SEND, Undecided
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.differ.reproduce import Reproducer
from specdrift.errors import UsageError
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.exchange.probe import Endpoint, Request, TlsRange
from specdrift.model.policy import FailOn, UnsafeMethods
from specdrift.model.result.candidate import Candidate
from specdrift.model.result.problem import Problem, ProblemKind
from specdrift.model.result.result import Result
from specdrift.result.serialize import deserialize, serialize
from specdrift.rules import source
from specdrift.scan.conclusion.assemble import assemble
from specdrift.scan.conclusion.judge_input import JudgeInput, RunEnd
from specdrift.scan.preparation.source_analysis import joined

VERSION = 2
MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError)
"""What reading raises where a member is missing, or is not what it should be."""


def record(
    file: Path, dossier: JudgeInput, evidence: ExchangeLog, result: Result, *, problem: Problem | None
) -> None:
    """Writes a recording, readable by its owner only: answers may hold what is not meant for others."""
    whole = {
        "specdrift_recording": VERSION,
        "judging": {
            **_judging(dossier),
            "decisions": _decisions(evidence),
            "off_document": _off_document(evidence),
            "problem": problem and asdict(problem),
        },
        "result": json.loads(serialize(result)),
    }
    _write(file, json.dumps(whole))


def _write(file: Path, text: str) -> None:
    """Writes a file for its owner only, also where others could read what was there before. A terminal or a pipe
    belongs to whoever opened it, and stays as it is.
    """
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                file.chmod(0o600)
                out.truncate(0)
            out.write(text)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recording:
    """What was read: ``result`` is what the rules of its time made of it."""

    dossier: JudgeInput
    evidence: ExchangeLog
    ending: RunEnd
    result: Result


def rejudge(file: Path) -> Result:
    """The result that the present rules make of a recording. Raises UsageError for a file that is none."""
    recording = _read(file)
    result = recording.result
    judged = assemble(recording.dossier, recording.evidence, recording.ending)
    if result.source is None:
        return judged
    # What was read from the source is no part of what is judged again: it stands beside it.
    return joined(
        replace(judged, source=result.source),
        (drift for drift in result.drifts if drift.rule in source.IDS),
        recording.dossier.fail_on,
        allow_incomplete=recording.dossier.allow_incomplete,
    )


def _read(file: Path) -> _Recording:
    try:
        whole = json.loads(file.read_bytes())
        version = whole["specdrift_recording"]
        if version != VERSION:
            raise UsageError(f"{file} is a recording of version {version}; this specdrift reads {VERSION}")
        return _recording(whole["judging"], deserialize(json.dumps(whole["result"]).encode()))
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
    except MALFORMED as error:
        what = f"{type(error).__name__}: {error}"
        raise UsageError(
            f"{file} is not a recording (made by `specdrift check --record FILE`), or not whole: {what}"
        ) from None


def _recording(judging: Mapping[str, Any], result: Result) -> _Recording:
    """Raises one of ``MALFORMED`` for what no run has written."""
    dossier = _dossier(judging, result)
    evidence = ExchangeLog(identities=dossier.context.identities, roles=roles_of(dossier.context.subjects))
    for entry in result.probes:
        evidence.add(entry.probe, entry.observation)
    for method, path, what in judging["off_document"]:
        evidence.off_document[OperationKey(path=path, method=method)] = what
    for shown in judging["decisions"]:
        entries = [evidence.seen[name] for name in shown]
        evidence.decide(entries[0].probe.identity, entries[0].probe.connection, entries)
    ending = RunEnd(
        finished_at=result.finished_at,
        problem=_problem_of(judging["problem"]),
        stop_reason=result.stop_reason,
        sent=result.counts,
    )
    return _Recording(dossier=dossier, evidence=evidence, ending=ending, result=result)


def _problem_of(entry: Mapping[str, str] | None) -> Problem | None:
    return Problem(kind=ProblemKind(entry["kind"]), text=entry["text"]) if entry else None


def _decisions(evidence: ExchangeLog) -> list[list[str]]:
    """The listener's decisions, each by the ids of the exchanges that show it."""
    return [[seen.probe.id for seen in shown] for shown in evidence.decisions.values()]


def _off_document(evidence: ExchangeLog) -> list[list[str]]:
    return [[key.method, key.path, what] for key, what in evidence.off_document.items()]


def _judging(dossier: JudgeInput) -> dict[str, Any]:
    context = dossier.context
    return {
        "endpoint": asdict(context.endpoint),
        "base_path": context.base_path,
        "nonce": context.nonce,
        "tls": [tls.value for tls in context.tls],
        "rules": sorted(context.rules),
        "alpn": [list(offer) for offer in context.alpn],
        "names": list(context.names),
        "early_data": context.early_data,
        "older_sessions": context.older_sessions,
        "doors": [asdict(door) for door in context.alternate_endpoints],
        "leads": [asdict(lead) for lead in context.leads],
        "subjects": [_subject(subject) for subject in context.subjects],
        "declared": [[key.method, key.path] for key in sorted(context.declared)],
        "repeater": asdict(dossier.repeater),
        "fail_on": dossier.fail_on.value,
        "allow_incomplete": dossier.allow_incomplete,
    }


def _subject(subject: PlannedOperation) -> dict[str, Any]:
    taken_for = subject.operation.taken_for
    return {
        "method": subject.key.method,
        "path": subject.key.path,
        "mode": subject.mode.value,
        "withheld": asdict(subject.withheld) if subject.withheld else None,
        "base_path": subject.base_path,
        "accompanied": subject.accompanied,
        "owners": sorted(subject.owners),
        "inputs": [asdict(one) for one in subject.operation.inputs],
        "taken_for": asdict(taken_for) if taken_for else None,
    }


def _dossier(judging: Mapping[str, Any], result: Result) -> JudgeInput:
    operations = {o.operation.key: o.operation for o in result.operations}
    context = PlanContext(
        subjects=tuple(_subject_of(entry, operations, judging["base_path"]) for entry in judging["subjects"]),
        identities={identity.name: identity for identity in result.identities},
        endpoint=Endpoint(**judging["endpoint"]),
        base_path=judging["base_path"],
        documented=lambda _method, _target: False,
        nonce=judging["nonce"],
        tls=tuple(TlsRange(tls) for tls in judging["tls"]),
        rules=frozenset(judging["rules"]),
        alpn=tuple(tuple(offer) for offer in judging["alpn"]),
        names=tuple(judging["names"]),
        early_data=judging.get("early_data", True),
        older_sessions={name: TlsRange(tls) for name, tls in judging.get("older_sessions", {}).items()},
        alternate_endpoints=tuple(_door(door) for door in judging["doors"]),
        leads=tuple(Candidate(**lead) for lead in judging.get("leads", ())),
        declared=frozenset(
            OperationKey(method=method, path=path) for method, path in judging.get("declared", ())
        ),
        exhaustive=True,  # whatever may have been asked is looked for; what was not asked is not there
    )
    return JudgeInput(
        run_id=result.run_id,
        started_at=result.started_at,
        document=result.document,
        document_drifts=tuple(
            drift for drift in result.drifts if not drift.probes and drift.rule not in source.IDS
        ),
        context=context,
        checks=CHECKS,
        target=result.target,
        skipped=result.skipped,
        repeater=_repeater(judging["repeater"]),
        fail_on=FailOn(judging["fail_on"]),
        allow_incomplete=judging["allow_incomplete"],
        settings=result.settings,
    )


def _repeater(entry: Mapping[str, Any]) -> Reproducer:
    files = {name: tuple(options) for name, options in entry["files"].items()}
    return Reproducer(**{**entry, "files": files})


def _door(entry: Mapping[str, Any]) -> AlternateEndpoint:
    return AlternateEndpoint(**{**entry, "endpoint": Endpoint(**entry["endpoint"])})


def _withheld(entry: Mapping[str, str] | str | None) -> Undecided | None:
    """Recordings of 0.1.0 have the reason alone, and gave the same advice for all."""
    if not entry:
        return None
    return Undecided(reason=entry, how_to_decide=SEND) if isinstance(entry, str) else Undecided(**entry)


def _input(entry: Mapping[str, Any]) -> Input:
    asked = Constraint(**{**entry["constraint"], "allowed": tuple(entry["constraint"]["allowed"])})
    return Input(**{**entry, "place": Place(entry["place"]), "constraint": asked})


def _subject_of(
    entry: Mapping[str, Any], operations: Mapping[OperationKey, Operation], base_path: str
) -> PlannedOperation:
    key = OperationKey(path=entry["path"], method=entry["method"])
    own_base = entry.get("base_path")
    taken_for = entry.get("taken_for")
    operation = replace(
        operations[key],
        inputs=tuple(_input(one) for one in entry.get("inputs", ())),
        taken_for=OperationKey(**taken_for) if taken_for else None,
    )
    return PlannedOperation(
        operation=operation,
        request=Request(
            method=key.method,
            target=(base_path if own_base is None else own_base) + operation.target,
            body=operation.body.content if operation.body else b"",
        ),
        unsafe_allowed=True,
        mode=UnsafeMethods(entry["mode"]),
        withheld=_withheld(entry["withheld"]),
        base_path=own_base,
        accompanied=entry["accompanied"],
        owners=frozenset(entry["owners"]),
    )

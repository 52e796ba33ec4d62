"""Records a run so that it can be judged again without a network, by a newer version too.

A recording is JSON: the result, which is redacted, its exchanges by columns, and what judging needs besides.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks import CHECKS
from specdrift.checks.core.base import (
    PlanContext,
    PlannedOperation,
    open_operations,
    roles_of,
)
from specdrift.checks.core.operation_words import words_of_names
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.collecting import collecting_rarely
from specdrift.compressed import packed, unpacked
from specdrift.errors import UsageError
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.exchange.probe import Request, fields_of_run
from specdrift.model.result.result import ProbeRecord, Result
from specdrift.result.printable import json_without_commands
from specdrift.result.redact import Redactor
from specdrift.result.schema.codec import Codec, Member, array, encode, member, record
from specdrift.result.schema.columns import columns
from specdrift.result.schema.places import OPERATION_KEY
from specdrift.result.schema.probes import PROBE
from specdrift.result.schema.repeated import forget
from specdrift.result.schema.scalars import TEXT, TEXTS
from specdrift.result.schema.structural import structural
from specdrift.result.serialize import load, portions
from specdrift.rules import source
from specdrift.scan.conclusion.assemble import assemble, judge
from specdrift.scan.conclusion.judge_input import JudgeInput, RunEnd
from specdrift.scan.conclusion.source_findings import with_source_drifts
from specdrift.scan.conclusion.tracing import traced
from specdrift.settings import GateSettings
from specdrift.whole_file import write_whole

VERSION = 3
OLDER = 2
"""Its result has the exchanges."""
MARK = "specdrift_recording"
PORTION = 5_000
"""Exchanges whose columns are in memory at once, while they are written."""

_FROM_RESULT = ("run_id", "started_at", "document", "target", "skipped", "settings")
"""Members of ``JudgeInput`` that the result has."""
_WITH_CREDENTIALS = ("request", "own", "variants", "variations", "bound", "tokens")
"""Members of ``PlannedOperation`` that hold credentials, or mean nothing without them."""
_OPERATION = tuple(
    name
    for name in Operation.__struct_fields__
    if name not in ("key", "media_types", "inputs", "taken_for", "servers_at", "forbidden_headers")
)
"""Members of ``Operation`` that the result has."""

_INPUT = structural(JudgeInput, omit=(*_FROM_RESULT, "document_drifts", "context", "checks"))
_CONTEXT = structural(
    PlanContext,
    omit=("operations", "identities", "documented", "exhaustive", "only_safe", "bodies", "absent"),
)
_PLANNED = structural(PlannedOperation, omit=("operation", *_WITH_CREDENTIALS))
_OPERATION_PLANNED: Codec[Any] = record(
    "planned",
    "An operation and how it was planned.",
    (
        Member("operation", structural(Operation, omit=_OPERATION), lambda planned: planned.operation),
        Member("planned", _PLANNED, lambda planned: planned),
    ),
    dict,
)
_OFF_DOCUMENT: Codec[Any] = record(
    "off_document",
    "What of the control's response the document does not declare.",
    (
        Member("operation", OPERATION_KEY, lambda pair: pair[0]),
        Member("text", TEXT, lambda pair: pair[1]),
    ),
    lambda operation, text: (operation, text),
)
_JUDGING: Codec[Any] = record(
    "judging",
    "What judging needs besides the result.",
    (
        member("input", _INPUT),
        member("context", _CONTEXT, "input.context"),
        member("planned", array(_OPERATION_PLANNED), "input.context.operations"),
        Member("decisions", array(TEXTS), lambda judging: _decisions(judging.log)),
        Member("off_document", array(_OFF_DOCUMENT), lambda judging: judging.log.off_document.items()),
        member("end", structural(RunEnd, omit=("finished_at", "stop_reason", "sent")), "end"),
    ),
    dict,
)
_EXCHANGES = columns(PROBE)


class Judging(Struct, frozen=True, kw_only=True):
    """The input of a judgement."""

    input: JudgeInput
    log: ExchangeLog
    end: RunEnd


def record_run(file: Path, judging: Judging, result: Result, redactor: Redactor) -> None:
    """Write a recording that only its owner can read. Raises UsageError if it cannot be written."""
    judged = json.dumps(redactor.json(_JUDGING.dump(judging)))
    head = f'{{"{MARK}": {VERSION}, "judging": {judged}, "result": '
    pieces = chain(
        (head.encode(),),
        portions(_unjudged(result)),
        (b', "exchanges": [',),
        _portions(result.probes),
        (b"]}\n",),
    )
    _write(file, pieces)


def _unjudged(result: Result) -> Result:
    """Return the result without its exchanges, and without what the identities got, which is judged again."""
    operations = tuple(replace(each, outcomes=()) for each in result.operations)
    return replace(result, operations=operations, probes=())


def _portions(probes: Sequence[ProbeRecord]) -> Iterator[bytes]:
    """Yield the exchanges in the text of an array, a portion a line."""
    try:
        for start in range(0, len(probes), PORTION):
            text = encode(_EXCHANGES.dump(probes[start : start + PORTION]))
            yield f"{',' if start else ''}\n{json_without_commands(text)}".encode("ascii")
    finally:
        forget()


def _write(file: Path, pieces: Iterable[bytes]) -> None:
    """Write a file that only its owner can read, even if others could read it before. A terminal or a pipe keeps its
    permissions.
    """
    try:
        write_whole(file, packed(pieces, file.name), private=True)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from None


def rejudge(file: Path) -> Result:
    """Judge a recording with the present rules. Raises UsageError for a file that is no recording."""
    with collecting_rarely():
        judging, result = _read(file)
        judged = assemble(judging.input, judging.log, judging.end, judge(judging.input, judging.log))
    judged = replace(judged, traceability=result.traceability)
    if result.source is None and not result.gateways:
        return traced(judged)
    # The source is not analyzed again: its findings are taken from the recording.
    with_findings = with_source_drifts(
        replace(judged, source=result.source, gateways=result.gateways),
        (drift for drift in result.drifts if drift.rule in source.IDS),
        GateSettings(
            fail_on=judging.input.fail_on,
            allow_incomplete=judging.input.allow_incomplete,
            not_deployed_ok=judging.input.not_deployed_ok,
        ),
    )
    return traced(with_findings)


def _read(file: Path) -> tuple[Judging, Result]:
    try:
        whole = json.loads(unpacked(file.read_bytes()))
        _check_kind(file, whole)
        result = load(whole["result"])
        if whole[MARK] != OLDER:
            exchanges = array(_EXCHANGES).load(whole["exchanges"])
            result = replace(result, probes=tuple(chain.from_iterable(exchanges)))
        return _restored(_JUDGING.load(whole["judging"]), result), result
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
    except RecursionError:
        raise UsageError(f"{file} is not a recording: its JSON is nested too deeply") from None
    except (ValueError, TypeError, KeyError) as error:  # a Misfit is a ValueError
        what = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise UsageError(
            f"{file} is not a recording (made by `specdrift check --record FILE`), or not whole: {what}"
        ) from None


def _check_kind(file: Path, whole: object) -> None:
    """Raise UsageError for another JSON file. A recording holds a result, so that the two are taken for each other."""
    if isinstance(whole, dict) and MARK in whole:
        if (version := whole[MARK]) not in (OLDER, VERSION):
            raise UsageError(f"{file} is a recording of version {version}; this specdrift reads {VERSION}")
        return
    if isinstance(whole, dict) and "schema_version" in whole:
        raise UsageError(
            f"{file} is a result, not a recording: `specdrift report {file}` shows it. It cannot be judged again; "
            "`specdrift check --record FILE` writes what can"
        )
    raise UsageError(f"{file} is not a recording (made by `specdrift check --record FILE`)")


def _restored(judging: Mapping[str, Any], result: Result) -> Judging:
    """Raises KeyError for an operation or a probe that the result does not have."""
    operations = {item.operation.key: item.operation for item in result.operations}
    context = PlanContext(
        **judging["context"],
        operations=tuple(
            _planned(entry, operations, judging["context"]["base_path"]) for entry in judging["planned"]
        ),
        identities={identity.name: identity for identity in result.identities},
        documented=lambda _method, _target: False,
        exhaustive=True,  # every exchange that was recorded is looked for
    )
    judge_input = JudgeInput(
        **judging["input"],
        **{name: getattr(result, name) for name in _FROM_RESULT},
        document_drifts=tuple(
            drift for drift in result.drifts if not drift.probes and drift.rule not in source.IDS
        ),
        context=context,
        checks=CHECKS,
    )
    log = ExchangeLog(
        identities=context.identities,
        roles=roles_of(context.operations),
        open_operations=open_operations(context.operations),
        named=words_of_names(context.operations),
        sent=fields_of_run(result.run_id, result.tool_version),
    )
    for entry in result.probes:
        log.add(entry.probe, entry.observation)
    log.off_document = dict(judging["off_document"])
    for probes in judging["decisions"]:
        entries = [log.by_id[probe] for probe in probes]
        log.infer_refusal(entries[0].probe.identity, entries[0].probe.connection, entries)
    end = RunEnd(
        **judging["end"],
        finished_at=result.finished_at,
        stop_reason=result.stop_reason,
        sent=result.counts,
    )
    return Judging(input=judge_input, log=log, end=end)


def _decisions(log: ExchangeLog) -> list[list[str]]:
    """The listener's decisions, each by the ids of the probes that show it."""
    return [[entry.probe.id for entry in shown] for shown in log.inferred_refusals.values()]


def _planned(
    entry: Mapping[str, Any], operations: Mapping[OperationKey, Operation], base_path: str
) -> PlannedOperation:
    operation = replace(operations[entry["operation"]["key"]], **entry["operation"])
    base = entry["planned"]["base_path"]
    return PlannedOperation(
        **entry["planned"],
        operation=operation,
        request=Request(
            method=operation.key.method,
            target=(base_path if base is None else base) + operation.target,
            body=operation.body.content if operation.body else b"",
        ),
    )

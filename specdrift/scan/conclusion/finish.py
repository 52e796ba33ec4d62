"""Judges what a run observed and makes its result."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from specdrift.checks.core.base import PlanContext
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.differ.diff import document_drifts
from specdrift.differ.reproduce import Reproducer
from specdrift.errors import UsageError
from specdrift.events import ScanFinished
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.result.result import Target
from specdrift.result.command_options import configuration_file, identity_options
from specdrift.scan.conclusion.assemble import assemble, judge
from specdrift.scan.conclusion.documented import off_document
from specdrift.scan.conclusion.judge_input import JudgeInput, RunEnd
from specdrift.scan.conclusion.no_requirement import no_requirement
from specdrift.scan.conclusion.tracing import traced
from specdrift.scan.preparation.redaction import redactor_for
from specdrift.scan.preparation.run import Run


def finish(run: Run, judge_input: JudgeInput, exchanges: ExchangeLog, end: RunEnd) -> ScanFinished:
    """Judge the exchanges and write the recording. A recording that cannot be written does not lose the result."""
    conclusions = judge(judge_input, exchanges)
    exchanges.off_document = off_document(run, conclusions.findings, exchanges)
    if exchanges.off_document:
        conclusions = judge(judge_input, exchanges)
    result = assemble(judge_input, exchanges, end, conclusions)
    if run.source_analysis is not None and not end.problem:
        from specdrift.scan.conclusion.source_findings import with_source

        result = with_source(
            result,
            run.source_analysis,
            run.contract,
            run.gate,
            shard=run.shard,
            probed=True,
            certificates=_certificates(run.identities.values()),
        )
    redactor = redactor_for(run, exchanges)
    result = traced(redactor.result(result))
    unrecorded = ""
    if run.recording.record is not None:
        from specdrift.scan.conclusion.recording import Judging, record_run

        try:
            judging = Judging(input=judge_input, log=exchanges, end=end)
            record_run(run.recording.record, judging, result, redactor)
        except UsageError as error:
            unrecorded = str(error)
    return ScanFinished(result=result, unrecorded=unrecorded)


def _certificates(identities: Iterable[ClientIdentity]) -> tuple[bytes, ...]:
    """Return the certificates of the identities that are configured as valid."""
    facts = (one.certificate for one in identities if one.is_control)
    return tuple(one.der for one in facts if one is not None)


def judge_input_for(
    run: Run,
    context: PlanContext,
    *,
    started_at: datetime,
    addresses: tuple[str, ...] = (),
    tls_versions: tuple[str, ...] = (),
) -> JudgeInput:
    """Return what judging needs besides the exchanges."""
    return JudgeInput(
        run_id=run.run_id,
        started_at=started_at,
        document=run.contract.document,
        document_drifts=document_drifts(run.contract.diagnostics),
        context=context,
        checks=run.checks,
        target=Target(
            base_url=run.base_url,
            addresses=addresses,
            listeners=run.server.listeners,
            tls_versions=tls_versions,
            insecure=run.server.insecure,
        ),
        skipped=run.skipped,
        secret_headers=run.secret_headers,
        repeater=_reproducer(run),
        fail_on=run.gate.fail_on,
        allow_incomplete=run.gate.allow_incomplete,
        not_deployed_ok=run.gate.not_deployed_ok,
        part=run.shard is not None,
        no_requirement=no_requirement(run.contract) or run.nothing_guarded,
        undecided=run.undecided,
        settings=run.settings,
    )


def _reproducer(run: Run) -> Reproducer:
    server = run.server
    return Reproducer(
        document=run.contract.document.source,
        base_url=run.base_url,
        trust=str(server.ca_file or ""),
        insecure=server.insecure,
        files=run.client_files,
        secret_headers=tuple(name.lower() for name in run.secret_headers),
        prior_sessions={name: str(session.file) for name, session in run.older_sessions.items()},
        configuration=configuration_file(run.settings),
        identities=_identities(run),
    )


def _identities(run: Run) -> Mapping[str, str]:
    """Return the values of ``--identity``; from the files of the identities where no setting names them."""
    named = {setting.group for setting in run.settings.values()}
    bare = {
        name: f"{name}={','.join(filter(None, (files.cert, files.key)))}"
        for name, files in run.client_files.items()
        if f"identities.{name}" not in named
    }
    return {**identity_options(run.settings), **bare}

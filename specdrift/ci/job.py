"""The whole job: from a change in git to results, reports, a summary and one exit status."""

import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from specdrift import config
from specdrift.app.gate_review.gate import configured_document, gate_at
from specdrift.ci.older import NOT_COMPARED, Older, older_documents
from specdrift.ci.steps import Step, check, combined, lint, render, show
from specdrift.ci.summary import outputs, summary, write_code_quality, write_outputs
from specdrift.ci.whole_report import write_report
from specdrift.cli.terminal.streams import print_stderr, write_out
from specdrift.config import ConfigAccess, Consent, Use
from specdrift.config.describe.files import files_read
from specdrift.config.trust.consent import Trust
from specdrift.contained import leaves_by_link
from specdrift.differ.contract_changes import RequirementChange, joined, requirement_changes
from specdrift.errors import DocumentError, ExitStatus, UsageError
from specdrift.loader.sources.git_command import fetching_missing
from specdrift.loader.sources.revision_tree import UnknownContentError
from specdrift.model.contract.contract import Contract
from specdrift.scan.older.older_document import load_older
from specdrift.scan.preparation.documents import DocumentReading, load_contract
from specdrift.settings import Settings

WRITTEN = ("lint.*", "check.*", "report.*", "codequality.json", "summary.md", "outputs.env")
"""Files of the output folder that a job writes."""


class Mode(StrEnum):
    """Which steps a job runs."""

    AUTO = "auto"
    """Check if a base URL is configured, else lint."""
    LINT = "lint"
    """Contact no server, run no command, trust no configuration: pull requests of forks, which get no certificates."""
    CHECK = "check"


class Job(Struct, frozen=True, kw_only=True):
    against: str
    """Git revision before the change, or empty."""
    mode: Mode
    output: Path
    environ: Mapping[str, str]
    name: str = ""
    """Tells the jobs of one repository apart."""
    allow_gate_changes: bool = False
    """Whether the owner of the gate allows that the change changes it."""


class NotChecked(Struct, frozen=True, kw_only=True):
    """Why the server is not checked."""

    text: str
    incomplete: bool = False
    """Whether it was to be checked, so that the job is incomplete."""


NAME = re.compile(r"[A-Za-z0-9._-]{0,100}")
_BLANK = 16
"""Maximum size of an empty file in bytes: a script may have written line breaks."""


def run(job: Job, *, begun: Callable[[Path], None] = lambda _: None) -> ExitStatus:
    """Run the job in the current folder. Git may fetch what it compares with, except in mode lint.

    ``begun`` receives the output folder once it is ready. Raises SpecdriftError if the job cannot start.
    """
    if not NAME.fullmatch(job.name):
        raise UsageError("--name: use letters, digits, dots, dashes and underscores")
    with nullcontext() if job.mode is Mode.LINT else fetching_missing():
        return _run(job, begun)


def _run(job: Job, begun: Callable[[Path], None]) -> ExitStatus:
    output = prepared(job.output)
    begun(output)
    warned: list[str] = []
    settings = _settings(job, warned)
    older = _older(job, settings)
    with _quoted(job.environ):
        older, earlier = _readable(older, settings)
        notes = [older.note, *warned]
        steps = [lint(older, output, options=_lint_options(job))]
        skip = _why_not_checked(job.mode, settings, steps[0])
        if skip:
            notes.append(skip.text)
        else:
            steps.append(check(older.documents[0] if older.documents else "", output))
        for step in steps:
            render(step)
    _annotate(steps, job.environ)
    write_code_quality(steps, output)
    unjudged = _unjudged(older, job, settings, skip)
    status = combined([*(step.status for step in steps), *unjudged])
    judged = combined([*(step.judged for step in steps), *unjudged])
    report = write_report(steps, judged, output=output)
    write_outputs(
        summary(steps, judged, notes=notes, name=job.name, requirements=_requirements(earlier, settings)),
        outputs(steps, judged, report, exit_status=status),
        output=output,
        environ=job.environ,
    )
    return status


def _older(job: Job, settings: Settings) -> Older:
    """Find the documents before the change."""
    cwd = Path.cwd()

    def configured(revision: str) -> str:
        return configured_document(settings, revision, cwd=cwd)

    fetch = job.mode is not Mode.LINT
    return older_documents(job.against, settings.spec, cwd=cwd, configured=configured, fetch=fetch)


def _readable(older: Older, settings: Settings) -> tuple[Older, Contract | None]:
    """Load the older documents. Drop unreadable ones with a warning: the change may be what repairs them."""
    documents: dict[str, Contract] = {}
    notes: list[str] = []
    for document in older.documents:
        try:
            documents[document] = load_older(document, settings, cwd=Path.cwd())
        except (DocumentError, UnknownContentError) as error:
            first, *more = str(error).splitlines()
            rest = f" (and {len(more)} more)" if more else ""
            notes.append(f"{NOT_COMPARED}: {document} cannot be read: {first}{rest}")
            print_stderr(f"warning: {notes[-1]}")
    if not older.documents:
        return older, None
    if older.documents[0] not in documents:
        return replace(older, documents=(), note="; ".join(notes), missing=True), None
    read = replace(
        older,
        documents=tuple(documents),
        note="; ".join((older.note, *notes)),
        missing=len(documents) < len(older.documents),
    )
    return read, joined(list(documents.values()))


def _requirements(earlier: Contract | None, settings: Settings) -> tuple[RequirementChange, ...]:
    """Return what the change changes about the requirements; nothing for a document that cannot be read."""
    if earlier is None:
        return ()
    try:
        return requirement_changes(earlier, load_contract(settings.spec, DocumentReading.of(settings)))
    except DocumentError:
        return ()


def _unjudged(older: Older, job: Job, settings: Settings, skip: NotChecked | None) -> list[ExitStatus]:
    """Return "incomplete" if a comparison or check could not be made, which leaves the change unjudged.

    The gate that judges decides whether incomplete jobs pass; one that cannot be read does not.
    """
    if not older.missing and not (skip and skip.incomplete):
        return []
    try:
        gate = gate_at(settings, older.judge, allowed=job.allow_gate_changes)
    except UsageError:
        return [ExitStatus.INCOMPLETE]
    return [] if gate.settings.gate.allow_incomplete else [ExitStatus.INCOMPLETE]


def _settings(job: Job, warned: list[str]) -> Settings:
    """Read the configuration, which is not trusted in a job that may be of a fork. Warnings are added."""
    trust = Trust.WITHHELD if job.mode is Mode.LINT else Trust.RECORDED
    settings = config.read(
        environ=job.environ,
        access=ConfigAccess(consent=Consent(trust=trust), use=Use.READ),
        warn=warned.append,
    )
    if not settings.spec:
        raise UsageError("no document: set SPECDRIFT_SPEC, or `spec` in specdrift.toml")
    for file in files_read(settings) if job.mode is Mode.LINT else ():
        if leaves_by_link(Path.cwd(), file.path):
            raise UsageError(
                f"{file} ({file.path}) leads outside the checkout by a symbolic link and was not read"
            )
    return settings


def _lint_options(job: Job) -> tuple[str, ...]:
    gate = ("--allow-gate-changes",) if job.allow_gate_changes else ()
    return (*gate, "--no-trust-config") if job.mode is Mode.LINT else gate


def prepared(output: Path) -> Path:
    """Make the folder, and remove what this job writes: a checkout may hold such files, or links in their place.

    Raises UsageError.
    """
    if "\n" in str(output):
        raise UsageError("the output folder's name has more than one line")
    if leaves_by_link(Path.cwd(), output):
        raise UsageError(f"{output} leads outside the checkout by a symbolic link")
    try:
        output.mkdir(parents=True, exist_ok=True)
        for pattern in WRITTEN:
            for file in output.glob(pattern):
                file.unlink()
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}") from None
    return output


def _why_not_checked(mode: Mode, settings: Settings, linted: Step) -> NotChecked | None:
    """Why the server is not checked; None if it is."""
    if linted.status not in (ExitStatus.OK, ExitStatus.DRIFT, ExitStatus.INCOMPLETE):
        why = "the document cannot be used" if linted.result.is_file() else "lint could not run"
        return NotChecked(text=f"the server was not checked: {why}")
    if mode is Mode.LINT:
        return NotChecked(text="the server was not checked: lint only")
    if mode is Mode.AUTO and not settings.base_url:
        return NotChecked(text="the server was not checked: no base URL is configured")
    empty = _empty_certificate(settings)
    if mode is Mode.AUTO and empty:
        text = f"the server was not checked: {empty} is empty, as where a job gets no secrets"
        return NotChecked(text=text, incomplete=True)
    return None


def _empty_certificate(settings: Settings) -> str:
    """Return the certificate file of the first identity, if those of all identities are empty."""
    files = [identity.cert_file for identity in settings.identities]
    blank = files and all(_is_blank(file) for file in files)
    return str(files[0]) if blank else ""


def _is_blank(file: Path) -> bool:
    """Whether a file, or the null device, has nothing. A pipe is not read: it could be read once only."""
    try:
        if file.samefile(os.devnull):
            return True
        return file.is_file() and file.stat().st_size <= _BLANK and not file.read_bytes().strip()
    except OSError:
        return False


@contextmanager
def _quoted(environ: Mapping[str, str]) -> Iterator[None]:
    """Disable workflow commands on GitHub: a document's text in the log must not be one."""
    if environ.get("GITHUB_ACTIONS") != "true":
        yield
        return
    token = secrets.token_hex(16)
    write_out(f"::stop-commands::{token}\n".encode())
    try:
        yield
    finally:
        write_out(f"::{token}::\n".encode())


def _annotate(steps: list[Step], environ: Mapping[str, str]) -> None:
    """Annotate the changed lines, on GitHub."""
    if environ.get("GITHUB_ACTIONS") == "true":
        for step in steps:
            show(step.result, "github")
